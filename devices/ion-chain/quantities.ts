import { EntrainError, type Problem } from "#core/errors";
import { type Dimension, parseQuantity } from "#core/units";

/**
 * Quantities as a laboratory writes them in an ion-chain profile: the bare name with its unit (`spacing_min: 25 um`)
 * becomes the SI field (`spacing_min_m`). Bounds are those between which a number is believable, wide on purpose.
 */
interface Quantity {
  readonly dimension: Dimension | "length";
  readonly suffix: string;
  readonly low: number;
  readonly high: number;
}

const suffixes = { frequency: "hz", rate: "per_s", time: "s", angle: "rad", length: "m" } as const;

function define(
  dimension: keyof typeof suffixes,
  low: number,
  high: number,
  ...names: string[]
): [string, Quantity][] {
  return names.map((name) => [name, { dimension, suffix: suffixes[dimension], low, high }]);
}

const quantities: ReadonlyMap<string, Quantity> = new Map([
  ...define("length", 1e-7, 1e-3, "spacing_min", "spacing_max", "quartic_length"),
  ...define("length", 1e-7, 2e-5, "wavelength"),
  ...define(
    "frequency",
    1e3,
    1e8,
    "trap_frequency",
    "mode_frequency",
    "axial_frequency_min",
    "axial_frequency_max",
  ),
  ...define("frequency", 1e-3, 1e7, "operate_at"),
  ...define("frequency", 1, 1e9, "depth_max"),
  ...define("frequency", 1e8, 1e15, "light_detuning"),
  ...define("frequency", 1, 1e8, "rabi_max"),
  ...define("frequency", 1e-3, 1e7, "laser_linewidth", "mode_calibration_error"),
  ...define("frequency", 1e6, 1e11, "dds_clock", "clock"),
  ...define("frequency", 1e6, 1e9, "blue_carrier", "red_carrier"),
  ...define("frequency", 1, 1e7, "drive_full_scale", "well_step"),
  ...define("rate", 1, 1e10, "repump_rate", "bright_rate", "dark_rate"),
  ...define("time", 1e-7, 1, "mapping_pulse", "window"),
  ...define("rate", 1e-4, 1e9, "heating_rate", "loss_rate"),
  ...define("rate", 1, 1e10, "repump_rate_max", "light_linewidth"),
  ...define("time", 1e-10, 1e5, "motional_t2", "run_time_max", "analysis_pulse", "preparation", "detection"),
  ...define("time", 1e-12, 1e-3, "update_tick"),
  ...define("angle", 0, 4, "motion_angle", "beam_angle", "raman_angle", "light_angle", "repump_angle"),
]);

/** Fields whose sign means something, and that may be zero. */
const signed = new Set(["light_detuning", "operate_at"]);

/** How many of a unit make a metre: divided by, so that 25 um is 2.5e-5 exactly. */
const perMetre: Readonly<Record<string, number>> = { m: 1, mm: 1e3, um: 1e6, µm: 1e6, μm: 1e6, nm: 1e9 };

function parseLength(text: unknown, path: string): number {
  if (text === 0) return 0;
  const match =
    typeof text === "string"
      ? /^\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(\S+)\s*$/.exec(text)
      : null;
  const parts = match ? perMetre[match[2]!] : undefined;
  if (match && parts !== undefined) return Number(match[1]) / parts;
  throw new EntrainError("quantity.invalid", {
    path,
    message: `${JSON.stringify(text)} cannot be read as a length`,
    found: text,
    expected: "a length with its unit, e.g. 35 um",
  });
}

/**
 * Replaces every typed quantity of a document by its SI field, throughout; also checks SI fields that were given as
 * such.
 *
 * @throws EntrainError `quantity.invalid` or `quantity.implausible` with every problem found
 */
export function normaliseIonQuantities(document: unknown): unknown {
  const problems: Problem[] = [];
  const codes = new Set<string>();
  const attempt = <T>(run: () => T): T | undefined => {
    try {
      return run();
    } catch (error) {
      if (!(error instanceof EntrainError)) throw error;
      problems.push(...error.problems);
      codes.add(error.code);
      return undefined;
    }
  };
  const read = (name: string, value: unknown, path: string) =>
    attempt(() => {
      const quantity = quantities.get(name)!;
      const number =
        quantity.dimension === "length"
          ? parseLength(value, path)
          : parseQuantity(value, quantity.dimension, path);
      checkBelievable(name, quantity, number, value, path);
      return number;
    });

  const visit = (value: unknown, path: string): unknown => {
    if (Array.isArray(value)) return value.map((item, i) => visit(item, `${path}[${i}]`));
    if (value === null || typeof value !== "object") return value;
    const out: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(value)) {
      const here = path === "" ? key : `${path}.${key}`;
      const quantity = quantities.get(key);
      const sourced = item !== null && typeof item === "object" && "value" in item;
      if (quantity && sourced) {
        out[`${key}_${quantity.suffix}`] = { ...item, value: read(key, item.value, `${here}.value`) };
      } else if (quantity && (typeof item === "string" || typeof item === "number")) {
        out[`${key}_${quantity.suffix}`] = read(key, item, here);
      } else {
        const si = [...quantities].find(([name, q]) => `${name}_${q.suffix}` === key);
        const number = sourced ? item.value : item;
        if (si && typeof number === "number") {
          attempt(() => checkBelievable(si[0], si[1], number, number, here));
        }
        out[key] = si ? item : visit(item, here);
      }
    }
    return out;
  };

  const normalised = visit(document, "");
  if (problems.length > 0) {
    throw new EntrainError(codes.size === 1 ? [...codes][0]! : "quantity.invalid", problems);
  }
  return normalised;
}

function checkBelievable(name: string, quantity: Quantity, number: number, found: unknown, path: string) {
  const magnitude = Math.abs(number);
  if (number === 0) return;
  const negative = number < 0 && !signed.has(name);
  if (!negative && magnitude >= quantity.low && magnitude <= quantity.high) return;
  throw new EntrainError("quantity.implausible", {
    path,
    message: negative ? `${name} must not be negative` : `${name} is not believable in a laboratory`,
    found,
    expected: negative ? "a value ≥ 0" : `${quantity.low} to ${quantity.high} in ${quantity.suffix}`,
  });
}
