import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eigenvalues } from "#core/eigenvalues";
import { EntrainError } from "#core/errors";
import { createRandom } from "#core/random";
import { coordinateCount, coordinatesOf, densityMatrixAt } from "#model/generator";
import { bosonLadder } from "#model/oscillator";
import {
  compileEnsemble,
  type EnsembleJob,
  type EnsembleKernel,
  type EnsembleMethod,
  type GroupModel,
} from "#simulators/compiled/ensemble";
import { integrate, networkRightHandSide } from "#simulators/index";
import { rotated } from "#simulators/mean-field/rotation";
import { densityMatrices } from "../../support/random-states.ts";
import { difference, figure4Model, figure4Network, randomCases, seededStart } from "./models.ts";

const methods: readonly EnsembleMethod[] = ["dormand-prince-5", "tsitouras-5", "dormand-prince-853"];

/** Points of Fig. 4 from the seeded start. */
function figure4Job(count: number, seed: number, rest: Omit<EnsembleJob, "states" | "columns">): EnsembleJob {
  const random = createRandom(seed, "points");
  const columns = Float64Array.from({ length: 2 * count }, () => 30 * random.uniform() - 15);
  const states = Float64Array.from({ length: 16 * count }, (_, k) => seededStart[k % 16]!);
  return { states, columns, ...rest };
}

const kernels = new Map<string, EnsembleKernel>();

/** A kernel of Fig. 4, columns δ and K. */
function figure4Kernel(
  method: EnsembleMethod,
  options: Partial<Parameters<typeof compileEnsemble>[0]> = {},
): EnsembleKernel {
  const key = JSON.stringify([method, options]);
  const known =
    kernels.get(key) ??
    compileEnsemble({ model: figure4Model, method, columns: ["delta", "asymmetry"], ...options });
  kernels.set(key, known);
  return known;
}

/** Reference integrator at a tolerance far below the ones tested. */
function reference(delta: number, asymmetry: number, times: readonly number[]): Float64Array[] {
  const network = figure4Network(delta, asymmetry);
  const states: Float64Array[] = [];
  const y = Float64Array.from(seededStart);
  integrate(
    networkRightHandSide(network),
    0,
    y,
    times,
    (_k, _t, state) => {
      states.push(Float64Array.from(state));
    },
    { rtol: 1e-12 },
  );
  return states;
}

const amplitudesOf = (x: ArrayLike<number>): number[] =>
  [0, 1].flatMap((g) => [2, 3].map((c) => Math.SQRT2 * (x[8 * g + c]! + x[8 * g + c + 2]!)));

describe("trajectories of Fig. 4", () => {
  const duration = 12;
  const samples = 25;
  const times = Array.from({ length: samples }, (_, k) => (k * duration) / (samples - 1));
  const job = figure4Job(6, 11, { duration, rtol: 1e-8, samples });
  const references = Array.from({ length: 6 }, (_, i) =>
    reference(job.columns[2 * i]!, job.columns[2 * i + 1]!, times),
  );

  it.each(
    methods.flatMap((method) =>
      (["trajectories", "groups"] as const).flatMap((lanes) =>
        [true, false].map((turningFrame) => ({ method, lanes, turningFrame })),
      ),
    ),
  )("by $method with lanes of $lanes, turning frame $turningFrame: as the reference at 1e-12", (options) => {
    const kernel = figure4Kernel(options.method, options);
    for (const rtol of [1e-5, 1e-8, 1e-11]) {
      const { states, amplitudes, status } = kernel.integrate({ ...job, rtol });
      expect(status).toEqual(Array(6).fill("done"));
      references.forEach((path, i) => {
        // Errors of some hundred steps add up, and initial transients amplify them.
        expect(difference(states.subarray(16 * i, 16 * i + 16), path[samples - 1]!)).toBeLessThan(
          100 * rtol + 1e-11,
        );
        path.forEach((x, k) => {
          const at = 4 * (i * samples + k);
          const error = difference(amplitudes.subarray(at, at + 4), amplitudesOf(x));
          // Dense output of one order less than the solution.
          expect(error).toBeLessThan(1000 * rtol + 1e-11);
        });
      });
    }
  });

  it("end where their samples end", () => {
    const { states, amplitudes } = figure4Kernel("dormand-prince-853").integrate(job);
    for (let i = 0; i < 6; i++) {
      const last = amplitudes.subarray(4 * ((i + 1) * samples - 1), 4 * (i + 1) * samples);
      expect(difference(last, amplitudesOf(states.subarray(16 * i, 16 * i + 16)))).toBeLessThan(1e-14);
      expect(
        difference(amplitudes.subarray(4 * i * samples, 4 * i * samples + 4), amplitudesOf(seededStart)),
      ).toBe(0);
    }
  });

  it("are the same to the last bit in JavaScript and in WebAssembly", () => {
    for (const method of methods) {
      const long = { ...job, duration: 80 };
      const wasm = figure4Kernel(method).integrate(long);
      const javascript = figure4Kernel(method, { backend: "javascript" }).integrate(long);
      expect(javascript).toEqual(wasm);
    }
  });

  it("piece by piece take the steps of a job of one trajectory, to the last bit", () => {
    for (const lanes of ["groups", "trajectories"] as const) {
      const kernel = figure4Kernel("dormand-prince-853", { lanes, turningFrame: false });
      // A slot that a bigger job has used before must not be seen in a piece.
      kernel.integrate({ ...job, duration: 1 });
      const columns = Float64Array.of(3, -4);
      const firstSteps = Float64Array.of(1e-3);
      const start = Float64Array.from(seededStart);
      const whole = kernel.integrate({ states: start, columns, duration, rtol: 1e-6, samples, firstSteps });
      const amplitudes = new Float64Array(4 * samples);
      const piece = { columns, duration, rtol: 1e-6, firstStep: 1e-3 };
      const state = start.slice();
      const end = { ...kernel.advance({ ...piece, state, samples, amplitudes }) };
      expect(state).toEqual(whole.states);
      expect(amplitudes).toEqual(whole.amplitudes);
      expect(end).toEqual({ lastStep: whole.lastSteps[0], evaluations: whole.evaluations[0] });
      const unsampled = start.slice();
      kernel.advance({ ...piece, state: unsampled });
      expect(difference(unsampled, state)).toBeLessThan(1e-12);
    }
  });

  it("piece by piece become NaN where they cannot be advanced", () => {
    const kernel = figure4Kernel("dormand-prince-853", { lanes: "groups", turningFrame: false });
    const state = Float64Array.from(seededStart, () => 1e200);
    kernel.advance({ state, columns: Float64Array.of(0, 0), duration: 1, rtol: 1e-6, firstStep: 1e-3 });
    expect([...state].every(Number.isNaN)).toBe(true);
  });

  it("can be continued from the state and the step they ended with", () => {
    const kernel = figure4Kernel("dormand-prince-853", { lanes: "groups" });
    const whole = kernel.integrate({ ...job, samples: 0 });
    const half = kernel.integrate({ ...job, samples: 0, duration: duration / 2 });
    const rest = kernel.integrate({
      ...job,
      samples: 0,
      duration: duration / 2,
      states: half.states,
      firstSteps: half.lastSteps,
    });
    expect(difference(rest.states, whole.states)).toBeLessThan(1e-6);
    // A known step spares the careful beginning.
    const cold = kernel.integrate({ ...job, samples: 0, duration: duration / 2, states: half.states });
    const total = (counts: Float64Array) => counts.reduce((a, b) => a + b);
    expect(total(rest.evaluations)).toBeLessThan(total(cold.evaluations));
  });

  it("take fewer steps in the turning frame once they are locked", () => {
    // δ = 1, K = −7: both groups synchronized and locked (Fig. 4).
    const locked = { ...figure4Job(1, 0, { duration: 200, rtol: 1e-8 }), columns: Float64Array.of(1, -7) };
    const still = figure4Kernel("dormand-prince-853", { turningFrame: false }).integrate(locked);
    const turning = figure4Kernel("dormand-prince-853").integrate(locked);
    expect(turning.steps[0]!).toBeLessThan(still.steps[0]! / 3);
    expect(difference(turning.states, still.states)).toBeLessThan(1e-5);
  });
});

describe("random points of Fig. 4 to t = 60", () => {
  const count = 16;
  const duration = 60;
  const job = figure4Job(count, 1234, { duration, rtol: 1e-8 });
  const ends = Array.from(
    { length: count },
    (_, i) => reference(job.columns[2 * i]!, job.columns[2 * i + 1]!, [duration])[0]!,
  );

  it.each(methods)("%s: errors follow the tolerance down to that of the reference", (method) => {
    const kernel = figure4Kernel(method, { lanes: "groups" });
    const medians = [1e-5, 1e-7, 1e-9].map((rtol) => {
      const { states } = kernel.integrate({ ...job, rtol });
      const errors = ends.map((end, i) => difference(states.subarray(16 * i, 16 * i + 16), end));
      // Neighbouring trajectories part by at most a few powers of ten in this time.
      expect(Math.max(...errors)).toBeLessThan(1e4 * rtol);
      return errors.toSorted((a, b) => a - b)[count / 2]! / rtol;
    });
    for (const median of medians) {
      expect(median).toBeLessThan(100);
      expect(median).toBeGreaterThan(1e-4);
    }
  });
});

describe("states on the way", () => {
  it("stay density matrices: no eigenvalue leaves [0, 1]", () => {
    fc.assert(
      fc.property(densityMatrices, densityMatrices, fc.integer({ min: 0, max: 1000 }), (a, b, seed) => {
        const kernel = figure4Kernel("dormand-prince-853", { lanes: "groups" });
        const { columns } = figure4Job(1, seed, { duration: 1, rtol: 1e-9 });
        const states = Float64Array.from([...coordinatesOf(a), ...coordinatesOf(b)]);
        for (let chunk = 0; chunk < 20; chunk++) {
          states.set(kernel.integrate({ states, columns, duration: 2.5, rtol: 1e-9 }).states);
          for (const g of [0, 1]) {
            const values = eigenvalues(densityMatrixAt(states, 8 * g)).map(({ re }) => re);
            expect(Math.min(...values)).toBeGreaterThan(-1e-8);
            expect(Math.max(...values)).toBeLessThan(1 + 1e-8);
          }
        }
      }),
      { numRuns: 10 },
    );
  });
});

describe("a trajectory does not depend on its neighbours", () => {
  it.each(methods)(
    "by %s: to the last bit, with samples, alone, in any order and in any company",
    (method) => {
      const kernel = figure4Kernel(method);
      const count = 7;
      // Long enough for the frames to be looked after on the way.
      const job = figure4Job(count, 5, { duration: 60, rtol: 1e-6, samples: 10 });
      const together = kernel.integrate(job);
      const pick = (order: readonly number[]) => {
        const gather = (from: Float64Array, width: number) =>
          Float64Array.from(order.flatMap((i) => [...from.subarray(i * width, (i + 1) * width)]));
        const found = kernel.integrate({
          ...job,
          states: gather(job.states, 16),
          columns: gather(job.columns, 2),
        });
        expect(found.states).toEqual(gather(together.states, 16));
        expect(found.amplitudes).toEqual(gather(together.amplitudes, 4 * 10));
        expect(found.steps).toEqual(gather(together.steps, 1));
        expect(found.rejected).toEqual(gather(together.rejected, 1));
        expect(found.evaluations).toEqual(gather(together.evaluations, 1));
        expect(found.lastSteps).toEqual(gather(together.lastSteps, 1));
      };
      for (let i = 0; i < count; i++) pick([i]);
      pick([6, 5, 4, 3, 2, 1, 0]);
      pick([3, 0, 6, 1]);
      // A lane with a trajectory that cannot be integrated.
      const broken = Float64Array.from(job.states);
      broken[16] = Number.NaN;
      const company = kernel.integrate({ ...job, states: broken });
      expect(company.status).toEqual(
        Array.from({ length: count }, (_, i) => (i === 1 ? "not finite" : "done")),
      );
      expect(company.states.subarray(32)).toEqual(together.states.subarray(32));
      expect(company.states.subarray(0, 16)).toEqual(together.states.subarray(0, 16));
    },
  );

  it("nor on what the kernel did before", () => {
    const kernel = figure4Kernel("tsitouras-5", { lanes: "groups" });
    const job = figure4Job(2, 3, { duration: 5, rtol: 1e-6, samples: 6 });
    const first = kernel.integrate(job);
    kernel.integrate(figure4Job(3, 4, { duration: 2, rtol: 1e-4 }));
    expect(kernel.integrate(job)).toEqual(first);
  });
});

describe("any groups", () => {
  it.each([1, 2, 3])("%i with complex couplings and all channels: as the reference", (groups) => {
    fc.assert(
      fc.property(
        randomCases(groups),
        fc.array(densityMatrices, { minLength: groups, maxLength: groups }),
        ({ model, columns, values, network }, matrices) => {
          const y = Float64Array.from(matrices.flatMap((rho) => [...coordinatesOf(rho)]));
          const kernel = compileEnsemble({ model, columns, method: "dormand-prince-853" });
          const { states, status } = kernel.integrate({
            states: y,
            columns: values,
            duration: 1.5,
            rtol: 1e-10,
          });
          expect(status).toEqual(["done"]);
          const expected = Float64Array.from(y);
          integrate(networkRightHandSide(network), 0, expected, [1.5], () => {}, { rtol: 1e-12 });
          expect(difference(states, expected)).toBeLessThan(1e-8);
          // Still density matrices: principal minors of every group.
          for (let g = 0; g < groups; g++) {
            const { re, im } = densityMatrixAt(states, g * coordinateCount);
            for (const [i, j] of [
              [0, 1],
              [0, 2],
              [1, 2],
            ] as const) {
              const minor = re[4 * i]! * re[4 * j]! - re[3 * i + j]! ** 2 - im[3 * i + j]! ** 2;
              expect(minor).toBeGreaterThan(-1e-9);
            }
          }
        },
      ),
      { numRuns: 8 },
    );
  });

  it("of a boson ladder with a symmetric exchange go over into each other", () => {
    // A ↔ B with δ → −δ.
    const model: GroupModel = {
      groups: [0.5, -0.5].map((factor) => ({
        ladder: bosonLadder(2),
        gain: 0.6,
        loss: 1,
        asymmetry: -2,
        detuning: { column: "delta", factor },
        dephasing: 0.1,
      })),
      couplings: [{ i: 0, j: 1, re: 0.9 }],
    };
    const kernel = compileEnsemble({ model, method: "dormand-prince-853" });
    const a = [0.3, 0.2, 0.1, 0.02, 0.05, -0.1, 0.03, 0.01];
    const b = [0.2, 0.4, -0.05, 0.1, 0.02, 0.1, -0.03, 0.02];
    const { states } = kernel.integrate({
      states: Float64Array.from([...a, ...b, ...b, ...a]),
      columns: Float64Array.of(1.1, -1.1),
      duration: 20,
      rtol: 1e-10,
    });
    const exchanged = [...states.subarray(24, 32), ...states.subarray(16, 24)];
    expect(difference(states.subarray(0, 16), exchanged)).toBeLessThan(1e-8);
  });
});

describe("symmetries of Fig. 4", () => {
  it("conjugation takes (δ, K, V) to (−δ, −K, −V)", () => {
    const minus: GroupModel = {
      ...figure4Model,
      couplings: figure4Model.couplings.map((coupling) => ({ ...coupling, re: -1 })),
    };
    const job = figure4Job(4, 21, { duration: 15, rtol: 1e-10 });
    const plus = figure4Kernel("dormand-prince-853").integrate(job);
    const other = compileEnsemble({
      model: minus,
      method: "dormand-prince-853",
      columns: ["delta", "asymmetry"],
    });
    const conjugated = other.integrate({ ...job, columns: job.columns.map((v) => -v) });
    const sign = (k: number) => (k % 8 < 2 || k % 2 === 0 ? 1 : -1);
    expect(
      difference(
        conjugated.states.map((v, k) => sign(k) * v),
        plus.states,
      ),
    ).toBeLessThan(1e-8);
  });

  it("a turn of the start turns the end", () => {
    const job = figure4Job(2, 22, { duration: 15, rtol: 1e-10 });
    const kernel = figure4Kernel("dormand-prince-853");
    const plain = kernel.integrate(job);
    const turned = kernel.integrate({
      ...job,
      states: Float64Array.from(
        [0, 1].flatMap((i) => [...rotated(job.states.subarray(16 * i, 16 * i + 16), 0.7)]),
      ),
    });
    for (const i of [0, 1]) {
      const expected = rotated(plain.states.subarray(16 * i, 16 * i + 16), 0.7);
      expect(difference(turned.states.subarray(16 * i, 16 * i + 16), expected)).toBeLessThan(1e-8);
    }
  });
});

describe("decay to the unsynchronized state", () => {
  // K > |δ|: the blockade (Fig. 4).
  const blocked = { ...figure4Job(1, 0, { duration: 3000, rtol: 1e-6 }), columns: Float64Array.of(1, 9) };

  it("does not make steps shrink with the coherences", () => {
    const { steps, status } = figure4Kernel("dormand-prince-5").integrate(blocked);
    expect(status).toEqual(["done"]);
    // At the limit of stability, about one over the fastest rate, K/2 and more in the turning frame.
    expect(steps[0]!).toBeLessThan(3000 * 10);
  });

  it.each(["wasm", "javascript"] as const)("never goes through denormal numbers in %s", (backend) => {
    const kernel = figure4Kernel("dormand-prince-5", { backend });
    // Steps so small that no noise of the size of the tolerance stays.
    for (const duration of [400, 800, 1200, 3000]) {
      const { states } = kernel.integrate({ ...blocked, duration, maxStep: 0.05 });
      for (const value of states) expect(value === 0 || Math.abs(value) > 1e-107).toBe(true);
      expect(Math.hypot(states[2]!, states[3]!)).toBeLessThan(1e-12);
      // The populations decay with e^{-t/2}, the coherences not much slower.
      if (duration === 3000) expect(states.every((value) => Math.abs(value) < 1e-100)).toBe(true);
    }
  });
});

describe("counted work", () => {
  it("is right-hand sides: six a step of order five, twelve and three more for samples at order eight", () => {
    const job = figure4Job(1, 2, { duration: 20, rtol: 1e-7 });
    const five = figure4Kernel("dormand-prince-5", { turningFrame: false }).integrate(job);
    expect(five.evaluations[0]).toBe(6 * (five.steps[0]! + five.rejected[0]!) + 1);
    const eight = figure4Kernel("dormand-prince-853", { turningFrame: false });
    const bare = eight.integrate(job);
    expect(bare.evaluations[0]).toBe(12 * bare.steps[0]! + 11 * bare.rejected[0]! + 1);
    const sampled = eight.integrate({ ...job, samples: 3 });
    expect(sampled.evaluations[0]).toBe(bare.evaluations[0]! + 2 * 3);
  });
});

describe("what cannot be done is said", () => {
  const kernel = figure4Kernel("dormand-prince-5");
  const job = figure4Job(2, 1, { duration: 5, rtol: 1e-6 });

  it("a trajectory that needs more steps than allowed, and one whose step underflows", () => {
    const { status, steps, rejected } = kernel.integrate({ ...job, maxAttempts: 10 });
    expect(status).toEqual(["step limit", "step limit"]);
    expect(steps[0]! + rejected[0]!).toBe(10);
    // States that are none: the field of huge coherences tears them apart.
    const wild = job.states.map((v, k) => (k < 16 ? 1e200 * (v + 0.1) : v));
    const torn = kernel.integrate({ ...job, states: wild });
    expect(torn.status[0]).not.toBe("done");
    expect(torn.status[1]).toBe("done");
  });

  it.each<[Partial<EnsembleJob>, string]>([
    [{ duration: -1 }, "duration"],
    [{ duration: Number.NaN }, "duration"],
    [{ rtol: 0 }, "rtol"],
    [{ atol: 0 }, "atol"],
    [{ states: new Float64Array(31) }, "states"],
    [{ columns: new Float64Array(3) }, "columns"],
    [{ firstSteps: new Float64Array(3) }, "firstSteps"],
    [{ samples: 1 }, "samples"],
    [{ samples: 1e8 }, "samples"],
    [{ maxStep: 0 }, "maxStep"],
  ])("job %j: refused with its path", (wrong, path) => {
    try {
      kernel.integrate({ ...job, ...wrong });
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(EntrainError);
      expect((error as EntrainError).problems.map((problem) => problem.path)).toContain(path);
    }
  });

  it("models and options that do not fit together", () => {
    const one = { ...figure4Model, groups: figure4Model.groups.slice(0, 1), couplings: [] };
    const refuse = (options: Partial<Parameters<typeof compileEnsemble>[0]>) => {
      expect(() => compileEnsemble({ model: figure4Model, method: "dormand-prince-5", ...options })).toThrow(
        EntrainError,
      );
    };
    refuse({ columns: ["delta"] });
    refuse({ model: { groups: [], couplings: [] } });
    refuse({ model: { ...one, couplings: [{ i: 0, j: 1, re: 1 }] } });
    refuse({ model: one, lanes: "groups" });
    refuse({ lanes: "groups", backend: "javascript" });
  });
});

it("a kernel can be made of another one's module", () => {
  const options = { model: figure4Model, method: "tsitouras-5", columns: ["delta", "asymmetry"] } as const;
  const first = compileEnsemble(options);
  const job = figure4Job(3, 9, { duration: 4, rtol: 1e-6 });
  expect(first.bytes.byteLength).toBeGreaterThan(0);
  const second = compileEnsemble({ ...options, module: structuredClone(first.module!) });
  expect(second.integrate(job)).toEqual(first.integrate(job));
});

it("fused multiply-add changes rounding only, and is refused where the engine has none", () => {
  const options = {
    model: figure4Model,
    method: "dormand-prince-853",
    columns: ["delta", "asymmetry"],
  } as const;
  const job = figure4Job(2, 8, { duration: 6, rtol: 1e-9, samples: 5 });
  let fused: EnsembleKernel;
  try {
    fused = compileEnsemble({ ...options, fused: true });
  } catch (error) {
    expect((error as EntrainError).code).toBe("engine.unsupported");
    return;
  }
  const plain = compileEnsemble(options).integrate(job);
  const result = fused.integrate(job);
  expect(result.states).not.toEqual(plain.states);
  expect(difference(result.states, plain.states)).toBeLessThan(1e-9);
  expect(difference(result.amplitudes, plain.amplitudes)).toBeLessThan(1e-8);
});

it("a job of nothing has a result of nothing", () => {
  const empty = new Float64Array();
  const result = figure4Kernel("dormand-prince-5").integrate({
    states: empty,
    columns: empty,
    duration: 1,
    rtol: 1e-6,
  });
  expect(result.states.length).toBe(0);
  expect(result.status).toEqual([]);
});
