import { EntrainError } from "#core/errors";
import { isTagged, type Pyon, type PyonMap, type PyonTagged } from "./values.ts";

/**
 * Writes PYON version 2 on one line, in ASCII, as sipyco's `pyon.encode` does. A safe integer is written
 * as a Python int; wrap it in `{kind: "float"}` where a float is wanted.
 *
 * @throws EntrainError `pyon.reserved` for a dictionary with the key `__jsonclass__`
 */
export function encodePyon(value: Pyon): string {
  if (value === null) return "null";
  switch (typeof value) {
    case "boolean":
      return String(value);
    case "bigint":
      return value.toString();
    case "number":
      return Number.isSafeInteger(value) && !Object.is(value, -0) ? String(value) : writeFloat(value);
    case "string":
      return ascii(value);
    default:
  }
  if (Array.isArray(value)) return sequence(value);
  if (value instanceof Map) return encodeMap(value);
  if (value instanceof Set) return tagged("set", sequence([...value]));
  if (value instanceof Uint8Array) return tagged("bytes", base64(value));
  return isTagged(value) ? encodeTagged(value) : "null";
}

function encodeTagged(value: PyonTagged): string {
  switch (value.kind) {
    case "float":
      return writeFloat(value.value);
    case "tuple":
      return tagged("tuple", sequence(value.items));
    case "complex":
      return tagged("complex", writeFloat(value.re), writeFloat(value.im));
    case "slice":
      return tagged("slice", ...[value.start, value.stop, value.step].map(encodePyon));
    case "fraction":
      return tagged("Fraction", value.numerator.toString(), value.denominator.toString());
    case "ordered-dict":
      return tagged("OrderedDict", pairs(value.entries));
    case "nparray":
      return tagged("nparray", `[${value.shape.join(",")}]`, ascii(value.dtype), base64(value.data));
    case "npscalar":
      return tagged("npscalar", ascii(value.dtype), base64(value.data));
  }
}

function encodeMap(map: PyonMap): string {
  if (map.has("__jsonclass__")) {
    throw new EntrainError("pyon.reserved", {
      path: "__jsonclass__",
      message: "a dictionary with this key would be read as something else",
    });
  }
  if (![...map.keys()].every((key) => typeof key === "string")) return tagged("dict", pairs(map));
  return `{${[...map].map(([key, item]) => `${ascii(key as string)}:${encodePyon(item)}`).join(",")}}`;
}

function tagged(name: string, ...parts: readonly string[]): string {
  return `{"__jsonclass__":["${name}",[${parts.join(",")}]]}`;
}

function sequence(items: readonly Pyon[]): string {
  return `[${items.map(encodePyon).join(",")}]`;
}

function pairs(map: PyonMap): string {
  return `[${[...map].map(([key, item]) => `[${encodePyon(key)},${encodePyon(item)}]`).join(",")}]`;
}

function writeFloat(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "Infinity" : "-Infinity";
  if (Object.is(value, -0)) return "-0.0";
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

function ascii(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function base64(data: Uint8Array): string {
  return `"${Buffer.from(data).toString("base64")}"`;
}
