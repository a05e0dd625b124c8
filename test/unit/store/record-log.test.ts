import { appendFileSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EntrainError } from "#core/errors";
import { parseRecords, recordLine } from "#store/record-log";
import { uuidV7 } from "#store/run-id";
import { RunStore } from "#store/run-store";
import { recordAt } from "./sample-records.ts";
import { keepSample, temporaryFolder } from "./temporary-store.ts";

const lines = Array.from({ length: 4 }, (_, n) => recordLine(recordAt(n)));
const bytes = Buffer.from(lines.join(""), "utf8");

describe("record log", () => {
  it("reads a prefix of the records, whatever byte the file ends at", () => {
    for (let end = 0; end <= bytes.length; end++) {
      const { records, length } = parseRecords(bytes.subarray(0, end), "log");
      const complete = lines.filter((_, n) => lines.slice(0, n + 1).join("").length <= end).length;
      expect(records).toEqual(Array.from({ length: complete }, (_, n) => recordAt(n)));
      expect(length).toBe(lines.slice(0, complete).join("").length);
    }
  });

  it("notices any single changed byte and names the line", () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = Buffer.from(bytes);
        damaged[at] = damaged[at]! ^ change;
        // Without its end the last line is one that was never finished.
        fc.pre(at !== bytes.length - 1);
        const line = bytes.subarray(0, at).filter((b) => b === 0x0a).length + 1;
        try {
          parseRecords(damaged, "log");
        } catch (error) {
          return error instanceof EntrainError && error.code === "store.corrupt"
            ? error.problems[0]!.path === `log:${line}`
            : false;
        }
        return false;
      }),
      { numRuns: 400 },
    );
  });

  it("drops an unfinished line and cuts it off before the next record", () => {
    using folder = temporaryFolder();
    const store = RunStore.open(folder.path);
    const { id } = keepSample(store);
    const path = join(store.folder(id), "records.ndjson");
    store.appendRecord(id, recordAt(0));
    store.appendRecord(id, recordAt(1));
    store.close();
    truncateSync(path, readFileSync(path).length - 17);
    expect(store.readRecords(id)).toEqual([recordAt(0)]);
    store.acquire(id);
    expect([...store.recordedPoints(id)]).toEqual(["exchange=0,setting=0"]);
    store.appendRecord(id, recordAt(2));
    expect(store.readRecords(id)).toEqual([recordAt(0), recordAt(2)]);
    expect(readFileSync(path, "utf8")).toBe(lines[0]! + lines[2]!);
    store.close();
  });

  it("drops the zeros that a file system may leave at the end after a power cut", () => {
    using folder = temporaryFolder();
    const store = RunStore.open(folder.path);
    const { id } = keepSample(store);
    const path = join(store.folder(id), "records.ndjson");
    writeFileSync(path, lines[0]!);
    appendFileSync(path, new Uint8Array(4096));
    expect(store.readRecords(id)).toEqual([recordAt(0)]);
    store.appendRecord(id, recordAt(1));
    expect(readFileSync(path, "utf8")).toBe(lines[0]! + lines[1]!);
    store.close();
  });

  it("refuses a point twice, when written and when read", () => {
    using folder = temporaryFolder();
    const store = RunStore.open(folder.path);
    const { id } = keepSample(store);
    store.appendRecord(id, recordAt(0));
    const again = { ...recordAt(0), point: { setting: 0, exchange: 0 } };
    expect(() => store.appendRecord(id, again)).toThrow(/already recorded/);
    expect(store.readRecords(id)).toHaveLength(1);
    expect(() => parseRecords(Buffer.from(lines[0]! + lines[0]!), "log")).toThrow(/already on line 1/);
    store.close();
  });

  it("refuses a record that is none, and keeps the log as it was", () => {
    using folder = temporaryFolder();
    const store = RunStore.open(folder.path);
    const { id } = keepSample(store);
    expect(() => store.appendRecord(id, { ...recordAt(0), shots: 0 })).toThrow(/shots/);
    expect(store.readRecords(id)).toEqual([]);
    store.close();
  });
});

describe("UUID version 7", () => {
  it("is the example of RFC 9562, appendix A.6", () => {
    // unix_ts_ms 0x017F22E279B0, rand_a 0xCC3, rand_b 0x18C4DC0C0C07398F.
    const random = Buffer.from("0cc318c4dc0c0c07398f", "hex");
    expect(uuidV7(0x017f22e279b0, random)).toBe("017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
  });
});
