import { describe, expect, it } from "vitest";
import { z } from "zod";
import { EntrainError, type Problem } from "#core/errors";
import {
  groupCount,
  groupNetwork,
  initialMatrices,
  networkOf,
  oscillatorPair,
  parseRequest,
  requestSchemas,
  type SimulationKind,
  singleOscillator,
} from "#ir/simulate";

const base = { gain: 0.5, loss: 1 };

function problemsOf(kind: SimulationKind, input: unknown): readonly Problem[] {
  try {
    parseRequest(kind, input);
  } catch (error) {
    expect(error).toBeInstanceOf(EntrainError);
    expect((error as EntrainError).exitStatus).toBe(2);
    return (error as EntrainError).problems;
  }
  throw new Error("was accepted");
}

const matrix = (p0: number, p1: number, p2: number, coherence: [number, number] = [0, 0], mirror = -1) => [
  [[p0, 0], coherence, [0, 0]],
  [
    [coherence[0], mirror * coherence[1]],
    [p1, 0],
    [0, 0],
  ],
  [
    [0, 0],
    [0, 0],
    [p2, 0],
  ],
];

const extras: Record<SimulationKind, object> = {
  "critical-coupling": {},
  stability: {},
  "mean-field": {},
  trajectory: { times: [0, 1] },
  network: { sites: [{}, {}], couplings: [[0, 1, 0.5]], times: [0, 1] },
  "large-network": { size: 100, coupling: { kind: "ring", strength: 0.5 }, times: [0, 1] },
  cumulant: { size: 10, times: [0, 1] },
  exact: { size: 3, times: [0, 1] },
  "truncated-wigner": { size: 10, times: [0, 1], trajectories: 4, seed: 1 },
  driven: { drive: 0.1 },
  pair: { order: "first", inter_coupling: 0.1 },
};
const kinds = Object.keys(requestSchemas) as SimulationKind[];

describe.each(kinds)("request of %s", (kind) => {
  const good = { ...base, ...extras[kind] };

  it("is accepted with defaults filled in", () => {
    expect(parseRequest(kind, good)).toMatchObject({
      asymmetry: 0,
      ladder: [Math.SQRT2, Math.SQRT2],
      channels: { relaxation10: 0, relaxation21: 0, heating01: 0, heating12: 0, dephasing: 0 },
      initial: "seeded",
    });
  });

  it.each([
    ["gain", -0.1, -0.1],
    ["loss", Number.NaN, "NaN"],
    ["loss", Number.POSITIVE_INFINITY, "Infinity"],
    ["gain", "0.5", "0.5"],
    ["asymmetry", null, null],
    ["detuning", [1], [1]],
  ])("refuses %s = %s with path and found", (field, value, found) => {
    expect(problemsOf(kind, { ...good, [field]: value })[0]).toMatchObject({ path: field, found });
  });

  it("refuses unknown fields and faulty channels", () => {
    const problems = problemsOf(kind, { ...good, gian: 1, channels: { dephasing: -1, heat: 2 } });
    expect(problems.map((problem) => problem.path).sort()).toEqual([
      "channels.dephasing",
      "channels.heat",
      "gian",
    ]);
  });

  it("refuses matrices that are no density matrices and says why", () => {
    const count = kind === "pair" ? 2 : 1;
    const initial = (one: unknown) => Array.from({ length: count }, () => one);
    const fault = (one: unknown) => problemsOf(kind, { ...good, initial: initial(one) })[0]!;
    expect(fault(matrix(0.5, 0.5, 0.5))).toMatchObject({
      path: "initial[0]",
      message: /trace must be 1/,
      found: 1.5,
    });
    expect(fault(matrix(1.5, -0.5, 0))).toMatchObject({ message: /negative eigenvalue -0.5/ });
    expect(fault(matrix(0.5, 0.5, 0, [0.6, 0]))).toMatchObject({ message: /negative eigenvalue/ });
    expect(fault(matrix(0.5, 0.5, 0, [0.1, 0.1], 1))).toMatchObject({
      path: "initial[0][1][0]",
      message: /not Hermitian/,
      expected: "[0.1,-0.1]",
    });
    expect(fault([[[1, 0]]]).path).toMatch(/^initial/);
    expect(fault(matrix(0.5, 0.25, 0.25)[0]).path).toMatch(/^initial/);
  });

  it("has a JSON Schema", () => {
    expect(z.toJSONSchema(requestSchemas[kind], { io: "input" })).toMatchObject({ type: "object" });
  });
});

describe("requests", () => {
  it("need their required fields", () => {
    expect(problemsOf("stability", {}).map((problem) => [problem.path, problem.found])).toEqual([
      ["gain", "nothing"],
      ["loss", "nothing"],
    ]);
    expect(problemsOf("driven", base)[0]!.path).toBe("drive");
    expect(problemsOf("exact", { ...base, times: [0] })[0]!.path).toBe("size");
  });

  it("refuse times that run backwards, are negative or missing", () => {
    const fault = (times: unknown) => problemsOf("trajectory", { ...base, times })[0]!;
    expect(fault([0, 2, 1])).toMatchObject({ path: "times[2]", found: 1, message: /backwards/ });
    expect(fault([-1, 2])).toMatchObject({ path: "times[0]", found: -1 });
    expect(fault([])).toMatchObject({ path: "times" });
    expect(fault([0, null])).toMatchObject({ path: "times[1]", found: null });
    expect(fault(new Array(200_001).fill(1))).toMatchObject({ path: "times", expected: "at most 200000" });
  });

  it("count groups: 2 when detuning or inter_coupling is given, else as said", () => {
    expect(groupCount(parseRequest("stability", base))).toBe(1);
    expect(groupCount(parseRequest("stability", { ...base, detuning: 0 }))).toBe(2);
    expect(groupCount(parseRequest("stability", { ...base, inter_coupling: 0.1 }))).toBe(2);
    expect(groupCount(parseRequest("stability", { ...base, groups: 1, detuning: 0.1 }))).toBe(1);
    expect(problemsOf("stability", { ...base, groups: 3 })[0]!.path).toBe("groups");
    expect(problemsOf("stability", { ...base, groups: 1, inter_coupling: 0.1 })[0]!.path).toBe(
      "inter_coupling",
    );
    expect(problemsOf("exact", { ...base, size: 3, times: [0], groups: 2 })[0]!.path).toBe("groups");
  });

  it("refuse a steady state that is not unique where one is needed, and only there", () => {
    expect(problemsOf("stability", { gain: 0, loss: 1 })[0]).toMatchObject({ path: "gain" });
    expect(problemsOf("mean-field", { gain: 0.5, loss: 0 })[0]).toMatchObject({ path: "loss" });
    expect(parseRequest("trajectory", { gain: 0, loss: 0, times: [0, 1] }).gain).toBe(0);
    const emptied = { gain: 0, loss: 0, channels: { relaxation10: 1, heating12: 1 } };
    expect(problemsOf("critical-coupling", emptied)[0]!.path).toBe("channels");
  });

  it("put detunings where the contract says: ±δ/2 for a pair, the coefficient of S^z for one", () => {
    const request = parseRequest("trajectory", { ...base, detuning: 0.6, asymmetry: -1, times: [0] });
    expect(oscillatorPair(request).map((site) => site.detuning)).toEqual([0.3, -0.3]);
    const single = parseRequest("exact", { ...base, detuning: 0.6, size: 2, times: [0] });
    expect(singleOscillator(single).detuning).toBe(0.6);
    expect(singleOscillator(single).ladder).toEqual([Math.SQRT2, Math.SQRT2]);
  });

  it("read ladders", () => {
    const ladder = (value: unknown) =>
      singleOscillator(parseRequest("stability", { ...base, ladder: value })).ladder;
    expect(ladder({ boson: 2 })).toEqual([Math.sqrt(2), Math.sqrt(3)]);
    expect(ladder([1, 0.5])).toEqual([1, 0.5]);
    expect(problemsOf("stability", { ...base, ladder: { boson: 0 } })[0]!.path).toBe("ladder.boson");
    expect(problemsOf("stability", { ...base, ladder: [1] })[0]!.path).toMatch(/^ladder/);
  });

  it("build the group network with V on the diagonal and V_AB beside it", () => {
    const { coupling } = groupNetwork(
      parseRequest("stability", { ...base, coupling: 0.7, inter_coupling: -0.2 }),
    );
    expect([...coupling.re]).toEqual([0.7, -0.2, -0.2, 0.7]);
  });

  it("seed group A only, but every site of a network", () => {
    const seeds = (every: boolean) => initialMatrices("seeded", 2, every).map((rho) => rho.re[5]);
    expect(seeds(false)).toEqual([0.1, 0]);
    expect(seeds(true)).toEqual([0.1, 0.1]);
    const one = parseRequest("stability", { ...base, initial: matrix(0.2, 0.5, 0.3) }).initial;
    expect(initialMatrices(one, 1)[0]!.re[8]).toBe(0.3);
  });

  it("count initial matrices", () => {
    const two = [matrix(0.2, 0.5, 0.3), matrix(0.2, 0.5, 0.3)];
    expect(problemsOf("stability", { ...base, initial: two })[0]).toMatchObject({ path: "initial" });
    expect(problemsOf("stability", { ...base, groups: 2, initial: [two[0]] })[0]).toMatchObject({
      path: "initial",
    });
    expect(parseRequest("stability", { ...base, groups: 2, initial: two }).initial).toHaveLength(2);
  });
});

describe("network requests", () => {
  const site = { gain: 0.5, loss: 1 };
  const request = (couplings: unknown, count = 3, more: object = {}) => ({
    sites: Array.from({ length: count }, () => site),
    couplings,
    times: [0, 1],
    ...more,
  });
  const j = (couplings: unknown, count = 3) => {
    const { coupling } = networkOf(parseRequest("network", request(couplings, count)));
    const dense = Array.from({ length: count }, () => new Array<[number, number]>(count).fill([0, 0]));
    for (let i = 0; i < count; i++) {
      for (let k = coupling.start[i]!; k < coupling.start[i + 1]!; k++) {
        dense[i]![coupling.column[k]!] = [coupling.re[k]!, coupling.im[k]!];
      }
    }
    return dense;
  };

  it("read a matrix and triples alike", () => {
    const full = [
      [0.5, [0, 1], 2],
      [[0, -1], 0, 0],
      [2, 0, 0],
    ];
    expect(
      j([
        [0, 0, 0.5],
        [1, 0, [0, -1]],
        [0, 2, 2],
      ]),
    ).toEqual(j(full));
    expect(j(full)[0]).toEqual([
      [0.5, 0],
      [0, 1],
      [2, 0],
    ]);
  });

  it("take three rows of three as the matrix when it is Hermitian, as triples when it is not", () => {
    expect(
      j([
        [0, 1, 1],
        [1, 0, 1],
        [1, 1, 0],
      ])[2],
    ).toEqual([
      [1, 0],
      [1, 0],
      [0, 0],
    ]);
    expect(
      j([
        [0, 1, 0.5],
        [1, 2, 0.5],
        [0, 2, 0.5],
      ])[2],
    ).toEqual([
      [0.5, 0],
      [0.5, 0],
      [0, 0],
    ]);
  });

  it.each<[string, unknown, number, string, RegExp]>([
    ["a site that is not there", [[0, 3, 1]], 3, "couplings[0][1]", /no site 3/],
    ["a fractional site", [[0.5, 1, 1]], 3, "couplings[0][0]", /no site 0.5/],
    [
      "a pair given twice",
      [
        [0, 1, 1],
        [1, 0, 1],
      ],
      3,
      "couplings[1]",
      /twice/,
    ],
    ["a complex self-field", [[1, 1, [0, 1]]], 3, "couplings[0][2]", /must be real/],
    [
      "a matrix that is not Hermitian",
      [
        [0, 1],
        [2, 0],
      ],
      2,
      "couplings[1][0]",
      /not Hermitian/,
    ],
    [
      "a matrix that is not conjugate",
      [
        [0, [0, 1]],
        [[0, 1], 0],
      ],
      2,
      "couplings[1][0]",
      /conjugate/,
    ],
    [
      "rows of another length",
      [
        [0, 1],
        [1, 0],
      ],
      3,
      "couplings[0]",
      /neither/,
    ],
    ["NaN", [[0, 1, Number.NaN]], 3, "couplings[0][2]", /finite/],
  ])("refuse %s", (_, couplings, count, path, message) => {
    expect(problemsOf("network", request(couplings, count))[0]).toMatchObject({ path, message });
  });

  it("take site defaults from the top and name a site that lacks a rate", () => {
    const shared = { sites: [{}, { loss: 2 }], couplings: [], times: [0], asymmetry: -1 };
    expect(
      networkOf(parseRequest("network", { ...base, ...shared })).sites.map((s) => [s.loss, s.asymmetry]),
    ).toEqual([
      [1, -1],
      [2, -1],
    ]);
    expect(problemsOf("network", shared).map((problem) => problem.path)).toEqual([
      "sites[0].gain",
      "sites[0].loss",
      "sites[1].gain",
    ]);
    expect(problemsOf("network", request([], 1, { sites: [{ gain: -1, loss: 1 }] }))[0]!.path).toBe(
      "sites[0].gain",
    );
    expect(problemsOf("network", request([], 1, { sites: [{ gain: 0, loss: 1 }] }))[0]!.path).toBe(
      "sites[0].gain",
    );
  });

  it("state the limit of sites", () => {
    expect(problemsOf("network", request([], 301))[0]).toMatchObject({
      path: "sites",
      expected: "at most 300",
    });
  });

  it("take one initial matrix for all sites or one each", () => {
    const rho = matrix(0.2, 0.5, 0.3);
    for (const initial of [rho, [rho], [rho, rho, rho]]) {
      expect(parseRequest("network", request([], 3, { initial })).initial).toEqual(initial);
    }
    expect(problemsOf("network", request([], 3, { initial: [rho, rho] }))[0]!.path).toBe("initial");
  });
});
