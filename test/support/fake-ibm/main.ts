import { parseArgs } from "node:util";
import { physicalSampler } from "./physics.ts";
import { FakeIbm, fakeCrn, fakeKey } from "./service.ts";

/**
 * The fake service by itself, to try things by hand:
 * `node --conditions=source --import tsx test/support/fake-ibm/main.ts --port 8099 --faults 0.2`.
 */
const { values } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    faults: { type: "string", default: "0" },
    seed: { type: "string", default: "1" },
    queue: { type: "string", default: "2000" },
    remaining: { type: "string", default: "540" },
    physics: { type: "boolean", default: false },
  },
});
const fake = new FakeIbm({
  queue_ms: Number(values.queue),
  run_ms: 500,
  remaining_s: Number(values.remaining),
  ...(values.physics ? { sampler: physicalSampler } : {}),
  weather: { probability: Number(values.faults), seed: Number(values.seed), delay_ms: 50, late_ms: 2000 },
});
const url = await fake.start(Number(values.port));
console.log(`ENTRAIN_IBM_URL=${url}/api/v1`);
console.log(`IAM_URL=${url}\nENTRAIN_IBM_API_KEY=${fakeKey}\nENTRAIN_IBM_INSTANCE=${fakeCrn}`);
