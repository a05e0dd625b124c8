import type { Complex } from "#core/complex";
import { outcomeWeights } from "#ir/bit-terms";
import type { CircuitDesign, CircuitLoop, CircuitOscillator, Feed } from "#ir/circuits";
import type { Point } from "#ir/driver";
import { bindInputs } from "../circuit/instructions.ts";
import { compileDriven } from "../compile/driven.ts";
import type { EncodedCircuit } from "../compile/encoded.ts";
import { chooseLayout } from "../plan.ts";
import { decodeState } from "../predict/decode.ts";
import { type Noise, placedNoise } from "../predict/noise.ts";
import { predictState } from "../predict/predict.ts";
import { traceDistance } from "../predict/reference.ts";
import { absorbing } from "../problem.ts";
import { type DigitalProfile, deviceNoise } from "../profile.ts";
import { assemble, type LaidCircuit, siteIds } from "./assemble.ts";
import { differenceOf, gateTheory } from "./design-runs.ts";
import { drivePrefix, fieldsOf, inputValues, raisingFrom } from "./feed-forward.ts";
import { idealValue, loopStates, raisingOf, seededState } from "./ideal.ts";
import { outcomesOf, placedCircuit } from "./placed.ts";
import { readOutOf } from "./read-out.ts";
import { calibrationKinds, offsetNoise } from "./uncertainty.ts";

/** ⟨S⁺⟩ of a synchronized group, to choose a layout by; the paper's groups have up to 0.14. */
const typicalAmplitude = 0.15;

/** `steps` steps of a loop, drives as parameters. */
function loopCircuit(
  site: CircuitOscillator,
  loop: CircuitLoop,
  steps: number,
  absorbed?: readonly number[],
): EncodedCircuit {
  return compileDriven({
    site,
    fields: new Array<Complex>(steps).fill({ re: 0, im: 0 }),
    dt: loop.time_step,
    order: "strang",
    preparation: { kind: "pulse", angle: loop.seed_angle, phase: 0 },
    driveInputs: drivePrefix,
    ...(absorbed === undefined ? {} : { absorbed }),
  });
}

/**
 * Mean-field loops on four qubits: stage k runs every loop through k steps in the fields that the stages before have
 * measured, and measures ⟨S⁺⟩. Points: loop (outer axis), then step.
 */
export function designLoop(
  profile: DigitalProfile,
  loop: CircuitLoop,
  points: readonly Point[],
  shots: number,
): Omit<CircuitDesign, "findings"> & {
  readonly circuits: readonly LaidCircuit[];
  readonly distance: number;
} {
  const { loops, steps } = loop;
  const first = loops[0]!;
  const noise = deviceNoise(profile);
  const start = raisingOf(seededState(loop.seed_angle));
  const typical = {
    kind: "driven" as const,
    site: first.site,
    field: { re: 0, im: Math.abs(first.coupling) * typicalAmplitude },
    time: loop.time_step * steps,
  };
  const layout = chooseLayout(typical, Math.min(8, steps), "strang", profile).qubits;
  const local = placedNoise(noise, layout);
  const sites = siteIds(1);
  const readOut = readOutOf(sites, "single");
  const encoded = loops.map(({ site }) =>
    Array.from({ length: steps }, (_, k) =>
      absorbing((absorbed) => loopCircuit(site, loop, k + 1, absorbed), local),
    ),
  );
  const circuits = points.flatMap((point, at) =>
    readOut.settings.map(({ setting }, s): LaidCircuit => {
      const [l, k] = [Math.floor(at / steps), at % steps];
      const placed = placedCircuit(encoded[l]![k]!, setting, layout, profile);
      return { point: { ...point, setting: s }, stage: k, ...placed };
    }),
  );
  const amplitude = readOut.observables[0]!;
  const [outer, inner] = Object.keys(points[0]!) as [string, string];
  const feed: Feed = {
    time_step: loop.time_step,
    raising: { re: amplitude.re, im: amplitude.im },
    axis: inner,
    loops: loops.map(({ coupling }, l) => ({ point: { [outer]: l }, coupling, start })),
  };
  const states = loops.map(({ site, coupling }) => loopStates(site, coupling, loop));
  const assembled = assemble({
    profile,
    encoded: encoded[0]![0]!,
    layout,
    sites,
    readOut,
    circuits,
    shots,
    feed,
    steps,
  });
  const { head } = assembled.program;

  /**
   * One loop as the device would run it.
   *
   * @param moved - added to ⟨S⁺⟩ as measured after a step
   * @param known - outcomes of the first steps, which the move does not reach
   */
  const runLoop = (
    l: number,
    of: Noise,
    moved: { readonly step: number; readonly by: Complex } | null = null,
    known: readonly number[][][] = [],
  ): number[][][] => {
    const raising: Complex[] = [start];
    const outcomes: number[][][] = [];
    for (let k = 0; k < steps; k++) {
      const values = inputValues(fieldsOf(loops[l]!.coupling, raising), loop.time_step);
      const now =
        known[k] ??
        readOut.settings.map((_, s) => {
          const { circuit } = circuits[(l * steps + k) * readOut.settings.length + s]!;
          return outcomesOf(bindInputs(circuit, values), of);
        });
      outcomes.push(now);
      const found = raisingFrom(head, feed.raising, now);
      const by = moved?.step === k ? moved.by : { re: 0, im: 0 };
      raising.push({ re: found.re + by.re, im: found.im + by.im });
    }
    return outcomes;
  };
  const tableOf = (all: readonly number[][][][]) =>
    all.flatMap((one) => one.map((row) => row.map((o) => [o])));
  const reached = (l: number) => {
    const probabilities = runLoop(l, noise);
    const raising = [start, ...probabilities.map((now) => raisingFrom(head, feed.raising, now))].slice(
      0,
      steps,
    );
    const last = encoded[l]![steps - 1]!;
    const values = inputValues(fieldsOf(loops[l]!.coupling, raising), loop.time_step);
    const rho = decodeState(predictState(bindInputs(last.circuit, values), local).rho, last.roles).rho;
    return { probabilities, distance: traceDistance(rho, states[l]![steps - 1]!) };
  };
  const runs = loops.map((_, l) => reached(l));

  return {
    ...assembled,
    circuits,
    distance: Math.max(...runs.map(({ distance }) => distance)),
    ideal: states.flatMap((row) =>
      row.map((rho) => readOut.observables.map((o) => idealValue(o, sites, rho))),
    ),
    predict: (onProgress = () => {}) => {
      const base = runs.map(({ probabilities }) => probabilities);
      const probabilities = tableOf(base);
      const work = calibrationKinds.length + 2 * loops.length * (steps - 1);
      let done = 0;
      const calibration = calibrationKinds.map((kind) => {
        const of = offsetNoise(noise, { [kind]: 1 });
        const change = differenceOf(tableOf(loops.map((_, l) => runLoop(l, of))), probabilities);
        onProgress(++done, work);
        return { name: `calibration of ${kind}`, change };
      });
      // What is fed forward carries the counting noise of the stage that measured it.
      const counting = loops.flatMap((_, l) =>
        Array.from({ length: steps - 1 }, (__, k) =>
          (["re", "im"] as const).map((part) => {
            const error = errorOf(head, feed.raising[part], base[l]![k]!, shots);
            const by = part === "re" ? { re: error, im: 0 } : { re: 0, im: error };
            const moved = base.with(l, runLoop(l, noise, { step: k, by }, base[l]!.slice(0, k + 1)));
            onProgress(++done, work);
            return {
              name: `counting noise of ${part === "re" ? "Re" : "Im"}⟨S⁺⟩ fed forward after step ${k + 1}, loop ${l + 1}`,
              change: differenceOf(tableOf(moved), probabilities),
            };
          }),
        ).flat(),
      );
      return {
        theory: `${gateTheory}; fields fed forward as measured`,
        probabilities,
        nuisances: [...calibration, ...counting],
      };
    },
  };
}

/** 1σ of a sum of terms under multinomial counting noise. */
function errorOf(
  { bits, assignment }: { readonly bits: readonly string[]; readonly assignment: number[][][] },
  terms: Feed["raising"]["re"],
  frequencies: readonly (readonly number[])[],
  shots: number,
): number {
  const variance = terms.reduce((sum, term) => {
    const weights = outcomeWeights(term, bits, assignment);
    const p = frequencies[term.setting]!;
    const mean = weights.reduce((m, w, k) => m + w * p[k]!, 0);
    return sum + weights.reduce((m, w, k) => m + w * w * p[k]!, 0) - mean ** 2;
  }, 0);
  return Math.sqrt(variance / shots);
}
