import type { File } from "h5wasm/node";
import type { Measured } from "#ir/estimate";
import type { Plan } from "#ir/plan";
import type { StoredRun } from "../run-store.ts";
import { attach, attributes, scale, text } from "./hdf5-parts.ts";
import { reservedNames, settingDimension, siteDimension } from "./layout.ts";

/** A name that nothing else of the group has. */
function freeName(name: string, taken: Set<string>): string {
  let free = name;
  while (taken.has(free)) free += "_";
  taken.add(free);
  return free;
}

/** Writes arrays over the scan's points into a group, and keeps their names apart. */
class ScanGroup {
  readonly #group: ReturnType<File["create_group"]>;
  readonly #shape: readonly number[];
  readonly #scales: readonly string[];
  readonly #taken: Set<string>;

  constructor(file: File, name: string, plan: Plan) {
    this.#group = file.create_group(name);
    this.#shape = plan.axes.map(({ values }) => values.length);
    this.#scales = plan.axes.map((axis) => `/${axis.name}`);
    // A variable named like a dimension would be taken for its coordinate.
    this.#taken = new Set([...plan.axes.map((axis) => axis.name), ...reservedNames]);
  }

  put(
    name: string,
    data: readonly number[],
    described: { readonly long_name: string; readonly units: string; readonly id?: string },
    inner: readonly { readonly size: number; readonly scale: string }[] = [],
  ): void {
    if (data.length === 0) return;
    const dataset = this.#group.create_dataset({
      name: freeName(name, this.#taken),
      data: Float64Array.from(data),
      shape: [...this.#shape, ...inner.map(({ size }) => size)],
    });
    attach(dataset, [...this.#scales, ...inner.map((dimension) => dimension.scale)]);
    attributes(dataset, described);
  }

  /** One number for each of the names of a dimension of the group's own. */
  list(name: string, data: readonly number[], dimension: string, described: Record<string, string>): void {
    const dataset = this.#group.create_dataset({ name, data: Float64Array.from(data) });
    attach(dataset, [dimension]);
    attributes(dataset, described);
  }

  scale(
    name: string,
    values: readonly string[],
    described: Record<string, string | readonly string[]>,
  ): string {
    scale(this.#group, name, values.map(text), described);
    return `${this.#group.path}/${name}`;
  }
}

const unitsOf = (kind: string) => (kind === "growth_rate" ? "1/s" : "1");

/** The predicted probabilities, series and results as arrays. */
export function writePrediction(file: File, plan: Plan): void {
  const { prediction, analysis, measurement } = plan;
  const group = new ScanGroup(file, "prediction", plan);
  const base = measurement.sites[0]!.assignment.length;
  const outcomes = Math.max(...analysis.groups.map((members) => base ** members.length));
  const size = Math.max(...analysis.groups.map((members) => members.length));
  const groupScale = group.scale(
    "site_group",
    analysis.groups.map((members) => members.join("+")),
    { long_name: "sites that are counted together" },
  );
  const outcomeScale = group.scale(
    "outcome",
    Array.from({ length: outcomes }, (_, k) => k.toString(base).padStart(size, "0")),
    { long_name: "levels of the group's sites, first site first" },
  );
  group.put(
    "probability",
    prediction.probabilities.flatMap((settings) =>
      settings.flatMap((groups) =>
        groups.flatMap((row) => Array.from({ length: outcomes }, (_, k) => row[k] ?? Number.NaN)),
      ),
    ),
    { long_name: "predicted probability of an assigned outcome", units: "1" },
    [
      { size: measurement.settings.length, scale: `/${settingDimension}` },
      { size: analysis.groups.length, scale: groupScale },
      { size: outcomes, scale: outcomeScale },
    ],
  );
  for (const { id, values, phases } of prediction.series) {
    const { title, kind } = analysis.series.find((entry) => entry.id === id)!;
    group.put(id, values, { long_name: title, units: unitsOf(kind), id });
    if (phases !== null) group.put(`${id}_phase`, phases, { long_name: `${title}, phase`, units: "rad", id });
  }
  putResults(
    group,
    plan,
    prediction.results.map(({ id, value }) => ({ id, value, error: null })),
  );
}

function putResults(
  group: ScanGroup,
  { analysis }: Plan,
  results: readonly { readonly id: string; readonly value: number | null; readonly error: number | null }[],
): void {
  if (results.length === 0) return;
  const units = results.map(({ id }) => analysis.results.find((entry) => entry.id === id)?.unit ?? "");
  const dimension = group.scale(
    "result",
    results.map(({ id }) => id),
    {
      long_name: "number drawn from whole series; NaN where there is none",
      result_units: units.map((unit) => (unit === "" ? "1" : unit)),
    },
  );
  group.list(
    "result_value",
    results.map(({ value }) => value ?? Number.NaN),
    dimension,
    {
      long_name: "value of the result, in its own unit (attribute result_units of result)",
    },
  );
  if (results.every(({ error }) => error === null)) return;
  group.list(
    "result_error",
    results.map(({ error }) => error ?? Number.NaN),
    dimension,
    {
      long_name: "standard error of the result",
    },
  );
}

/** The measured series, results and amplitudes as arrays. */
export function writeEstimates(file: File, { plan, estimates }: StoredRun): void {
  const { series, results, amplitudes } = estimates!;
  const group = new ScanGroup(file, "estimates", plan);
  const put = (name: string, id: string, data: readonly Measured[], long_name: string, units: string) => {
    group.put(
      name,
      data.map(({ value }) => value),
      { long_name, units, id },
    );
    group.put(
      `${name}_error`,
      data.map(({ error }) => error),
      { long_name: `${long_name}, standard error`, units, id },
    );
  };
  for (const { id, values, phases } of series) {
    const { title, kind } = plan.analysis.series.find((entry) => entry.id === id)!;
    put(id, id, values, title, unitsOf(kind));
    if (phases !== null) put(`${id}_phase`, id, phases, `${title}, phase`, "rad");
  }
  if (amplitudes !== null) {
    const inner = [{ size: plan.measurement.sites.length, scale: `/${siteDimension}` }];
    for (const part of ["re", "im"] as const) {
      const all = amplitudes.flatMap((row) => row.map((site) => site[part]));
      const long_name = `${part === "re" ? "real" : "imaginary"} part of ⟨A†⟩ of a site`;
      group.put(
        `amplitude_${part}`,
        all.map(({ value }) => value),
        { long_name, units: "1" },
        inner,
      );
      group.put(
        `amplitude_${part}_error`,
        all.map(({ error }) => error),
        { long_name: `${long_name}, standard error`, units: "1" },
        inner,
      );
    }
  }
  putResults(
    group,
    plan,
    results.map(({ id, measured }) => ({
      id,
      value: measured?.value ?? null,
      error: measured?.error ?? null,
    })),
  );
}
