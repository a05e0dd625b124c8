import { EntrainError } from "#core/errors";
import { LineConnection, type LineOptions } from "../../transports/tcp/line-connection.ts";
import { decodePyon } from "./pyon/decode.ts";
import { encodePyon } from "./pyon/encode.ts";
import { entriesOf, itemsOf, type Pyon, type PyonMap } from "./pyon/values.ts";

/** A server that does not speak PYON version 2 cannot be read, only guessed at. */
export function refuseVersion1(path: string, found: unknown): EntrainError {
  return new EntrainError(
    "artiq.pyon-v1",
    {
      path,
      message: "the server speaks PYON version 1, which is Python source and not JSON.",
      found,
      expected: 'the feature "pyon_v2"',
      hint: "Use an ARTIQ master of release 9 or later.",
    },
    { kind: "device" },
  );
}

export interface RpcOptions extends LineOptions {
  /** Name of the object on the server; may be left out when there is only one. */
  readonly target?: string;
  /** Longest wait for an answer, ms. */
  readonly answer_ms?: number;
}

/**
 * Client of sipyco's pc_rpc. The protocol has no numbers on its messages, so calls go one after the other, and a call
 * whose answer is late ends the connection: that answer would be taken for the next one's.
 */
export class RpcClient {
  readonly #connection: LineConnection;
  readonly #answer_ms: number;
  readonly targets: readonly string[];
  readonly target: string;
  readonly methods: ReadonlySet<string>;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(
    connection: LineConnection,
    answer_ms: number,
    names: { targets: readonly string[]; target: string; methods: ReadonlySet<string> },
  ) {
    this.#connection = connection;
    this.#answer_ms = answer_ms;
    this.targets = names.targets;
    this.target = names.target;
    this.methods = names.methods;
  }

  /** @throws EntrainError `artiq.pyon-v1`, `artiq.target-unknown`, `artiq.protocol`, `tcp.*` */
  static async open(options: RpcOptions): Promise<RpcClient> {
    const answer_ms = options.answer_ms ?? 10_000;
    const place = `${options.host}:${options.port}`;
    const connection = await LineConnection.open(options);
    try {
      connection.send("ARTIQ pc_rpc");
      const hello = await connection.read(answer_ms);
      const { targets, features } = readHello(hello, place);
      if (!features.includes("pyon_v2")) throw refuseVersion1(place, features);
      const target = options.target ?? targets[0];
      // An unknown target is answered by a closed socket and nothing else.
      if (
        target === undefined ||
        !targets.includes(target) ||
        (options.target === undefined && targets.length > 1)
      ) {
        throw new EntrainError("artiq.target-unknown", {
          path: place,
          message: `the server has no single object "${options.target ?? ""}"`,
          found: options.target ?? null,
          expected: `one of ${targets.join(", ")}`,
        });
      }
      connection.send(`${target} pyon_v2`);
      const methods = decodePyon(await connection.read(answer_ms));
      const names = methods instanceof Set ? [...methods] : (itemsOf(methods) ?? []);
      const known = new Set(names.filter((name) => typeof name === "string"));
      return new RpcClient(connection, answer_ms, { targets, target, methods: known });
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  get closed(): boolean {
    return this.#connection.closed;
  }

  /**
   * Calls a method of the target.
   *
   * @throws EntrainError `artiq.method-unknown`; `artiq.remote` with class, message and traceback of the exception on
   * the server; `tcp.*`
   */
  call(name: string, args: readonly Pyon[] = [], kwargs: Readonly<Record<string, Pyon>> = {}): Promise<Pyon> {
    if (!this.methods.has(name)) {
      return Promise.reject(
        new EntrainError("artiq.method-unknown", {
          path: this.target,
          message: `"${this.target}" has no method "${name}"`,
          found: name,
          expected: `one of ${[...this.methods].join(", ")}`,
        }),
      );
    }
    const line = encodePyon(
      new Map<Pyon, Pyon>([
        ["action", "call"],
        ["name", name],
        ["args", [...args]],
        ["kwargs", new Map(Object.entries(kwargs))],
      ]),
    );
    const answer = this.#last.then(() => this.#exchange(name, line));
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  close(): void {
    this.#connection.close();
  }

  async #exchange(name: string, line: string): Promise<Pyon> {
    let reply: PyonMap | undefined;
    try {
      this.#connection.send(line);
      reply = entriesOf(decodePyon(await this.#connection.read(this.#answer_ms)));
    } catch (error) {
      this.#connection.close();
      throw error;
    }
    const status = reply?.get("status");
    if (status === "ok") return reply?.get("ret") ?? null;
    const exception = entriesOf(reply?.get("exception"));
    if (status !== "failed" || !exception) {
      this.#connection.close();
      throw protocolError(this.target, `the answer to ${name} is neither ok nor failed`, status);
    }
    const traceback = itemsOf(exception.get("traceback")) ?? [];
    throw new EntrainError(
      "artiq.remote",
      {
        path: `${this.target}.${name}`,
        message: `${String(exception.get("class"))}: ${String(exception.get("message"))}`,
        found: traceback.map(String).join(""),
      },
      { kind: "device" },
    );
  }
}

export function protocolError(path: string, message: string, found: unknown): EntrainError {
  return new EntrainError("artiq.protocol", { path, message, found }, { kind: "device" });
}

function readHello(line: string, place: string): { targets: string[]; features: string[] } {
  let hello: PyonMap | undefined;
  try {
    hello = entriesOf(decodePyon(line));
  } catch {
    throw refuseVersion1(place, line.slice(0, 200));
  }
  const names = (key: string) =>
    (itemsOf(hello?.get(key)) ?? []).filter((name): name is string => typeof name === "string");
  if (!hello?.has("targets")) throw protocolError(place, "this is no pc_rpc server", line.slice(0, 200));
  return { targets: names("targets"), features: names("features") };
}
