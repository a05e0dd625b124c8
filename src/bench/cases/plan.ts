import { availableParallelism } from "node:os";
import { parseExperiment } from "#ir/experiment";
import { completePlanInThreads } from "#planning/complete-plan";
import { type DesignedExperiment, designExperiment } from "#planning/plan";
import { createNetworkFlow } from "#simulators/index";
import type { BenchCase, BenchContext, CaseOutcome } from "../bench-case.ts";
import { latticeProfile } from "../contestants/lattice-profile.ts";
import { atMost, type Goal, type Row } from "../results.ts";
import { pairedRatio, summarise } from "../statistics.ts";

/** Lattices and the waiting time that is asked of a plan, s. */
const lattices = [
  { side: 4, target_s: 2 },
  { side: 10, target_s: 20 },
] as const;

function design(side: number): DesignedExperiment {
  const experiment = parseExperiment({
    title: `Onset on ${side} × ${side} sites`,
    device: { profile: `square-${side}x${side}` },
    protocol: {
      kind: "onset",
      gain_rate: "2pi*1.2 MHz",
      loss_rate: "2pi*1.2 MHz",
      exchange: { from: "8 MHz", to: "16 MHz", points: 9 },
      seed_angle: "0.3 pi",
      settle: "1.2 us",
      evolve: "1.6 us",
    },
    shots: 2000,
    seed: 7,
  });
  return designExperiment(experiment, latticeProfile(side));
}

/**
 * What a person waits for who changes an experiment: a whole plan, by the clock. Nearly all of it is the integration
 * of the array's mean field, once for every site's frequency error, which is measured by itself against the reference.
 */
async function run({ short, rounds, progress }: BenchContext): Promise<CaseOutcome> {
  const rows: Row[] = [];
  const goals: Goal[] = [];
  for (const { side, target_s } of short ? lattices.slice(0, 1) : lattices) {
    const times: number[] = [];
    for (let round = 0; round < (short ? 1 : rounds); round++) {
      progress(`plan for ${side} × ${side} sites`);
      const started = performance.now();
      await completePlanInThreads(design(side), availableParallelism());
      times.push((performance.now() - started) / 1000);
    }
    const name = `plan for ${side * side} sites, 9 points`;
    rows.push({ name, kind: "ours", items: 1, seconds: summarise(times) });
    goals.push({
      name,
      bound: "at most",
      target: target_s,
      unit: "s",
      measured: rows.at(-1)!.seconds!.median,
    });
  }
  const network = await compareNetworks(short ? 4 : 10, short ? 2 : 5);
  return {
    item: "plan or network, by the clock",
    reference: network.rows[0]!.name,
    rows: [...rows, ...network.rows],
    goals,
    checks: [atMost("state of the compiled network against the reference", network.distance, 1e-5)],
    notes: [
      `Plans by the clock on ${availableParallelism()} threads, which a busy machine lengthens; networks on one.`,
    ],
  };
}

/** The array of a plan for a tenth of its time, through the compiled kernel and through the reference integrator. */
async function compareNetworks(side: number, rounds: number) {
  const { bench } = design(side);
  const network = bench.network({ tones: "both", exchange_hz: 1.2e7 });
  const seeded = Float64Array.of(0.2, 0.2, 0.1, 0.05, 0.1, -0.05, 0.02, 0.01);
  const start = () => Float64Array.from({ length: 8 * network.sites.length }, (_, k) => seeded[k % 8]!);
  const duration_s = 1.6e-7;
  const compiled = createNetworkFlow(100);
  const plain = createNetworkFlow();
  const advance = (flow: typeof plain, runs: number) => {
    const states = Array.from({ length: runs }, () => ({ network, state: start() }));
    const started = performance.now();
    flow.advance(states, duration_s, 1e-6);
    return { state: states[0]!.state, seconds: (performance.now() - started) / 1000 / runs };
  };
  const together = 8;
  advance(compiled, together);
  advance(plain, 1);
  const ours: number[] = [];
  const reference: number[] = [];
  let distance = 0;
  for (let round = 0; round < rounds; round++) {
    const a = advance(compiled, together);
    const b = advance(plain, 1);
    ours.push(a.seconds);
    reference.push(b.seconds);
    distance = a.state.reduce((most, value, k) => Math.max(most, Math.abs(value - b.state[k]!)), distance);
  }
  const name = (how: string) => `mean field of ${side * side} sites, ${how}`;
  const rows: Row[] = [
    { name: name("compiled, DOP853"), kind: "ours", items: together, seconds: summarise(ours) },
    {
      name: name("plain TypeScript, DP5"),
      kind: "ours",
      items: 1,
      seconds: summarise(reference),
      ratio: pairedRatio(reference, ours),
    },
  ];
  return { rows, distance };
}

export const planCase: BenchCase = {
  name: "plan",
  title: "Plans for lattices of transmons",
  run,
};
