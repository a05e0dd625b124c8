/**
 * Python values as PYON carries them. A dictionary is always a `Map`, whether it arrived as a JSON object or tagged
 * with keys that are not text; integers beyond 2⁵³ are `bigint`; what JavaScript has no type for is an object with
 * a `kind`.
 */
export type Pyon =
  | null
  | boolean
  | number
  | bigint
  | string
  | Pyon[]
  | PyonMap
  | PyonSet
  | Uint8Array
  | PyonTagged;

/** Keys that are tuples are found with `keyIn`, since a `Map` compares objects by identity. */
export interface PyonMap extends Map<Pyon, Pyon> {}
export interface PyonSet extends Set<Pyon> {}

export type PyonTagged =
  /** A float that must stay one although its value is integral. */
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "tuple"; readonly items: Pyon[] }
  | { readonly kind: "complex"; readonly re: number; readonly im: number }
  | { readonly kind: "slice"; readonly start: Pyon; readonly stop: Pyon; readonly step: Pyon }
  | { readonly kind: "fraction"; readonly numerator: bigint; readonly denominator: bigint }
  | { readonly kind: "ordered-dict"; readonly entries: PyonMap }
  | NumpyArray
  | NumpyScalar;

/** C-ordered bytes; `dtype` as numpy writes it, e.g. `<f8`. */
export interface NumpyArray {
  readonly kind: "nparray";
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly data: Uint8Array;
}

export interface NumpyScalar {
  readonly kind: "npscalar";
  readonly dtype: string;
  readonly data: Uint8Array;
}

export function isTagged(value: Pyon | undefined): value is PyonTagged {
  return (
    value !== null &&
    typeof value === "object" &&
    !Array.isArray(value) &&
    !(value instanceof Map) &&
    !(value instanceof Set) &&
    !(value instanceof Uint8Array)
  );
}

/** The entries of a dict or OrderedDict, or undefined. */
export function entriesOf(value: Pyon | undefined): PyonMap | undefined {
  if (value instanceof Map) return value;
  return isTagged(value) && value.kind === "ordered-dict" ? value.entries : undefined;
}

/** The items of a list or tuple, or undefined. */
export function itemsOf(value: Pyon | undefined): Pyon[] | undefined {
  if (Array.isArray(value)) return value;
  return isTagged(value) && value.kind === "tuple" ? value.items : undefined;
}

export function tuple(...items: Pyon[]): PyonTagged {
  return { kind: "tuple", items };
}

/** Plain JSON data as Python values: objects become dictionaries with text keys. */
export function fromJson(value: unknown): Pyon {
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) return value.map(fromJson);
  if (typeof value === "object") {
    return new Map(Object.entries(value).map(([key, item]) => [key, fromJson(item)] as const));
  }
  return value as string | number | boolean;
}
