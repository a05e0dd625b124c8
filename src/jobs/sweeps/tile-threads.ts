import type { Worker } from "node:worker_threads";
import { startThread } from "../start-thread.ts";
import type { TileComputer, TileSource } from "./tile-computer.ts";
import type { TileAnswer, TileTask } from "./tile-thread.ts";

interface Waiting {
  readonly task: TileTask;
  resolve(payload: Uint8Array): void;
  reject(error: Error): void;
}

/** Threads that compute tiles, started when there is work. */
export class TileThreads implements TileComputer {
  readonly count: number;
  readonly #idle: Worker[] = [];
  readonly #all = new Set<Worker>();
  readonly #waiting: Waiting[] = [];
  #asked = 0;
  #closed = false;

  constructor(count: number) {
    this.count = count;
  }

  solve(source: TileSource, tile: number): Promise<Uint8Array> {
    return this.#perform({ source, number: this.#asked++, tile });
  }

  async finish(source: TileSource, folder: string): Promise<void> {
    await this.#perform({ source, number: this.#asked++, folder });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { reject } of this.#waiting.splice(0)) reject(new Error("closed"));
    await Promise.all([...this.#all].map((worker) => worker.terminate()));
  }

  #perform(task: TileTask): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new Error("closed"));
      this.#waiting.push({ task, resolve, reject });
      this.#next();
    });
  }

  #next(): void {
    if (this.#waiting.length === 0) return;
    const worker = this.#idle.pop() ?? (this.#all.size < this.count ? this.#start() : undefined);
    if (worker === undefined) return;
    const { task, resolve, reject } = this.#waiting.shift()!;
    const settle = (outcome: () => void, reusable: boolean) => {
      worker.off("message", onMessage);
      worker.off("error", onError);
      worker.off("exit", onExit);
      if (reusable) this.#idle.push(worker);
      else this.#all.delete(worker);
      outcome();
      this.#next();
    };
    const onMessage = (answer: TileAnswer) =>
      settle(() => ("payload" in answer ? resolve(answer.payload) : reject(new Error(answer.failure))), true);
    const onError = (error: unknown) =>
      settle(() => reject(error instanceof Error ? error : new Error(String(error))), false);
    const onExit = () => settle(() => reject(new Error("the thread ended")), false);
    worker.on("message", onMessage);
    worker.on("error", onError);
    worker.on("exit", onExit);
    worker.postMessage(task);
  }

  #start(): Worker {
    const worker = startThread(import.meta.url, "tile-thread", null);
    this.#all.add(worker);
    return worker;
  }
}
