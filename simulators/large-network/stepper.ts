import { EntrainError } from "#core/errors";
import { fullTurn } from "#core/units";
import { coordinateCount } from "#model/generator";
import { createArena } from "../wasm/arena.ts";
import { finalErrorWeight, lowStorageStages } from "./low-storage.ts";
import { evaluationsPerStep, type LargeNetworkOptions, type LargePlan } from "./plan.ts";
import { siteDerivative } from "./site-derivative.ts";
import { coefficientSlots, resultSlots, takeSiteArrays } from "./site-pass.ts";
import { compileSitePasses, type StageForm } from "./site-stages.ts";
import { StepHistory, sumCount } from "./step-history.ts";
import { phaseOf, refineCrossings } from "./time-averages.ts";

/** A network in its arrays, at a time, with what has been gathered on the way. */
export interface Stepper {
  readonly history: StepHistory;
  /** Where a site stands in the arrays. */
  readonly place: (site: number) => number;
  readonly setCoordinates: (site: number, x: ArrayLike<number>) => void;
  readonly coordinates: (site: number) => Float64Array;
  /** After all initial values are set. */
  readonly begin: () => void;
  readonly advanceTo: (end: number) => void;
  readonly openWindow: () => void;
  readonly closeWindow: () => WindowSums;
  readonly statistics: () => { steps: number; rejected: number; evaluations: number };
}

/** Time averages by place in the arrays. */
export interface WindowSums {
  /** ∫|⟨A†⟩|dt */
  readonly strength: Float64Array;
  /** With `phase` the turns since the window was opened: ω·duration = 2π·turns + phase. */
  readonly turns: Float64Array;
  readonly phase: (place: number) => number;
  readonly instant: (place: number) => { amplitude: number; frequency: number };
}

/** Pairs of sites whose sums are added up before they join the total, which keeps rounding small. */
const blockPairs = 4096;

/** Sites that are looked at for the first step. */
const sampledSites = 65_536;

const forms: readonly StageForm[] = lowStorageStages.slice(1).map((stage, k) => ({
  name: `stage${k + 1}`,
  fresh: k === 0,
  usesBefore: stage.gamma[2] !== 0,
  keepsRegister: stage.delta !== 0,
}));

export function createStepper(plan: LargePlan, options: LargeNetworkOptions): Stepper {
  const { network, operator, differing, rank } = plan;
  const { size, site } = network;
  const rtol = options.rtol ?? 1e-8;
  const atol = options.atol ?? rtol / 100;
  const maxSteps = options.maxSteps ?? 1_000_000;
  const arena = createArena(plan.arenaBytes);
  const arrays = takeSiteArrays(arena, size, differing);
  const applyFields = operator.place({ arena, amplitudes: arrays.amplitudes, fields: arrays.fields });
  const coefficients = arena.doubles(arrays.coefficients, 24);
  const results = arena.doubles(arrays.results, 24);
  const place = (s: number) => (rank ? rank[s]! : s);
  for (const [name, address] of arrays.disorder) {
    const values = arena.doubles(address, size);
    network.disorder![name]!.forEach((value, s) => {
      values[place(s)] = value;
    });
  }
  let recordedStep = 0;
  const pass = compileSitePasses(
    arena,
    arrays,
    site.ladder,
    siteDerivative(site, differing),
    forms,
    // Addresses beyond 2 GiB come out negative.
    (address) => refineCrossings(arena.doubles(address >>> 0, 16), recordedStep),
  );
  const pairs = Math.ceil(size / 2);
  const all = 16 * pairs;
  const state = arena.doubles(arrays.state, 2 * coordinateCount * pairs);
  const history = new StepHistory();
  const sums = new Float64Array(2 * sumCount);
  const put = (slot: keyof typeof coefficientSlots, value: number) =>
    coefficients.fill(value, 2 * coefficientSlots[slot], 2 * coefficientSlots[slot] + 2);

  let t = 0;
  let h = 0;
  let steps = 0;
  let rejected = 0;
  let evaluations = 0;
  let lastError = 1e-4;
  let recording = false;

  /** The final stage: error in units of the tolerance, and the sums. */
  const check = (step: number): number => {
    put("error", step * finalErrorWeight);
    put("rtol", rtol);
    put("atol", atol);
    put("weight", 1);
    results.fill(0);
    let worst = 0;
    sums.fill(0);
    const gather = () => {
      // A NaN stays one.
      worst = Math.max(worst, results[2 * resultSlots.error]!, results[2 * resultSlots.error + 1]!);
      for (let q = 0; q < 2 * sumCount; q++) {
        sums[q]! += results[2 * (resultSlots.re + q)]! + results[2 * (resultSlots.re + q) + 1]!;
      }
      results.fill(0);
    };
    const full = 16 * (size >> 1);
    for (let from = 0; from < full; from += 16 * blockPairs) {
      pass.check!(from, Math.min(full, from + 16 * blockPairs));
      gather();
    }
    if (size & 1) {
      // The second lane of the last pair is no site.
      coefficients[2 * coefficientSlots.weight + 1] = 0;
      pass.check!(full, all);
      gather();
    }
    return Math.sqrt(worst / coordinateCount);
  };

  /** A step of length `step` from the state, or from the one before a step that failed; true when it is accepted. */
  const tryStep = (step: number, again: boolean): number => {
    lowStorageStages.forEach(({ beta, delta, gamma, error }, k) => {
      put("beta", step * beta);
      put("delta", delta);
      put("gamma1", gamma[0]);
      put("gamma2", gamma[1]);
      put("gamma3", gamma[2]);
      put("error", step * error);
      pass[k === 0 ? (again ? "firstAgain" : "first") : forms[k - 1]!.name]!(0, all);
      applyFields();
    });
    evaluations += evaluationsPerStep;
    return check(step);
  };

  const firstStep = (): number => {
    // Stage 1 with no step leaves the derivative where errors are kept.
    put("beta", 0);
    put("error", 1);
    const sampled = Math.min(pairs, sampledSites >> 1);
    pass.first!(0, 16 * sampled);
    const slopes = arena.doubles(arrays.error, 2 * coordinateCount * sampled);
    let value = 0;
    let slope = 0;
    for (let i = 0; i < slopes.length; i++) {
      const scale = atol + rtol * Math.abs(state[i]!);
      value += (state[i]! / scale) ** 2;
      slope += (slopes[i]! / scale) ** 2;
    }
    return slope < 1e-10 || value < 1e-10 ? 1e-6 : 0.01 * Math.sqrt(value / slope);
  };

  const growth = (error: number) => {
    // PI controller (Gustafsson), exponents of Hairer & Wanner II, §IV.2.
    const factor = 0.9 * Math.max(error, 1e-10) ** -0.17 * lastError ** 0.04;
    lastError = Math.max(error, 1e-4);
    return Math.min(5, Math.max(0.2, factor));
  };

  const record = (step: number) => {
    recordedStep = step;
    put("step", step);
    pass.record!(0, all);
  };

  const phases = (sign: 1 | -1, out: Float64Array) => {
    const s = arena.doubles(arrays.amplitudes, 2 * size);
    for (let at = 0; at < size; at++) out[at]! += (sign * phaseOf(s[2 * at]!, s[2 * at + 1]!)) / fullTurn;
  };

  return {
    history,
    place,
    setCoordinates(s, x) {
      const at = place(s);
      const offset = 2 * coordinateCount * (at >> 1) + (at & 1);
      for (let c = 0; c < coordinateCount; c++) state[offset + 2 * c] = x[c]!;
    },
    coordinates(s) {
      const at = place(s);
      const offset = 2 * coordinateCount * (at >> 1) + (at & 1);
      return Float64Array.from({ length: coordinateCount }, (_, c) => state[offset + 2 * c]!);
    },
    begin() {
      pass.amplitudes!(0, all);
      applyFields();
      evaluations++;
      h = firstStep();
      check(0);
      history.add(0, sums.subarray(0, sumCount), sums.subarray(sumCount));
    },
    advanceTo(end) {
      let again = false;
      // Within a hair of the end nothing is left to do.
      while (end - t > 1e-13 * Math.abs(end)) {
        const rest = end - t;
        const step = 1.01 * h >= rest ? rest : 2 * h > rest ? rest / 2 : h;
        if (steps + rejected >= maxSteps || !(step > 1e-15 * Math.abs(end))) {
          throw new EntrainError(
            "numerics.step_limit",
            {
              path: "times",
              message: `integration stopped at t = ${t} of ${end} after ${steps} steps`,
              found: end,
              expected: `a time that ${maxSteps} steps reach`,
            },
            { kind: "internal" },
          );
        }
        const error = tryStep(step, again);
        if (!(error <= 1)) {
          rejected++;
          h = step * (Number.isFinite(error) ? Math.max(0.2, 0.9 * error ** -0.2) : 0.1);
          again = true;
          pass.amplitudesBefore!(0, all);
          applyFields();
          evaluations++;
          continue;
        }
        again = false;
        steps++;
        t = step === rest ? end : t + step;
        history.add(t, sums.subarray(0, sumCount), sums.subarray(sumCount));
        if (recording) record(step);
        // A step cut short by the end says nothing against a longer one.
        h = Math.max(step * growth(error), step < h ? h : 0);
      }
    },
    openWindow() {
      recording = true;
      pass.openAverages!(0, all);
      phases(-1, arena.doubles(arrays.turns, size));
    },
    closeWindow() {
      const slope = arena.doubles(arrays.slope, 2 * size);
      const s = arena.doubles(arrays.amplitudes, 2 * size);
      return {
        strength: arena.doubles(arrays.strength, size),
        turns: arena.doubles(arrays.turns, size),
        phase: (at) => phaseOf(s[2 * at]!, s[2 * at + 1]!),
        instant(at) {
          const [re, im] = [s[2 * at]!, s[2 * at + 1]!];
          const square = re * re + im * im;
          return {
            amplitude: Math.sqrt(square),
            frequency: (re * slope[2 * at + 1]! - im * slope[2 * at]!) / square,
          };
        },
      };
    },
    statistics: () => ({ steps, rejected, evaluations }),
  };
}
