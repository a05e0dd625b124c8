import { CsvError, parse } from "csv-parse/sync";
import { EntrainError, type Problem } from "#core/errors";

/** Text of a CSV file and the name by which errors call it. */
export interface CsvFile {
  readonly text: string;
  readonly name: string;
}

export interface Row {
  /** Line of the file, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

export interface Column {
  /** As written in the header. */
  readonly title: string;
  readonly index: number;
  /** Unit of every number in the column; undefined when each cell carries its own. */
  readonly unit: string | undefined;
}

export interface Table {
  readonly file: string;
  readonly columns: ReadonlyMap<string, Column>;
  /** Titles that mean nothing here. */
  readonly ignored: readonly string[];
  readonly rows: readonly Row[];
}

/** In a header in lower case; `_mhz` is megahertz. */
const headerUnits: Readonly<Record<string, string>> = {
  hz: "Hz",
  khz: "kHz",
  mhz: "MHz",
  ghz: "GHz",
  s: "s",
  ms: "ms",
  us: "us",
  µs: "us",
  μs: "us",
  ns: "ns",
};

/** Where in a file, for a message. */
export function place(file: string, line: number, title: string | undefined): string {
  return title === undefined ? `${file} line ${line}` : `${file} line ${line}, column "${title}"`;
}

/**
 * Header and rows of a CSV text; what is wrong with columns and row lengths is noted in `problems`.
 *
 * @param known - names of the columns, in the spelling `wordOf` gives, by the field they fill
 * @throws EntrainError `import.csv` when the table is empty or its quotes do not close
 */
export function readTable(
  { text, name }: CsvFile,
  known: Readonly<Record<string, readonly string[]>>,
  problems: Problem[],
): Table {
  const [header, ...rows] = splitRows(text, name);
  if (header === undefined || rows.length === 0) {
    throw new EntrainError("import.csv", {
      path: name,
      message: "the table is empty",
      found: header === undefined ? "nothing" : "a header without rows",
      expected: "a header and at least one row",
    });
  }
  const columns = new Map<string, Column>();
  const ignored: string[] = [];
  header.cells.forEach((title, index) => {
    const { word, unit } = readHeader(title);
    const field = Object.keys(known).find((candidate) => known[candidate]!.includes(word));
    if (field === undefined) {
      if (title !== "") ignored.push(title);
      return;
    }
    const earlier = columns.get(field);
    if (earlier) {
      problems.push({
        path: place(name, header.line, title),
        message: `means the same as "${earlier.title}"`,
        found: title,
        expected: "one column for each quantity",
      });
    }
    columns.set(field, { title, index, unit });
  });
  for (const row of rows) {
    if (row.cells.length <= header.cells.length) continue;
    problems.push({
      path: place(name, row.line, undefined),
      message: "has more cells than the header",
      found: row.cells.length,
      expected: `${header.cells.length} cells`,
      hint: "A cell that contains the separator needs double quotes.",
    });
  }
  return { file: name, columns, ignored, rows };
}

/** Rows of a CSV text (RFC 4180), comments and blank lines left out, cells trimmed. */
function splitRows(text: string, name: string): Row[] {
  const first = text.split(/\r?\n/).find((line) => line.trim() !== "" && !/^\uFEFF?\s*#/.test(line)) ?? "";
  const delimiter = [",", ";", "\t"].reduce((best, candidate) =>
    first.split(candidate).length > first.split(best).length ? candidate : best,
  );
  const rows: Row[] = [];
  try {
    parse(text, {
      bom: true,
      delimiter,
      trim: true,
      comment: "#",
      comment_no_infix: true,
      skip_records_with_empty_values: true,
      relax_column_count: true,
      on_record: (cells: string[], { lines }: { lines: number }) => {
        rows.push({ line: lines, cells });
        return null;
      },
    });
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw new EntrainError(
      "import.csv",
      {
        path: place(name, Number(cause.lines ?? 1), undefined),
        message: cause.message,
        expected: "a table after RFC 4180",
      },
      { cause },
    );
  }
  return rows;
}

/** `T1 (us)` → word t1, unit us; `frequency_GHz` → frequency, GHz; `p(0|1)` → prob_meas0_prep1. */
function readHeader(title: string): { word: string; unit: string | undefined } {
  const readout = /^p\s*\(\s*([01])\s*\|\s*([01])\s*\)$/i.exec(title);
  if (readout) return { word: `prob_meas${readout[1]}_prep${readout[2]}`, unit: undefined };
  const bracketed = /^(.*?)\s*[([]\s*([^)\]]+?)\s*[)\]]$/.exec(title);
  if (bracketed) return { word: wordOf(bracketed[1]!), unit: unitOf(bracketed[2]!) ?? bracketed[2] };
  const suffixed = /^(.+)_([^_\s]+)$/.exec(title);
  const unit = suffixed ? unitOf(suffixed[2]!) : undefined;
  return unit === undefined ? { word: wordOf(title), unit } : { word: wordOf(suffixed![1]!), unit };
}

function unitOf(text: string): string | undefined {
  return headerUnits[text.toLowerCase()];
}

/** Lower case, words joined by underscores; E_C is ec. */
function wordOf(title: string): string {
  return title
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, "_")
    .replace(/^e_([cj])$/, "e$1");
}
