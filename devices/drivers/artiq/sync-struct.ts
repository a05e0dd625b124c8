import { EntrainError } from "#core/errors";
import { LineConnection, type LineOptions } from "../../transports/tcp/line-connection.ts";
import { protocolError, refuseVersion1 } from "./pc-rpc.ts";
import { decodePyon } from "./pyon/decode.ts";
import { encodePyon } from "./pyon/encode.ts";
import { entriesOf, itemsOf, type Pyon, type PyonMap } from "./pyon/values.ts";

/** One line of a sync_struct publisher. */
export type Mod =
  | { readonly action: "init"; readonly struct: Pyon }
  | { readonly action: "append"; readonly path: readonly Pyon[]; readonly x: Pyon }
  | { readonly action: "insert"; readonly path: readonly Pyon[]; readonly i: number; readonly x: Pyon }
  | { readonly action: "pop"; readonly path: readonly Pyon[]; readonly i: number }
  | { readonly action: "setitem"; readonly path: readonly Pyon[]; readonly key: Pyon; readonly value: Pyon }
  | { readonly action: "delitem"; readonly path: readonly Pyon[]; readonly key: Pyon };

/** @throws EntrainError `artiq.protocol` */
export function readMod(value: Pyon): Mod {
  const fields = entriesOf(value);
  const action = fields?.get("action");
  const get = (name: string): Pyon => {
    const found = fields?.get(name);
    if (found === undefined)
      throw protocolError("sync_struct", `"${String(action)}" came without ${name}`, null);
    return found;
  };
  const path = () => {
    const items = itemsOf(get("path"));
    if (!items) throw protocolError("sync_struct", "the path is not a list", null);
    return items;
  };
  const index = () => {
    const i = get("i");
    if (!Number.isSafeInteger(i)) throw protocolError("sync_struct", "the index is not an integer", i);
    return i as number;
  };
  switch (action) {
    case "init":
      return { action, struct: get("struct") };
    case "append":
      return { action, path: path(), x: get("x") };
    case "insert":
      return { action, path: path(), i: index(), x: get("x") };
    case "pop":
      return { action, path: path(), i: index() };
    case "setitem":
      return { action, path: path(), key: get("key"), value: get("value") };
    case "delitem":
      return { action, path: path(), key: get("key") };
    default:
      throw protocolError("sync_struct", "an action that is not known", action);
  }
}

/** The key of the map that equals `key` as Python compares it: numbers by value, tuples by their items. */
export function keyIn(map: PyonMap, key: Pyon): Pyon | undefined {
  if (map.has(key)) return key;
  if (typeof key === "bigint" && map.has(Number(key))) return Number(key);
  if (key === null || typeof key !== "object") return undefined;
  const wanted = encodePyon(key);
  return [...map.keys()].find(
    (candidate) => candidate !== null && typeof candidate === "object" && encodePyon(candidate) === wanted,
  );
}

/**
 * Applies a modification in place, as Python's list and dict would; the path may lead through tuples.
 *
 * @returns the structure, which `init` replaces
 * @throws EntrainError `artiq.out-of-step` when the structure has not what the modification speaks of
 */
export function applyMod(struct: Pyon, mod: Mod): Pyon {
  if (mod.action === "init") return mod.struct;
  let place = struct;
  for (const step of mod.path) {
    const next = itemAt(place, step);
    if (next === undefined) throw outOfStep(mod, step);
    place = next;
  }
  const map = entriesOf(place);
  if (map) {
    if (mod.action === "setitem") map.set(keyIn(map, mod.key) ?? mod.key, mod.value);
    else if (mod.action === "delitem") {
      const key = keyIn(map, mod.key);
      if (key === undefined) throw outOfStep(mod, mod.key);
      map.delete(key);
    } else throw outOfStep(mod, mod.action);
    return struct;
  }
  if (!Array.isArray(place)) throw outOfStep(mod, mod.action);
  changeList(place, mod);
  return struct;
}

function changeList(list: Pyon[], mod: Exclude<Mod, { action: "init" }>): void {
  const existing = (key: Pyon): number => {
    const index = Number(key) < 0 ? Number(key) + list.length : Number(key);
    if (!Number.isSafeInteger(index) || index < 0 || index >= list.length) throw outOfStep(mod, key);
    return index;
  };
  switch (mod.action) {
    case "append":
      list.push(mod.x);
      return;
    case "insert":
      // Beyond the ends Python inserts at the ends; splice counts negative indices from the end just so.
      list.splice(mod.i, 0, mod.x);
      return;
    case "pop":
      list.splice(existing(mod.i), 1);
      return;
    case "setitem":
      list[existing(mod.key)] = mod.value;
      return;
    case "delitem":
      list.splice(existing(mod.key), 1);
  }
}

function itemAt(place: Pyon, step: Pyon): Pyon | undefined {
  const map = entriesOf(place);
  if (map) {
    const key = keyIn(map, step);
    return key === undefined ? undefined : map.get(key);
  }
  const items = itemsOf(place);
  return typeof step === "number" ? items?.at(step) : undefined;
}

function outOfStep(mod: Mod, found: unknown): EntrainError {
  return new EntrainError(
    "artiq.out-of-step",
    { path: "sync_struct", message: `the local copy cannot take "${mod.action}"`, found },
    { kind: "device", retryable: true },
  );
}

/** Keeps a copy of one published structure on one connection. */
export class Subscription {
  readonly #connection: LineConnection;
  readonly #onChange: (struct: Pyon, mod: Mod) => void;
  #struct: Pyon;
  /** Settles when the connection ends: with the reason, or null after `close`. */
  readonly ended: Promise<unknown>;
  #closing = false;

  private constructor(connection: LineConnection, struct: Pyon, onChange: (struct: Pyon, mod: Mod) => void) {
    this.#connection = connection;
    this.#struct = struct;
    this.#onChange = onChange;
    this.ended = this.#follow().then(
      () => null,
      (error: unknown) => (this.#closing ? null : error),
    );
  }

  /**
   * Connects and waits for the full copy, with which `onChange` is called first.
   *
   * @param name - `schedule`, `datasets`, `devices`, `explist`, …
   * @throws EntrainError `artiq.pyon-v1`, `artiq.protocol`, `tcp.*`; a name that is not published shows as `tcp.closed`
   */
  static async open(
    options: LineOptions & { readonly answer_ms?: number },
    name: string,
    onChange: (struct: Pyon, mod: Mod) => void,
  ): Promise<Subscription> {
    const connection = await LineConnection.open(options);
    try {
      connection.send("ARTIQ sync_struct");
      connection.send(name);
      const first = readMod(decodeLine(await connection.read(options.answer_ms ?? 10_000), name));
      if (first.action !== "init")
        throw protocolError(name, "the first line is not the full copy", first.action);
      onChange(first.struct, first);
      return new Subscription(connection, first.struct, onChange);
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  get struct(): Pyon {
    return this.#struct;
  }

  close(): void {
    this.#closing = true;
    this.#connection.close();
  }

  async #follow(): Promise<void> {
    try {
      for (;;) {
        const mod = readMod(decodePyon(await this.#connection.read()));
        this.#struct = applyMod(this.#struct, mod);
        this.#onChange(this.#struct, mod);
      }
    } finally {
      this.#connection.close();
    }
  }
}

function decodeLine(line: string, name: string): Pyon {
  try {
    return decodePyon(line);
  } catch (error) {
    // Version 1 writes keys that are not text, tuples and nan as Python does.
    if (/^\{"action": ?"init"/.test(line)) throw refuseVersion1(name, line.slice(0, 200));
    throw error;
  }
}
