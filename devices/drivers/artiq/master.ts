import { EntrainError } from "#core/errors";
import { Broadcast, readLogEntry } from "./broadcast.ts";
import { RunFollower, type RunView } from "./follow.ts";
import { RpcClient } from "./pc-rpc.ts";
import { entriesOf, itemsOf, type Pyon } from "./pyon/values.ts";
import { Subscription } from "./sync-struct.ts";

export interface MasterOptions {
  readonly host: string;
  readonly notify_port: number;
  readonly control_port: number;
  readonly broadcast_port: number;
  /** Longest wait for an answer, ms. */
  readonly answer_ms: number;
  /** First wait before a lost connection is made again, ms; it doubles up to 5 s. */
  readonly retry_ms: number;
}

interface Closable {
  close(): void;
  readonly ended: Promise<unknown>;
}

/**
 * A master with its schedule, datasets and log kept up to date. Subscriptions that end are made again and start from
 * a full copy; log lines in between are lost, which `RunView.gap` tells.
 */
export class ArtiqMaster {
  readonly #options: MasterOptions;
  readonly #follower = new RunFollower();
  readonly #open = new Set<Closable>();
  readonly #waiting = new Set<() => void>();
  #datasets: Pyon = new Map();
  #schedule: Pyon = new Map();
  #rpc: RpcClient | null = null;
  #closed = true;

  constructor(options: MasterOptions) {
    this.#options = options;
  }

  /** @throws EntrainError `artiq.pyon-v1`, `artiq.protocol`, `tcp.*` */
  async connect(): Promise<void> {
    if (!this.#closed) return;
    this.#closed = false;
    try {
      await this.#control();
      const address = (port: number) => ({ ...this.#options, port });
      const { notify_port, broadcast_port } = this.#options;
      await this.#keep(() =>
        Broadcast.open(address(broadcast_port), "log", (message) => {
          const entry = readLogEntry(message);
          if (entry) this.#follower.log(entry);
          this.#wake();
        }),
      );
      await this.#keep(() =>
        Subscription.open(address(notify_port), "datasets", (struct) => {
          this.#datasets = struct;
          this.#wake();
        }),
      );
      await this.#keep(() =>
        Subscription.open(address(notify_port), "schedule", (struct, mod) => {
          this.#schedule = struct;
          this.#follower.schedule(struct, mod);
          this.#wake();
        }),
      );
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    this.#closed = true;
    for (const connection of this.#open) connection.close();
    this.#open.clear();
    this.#rpc?.close();
    this.#rpc = null;
    this.#wake();
  }

  /** Calls a method of the scheduler. */
  async schedule(method: string, ...args: Pyon[]): Promise<Pyon> {
    return (await this.#control()).call(method, args);
  }

  /** The value of a broadcast dataset, or undefined. */
  dataset(key: string): Pyon | undefined {
    return itemsOf(entriesOf(this.#datasets)?.get(key))?.[1];
  }

  run(rid: number): RunView {
    return this.#follower.view(rid);
  }

  expect(rid: number): void {
    this.#follower.expect(rid);
  }

  /** The scheduled run whose argument `token` is this one; null when there is none. */
  ridOfToken(token: string): number | null {
    for (const [rid, entry] of entriesOf(this.#schedule) ?? []) {
      const expid = entriesOf(entriesOf(entry)?.get("expid"));
      if (typeof rid === "number" && entriesOf(expid?.get("arguments"))?.get("token") === token) return rid;
    }
    return null;
  }

  /** The next time that anything is heard, or after this time at the latest. */
  change(timeout_ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, timeout_ms);
      this.#waiting.add(done);
    });
  }

  #wake(): void {
    for (const done of [...this.#waiting]) done();
  }

  async #control(): Promise<RpcClient> {
    if (this.#closed)
      throw new EntrainError("artiq.not-connected", { path: "", message: "there is no connection" });
    if (this.#rpc && !this.#rpc.closed) return this.#rpc;
    const { control_port } = this.#options;
    const rpc = await RpcClient.open({ ...this.#options, port: control_port, target: "schedule" });
    this.#rpc = rpc;
    return rpc;
  }

  async #keep(make: () => Promise<Closable>): Promise<void> {
    const first = await make();
    void this.#renew(first, make);
  }

  async #renew(first: Closable, make: () => Promise<Closable>): Promise<void> {
    let current: Closable | null = first;
    let wait_ms = this.#options.retry_ms;
    while (!this.#closed) {
      if (current) {
        this.#open.add(current);
        await current.ended;
        this.#open.delete(current);
        current = null;
        continue;
      }
      await this.change(wait_ms);
      if (this.#closed) return;
      try {
        current = await make();
        wait_ms = this.#options.retry_ms;
        if (this.#closed) current.close();
      } catch {
        wait_ms = Math.min(2 * wait_ms, 5000);
      }
    }
  }
}
