import { EntrainError } from "#core/errors";
import type { Pyon, PyonMap } from "./values.ts";

/** Nesting beyond which a text is refused. */
const maxDepth = 200;

/**
 * Reads PYON version 2: JSON with NaN, Infinity, integers of any size, and
 * `{"__jsonclass__": [name, [arguments]]}` for what JSON has not.
 *
 * @throws EntrainError `pyon.syntax` with the position, `pyon.unknown-type` for a tag that is not known
 */
export function decodePyon(text: string): Pyon {
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  #fail(message: string): never {
    throw new EntrainError(
      "pyon.syntax",
      {
        path: `column ${this.#at + 1}`,
        message,
        found: this.#text.slice(this.#at, this.#at + 40),
        expected: "PYON version 2, which is JSON",
      },
      { kind: "device" },
    );
  }

  #space(): void {
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? "")) this.#at++;
  }

  #take(token: string): boolean {
    this.#space();
    if (!this.#text.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    return true;
  }

  end(): void {
    this.#space();
    if (this.#at < this.#text.length) this.#fail("there is text after the value");
  }

  value(depth: number): Pyon {
    if (depth > maxDepth) this.#fail(`nested more than ${maxDepth} deep`);
    this.#space();
    const c = this.#text[this.#at];
    if (c === "{") return this.#object(depth);
    if (c === "[") return this.#list(depth);
    if (c === '"') return this.#string();
    for (const [word, value] of words) if (this.#take(word)) return value;
    return this.#number();
  }

  #list(depth: number): Pyon[] {
    this.#take("[");
    const items: Pyon[] = [];
    if (this.#take("]")) return items;
    for (;;) {
      items.push(this.value(depth + 1));
      if (this.#take("]")) return items;
      if (!this.#take(",")) this.#fail("a comma or ] is missing");
    }
  }

  #object(depth: number): Pyon {
    this.#take("{");
    const entries: PyonMap = new Map();
    if (this.#take("}")) return entries;
    for (;;) {
      this.#space();
      if (this.#text[this.#at] !== '"') this.#fail("a key must be text in double quotes");
      const key = this.#string();
      if (!this.#take(":")) this.#fail("a colon is missing");
      entries.set(key, this.value(depth + 1));
      if (this.#take("}")) break;
      if (!this.#take(",")) this.#fail("a comma or } is missing");
    }
    const tag = entries.get("__jsonclass__");
    return tag === undefined ? entries : untag(tag);
  }

  #string(): string {
    let end = this.#at + 1;
    while (end < this.#text.length && this.#text[end] !== '"') end += this.#text[end] === "\\" ? 2 : 1;
    const token = this.#text.slice(this.#at, end + 1);
    try {
      const text: unknown = JSON.parse(token);
      if (typeof text !== "string") this.#fail("text does not end");
      this.#at = end + 1;
      return text;
    } catch (cause) {
      if (cause instanceof EntrainError) throw cause;
      return this.#fail("text that cannot be read");
    }
  }

  #number(): number | bigint {
    const pattern = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (!match) this.#fail("no value can be read here");
    this.#at += match[0].length;
    const value = Number(match[0]);
    const integer = match[1] === undefined && match[2] === undefined;
    return integer && !Number.isSafeInteger(value) ? BigInt(match[0]) : value;
  }
}

const words: readonly (readonly [string, null | boolean | number])[] = [
  ["null", null],
  ["true", true],
  ["false", false],
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
];

function untag(tag: Pyon): Pyon {
  const [name, parts] = Array.isArray(tag) ? tag : [];
  if (typeof name !== "string" || !Array.isArray(parts))
    throw unreadable(tag, "a tag without name and arguments");
  const decode = decoders[name];
  if (!decode) throw unreadable(name, `there is no PYON type "${name}"`);
  return decode(parts);
}

function unreadable(found: unknown, message: string): EntrainError {
  return new EntrainError("pyon.unknown-type", { path: "__jsonclass__", message, found }, { kind: "device" });
}

const decoders: Readonly<Record<string, (parts: Pyon[]) => Pyon>> = {
  tuple: ([items]) => ({ kind: "tuple", items: list(items) }),
  dict: ([pairs]) => mapOf(pairs),
  set: ([items]) => new Set(list(items)),
  bytes: ([data]) => bytes(data),
  complex: ([re, im]) => ({ kind: "complex", re: float(re), im: float(im) }),
  slice: ([start = null, stop = null, step = null]) => ({ kind: "slice", start, stop, step }),
  Fraction: ([numerator, denominator]) => ({
    kind: "fraction",
    numerator: integer(numerator),
    denominator: integer(denominator),
  }),
  OrderedDict: ([pairs]) => ({ kind: "ordered-dict", entries: mapOf(pairs) }),
  nparray: ([shape, dtype, data]) => ({
    kind: "nparray",
    shape: list(shape).map((size) => Number(integer(size))),
    dtype: text(dtype),
    data: bytes(data),
  }),
  npscalar: ([dtype, data]) => ({ kind: "npscalar", dtype: text(dtype), data: bytes(data) }),
};

function list(value: Pyon | undefined): Pyon[] {
  if (Array.isArray(value)) return value;
  throw unreadable(value, "a list is wanted in this tag");
}

function mapOf(value: Pyon | undefined): PyonMap {
  return new Map(
    list(value).map((pair) => {
      const [key, item] = list(pair);
      if (key === undefined || item === undefined) throw unreadable(pair, "a dict wants pairs");
      return [key, item] as const;
    }),
  );
}

function text(value: Pyon | undefined): string {
  if (typeof value === "string") return value;
  throw unreadable(value, "text is wanted in this tag");
}

function float(value: Pyon | undefined): number {
  if (typeof value === "number" || typeof value === "bigint") return Number(value);
  throw unreadable(value, "a number is wanted in this tag");
}

function integer(value: Pyon | undefined): bigint {
  if (typeof value === "bigint" || Number.isSafeInteger(value)) return BigInt(value as number | bigint);
  throw unreadable(value, "an integer is wanted in this tag");
}

function bytes(value: Pyon | undefined): Uint8Array {
  return Uint8Array.from(Buffer.from(text(value), "base64"));
}
