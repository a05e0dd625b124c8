import { afterEach, describe, expect, it } from "vitest";
import type { Journal, JournalEntry } from "../../../../devices/drivers/ibm/journal.ts";
import type { IbmProgress } from "../../../../devices/drivers/ibm/progress.ts";
import { type SubmissionRequest, Submissions, sha256 } from "../../../../devices/drivers/ibm/submissions.ts";
import { createAxiosTransport } from "../../../../devices/transports/http/axios-transport.ts";
import type { HttpTransport } from "../../../../devices/transports/http/transport.ts";
import type { Fault } from "../../../support/fake-ibm/faults.ts";
import { FakeIbm, type FakeOptions, fakeCrn, fakeResults } from "../../../support/fake-ibm/service.ts";
import { refusal, rejection } from "../../../support/refusal.ts";
import { bell, clientFor, MemoryJournal, quickPatience } from "./setup.ts";

let fake: FakeIbm;
afterEach(() => fake.stop());

async function serve(options: FakeOptions = {}): Promise<string> {
  fake = new FakeIbm({ jobs_per_minute: 1000, ...options });
  return fake.start();
}

function wish(key: string, qasm = bell, options: { private?: true } = {}): SubmissionRequest {
  const pubs = [[qasm, null, 4]];
  return {
    key,
    batch: { key, qasm },
    job: { program_id: "sampler", backend: "ibm_boston", cost: 60, params: { pubs, version: 2 }, ...options },
    tags: ["mine"],
  };
}

const resultOf = (bytes: Uint8Array) => JSON.parse(Buffer.from(bytes).toString("utf8"));
const expected = fakeResults([[bell, null, 4]]);

function submissionsAt(
  root: string,
  journal: Journal,
  transport?: HttpTransport,
  events: IbmProgress[] = [],
) {
  const client = clientFor(root, transport === undefined ? {} : { transport });
  return new Submissions(client, journal, {
    patience: quickPatience,
    onProgress: (event) => events.push(event),
  });
}

const posts = () =>
  fake.requests.filter(({ method, path }) => method === "POST" && path === "/api/v1/jobs").length;

describe("one submission", () => {
  it("goes out once, and its results are kept as they came", async () => {
    const root = await serve({ queue_ms: 400, run_ms: 30 });
    const journal = new MemoryJournal();
    const events: IbmProgress[] = [];
    const submissions = submissionsAt(root, journal, undefined, events);
    const tag = submissions.register(wish("a"));
    expect(tag).toMatch(/^entrain-[0-9a-f]{16}$/);
    expect(submissions.register(wish("a"))).toBe(tag);
    const [bytes, again] = await Promise.all([submissions.collect(tag), submissions.collect(tag)]);
    expect(resultOf(bytes)).toEqual(expected);
    expect(again).toBe(bytes);
    expect(posts()).toBe(1);
    expect(journal.lines.map(({ kind }) => kind)).toEqual([
      "intent",
      "attempt",
      "accepted",
      "ended",
      "stored",
    ]);
    const { stored } = submissions.get(tag);
    expect(sha256(journal.files.get(stored!.file)!)).toBe(stored!.sha256);
    expect([...fake.jobs.values()][0]!.tags).toEqual([tag, "mine"]);
    const waiting = events.find((event) => event.kind === "waiting");
    expect(waiting).toMatchObject({
      state: "Queued",
      queue_length: 1,
      wait_s: { average: 41.5, p50: 30, p95: 120 },
    });
  });

  it("refuses other circuits under a key that is taken, and another instance", async () => {
    const root = await serve();
    const journal = new MemoryJournal();
    const submissions = submissionsAt(root, journal);
    const tag = submissions.register(wish("a"));
    expect(refusal(() => submissions.register(wish("a", `${bell}// other`))).code).toBe("ibm.key_reused");
    const elsewhere = new Submissions(clientFor(root, {}, fakeCrn.replace("1111", "9999")), journal, {
      patience: quickPatience,
    });
    expect((await rejection(elsewhere.collect(tag))).code).toBe("ibm.other_instance");
    expect(posts()).toBe(0);
  });

  it("notices when what is kept was changed", async () => {
    const root = await serve();
    const journal = new MemoryJournal();
    const submissions = submissionsAt(root, journal);
    const tag = submissions.register(wish("a"));
    await submissions.collect(tag);
    journal.keep(submissions.get(tag).stored!.file, Buffer.from("{}"));
    expect((await rejection(submissions.collect(tag))).code).toBe("store.corrupt");
  });
});

describe("a POST without a clear outcome", () => {
  const faults: readonly (readonly [Fault, jobs: number])[] = [
    [{ kind: "status", status: 500, done: true }, 1],
    [{ kind: "status", status: 500, done: false }, 1],
    [{ kind: "page", done: true }, 1],
    [{ kind: "page", done: false }, 1],
    [{ kind: "drop", done: true }, 1],
    [{ kind: "drop", done: false }, 1],
    [{ kind: "half" }, 1],
    [{ kind: "hang", late_ms: 0 }, 1],
    [{ kind: "hang", late_ms: null }, 1],
    // Takes effect 30 ms after we gave up waiting (300 ms), inside the 150 ms that are waited for it to show.
    [{ kind: "hang", late_ms: 330 }, 1],
    [{ kind: "status", status: 429, done: false, retry_after: "0.01" }, 1],
    [{ kind: "status", status: 401, done: false }, 1],
  ];
  it.each(faults)("%o leads to %d job", async (fault, count) => {
    const root = await serve({ unlisted_ms: 20 });
    fake.cue({ method: "POST", path: "/jobs", fault });
    const submissions = submissionsAt(root, new MemoryJournal());
    const bytes = await submissions.collect(submissions.register(wish("a")));
    expect(resultOf(bytes)).toEqual(expected);
    expect(fake.jobs.size).toBe(count);
  });

  it("that takes effect later than anyone could wait: the surplus job is found and cancelled", async () => {
    const root = await serve({ queue_ms: 800 });
    fake.cue({ method: "POST", path: "/jobs", fault: { kind: "hang", late_ms: 600 } });
    const events: IbmProgress[] = [];
    const submissions = submissionsAt(root, new MemoryJournal(), undefined, events);
    const tag = submissions.register(wish("a"));
    const bytes = await submissions.collect(tag);
    expect(resultOf(bytes)).toEqual(expected);
    expect(fake.jobs.size).toBe(2);
    expect([...fake.jobs.values()].filter(({ cancelled }) => cancelled).length).toBe(1);
    expect(submissions.get(tag).surplus.length).toBe(1);
    expect(events.some(({ kind }) => kind === "surplus")).toBe(true);
  });

  it("waits as long as a 429 asks, and does not look for a job that cannot be", async () => {
    const root = await serve();
    fake.cue({
      method: "POST",
      path: "/jobs",
      fault: { kind: "status", status: 429, done: false, retry_after: "0.2" },
    });
    const submissions = submissionsAt(root, new MemoryJournal());
    const start = Date.now();
    await submissions.ensureJob(submissions.register(wish("a")));
    expect(Date.now() - start).toBeGreaterThan(190);
    expect(
      fake.requests.filter(({ method, path }) => method === "GET" && path === "/api/v1/jobs").length,
    ).toBe(0);
  });

  it("is not sent again when the service lists jobs without tags", async () => {
    const root = await serve();
    fake.cue({ method: "POST", path: "/jobs", fault: { kind: "drop", done: true } });
    const bare = { jobs: [{ id: "x", state: { status: "Queued" } }] };
    fake.cue({
      method: "GET",
      path: "/jobs",
      fault: { kind: "status", status: 200, done: false, body: bare },
    });
    const submissions = submissionsAt(root, new MemoryJournal());
    expect((await rejection(submissions.collect(submissions.register(wish("a"))))).code).toBe(
      "ibm.cannot_reconcile",
    );
    expect(posts()).toBe(1);
  });

  it("refused for good is remembered; the same key may be tried anew", async () => {
    const root = await serve();
    fake.cue({ method: "POST", path: "/jobs", fault: { kind: "status", status: 409, done: false } });
    const submissions = submissionsAt(root, new MemoryJournal());
    const tag = submissions.register(wish("a"));
    expect((await rejection(submissions.collect(tag))).code).toBe("ibm.usage_exceeded");
    expect((await rejection(submissions.collect(tag))).code).toBe("ibm.usage_exceeded");
    expect(posts()).toBe(1);
    const next = submissions.register(wish("a"));
    expect(next).not.toBe(tag);
    await submissions.collect(next);
    expect(fake.jobs.size).toBe(1);
  });
});

describe("results", () => {
  it("of a private job are on disk before anything else happens, and gone when read elsewhere", async () => {
    const root = await serve();
    const submissions = submissionsAt(root, new MemoryJournal());
    const kept = submissions.register(wish("a", bell, { private: true }));
    expect(resultOf(await submissions.collect(kept))).toEqual(expected);
    expect(resultOf(await submissions.collect(kept))).toEqual(expected);
    const job = await submissions.ensureJob(submissions.register(wish("b", bell, { private: true })));
    fake.jobs.get(job)!.reads = 1;
    const error = await rejection(submissions.collect(submissions.list().at(-1)!.tag));
    expect(error).toMatchObject({ code: "ibm.results_gone" });
    expect(error.message).toMatch(/read once/);
  });

  it("that were deleted, a job that was deleted", async () => {
    const root = await serve();
    const submissions = submissionsAt(root, new MemoryJournal());
    const a = submissions.register(wish("a"));
    fake.jobs.get(await submissions.ensureJob(a))!.resultsDeleted = true;
    expect((await rejection(submissions.collect(a))).message).toMatch(
      /results are gone.*were deleted.*new key/s,
    );
    const b = submissions.register(wish("b"));
    fake.jobs.delete(await submissions.ensureJob(b));
    expect((await rejection(submissions.collect(b))).code).toBe("ibm.job_gone");
  });

  it.each([
    ["// fake: too long", "ibm.ran_too_long", /max_seconds/],
    ["// fake: unreadable", "ibm.program_unreadable", /1603/],
  ])("of a job with %s", async (comment, code, text) => {
    const root = await serve();
    const submissions = submissionsAt(root, new MemoryJournal());
    const error = await rejection(
      submissions.collect(submissions.register(wish("a", `${bell}${comment}\n`))),
    );
    expect(error.code).toBe(code);
    expect(error.message + JSON.stringify(error.problems)).toMatch(text);
  });
});

describe("cancelling", () => {
  it("says how the job really ended", async () => {
    const root = await serve({ queue_ms: 500 });
    const submissions = submissionsAt(root, new MemoryJournal());
    const a = submissions.register(wish("a"));
    await submissions.ensureJob(a);
    expect(await submissions.cancel(a)).toBe("Cancelled");
    expect((await rejection(submissions.collect(a))).code).toBe("ibm.cancelled");
    const b = submissions.register(wish("b"));
    expect(await submissions.cancel(b)).toBe("Cancelled");
    expect(fake.jobs.size).toBe(1);
  });

  it("too late, finds it completed", async () => {
    const root = await serve();
    const submissions = submissionsAt(root, new MemoryJournal());
    const tag = submissions.register(wish("a"));
    await submissions.ensureJob(tag);
    expect(await submissions.cancel(tag)).toBe("Completed");
    expect(resultOf(await submissions.collect(tag))).toEqual(expected);
  });
});

describe("death at any point", () => {
  class Death extends Error {}

  /** Counts steps and dies at one of them: from then on nothing is written or sent. */
  function mortal(deadline: number, journal: MemoryJournal) {
    let steps = 0;
    const step = () => {
      if (++steps >= deadline) throw new Death();
    };
    const real = createAxiosTransport({ proxy: false });
    const transport: HttpTransport = async (request) => {
      step();
      const answer = await real(request);
      step();
      return answer;
    };
    const wrapped: Journal = {
      entries: () => journal.entries(),
      read: (name) => journal.read(name),
      append: (entry: JournalEntry) => {
        step();
        journal.append(entry);
        step();
      },
      keep: (name, bytes) => {
        step();
        journal.keep(name, bytes);
        step();
      },
    };
    return { transport, journal: wrapped, steps: () => steps };
  }

  it("never makes two jobs, never loses one", async () => {
    const root = await serve();
    let deaths = 0;
    for (let deadline = 1; ; deadline++) {
      const journal = new MemoryJournal();
      const key = `run-${deadline}`;
      const before = fake.jobs.size;
      const { transport, journal: wrapped } = mortal(deadline, journal);
      let died = false;
      try {
        const submissions = submissionsAt(root, wrapped, transport);
        await submissions.collect(submissions.register(wish(key)));
      } catch (error) {
        if (!(error instanceof Death)) throw error;
        died = true;
        deaths++;
      }
      const next = submissionsAt(root, journal);
      const bytes = await next.collect(next.register(wish(key)));
      expect(resultOf(bytes)).toEqual(expected);
      expect(fake.jobs.size - before, `death at step ${deadline}`).toBe(1);
      if (!died) break;
    }
    // 2 around each of the request's file, 5 entries, the results' file and 4 requests (token, job, poll, results).
    expect(deaths).toBe(22);
  });
});
