import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { EntrainError } from "#core/errors";
import { FileJournal } from "#store/journal/file-journal";
import { IbmClient } from "../../../devices/drivers/ibm/client.ts";
import { findCredentials } from "../../../devices/drivers/ibm/credentials.ts";
import { IbmDriver } from "../../../devices/drivers/ibm/driver.ts";
import { instanceOf } from "../../../devices/drivers/ibm/instance.ts";
import { journalEntrySchema } from "../../../devices/drivers/ibm/journal.ts";
import { sha256 } from "../../../devices/drivers/ibm/submissions.ts";
import { createAxiosTransport } from "../../../devices/transports/http/axios-transport.ts";

/**
 * A process that runs experiments on the fake service, to be killed: `worker.ts URL FOLDER COUNT`. Each result that
 * it got is acknowledged by a line in FOLDER/acknowledged, fsynced.
 */

/** The circuit of a run; differs from that of any other. */
export function circuitOf(run: number): string {
  return `OPENQASM 3.0;\nbit[3] c;\nrz(0.${run + 1}) $0;\nreset $1;\nc[0] = measure $0;\n`;
}

export const shots = 5;

async function work(root: string, folder: string, count: number): Promise<void> {
  const journal = FileJournal.open(`${folder}/journal`, journalEntrySchema);
  const credentials = findCredentials();
  const client = new IbmClient({
    transport: createAxiosTransport({ proxy: false }),
    instance: instanceOf(credentials.crn, { base_url: `${root}/api/v1`, iam_url: root }),
    credentials,
    retry: { attempts: 3, first_ms: 20, longest_ms: 100, crowded_ms: 50, longest_retry_after_ms: 1000 },
    breaker: { failures: 6, pause_ms: 100 },
    timeouts: { request_ms: 400, create_ms: 400, results_ms: 400 },
    jobs_per_minute: 1_000_000,
  });
  const driver = new IbmDriver({
    client,
    journal,
    confirm: async () => true,
    onProgress: (event) => console.log(JSON.stringify(event)),
    patience: {
      settle_ms: 1500,
      look_ms: 200,
      first_poll_ms: 20,
      longest_poll_ms: 100,
      queue_ms: 200,
      first_trouble_ms: 20,
      longest_trouble_ms: 200,
      crowded_ms: 50,
      empty_tries: 2,
    },
  });
  const acknowledged = openSync(`${folder}/acknowledged`, "a");
  console.log("ready");
  const runs = Array.from({ length: count }, (_, i) => i).values();
  const lane = async () => {
    for (const run of runs) {
      const result = await insist(async () => {
        const circuits = [{ name: "only", qasm: circuitOf(run) }];
        const tag = await driver.submit({ backend: "ibm_boston", circuits, shots }, { key: `run-${run}` });
        for await (const found of driver.fetch(tag)) return { tag, bits: found.registers.c!.bits };
        throw new Error("no circuit came back");
      });
      writeSync(acknowledged, `${run} ${result.tag} ${sha256(result.bits)}\n`);
      fsyncSync(acknowledged);
    }
  };
  await Promise.all(Array.from({ length: 12 }, lane));
  closeSync(acknowledged);
  journal.close();
}

/** What a person, or the run engine, does: try again while the error says that this may help. */
async function insist<T>(action: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await action();
    } catch (error) {
      console.error(error instanceof Error ? error.stack : error);
      if (!(error instanceof EntrainError) || !error.retryable) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

if (process.argv[2]?.startsWith("http")) {
  await work(process.argv[2], process.argv[3]!, Number(process.argv[4]));
}
