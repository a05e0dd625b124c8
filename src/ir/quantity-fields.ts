import { EntrainError, type Problem } from "#core/errors";
import { type Dimension, formatQuantity, parseQuantity } from "#core/units";

/**
 * How a person types quantities. A field such as `exchange_hz` may be written `exchange: 26 MHz`; this table says
 * which bare names exist, in which SI unit they land, and between which values a number is believable in the
 * laboratory. Bounds are wide on purpose: they catch a wrong prefix (mHz for MHz), not an unusual device.
 */
interface QuantityField {
  readonly dimension: Dimension;
  readonly field: string;
  readonly low: number;
  readonly high: number;
}

const suffix: Record<Dimension, string> = {
  frequency: "hz",
  rate: "per_s",
  time: "s",
  angle: "rad",
  temperature: "k",
  capacitance: "f",
  current: "a",
  number: "",
};

function define(
  dimension: Dimension,
  low: number,
  high: number,
  ...names: string[]
): [string, QuantityField][] {
  return names.map((name) => [name, { dimension, field: `${name}_${suffix[dimension]}`, low, high }]);
}

const fields: ReadonlyMap<string, QuantityField> = new Map([
  ...define(
    "frequency",
    5e8,
    3e10,
    "frequency",
    "gain_ancilla_frequency",
    "loss_ancilla_frequency",
    "readout_frequency",
  ),
  ...define("frequency", 1e6, 2e9, "anharmonicity"),
  ...define("frequency", 1, 1e9, "detuning", "effective_asymmetry"),
  // Phonons of trapped ions exchange at tens of hertz and more.
  ...define("frequency", 1, 1e9, "exchange"),
  ...define("frequency", 1e3, 1e9, "exchange_max", "exchange_per_amplitude"),
  ...define("frequency", 1, 1e8, "exchange_residual", "frequency_wander"),
  ...define("time", 1e-12, 1e-4, "coupler_rise", "flux_rise"),
  ...define("frequency", 1e4, 1e9, "gain_ancilla_linewidth", "loss_ancilla_linewidth"),
  ...define(
    "frequency",
    1e4,
    1e9,
    "gain_sideband_per_amplitude",
    "loss_sideband_per_amplitude",
    "drive_rabi_per_amplitude",
  ),
  ...define("frequency", 1e5, 1e10, "flux_tuning_range"),
  ...define("frequency", 1, 1e8, "frequency_calibration_error"),
  ...define("frequency", 1e6, 1e11, "clock"),
  ...define("rate", 1e2, 1e9, "gain_rate", "loss_rate", "larger_rate"),
  ...define("time", 1e-8, 10, "t1", "t2", "t2_tuned", "reset_duration"),
  ...define("time", 1e-9, 1e-1, "settle", "evolve", "ring_down", "delay", "span", "relaxation_span", "flop"),
  ...define("time", 1e-9, 1e-4, "duration", "pulse_duration", "pulse_sigma", "readout_duration"),
  ...define("angle", 0, 100, "seed_angle"),
  ...define("frequency", 1, 5e9, "kerr"),
  ...define("frequency", 1e6, 5e9, "charging"),
  ...define("frequency", 1e8, 1e12, "josephson"),
  ...define("capacitance", 1e-15, 1e-11, "capacitance"),
  ...define("current", 1e-10, 1e-6, "critical_current"),
  ...define("frequency", 1e4, 1e9, "static", "direct", "rabi"),
  ...define("frequency", 5e8, 3e10, "mediated_at", "lowest", "highest", "coupler_idle_frequency"),
]);

/** Fields that may be negative or zero without being implausible. */
const signed = new Set(["anharmonicity", "exchange", "kerr", "direct", "detuning", "effective_asymmetry"]);

/**
 * Replaces every typed quantity of a document by its SI field, throughout; other values are kept.
 *
 * @returns a new document; the input is not changed
 * @throws EntrainError with all problems: `quantity.invalid` (no unit, wrong unit) or `quantity.implausible`
 */
export function normaliseQuantities(document: unknown): unknown {
  const problems: Problem[] = [];
  const codes = new Set<string>();
  const note = (error: unknown) => {
    if (!(error instanceof EntrainError)) throw error;
    problems.push(...error.problems);
    codes.add(error.code);
  };

  const readOne = (name: string, field: QuantityField, value: unknown, path: string): number | undefined => {
    try {
      const number = parseQuantity(value, field.dimension, path);
      checkPlausible(name, field, number, value, path);
      return number;
    } catch (error) {
      note(error);
      return undefined;
    }
  };

  const visit = (value: unknown, path: string): unknown => {
    if (Array.isArray(value)) return value.map((item, i) => visit(item, `${path}[${i}]`));
    if (value === null || typeof value !== "object") return value;
    const out: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(value)) {
      const here = path === "" ? key : `${path}.${key}`;
      const bare = fields.get(key);
      const readRange = (field: QuantityField, given: Record<"from" | "to", unknown>, at: string) => {
        const range: Record<string, unknown> = { ...given };
        for (const end of ["from", "to"] as const)
          range[end] = readOne(key, field, given[end], `${at}.${end}`);
        return range;
      };
      if (bare && isRange(item)) {
        out[bare.field] = readRange(bare, item, here);
      } else if (bare && Array.isArray(item) && item.every(isRange)) {
        out[bare.field] = item.map((range, k) => readRange(bare, range, `${here}[${k}]`));
      } else if (bare && isList(item)) {
        const values = item.values.map((entry, k) => readOne(key, bare, entry, `${here}.values[${k}]`));
        out[bare.field] = { ...item, values };
      } else if (bare && isSourced(item)) {
        out[bare.field] = { ...item, value: readOne(key, bare, item.value, `${here}.value`) };
      } else if (bare && (typeof item === "string" || typeof item === "number")) {
        out[bare.field] = readOne(key, bare, item, here);
      } else {
        const known = [...fields].find(([, field]) => field.field === key);
        if (known && typeof item === "number") {
          try {
            checkPlausible(known[0], known[1], item, item, here);
          } catch (error) {
            note(error);
          }
        }
        out[key] = visit(item, here);
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

function checkPlausible(
  name: string,
  field: QuantityField,
  number: number,
  found: unknown,
  path: string,
): void {
  const magnitude = Math.abs(number);
  if (number === 0) return;
  const negative = number < 0 && !signed.has(name);
  if (!negative && magnitude >= field.low && magnitude <= field.high) return;
  const range = `${formatQuantity(field.low, field.dimension)} to ${formatQuantity(field.high, field.dimension)}`;
  const slip =
    typeof found === "string" && /\dm?\s*mHz/i.test(found.replace(/\s+/g, " ")) && found.includes("mHz")
      ? { hint: `mHz is millihertz; did you mean ${found.replace("mHz", "MHz")}?` }
      : {};
  throw new EntrainError("quantity.implausible", {
    path,
    message: negative
      ? `${name} must not be negative, but is ${formatQuantity(number, field.dimension)}.`
      : `${name} of ${formatQuantity(number, field.dimension)} is not believable in a laboratory.`,
    found,
    expected: negative ? "a value ≥ 0" : range,
    ...slip,
  });
}

function isRange(value: unknown): value is Record<"from" | "to", unknown> {
  return value !== null && typeof value === "object" && "from" in value && "to" in value;
}

/** Values of a scan, each with its unit. */
function isList(value: unknown): value is { values: readonly unknown[] } {
  return value !== null && typeof value === "object" && Array.isArray((value as { values?: unknown }).values);
}

function isSourced(value: unknown): value is { value: unknown } {
  return value !== null && typeof value === "object" && "value" in value;
}

/**
 * Adds to a JSON Schema, for editors, the bare spellings that `normaliseQuantities` accepts.
 *
 * @param schema - JSON Schema of the normalised document; changed in place and returned
 */
export function addTypedSpellings<T>(schema: T): T {
  const visit = (node: unknown): void => {
    if (node === null || typeof node !== "object") return;
    for (const child of Object.values(node)) visit(child);
    const object = node as { properties?: Record<string, unknown>; required?: string[] };
    if (!object.properties || typeof object.properties !== "object") return;
    for (const [name, field] of fields) {
      const exact = object.properties[field.field];
      if (exact === undefined) continue;
      object.properties[name] = {
        description: `${field.field}, written with its unit, e.g. "${example(field)}"`,
        anyOf: [{ type: "string" }, { type: "object" }],
      };
      if (object.required) object.required = object.required.filter((key) => key !== field.field);
    }
  };
  visit(schema);
  return schema;
}

function example(field: QuantityField): string {
  const middle = Math.sqrt(Math.max(field.low, 1e-3) * field.high);
  if (field.dimension === "rate") return "2pi*1.5 MHz";
  return formatQuantity(Number(middle.toPrecision(1)), field.dimension);
}
