import { createReadStream } from "node:fs";
import { CsvError, parse } from "csv-parse/sync";
import type { CountTable } from "#analysis/frequencies";
import { EntrainError } from "#core/errors";
import type { Axis } from "#ir/scan";
import { CountCollector, type DataPlan } from "./count-collector.ts";
import { type CsvMapping, own } from "./mapping.ts";
import { AxisMatcher, indexOfQuantity, unitFactor } from "./matching.ts";

/** Different lines, and different texts of one column, that are remembered. */
const remembered = 65_536;
/** Characters of a line beyond which the file is taken for another kind. */
const longestLine = 1 << 20;

/** A number as programs write it. */
const decimal = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/** Adds a row that stands in the file so often. */
type AddRow = (row: readonly string[], line: number, times: number) => void;

/** Reads one thing out of a row. */
type Read<T> = (row: readonly string[], line: number) => T;

/**
 * Counts the rows of a CSV file as they stream past. The first line names the columns; a field may stand in quotes,
 * but not run over a line's end.
 *
 * @throws EntrainError `data.csv`, `data.column`, `data.axis`, `data.unit`, `data.names`, `data.level`, `data.count`,
 * `data.shots`, `data.incomplete`, with file, line and column
 */
export async function readCsv(path: string, mapping: CsvMapping, plan: DataPlan): Promise<CountTable> {
  const collector = new CountCollector(plan);
  let header: string[] | undefined;
  let add: AddRow = () => {};
  // Rows that come again are counted and added once.
  const known = new Map<string, { readonly row: readonly string[]; readonly line: number; times: number }>();
  let number = 0;
  for await (const lines of linesOf(path)) {
    for (const line of lines) {
      number++;
      const again = known.get(line);
      if (again !== undefined) {
        again.times++;
        continue;
      }
      if (line === "" || line === "\r" || (mapping.comment !== "" && line.startsWith(mapping.comment)))
        continue;
      const row = fieldsOf(line, mapping.delimiter, `${path}:${number}`);
      if (header === undefined) {
        header = row;
        add = rowReader(path, row, mapping, plan, collector);
        continue;
      }
      if (row.length !== header.length)
        throw badLine(`${path}:${number}`, row.length, `${header.length} fields`);
      add(row, number, 1);
      // A copy: a piece of a block's text would keep the whole block.
      if (known.size < remembered) known.set(Buffer.from(line).toString(), { row, line: number, times: 0 });
    }
  }
  if (header === undefined) throw badLine(`${path}:1`, "nothing", "a line with the names of the columns");
  for (const { row, line, times } of known.values()) if (times > 0) add(row, line, times);
  return collector.finish(path, mapping.shots);
}

/** Lines of a text file, some at a time; fields are trimmed, so that a carriage return may stay. */
async function* linesOf(path: string): AsyncGenerator<readonly string[]> {
  let rest = "";
  const blocks = createReadStream(path, {
    encoding: "utf8",
    highWaterMark: 1 << 18,
  }) as AsyncIterable<string>;
  let first = true;
  for await (const block of blocks) {
    const text = first && block.startsWith("\uFEFF") ? block.slice(1) : block;
    first = false;
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    if (rest.length > longestLine) throw badLine(path, `${rest.length} characters and no end`, "lines");
    yield lines;
  }
  if (rest !== "") yield [rest];
}

function fieldsOf(line: string, delimiter: string, place: string): string[] {
  if (!line.includes('"')) return line.split(delimiter).map((field) => field.trim());
  try {
    return parse(line, { delimiter, trim: true })[0]!;
  } catch (error) {
    if (error instanceof CsvError) throw badLine(place, error.code, "quotes that are closed on the line");
    throw error;
  }
}

function badLine(path: string, found: unknown, expected: string): EntrainError {
  return new EntrainError("data.csv", { path, message: "the line cannot be read", found, expected });
}

/** What is to be done with each row, worked out from the names of the columns. */
function rowReader(
  path: string,
  header: readonly string[],
  mapping: CsvMapping,
  plan: DataPlan,
  collector: CountCollector,
): AddRow {
  const column = (name: string, within: string): number => {
    const index = header.indexOf(name);
    if (index >= 0 && header.indexOf(name, index + 1) < 0) return index;
    throw new EntrainError("data.column", {
      path: `${path}:1`,
      message:
        index < 0
          ? `there is no column "${name}" (${within})`
          : `there are two columns "${name}" (${within})`,
      found: header.join(", "),
      expected: name,
    });
  };
  const at = (line: number, index: number) => `${path}:${line} (${header[index]})`;
  const axes = plan.axes.map((axis) => axisReader(axis, mapping, column, at));
  const setting = settingReader(mapping, plan, column, at);
  const settings = plan.measurement.settings.length;
  const cellOf: Read<number> = (row, line) => {
    let position = 0;
    for (let a = 0; a < axes.length; a++) {
      position = position * plan.axes[a]!.values.length + axes[a]!(row, line);
    }
    return position * settings + setting(row, line);
  };
  const count = countReader(mapping, column, at);
  const levelAt = (index: number): Read<number> =>
    translated(
      index,
      (text, where) => {
        const level = own(mapping.levels, text);
        if (level !== undefined) return level;
        throw new EntrainError("data.level", {
          path: where,
          message: "not a level",
          found: text,
          expected: Object.keys(mapping.levels).join(", "),
        });
      },
      at,
    );
  if (mapping.sites !== undefined) {
    const { sites } = mapping;
    unknownNames(Object.keys(sites), collector.sites, "sites");
    const readers = collector.sites.map((id) => levelAt(column(sites[id]!.column, `site ${id}`)));
    const outcome = new Array<number>(readers.length).fill(0);
    return (row, line, times) => {
      for (let s = 0; s < readers.length; s++) outcome[s] = readers[s]!(row, line);
      collector.addOutcome(cellOf(row, line), outcome, times * count(row, line), () => `${path}:${line}`);
    };
  }
  const named = mapping.site!;
  const site = translated(
    column(named.column, "site"),
    (text, where) => {
      const index = collector.sites.indexOf(own(named.names, text) ?? text);
      if (index >= 0) return index;
      throw new EntrainError("data.names", {
        path: where,
        message: "there is no site of this name",
        found: text,
        expected: collector.sites.join(", "),
      });
    },
    at,
  );
  const level = levelAt(column(mapping.level!.column, "level"));
  return (row, line, times) => {
    const where = () => `${path}:${line}`;
    collector.addSiteCount(
      cellOf(row, line),
      site(row, line),
      level(row, line),
      times * count(row, line),
      where,
    );
  };
}

type ColumnOf = (name: string, within: string) => number;
type Place = (line: number, index: number) => string;

/** Reads a column through a table of the texts that were met. */
function translated(
  index: number,
  translate: (text: string, where: string) => number,
  at: Place,
): Read<number> {
  const known = new Map<string, number>();
  return (row, line) => {
    const text = row[index]!;
    const found = known.get(text);
    if (found !== undefined) return found;
    const value = translate(text, at(line, index));
    if (known.size < remembered) known.set(text, value);
    return value;
  };
}

function axisReader(axis: Axis, mapping: CsvMapping, column: ColumnOf, at: Place): Read<number> {
  const declared = own(mapping.axes, axis.name);
  if (declared === undefined) {
    throw new EntrainError("mapping.invalid", {
      path: `axes.${axis.name}`,
      message: `the mapping does not say where axis ${axis.name} stands`,
      found: Object.keys(mapping.axes).join(", ") || "nothing",
      expected: `{ column: …${axis.unit === "" ? "" : `, unit: ${axis.unit}`} }`,
    });
  }
  if ("value" in declared) {
    const index = indexOfQuantity(axis, declared.value, `axes.${axis.name}.value`);
    return () => index;
  }
  const matcher = new AxisMatcher(axis);
  const factor =
    axis.labels !== undefined && declared.unit === undefined
      ? 1
      : unitFactor(declared.unit, axis, `axes.${axis.name}.unit`);
  return translated(
    column(declared.column, `axis ${axis.name}`),
    (text, where) => {
      const index = decimal.test(text) ? matcher.ofValue(Number(text) * factor) : matcher.ofLabel(text);
      if (index >= 0) return index;
      throw matcher.refuse(text === "" ? "nothing" : text, where);
    },
    at,
  );
}

function settingReader(mapping: CsvMapping, plan: DataPlan, column: ColumnOf, at: Place): Read<number> {
  const settings = plan.measurement.settings.map(({ name }) => name);
  const { setting } = mapping;
  const find = (name: string, where: string): number => {
    const index = settings.indexOf(name);
    if (index >= 0) return index;
    throw new EntrainError("data.names", {
      path: where,
      message: "there is no setting of this name",
      found: name,
      expected: settings.join(", "),
    });
  };
  if (setting === undefined) {
    if (settings.length === 1) return () => 0;
    throw new EntrainError("mapping.invalid", {
      path: "setting",
      message: "the mapping does not say which setting a row belongs to",
      found: "nothing",
      expected: `a column with ${settings.join(", ")}`,
    });
  }
  if ("value" in setting) {
    const index = find(setting.value, "setting.value");
    return () => index;
  }
  return translated(
    column(setting.column, "setting"),
    (text, where) => find(own(setting.names, text) ?? text, where),
    at,
  );
}

function countReader(mapping: CsvMapping, column: ColumnOf, at: Place): Read<number> {
  if (mapping.count === undefined) return () => 1;
  return translated(
    column(mapping.count.column, "count"),
    (text, where) => {
      const value = Number(text);
      if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
      throw new EntrainError("data.count", {
        path: where,
        message: "not a count",
        found: text === "" ? "nothing" : text,
        expected: "a whole number from 0 on",
      });
    },
    at,
  );
}

/** @throws EntrainError `data.names` unless both hold the same names */
export function unknownNames(found: readonly string[], wanted: readonly string[], path: string): void {
  const odd = found.find((name) => !wanted.includes(name)) ?? wanted.find((name) => !found.includes(name));
  if (odd === undefined) return;
  throw new EntrainError("data.names", {
    path: `${path}.${odd}`,
    message: wanted.includes(odd) ? `the mapping lacks site ${odd}` : `the experiment has no site ${odd}`,
    found: found.join(", "),
    expected: wanted.join(", "),
  });
}
