import { EntrainError, errorDocument, sentenceOf } from "#core/errors";
import type { Finding } from "#ir/finding";

/** Where a command writes. Results go to stdout; progress, logs and warnings to stderr. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** True when stderr is a terminal that can redraw a line. */
  readonly interactive: boolean;
  readonly colour: boolean;
}

// A reader that has seen enough (`entrain … | head`) is no fault.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

export const processTerminal: Terminal = {
  out: (text) => {
    process.stdout.write(text);
  },
  err: (text) => {
    process.stderr.write(text);
  },
  interactive: process.stderr.isTTY === true,
  colour: process.stdout.isTTY === true && process.env.NO_COLOR === undefined,
};

const codes = { red: 31, green: 32, yellow: 33, blue: 34, bold: 1, dim: 2 } as const;

export function paint(terminal: Terminal, style: keyof typeof codes, text: string): string {
  return terminal.colour ? `\u001b[${codes[style]}m${text}\u001b[0m` : text;
}

/** Characters of JSON up to which it is set out over lines: nobody reads more. */
const readable = 500_000;

export function printJson(terminal: Terminal, value: unknown): void {
  const compact = JSON.stringify(value);
  terminal.out(`${compact.length > readable ? compact : JSON.stringify(value, null, 2)}\n`);
}

/** Prints an error as the caller asked for it and returns the exit status. */
export function reportError(terminal: Terminal, error: unknown, json: boolean): number {
  if (json) printJson(terminal, errorDocument(error));
  if (!(error instanceof EntrainError)) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    if (!json) terminal.err(`entrain: internal error. Please report this.\n${text}\n`);
    return 1;
  }
  if (!json) {
    terminal.err(`${paint(terminal, "red", "error")} ${error.code}\n`);
    for (const problem of error.problems) {
      const place = problem.path === "" ? "" : `${problem.path}: `;
      terminal.err(`  ${place}${sentenceOf(problem)}\n`);
      if (problem.found !== undefined) terminal.err(`    found:    ${brief(problem.found)}\n`);
      if (problem.expected !== undefined) terminal.err(`    expected: ${problem.expected}\n`);
    }
  }
  return error.exitStatus;
}

function brief(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 117)}…` : text;
}

/** Columns padded to their widest entry. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, c) => {
      widths[c] = Math.max(widths[c] ?? 0, [...cell].length);
    });
  }
  return rows
    .map((row) =>
      row
        .map((cell, c) => (c === row.length - 1 ? cell : cell + " ".repeat(widths[c]! - [...cell].length)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** Breaks text at spaces so that no line exceeds `width`; later lines are indented. */
export function wrap(text: string, width: number, indent: string): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && [...line].length + 1 + [...word].length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines.join(`\n${indent}`);
}

const marks = { error: "✗", warning: "!", info: "·" } as const;
const styles = { error: "red", warning: "yellow", info: "dim" } as const;

export function printFindings(terminal: Terminal, findings: readonly Finding[]): void {
  for (const severity of ["error", "warning", "info"] as const) {
    for (const finding of findings.filter((f) => f.severity === severity)) {
      const head = paint(terminal, styles[severity], `${marks[severity]} ${finding.code} ${finding.title}`);
      terminal.out(`  ${head}\n      ${wrap(finding.message, 92, "      ")}\n`);
      if (finding.help !== "" && severity !== "info") {
        terminal.out(`      ${paint(terminal, "blue", "→")} ${wrap(finding.help, 90, "        ")}\n`);
      }
    }
  }
}

/** A bar on stderr while something works; silent when stderr is no terminal. */
export function progressBar(
  terminal: Terminal,
  label: string,
): { update(done: number, of: number): void; end(): void } {
  if (!terminal.interactive) return { update: () => {}, end: () => {} };
  const width = 32;
  let drawn = "";
  return {
    update(done, of) {
      const filled = Math.round((width * done) / Math.max(1, of));
      const line = `${label.padEnd(10)} ${"█".repeat(filled)}${"░".repeat(width - filled)} ${done}/${of}`;
      if (line === drawn) return;
      drawn = line;
      terminal.err(`\r${line}`);
    },
    end() {
      if (drawn !== "") terminal.err(`\r${" ".repeat(drawn.length)}\r`);
    },
  };
}
