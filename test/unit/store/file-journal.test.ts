import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { z } from "zod";
import { realFileSystem } from "#store/file-system";
import { FileJournal } from "#store/journal/file-journal";
import { refusal } from "../../support/refusal.ts";

const schema = z.strictObject({ n: z.int(), text: z.string() });
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "entrain-journal-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const path = () => join(folder, "journal.ndjson");

function write(count: number): void {
  const journal = FileJournal.open(folder, schema);
  for (let n = 0; n < count; n++) journal.append({ n, text: `ä\n${n}` });
  journal.close();
}

it("reads back what was appended, and goes on from there", () => {
  write(3);
  const journal = FileJournal.open(folder, schema);
  expect(journal.entries().map(({ n }) => n)).toEqual([0, 1, 2]);
  journal.append({ n: 3, text: "" });
  journal.close();
  const again = FileJournal.open(folder, schema);
  expect(again.entries()).toHaveLength(4);
  again.close();
});

it("drops the unfinished line of a crash, wherever it was cut", () => {
  write(2);
  const whole = readFileSync(path());
  const second = whole.indexOf(0x0a) + 1;
  for (let cut = second; cut < whole.length; cut++) {
    writeFileSync(path(), whole.subarray(0, cut));
    const journal = FileJournal.open(folder, schema);
    expect(journal.entries()).toHaveLength(1);
    journal.append({ n: 9, text: "after" });
    journal.close();
    const again = FileJournal.open(folder, schema);
    expect(again.entries().map(({ n }) => n)).toEqual([0, 9]);
    again.close();
  }
});

it("notices a line that was changed, lost, moved or doubled", () => {
  write(4);
  const lines = readFileSync(path(), "utf8").trimEnd().split("\n") as [string, string, string, string];
  const [a, b, c, d] = lines;
  const damaged = [
    [a, b.replace('"n":1', '"n":7'), c, d],
    [a, c, d],
    [a, c, b, d],
    [a, b, b, c, d],
    [b, c, d],
    [a, "", b],
  ];
  for (const text of damaged) {
    writeFileSync(path(), `${text.join("\n")}\n`);
    expect(refusal(() => FileJournal.open(folder, schema)).code).toBe("store.corrupt");
  }
});

it("has one owner at a time", () => {
  const journal = FileJournal.open(folder, schema);
  expect(refusal(() => FileJournal.open(folder, schema)).code).toBe("store.locked");
  journal.close();
  FileJournal.open(folder, schema).close();
});

it("holds what it held when the disk is full, and takes the entry later", () => {
  let full = false;
  const fs = {
    ...realFileSystem,
    writeSync: ((fd: number, bytes: Uint8Array, offset: number, length: number, position: number) => {
      if (!full) return realFileSystem.writeSync(fd, bytes, offset, length, position);
      if (offset > 0) throw Object.assign(new Error("full"), { code: "ENOSPC" });
      return realFileSystem.writeSync(fd, bytes, offset, Math.ceil(length / 2), position);
    }) as typeof realFileSystem.writeSync,
  };
  const journal = FileJournal.open(folder, schema, fs);
  journal.append({ n: 0, text: "before" });
  full = true;
  expect(refusal(() => journal.append({ n: 1, text: "lost" })).code).toBe("store.disk_full");
  expect(refusal(() => journal.keep("file.json", Buffer.from("abc"))).code).toBe("store.disk_full");
  expect(journal.read("file.json")).toBeNull();
  full = false;
  journal.append({ n: 2, text: "after" });
  journal.close();
  const again = FileJournal.open(folder, schema);
  expect(again.entries().map(({ n }) => n)).toEqual([0, 2]);
  again.close();
});

it("keeps files whole under names that stay in its folder", () => {
  const journal = FileJournal.open(folder, schema);
  journal.keep("results-a.json", Buffer.from("one"));
  journal.keep("results-a.json", Buffer.from("two"));
  expect(Buffer.from(journal.read("results-a.json")!).toString()).toBe("two");
  expect(journal.read("absent")).toBeNull();
  for (const name of ["../x", "a/b", ".hidden", "", "journal.ndjson"]) {
    expect(refusal(() => journal.keep(name, Buffer.from(""))).code).toBe("input.invalid");
  }
  expect(refusal(() => journal.append({ n: 0.5, text: "" })).code).toBe("journal.invalid");
  appendFileSync(path(), "");
  journal.close();
});
