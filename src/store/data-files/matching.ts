import { EntrainError, type Problem } from "#core/errors";
import { type Dimension, parseQuantity } from "#core/units";
import type { Axis } from "#ir/scan";

/** What an axis' unit measures. */
const dimensions: Readonly<Record<string, Dimension>> = {
  Hz: "frequency",
  s: "time",
  "1/s": "rate",
  rad: "angle",
  K: "temperature",
};

/**
 * Factor from a unit found in data to the unit of the plan's axis.
 *
 * @param found - undefined where the data do not say
 * @throws EntrainError `data.unit`: none where one is needed, or one that measures something else
 */
export function unitFactor(found: string | undefined, axis: Axis, path: string): number {
  const refuse = (message: string, shown: unknown, hint?: string) =>
    new EntrainError("data.unit", {
      path,
      message,
      found: shown,
      expected: axis.unit === "" ? "no unit" : `${axis.unit}, with any prefix`,
      ...(hint === undefined ? {} : { hint }),
    });
  if (found === axis.unit) return 1;
  if (axis.unit === "") {
    if (found === undefined || found === "1") return 1;
    throw refuse(`axis ${axis.name} is a plain number`, found);
  }
  if (found === undefined || found === "") {
    throw refuse(
      `axis ${axis.name} has no unit`,
      found ?? "nothing",
      "Values without a unit are not guessed at.",
    );
  }
  const dimension = dimensions[axis.unit];
  if (dimension !== undefined) {
    try {
      return parseQuantity(`1 ${found}`, dimension, path);
    } catch {
      // Said below, with the axis.
    }
  }
  throw refuse(
    `axis ${axis.name} has another unit`,
    found,
    /rad/.test(found) ? "Divide angular frequencies by 2π." : undefined,
  );
}

/** Finds an axis' index from a value or a label. */
export class AxisMatcher {
  readonly #axis: Axis;
  readonly #tolerance: number;

  constructor(axis: Axis) {
    this.#axis = axis;
    const sorted = [...axis.values].sort((a, b) => a - b);
    const gaps = sorted.slice(1).map((value, k) => value - sorted[k]!);
    const size = Math.max(...axis.values.map(Math.abs));
    // Values pass through other programs' decimals; they are still told apart.
    this.#tolerance = Math.min(1e-6 * size || 1e-12, ...gaps.map((gap) => gap / 100));
  }

  /** Index of a value in the axis' unit; −1 when there is none. */
  ofValue(value: number): number {
    return this.#axis.values.findIndex((known) => Math.abs(known - value) <= this.#tolerance);
  }

  /** Index of a label; −1 when there is none. */
  ofLabel(label: string): number {
    return this.#axis.labels?.indexOf(label) ?? -1;
  }

  /** @throws EntrainError `data.axis` */
  refuse(found: unknown, path: string): EntrainError {
    const { name, values, labels, unit } = this.#axis;
    const all = (labels ?? values.map(String)).join(", ");
    return new EntrainError("data.axis", {
      path,
      message: `the experiment has no such point on axis ${name}`,
      found: typeof found === "number" && !Number.isFinite(found) ? String(found) : found,
      expected: `${all.length > 160 ? `${all.slice(0, 160)}…` : all}${labels === undefined && unit !== "" ? ` (${unit})` : ""}`,
    });
  }
}

/**
 * Index in `wanted` of each found name: the same names in any order.
 *
 * @throws EntrainError `data.names` naming the first that is unknown, missing or there twice
 */
export function matchNames(
  found: readonly string[],
  wanted: readonly string[],
  what: string,
  path: string,
): number[] {
  const problems: Problem[] = [];
  const expected = wanted.join(", ");
  found.forEach((name, k) => {
    if (!wanted.includes(name)) {
      problems.push({
        path: `${path}[${k}]`,
        message: `there is no ${what} of this name`,
        found: name,
        expected,
      });
    } else if (found.indexOf(name) !== k) {
      problems.push({
        path: `${path}[${k}]`,
        message: `${what} ${name} is there twice`,
        found: name,
        expected,
      });
    }
  });
  for (const name of wanted) {
    if (found.includes(name)) continue;
    problems.push({ path, message: `${what} ${name} is missing`, found: found.join(", "), expected });
  }
  if (problems.length > 0) throw new EntrainError("data.names", problems);
  return found.map((name) => wanted.indexOf(name));
}

/**
 * Index on an axis of a value that a person wrote: a quantity with its unit, a plain number, or a label.
 *
 * @throws EntrainError `data.axis`, `data.unit`
 */
export function indexOfQuantity(axis: Axis, written: string | number, path: string): number {
  const matcher = new AxisMatcher(axis);
  const labelled = typeof written === "string" ? matcher.ofLabel(written) : -1;
  if (labelled >= 0) return labelled;
  const match = /^\s*([+-]?[\d.]+(?:[eE][+-]?\d+)?)\s*(\S*)\s*$/.exec(String(written));
  if (!match) throw matcher.refuse(written, path);
  // Nought is nought in any unit.
  const bare = match[2] === "" && Number(match[1]) === 0;
  const factor = bare ? 1 : unitFactor(match[2] === "" ? undefined : match[2], axis, path);
  const index = matcher.ofValue(Number(match[1]) * factor);
  if (index < 0) throw matcher.refuse(written, path);
  return index;
}
