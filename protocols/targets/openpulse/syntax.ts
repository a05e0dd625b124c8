import { EntrainError } from "#core/errors";

/** A lexical unit of the emitted subset; `pragma` holds a whole line. */
export interface Token {
  readonly kind: "name" | "number" | "duration" | "string" | "symbol" | "pragma" | "end";
  readonly text: string;
  readonly line: number;
  readonly column: number;
}

const pattern =
  /(?<space>[ \t\r]+)|(?<newline>\n)|(?<comment>\/\/[^\n]*|\/\*[\s\S]*?\*\/)|(?<pragma>pragma[ \t][^\n]*)|(?<duration>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?:dt|ns|us|ms|s)\b)|(?<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?<name>[A-Za-z_][A-Za-z0-9_]*)|(?<string>"[^"\n]*")|(?<symbol>->|==|[{}()[\];,:=+\-*/])/y;

export function syntaxError(
  token: { line: number; column: number; text: string },
  expected: string,
): EntrainError {
  const found = token.text === "" ? "end of file" : token.text;
  return new EntrainError("program.syntax", {
    path: `line ${token.line}, column ${token.column}`,
    message: `"${found}" cannot stand here`,
    found,
    expected,
  });
}

/** Splits program text into tokens; comments and white space are dropped. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  let lineStart = 0;
  pattern.lastIndex = 0;
  while (pattern.lastIndex < text.length) {
    const at = pattern.lastIndex;
    const match = pattern.exec(text);
    const column = at - lineStart + 1;
    if (!match?.groups) throw syntaxError({ line, column, text: text[at]! }, "a token of OpenQASM 3");
    const [kind, value] = Object.entries(match.groups).find(([, v]) => v !== undefined)!;
    if (kind !== "space" && kind !== "newline" && kind !== "comment") {
      tokens.push({ kind: kind as Token["kind"], text: value!, line, column });
    }
    for (let k = at; k < pattern.lastIndex; k++) {
      if (text[k] === "\n") {
        line++;
        lineStart = k + 1;
      }
    }
  }
  tokens.push({ kind: "end", text: "", line, column: 1 });
  return tokens;
}

/** Reads tokens one after another; every mismatch is an error with its place. */
export class TokenReader {
  readonly #tokens: readonly Token[];
  #position = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get next(): Token {
    return this.#tokens[this.#position]!;
  }

  is(text: string): boolean {
    return this.next.kind !== "string" && this.next.text === text;
  }

  take(): Token {
    const token = this.next;
    if (token.kind !== "end") this.#position++;
    return token;
  }

  accept(text: string): boolean {
    if (!this.is(text)) return false;
    this.take();
    return true;
  }

  expect(...texts: string[]): void {
    for (const text of texts) {
      if (!this.accept(text)) throw syntaxError(this.next, `"${text}"`);
    }
  }

  name(): string {
    if (this.next.kind !== "name") throw syntaxError(this.next, "a name");
    return this.take().text;
  }

  number(): number {
    const sign = this.accept("-") ? -1 : 1;
    if (this.next.kind !== "number") throw syntaxError(this.next, "a number");
    return sign * Number(this.take().text);
  }

  integer(): number {
    const token = this.next;
    const value = this.number();
    if (!Number.isInteger(value)) throw syntaxError(token, "a whole number");
    return value;
  }

  /** Skips to behind the next occurrence of `text`. */
  skipPast(text: string): void {
    while (!this.is(text)) {
      if (this.next.kind === "end") throw syntaxError(this.next, `"${text}"`);
      this.take();
    }
    this.take();
  }
}
