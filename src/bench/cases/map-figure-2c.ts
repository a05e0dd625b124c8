import { axisValue, type MapRequest } from "#ir/map";
import { coordinatesOf } from "#model/generator";
import { seededState } from "#model/initial-states";
import { createCoupling } from "#model/network";
import { noChannels, spinOneLadder } from "#model/oscillator";
import { synchronizationThresholds } from "#model/thresholds";
import { integrate, mapFlags, networkRightHandSide } from "#simulators/index";
import { bruteForceDuration } from "#simulators/phase-diagram/brute-force";
import type { BenchCase, BenchContext, CaseOutcome } from "../bench-case.ts";
import { ensembleProgram } from "../contestants/compiled-peers.ts";
import { type EnsembleRun, summariseErrors, writePoints } from "../contestants/ensemble.ts";
import { figure2cRequest, randomPlaces, type SolvedMap, solveMap } from "../contestants/maps.ts";
import { digits } from "../numbers.ts";
import { atMost, type Check, type Row } from "../results.ts";
import { measureRounds, processorSeconds, processorSecondsOf } from "../rounds.ts";
import { pairedRatio, quantile, summarise } from "../statistics.ts";
import { buildPeer, runPeer } from "../tools.ts";

/** Time of the paper's figure, in units of 1/(γ₊ + γ₋). */
const duration = 10_000;

/** Points along an edge of the map that our own brute force is measured on. */
const ownEdge = 9;

/** K of the three threshold curves, in units of γ₊ + γ₋. */
const asymmetries = [-0.1, 0, 0.1] as const;

const groupSize = 8;

/** Time that the plain integrator runs. */
const plainDuration = 500;

/** The map's own brute force stops earlier than the paper does. */
const ownStretch = duration / bruteForceDuration;

/** V_c against γ₊/γ₋ at the rows of a map. */
function thresholdCurves({ y }: MapRequest): number[] {
  return asymmetries.flatMap((asymmetry) =>
    Array.from({ length: y.points }, (_, row) => {
      const ratio = axisValue(y, row);
      const site = {
        gain: ratio / (1 + ratio),
        loss: 1 / (1 + ratio),
        asymmetry,
        detuning: 0,
        ladder: spinOneLadder,
        channels: noChannels,
      };
      return synchronizationThresholds(site).critical ?? Number.POSITIVE_INFINITY;
    }),
  );
}

async function run(context: BenchContext): Promise<CaseOutcome> {
  const { short, tools } = context;
  const request = figure2cRequest(short ? 33 : 255);
  const size = request.x.points * request.y.points;
  const places = randomPlaces(request, short ? 16 : 128, 9);
  const points = places.map((place) => {
    const ratio = axisValue(request.y, Math.floor(place / request.x.points));
    // V, gain, loss, K, detuning
    return [axisValue(request.x, place % request.x.points), ratio / (1 + ratio), 1 / (1 + ratio), 0, 0];
  });
  const built = buildPeer(tools, ensembleProgram(tools, "TSIT5", 4, 1));
  const brute =
    built.missing === undefined
      ? (rtol: number) =>
          runPeer<EnsembleRun>(built.program, [String(rtol), String(duration), writePoints(points)])
      : undefined;
  let solved: SolvedMap = await solveMap(figure2cRequest(17));
  const plain = points.slice(0, short ? 2 : 8);
  for (const point of plain) integratePlainly(point);
  const plainName = "plain TypeScript, brute force";
  const peerName = "C AVX2 TSIT5, brute force";
  const ownName = "Entrain, brute force";
  const measured = await measureRounds(
    [
      {
        name: "ours",
        run: async () => {
          const { seconds, value } = await processorSecondsOf(async () => {
            thresholdCurves(request);
            return solveMap(request);
          });
          solved = value;
          return seconds / size;
        },
      },
      {
        name: ownName,
        run: async () => {
          const { seconds } = await processorSecondsOf(() =>
            solveMap(figure2cRequest(ownEdge), 1, "brute-force"),
          );
          return (seconds / ownEdge ** 2) * ownStretch;
        },
      },
      {
        name: plainName,
        run: () => {
          const { seconds } = processorSeconds(() => {
            for (const point of plain) integratePlainly(point);
          });
          return (seconds / plain.length) * (duration / plainDuration);
        },
      },
      ...(brute ? [{ name: peerName, run: async () => (await brute(1e-5)).seconds / points.length }] : []),
    ],
    context.rounds,
  );
  const [ours, own, plainly, peer] = measured.seconds;
  const rows: Row[] = [
    {
      name: "Entrain, fast map",
      kind: "ours",
      build: `Node ${process.versions.node}`,
      items: size,
      seconds: summarise(ours!),
      ...(peer ? { ratio: pairedRatio(ours!, peer) } : {}),
      work: { evaluations: solved.evaluations / size, "Newton steps": solved.newtonSteps / size },
    },
    {
      name: ownName,
      kind: "ours",
      build: `run to T = ${bruteForceDuration}, scaled to ${duration}`,
      items: ownEdge ** 2,
      seconds: summarise(own!),
      ...(peer ? { ratio: pairedRatio(own!, peer) } : {}),
    },
    {
      name: plainName,
      kind: "ours",
      build: `run to T = ${plainDuration}, scaled to ${duration}`,
      items: plain.length,
      seconds: summarise(plainly!),
      ...(peer ? { ratio: pairedRatio(plainly!, peer) } : {}),
    },
    built.missing === undefined
      ? {
          name: peerName,
          kind: "peer",
          build: built.build,
          items: points.length,
          seconds: summarise(peer!),
          ratio: pairedRatio(peer!, peer!),
        }
      : { name: peerName, kind: "peer", missing: built.missing },
  ];
  const checks: Check[] = [];
  if (brute) {
    const errors = amplitudeErrors(solved, places, (await brute(1e-9)).states);
    rows[0] = { ...rows[0]!, error: summariseErrors(errors) };
    const sorted = errors.toSorted((a, b) => a - b);
    checks.push(atMost("amplitude against brute force (90 %)", quantile(sorted, 0.9), 1e-6));
  }
  return {
    item: "point",
    reference: peerName,
    rows,
    goals: [
      {
        name: "own brute force to the paper's T over the map with three V_c curves",
        bound: "at least",
        target: 1000,
        unit: "×",
        measured: pairedRatio(own!, ours!).median,
        remark: `brute force by the compiled kernel; in plain TypeScript ${digits(pairedRatio(plainly!, ours!).median)}×, ${
          peer ? `hand-vectorised C ${digits(pairedRatio(peer, ours!).median)}×` : built.missing!
        }`,
      },
    ],
    checks,
    notes: [
      `Ours is the whole ${request.x.points} × ${request.y.points} map and V_c at ${asymmetries.length} values of K; brute force is ${points.length} random points of it to T = ${duration}/(γ₊ + γ₋) at rtol 1e-5.`,
      "Errors are of |⟨S⁺⟩| at points that neither breathe nor sit so close to the threshold that the integration has not converged.",
    ],
    rounds: { kept: ours!.length, noisy: measured.noisyRounds },
  };
}

/** One group from the paper's start by the readable integrator; `point` is V, gain, loss, K, detuning. */
function integratePlainly([coupling, gain, loss, asymmetry, detuning]: readonly number[]): void {
  const site = {
    gain: gain!,
    loss: loss!,
    asymmetry: asymmetry!,
    detuning: detuning!,
    ladder: spinOneLadder,
    channels: noChannels,
  };
  const network = { sites: [site], coupling: createCoupling(1, [{ i: 0, j: 0, re: coupling!, im: 0 }]) };
  const state = Float64Array.from(coordinatesOf(seededState()));
  integrate(networkRightHandSide(network), 0, state, [plainDuration], () => {}, { rtol: 1e-5 });
}

/** |⟨S⁺⟩| of the map against final states at places where both have one. */
function amplitudeErrors(
  { planes }: SolvedMap,
  places: readonly number[],
  states: ArrayLike<number>,
): number[] {
  const errors: number[] = [];
  places.forEach((place, k) => {
    if (planes.flags[place]! & (mapFlags.breathing | mapFlags.irregular)) return;
    // e^{-growth·T} of the distance to the final state is left.
    if (Math.abs(planes.growth_rate[place]!) * duration < 50) return;
    const o = k * groupSize;
    const amplitude =
      Math.SQRT2 * Math.hypot(states[o + 2]! + states[o + 4]!, states[o + 3]! + states[o + 5]!);
    errors.push(Math.abs(planes.amplitude_a[place]! - amplitude));
  });
  return errors;
}

export const mapFigure2cCase: BenchCase = {
  name: "map-fig2c",
  title: "Fig. 2(c) with its three threshold curves against brute force",
  run,
};
