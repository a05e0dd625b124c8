import { IbmClient } from "../../../../devices/drivers/ibm/client.ts";
import type { ConnectionOptions } from "../../../../devices/drivers/ibm/connection.ts";
import { instanceOf } from "../../../../devices/drivers/ibm/instance.ts";
import type { Journal, JournalEntry } from "../../../../devices/drivers/ibm/journal.ts";
import { Secret } from "../../../../devices/drivers/ibm/secret.ts";
import { createAxiosTransport } from "../../../../devices/transports/http/axios-transport.ts";
import type { Clock, RetryPolicy } from "../../../../devices/transports/http/resilience.ts";
import { fakeCrn, fakeKey } from "../../../support/fake-ibm/service.ts";

export const quickRetry: RetryPolicy = {
  attempts: 4,
  first_ms: 1,
  longest_ms: 5,
  crowded_ms: 5,
  longest_retry_after_ms: 600_000,
};

export const quickPatience = {
  settle_ms: 150,
  look_ms: 20,
  first_poll_ms: 5,
  longest_poll_ms: 20,
  queue_ms: 10,
  first_trouble_ms: 5,
  longest_trouble_ms: 20,
  crowded_ms: 20,
  empty_tries: 2,
};

/** A clock whose sleeps take no time but are counted. */
export class JumpingClock implements Clock {
  time = Date.parse("2026-11-20T12:00:00Z");
  readonly slept: number[] = [];

  now(): number {
    return this.time;
  }

  async sleep(milliseconds: number): Promise<void> {
    this.slept.push(milliseconds);
    this.time += milliseconds;
  }
}

export function clientFor(root: string, options: Partial<ConnectionOptions> = {}, crn = fakeCrn): IbmClient {
  return new IbmClient({
    transport: createAxiosTransport({ proxy: false }),
    instance: instanceOf(crn, { base_url: `${root}/api/v1`, iam_url: root }),
    credentials: { api_key: new Secret(fakeKey) },
    retry: quickRetry,
    random: () => 0.5,
    breaker: { failures: 1000, pause_ms: 50 },
    timeouts: { request_ms: 300, create_ms: 300, results_ms: 300 },
    jobs_per_minute: 100_000,
    ...options,
  });
}

/** A journal in memory; what it holds outlives the object that writes into it. */
export class MemoryJournal implements Journal {
  readonly lines: JournalEntry[];
  readonly files: Map<string, Uint8Array>;

  constructor(lines: JournalEntry[] = [], files = new Map<string, Uint8Array>()) {
    this.lines = lines;
    this.files = files;
  }

  entries(): readonly JournalEntry[] {
    return [...this.lines];
  }

  append(entry: JournalEntry): void {
    this.lines.push(entry);
  }

  keep(name: string, bytes: Uint8Array): void {
    this.files.set(name, bytes);
  }

  read(name: string): Uint8Array | null {
    return this.files.get(name) ?? null;
  }
}

export const bell = [
  "OPENQASM 3.0;",
  'include "stdgates.inc";',
  "bit[2] c;",
  "sx $0;",
  "cz $0, $1;",
  "reset $1;",
  "c[0] = measure $0;",
  "c[1] = measure $1;",
  "",
].join("\n");
