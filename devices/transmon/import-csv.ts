import { EntrainError, invalidInput, type Problem } from "#core/errors";
import { type Dimension, parseQuantity } from "#core/units";
import { assumptionSets } from "./assumption-sets.ts";
import { type CsvFile, place, type Row, readTable, type Table } from "./csv-table.ts";
import { parseTransmonProfile, type TransmonProfile } from "./schema.ts";

/** Names of the columns of a site, in the spelling `wordOf` gives, by the field they fill. */
const siteColumns: Readonly<Record<string, readonly string[]>> = {
  site: ["site", "id", "qubit", "name"],
  x: ["x"],
  y: ["y"],
  frequency: ["frequency", "f01"],
  anharmonicity: ["anharmonicity", "alpha"],
  charging: ["ec", "charging_energy", "charging"],
  josephson: ["ej", "josephson_energy", "josephson"],
  t1: ["t1"],
  t2: ["t2"],
  readout_duration: ["readout_duration", "readout_length"],
  prob_meas0_prep1: ["prob_meas0_prep1"],
  prob_meas1_prep0: ["prob_meas1_prep0"],
  prob_meas0_prep0: ["prob_meas0_prep0"],
  prob_meas1_prep1: ["prob_meas1_prep1"],
};

const couplingColumns: Readonly<Record<string, readonly string[]>> = {
  a: ["site_a", "a", "from", "control"],
  b: ["site_b", "b", "to", "target"],
};

const dimensions: Readonly<Record<string, Dimension>> = {
  frequency: "frequency",
  anharmonicity: "frequency",
  charging: "frequency",
  josephson: "frequency",
  t1: "time",
  t2: "time",
  readout_duration: "time",
};

/** Measured T2 may exceed 2·T1 by its error bar; beyond this factor it is a mistake. */
const errorBar = 1.2;

/**
 * Makes a transmon profile from a table of sites and, if there is one, a table of couplings.
 *
 * Sites, one a row: `site`; `frequency` and `anharmonicity`, or `E_C` and `E_J` (E/h; the profile then holds
 * the circuit, from which the levels follow); `T1`, `T2`; `readout_duration`; `p(0|1)` and
 * `p(1|0)` (or `p(1|1)`, `p(0|0)`); `x`, `y` if there is a layout. A unit stands in the header (`frequency_GHz`,
 * `T1 (us)`, `E_C [MHz]`) or in each cell (`4.8 GHz`). A site called by a number becomes `q` and the number; other
 * columns are left out and named in the provenance. Couplings: `site_a`, `site_b`, either direction or both.
 * Separator comma, semicolon or tab; lines that begin with # are comments.
 *
 * @throws EntrainError `import.csv` with every fault: file, line, column, what was found, what was expected
 */
export function importCsv(
  sites: CsvFile,
  options: { readonly name: string; readonly assumptionSet: string; readonly couplings?: CsvFile },
): TransmonProfile {
  const assumptions = assumptionSets[options.assumptionSet];
  if (!assumptions) {
    throw invalidInput({
      path: "--assume",
      message: `there is no assumption set "${options.assumptionSet}"`,
      found: options.assumptionSet,
      expected: `one of ${Object.keys(assumptionSets).join(", ")}`,
    });
  }
  const problems: Problem[] = [];
  const table = readTable(sites, siteColumns, problems);
  requireColumns(table, problems);
  if (problems.length > 0) throw new EntrainError("import.csv", problems);
  const read = table.rows.map((row, k) => readSite(table, row, k, problems));
  const lines = new Map(read.map((site, k) => [site.id, table.rows[k]!.line]));
  const bonds = options.couplings ? readCouplings(options.couplings, lines, problems) : [];
  if (problems.length > 0) throw new EntrainError("import.csv", problems);
  const ignored = table.ignored.length === 0 ? "" : `; columns not used: ${table.ignored.join(", ")}`;
  try {
    return parseTransmonProfile({
      schema_version: 1,
      kind: "transmon",
      name: options.name,
      title: `${sites.name}, ${read.length} sites`,
      provenance: [
        {
          source: options.couplings ? `${sites.name}, ${options.couplings.name}` : sites.name,
          detail: `frequencies, anharmonicities, T1, T2, read-out and couplings as tabulated; everything under assumptions is not in the tables${ignored}`,
        },
      ],
      sites: read,
      bonds,
      assumptions,
    });
  } catch (error) {
    if (!(error instanceof EntrainError)) throw error;
    throw new EntrainError(
      "import.csv",
      error.problems.map((problem) => ({ ...problem, path: placeOf(problem.path, table) })),
    );
  }
}

/** `sites[2].t1_s` → `sites.csv line 4, column "T1 (us)"`. */
function placeOf(path: string, table: Table): string {
  const match = /^sites\[(\d+)\]\.?(.*)$/.exec(path);
  if (!match) return path;
  const row = table.rows[Number(match[1])]!;
  const field = match[2]!.replace(/^readout\.(?=prob)/, "").replace("readout.duration_s", "readout_duration");
  const column = table.columns.get(field === "id" ? "site" : field.replace(/_(hz|s)$/, ""));
  return place(table.file, row.line, column?.title);
}

function requireColumns(table: Table, problems: Problem[]): void {
  const has = (field: string) => table.columns.has(field);
  const missing = (names: string, expected: string) =>
    problems.push({
      path: `${table.file} line 1`,
      message: `has no column ${names}`,
      found: [...[...table.columns.values()].map((column) => column.title), ...table.ignored].join(", "),
      expected,
    });
  if (!has("site")) missing("site", "a column site, id or qubit");
  if (!(has("frequency") && has("anharmonicity")) && !(has("charging") && has("josephson"))) {
    missing("frequency and anharmonicity", "frequency and anharmonicity, or E_C and E_J, with their units");
  }
  for (const field of ["t1", "t2", "readout_duration"]) {
    if (!has(field)) missing(field, `a column ${field} with its unit, e.g. ${field}_us`);
  }
  if (!has("prob_meas0_prep1") && !has("prob_meas1_prep1")) missing("p(0|1)", "p(0|1) or p(1|1)");
  if (!has("prob_meas1_prep0") && !has("prob_meas0_prep0")) missing("p(1|0)", "p(1|0) or p(0|0)");
}

/** A site of the profile, NaN where a problem was noted. */
function readSite(table: Table, row: Row, order: number, problems: Problem[]) {
  const text = (field: string) => row.cells[table.columns.get(field)?.index ?? -1] ?? "";
  const filled = (field: string) => text(field) !== "";
  const number = (field: string): number => {
    const column = table.columns.get(field);
    const path = place(table.file, row.line, column?.title ?? field);
    const dimension = dimensions[field] ?? "number";
    const cell = text(field);
    if (cell === "") {
      problems.push({
        path,
        message: "the cell is empty",
        found: "nothing",
        expected: `a ${dimension === "number" ? "number" : dimension}`,
      });
      return Number.NaN;
    }
    try {
      return parseQuantity(column?.unit === undefined ? cell : `${cell} ${column.unit}`, dimension, path);
    } catch (error) {
      if (!(error instanceof EntrainError)) throw error;
      problems.push(
        ...error.problems.map((problem) => ({
          ...problem,
          found: cell,
          ...(dimension !== "number" && column?.unit === undefined
            ? { hint: `Name the unit in the header, e.g. ${field}_${dimension === "time" ? "us" : "GHz"}.` }
            : {}),
        })),
      );
      return Number.NaN;
    }
  };
  const levels = () => {
    const measured = filled("frequency") || filled("anharmonicity") || !table.columns.has("charging");
    if (!measured) {
      const circuit = { charging_hz: number("charging"), josephson_hz: number("josephson") };
      if (!(circuit.charging_hz > 0 && circuit.josephson_hz > 0)) {
        return { frequency_hz: Number.NaN, anharmonicity_hz: Number.NaN };
      }
      return { circuit };
    }
    if (filled("charging") || filled("josephson")) {
      problems.push({
        path: place(table.file, row.line, undefined),
        message: "gives the levels twice",
        found: "frequency or anharmonicity beside E_C or E_J",
        expected: "one of the two pairs",
      });
    }
    return { frequency_hz: number("frequency"), anharmonicity_hz: number("anharmonicity") };
  };
  const error = (wrong: string, right: string) =>
    table.columns.has(wrong) ? number(wrong) : 1 - number(right);
  const t1_s = number("t1");
  const t2_s = number("t2");
  const id = text("site").toLowerCase();
  return {
    id: /^\d+$/.test(id) ? `q${id}` : id,
    position: [
      table.columns.has("x") ? number("x") : order,
      table.columns.has("y") ? number("y") : 0,
    ] as const,
    ...levels(),
    t1_s,
    t2_s: t2_s > 2 * t1_s && t2_s <= errorBar * 2 * t1_s ? 2 * t1_s : t2_s,
    readout: {
      duration_s: number("readout_duration"),
      prob_meas0_prep1: error("prob_meas0_prep1", "prob_meas1_prep1"),
      prob_meas1_prep0: error("prob_meas1_prep0", "prob_meas0_prep0"),
    },
  };
}

/** Bonds in the order of the table, each pair once. */
function readCouplings(
  file: CsvFile,
  sites: ReadonlyMap<string, number>,
  problems: Problem[],
): [string, string][] {
  const table = readTable(file, couplingColumns, problems);
  const ends = ["a", "b"].map((field) => table.columns.get(field));
  if (ends.some((column) => column === undefined)) {
    problems.push({
      path: `${table.file} line 1`,
      message: "does not name two sites",
      found: [...[...table.columns.values()].map((column) => column.title), ...table.ignored].join(", "),
      expected: "columns site_a and site_b",
    });
    return [];
  }
  const bonds = new Map<string, [string, string]>();
  for (const row of table.rows) {
    const pair = ends.map((column) => {
      const cell = (row.cells[column!.index] ?? "").toLowerCase();
      const id = /^\d+$/.test(cell) ? `q${cell}` : cell;
      if (!sites.has(id)) {
        problems.push({
          path: place(table.file, row.line, column!.title),
          message: cell === "" ? "the cell is empty" : `there is no site "${id}"`,
          found: cell === "" ? "nothing" : cell,
          expected: `one of ${[...sites.keys()].slice(0, 8).join(", ")}${sites.size > 8 ? ", …" : ""}`,
        });
      }
      return id;
    }) as [string, string];
    if (pair[0] === pair[1] && sites.has(pair[0])) {
      problems.push({
        path: place(table.file, row.line, undefined),
        message: `joins ${pair[0]} to itself`,
        found: pair.join(" – "),
        expected: "two different sites",
      });
    }
    const key = pair.toSorted().join(" ");
    if (!bonds.has(key)) bonds.set(key, pair);
  }
  return [...bonds.values()];
}
