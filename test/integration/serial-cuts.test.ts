import { expect, test } from "vitest";
import { createRandom } from "#core/random";
import { boards, bytesOfUse, cutOnce } from "../support/cuts.ts";

/** For each of three boards. */
const cuts = 400;

test.each(Object.keys(boards))("%s: a connection cut at any byte is safe after the next", async (kind) => {
  const total = await bytesOfUse(kind);
  const random = createRandom(7, kind);
  const hit = { energised: 0, inPayload: 0 };
  for (let k = 0; k < cuts; k++) {
    const at = Math.floor(random.uniform() * total);
    const { wrong, energised, inPayload } = await cutOnce(kind, at, k);
    expect(wrong, `cut after ${at} of ${total} bytes`).toEqual([]);
    hit.energised += energised ? 1 : 0;
    hit.inPayload += inPayload ? 1 : 0;
  }
  // The cuts did hit what is hard: outputs that are on, payloads that are half read.
  expect(hit.energised).toBeGreaterThan(10);
  expect(hit.inPayload).toBeGreaterThan(10);
});
