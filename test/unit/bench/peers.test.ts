import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { compareEnsembles } from "#bench/cases/compare-ensembles";
import { boostEnsemble, type CMethod, cEnsemble } from "#bench/contestants/compiled-peers";
import { randomPoints, stateErrors, stateSize } from "#bench/contestants/ensemble";
import { cFields, fieldErrors, noise, probePairs, probeSites, testPairs } from "#bench/contestants/fields";
import { pythonEnsembles } from "#bench/contestants/script-peers";
import { figure4Network, figure4Start, typescriptEnsemble } from "#bench/contestants/typescript-peers";
import { buildPeer, clearScratch, discoverTools, findExecutable } from "#bench/tools";
import { EntrainError } from "#core/errors";
import { integrate, networkRightHandSide } from "#simulators/index";

const folder = mkdtempSync(join(tmpdir(), "entrain-bench-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
  clearScratch();
});

function fakeProgram(name: string, script: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe("discovery", () => {
  test("an empty PATH finds nothing and says what it looked for", () => {
    const tools = discoverTools("");
    expect(tools.c.missing).toBe("not found: no gcc or clang in PATH");
    expect(tools.cxx.missing).toBe("not found: no g++ or clang++ in PATH");
    expect(tools.python.missing).toBe("not found: no python3 in PATH");
    expect(cEnsemble(tools, "DP5", 4)).toEqual({
      name: "C AVX2 DP5",
      kind: "peer",
      missing: "not found: no gcc or clang in PATH",
    });
    expect(boostEnsemble(tools, "dopri5")).toMatchObject({ missing: expect.stringContaining("no g++") });
    expect(pythonEnsembles(tools).every((entry) => "missing" in entry)).toBe(true);
  });

  test("the first executable in PATH order is taken; a plain file is not", () => {
    const path = fakeProgram("only-here", "exit 0");
    writeFileSync(join(folder, "no-program"), "");
    expect(findExecutable("only-here", `/nowhere${delimiter}${folder}`)).toBe(path);
    expect(findExecutable("no-program", folder)).toBeUndefined();
  });

  test("a compiler that cannot build is reported with its complaint, not thrown", () => {
    fakeProgram(
      "gcc",
      'case "$*" in *--version*) echo "gcc (Fake 1) 99.1";; *) echo "x.c:1: error: no" >&2; exit 1;; esac',
    );
    const tools = discoverTools(folder);
    expect(tools.c).toMatchObject({ version: "gcc (Fake 1) 99.1" });
    const built = buildPeer(tools, { source: "machine.c", language: "c", flags: ["-O3"] });
    expect(built.missing).toBe("not built: x.c:1: error: no");
  });

  test("Python packages that are not there are told apart from Python that is not", () => {
    fakeProgram("python3", `echo '{"python": "3.0", "scipy": null, "qutip": "5.0"}'`);
    const entries = pythonEnsembles(discoverTools(folder));
    expect(entries.find(({ name }) => name.includes("DOP853"))).toMatchObject({
      missing: "not found: no Python package scipy",
    });
    expect(entries.find(({ name }) => name.includes("QuTiP"))).toMatchObject({
      build: "qutip 5.0, Python 3.0",
    });
  });
});

test("a peer that breaks is reported in its row; the table goes on", async () => {
  const base = { kind: "peer", build: "b" } as const;
  const points = [{ detuning: 1, asymmetry: -1 }];
  const working = typescriptEnsemble(1);
  const tools = discoverTools("");
  const { rows } = await compareEnsembles(
    { tools, limits: { missing: "" }, short: true, rounds: 1, progress: () => {} },
    {
      points,
      synchronized: [true],
      rtol: 1e-4,
      duration: 1,
      entries: [
        {
          ...base,
          name: "broken",
          run: () =>
            Promise.reject(new EntrainError("bench.peer_failed", { path: "", message: "it crashed" })),
        },
        { ...working, name: "working" },
      ],
      referenceName: "working",
    },
  );
  expect(rows[0]).toEqual({ name: "broken", kind: "peer", missing: "failed: it crashed" });
  expect(rows[1]).toMatchObject({ name: "working", ratio: { median: 1 } });
});

const tools = discoverTools();
const runnable = tools.c.missing === undefined && tools.instructions.has("avx2");
if (!runnable) console.warn("SKIPPED: C peers, for there is no C compiler or no AVX2 here");

describe.skipIf(!runnable)("C peers", () => {
  const points = randomPoints(5, 11);
  const duration = 30;
  const expected = new Float64Array(points.length * stateSize);
  points.forEach((point, p) => {
    const y = figure4Start();
    integrate(networkRightHandSide(figure4Network(point)), 0, y, [duration], () => {}, { rtol: 1e-11 });
    expected.set(y, p * stateSize);
  });

  // The right-hand side there is reduced by hand, ours comes from the operators. Of points 5 is no multiple of 4:
  // lanes end and are renewed at different times.
  test.each<CMethod>(["DOP853", "TSIT5", "DP5"])(
    "%s agrees with the TypeScript reference",
    async (method) => {
      const peer = cEnsemble(tools, method, 4);
      if ("missing" in peer) throw new Error(peer.missing);
      const run = await peer.run({ points, rtol: 1e-10, duration });
      expect(Math.max(...stateErrors(run.states, expected, points.length))).toBeLessThan(1e-7);
      expect(run.evaluations).toBe(run.evaluations_each!.reduce((sum, value) => sum + value, 0));
      // A tighter tolerance must pay: the difference is no common error of both right-hand sides.
      const rough = await peer.run({ points, rtol: 1e-5, duration });
      const error = Math.max(...stateErrors(rough.states, expected, points.length));
      expect(error).toBeGreaterThan(1e-7);
      expect(rough.evaluations!).toBeLessThan(run.evaluations!);
    },
  );

  test("fields of a random graph are those of the definition", async () => {
    const size = 500;
    const peer = cFields(tools, "random", size, 1);
    if (peer.missing !== undefined) throw new Error(peer.missing);
    await peer.apply();
    const probed = probePairs(size, probeSites(size, 50), testPairs(size, "random"));
    expect(Math.max(...fieldErrors(peer.fields(), probed))).toBeLessThan(1e-13);
  });
});

test("the hash spreads evenly", () => {
  const values = Array.from({ length: 20_000 }, (_, k) => noise(k, 3));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const square = values.reduce((sum, value) => sum + value * value, 0) / values.length;
  // Five standard errors of a uniform variable on [−½, ½).
  expect(Math.abs(mean)).toBeLessThan(5 * Math.sqrt(1 / 12 / values.length));
  expect(Math.abs(square - 1 / 12)).toBeLessThan(5 * Math.sqrt(1 / 180 / values.length));
});
