import { formatQuantity } from "#core/units";
import type { CircuitDesign, CircuitProgram, Feed } from "#ir/circuits";
import type { Point } from "#ir/driver";
import type { PlanEntry } from "#ir/plan";
import { countOf } from "../circuit/instructions.ts";
import type { EncodedCircuit } from "../compile/encoded.ts";
import { type DigitalProfile, edgesByPair, pairKey } from "../profile.ts";
import { emitQasm } from "../qasm/emit.ts";
import { jobCost } from "../service/cost.ts";
import { bitAssignments, type PlacedCircuit } from "./placed.ts";
import { bitsOf, type ReadOut } from "./read-out.ts";

/** A circuit of the scan on the device, with its place in the scan and its job. */
export interface LaidCircuit extends PlacedCircuit {
  readonly point: Point;
  readonly stage: number;
}

/** Names of a chain's oscillators. */
export function siteIds(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `o${i + 1}`);
}

interface Parts {
  readonly profile: DigitalProfile;
  /** Any of the scan's circuits: all have the same roles. */
  readonly encoded: EncodedCircuit;
  readonly layout: readonly number[];
  readonly sites: readonly string[];
  readonly readOut: ReadOut;
  readonly circuits: readonly LaidCircuit[];
  readonly shots: number;
  readonly feed: Feed | null;
  readonly steps: number;
}

type Assembled = Omit<CircuitDesign, "findings" | "ideal" | "predict">;

/** What a scan of circuits is on paper: read-out, program, operating point, cost. */
export function assemble(parts: Parts): Assembled {
  const { profile, encoded, layout, sites, readOut, circuits, shots, feed } = parts;
  const assignment = bitAssignments(encoded, layout, profile);
  const bits = sites.flatMap(bitsOf);
  const qubitOf = (role: number) => layout[encoded.roles[role]!]!;
  const program: CircuitProgram = {
    head: { device: profile.name, backend: profile.backend.name, shots, bits, assignment, feed },
    circuits: circuits.map(({ point, stage, duration_s, circuit }) => ({
      point,
      stage,
      duration_s,
      qasm: emitQasm(circuit),
    })),
  };
  const stages = [...new Set(circuits.map(({ stage }) => stage))];
  const usage_s = stages.reduce((sum, stage) => {
    const job = circuits.filter((circuit) => circuit.stage === stage).map(({ circuit }) => circuit);
    return sum + jobCost(job, shots, profile).usage_s;
  }, 0);
  return {
    sites,
    bonds: sites.slice(1).map((site, i) => [sites[i]!, site] as const),
    positions: sites.map((_, i) => {
      const [p, q] = [2 * i, 2 * i + 1].map((role) => profile.sites[qubitOf(role)]!.position);
      return [(p![0] + q![0]) / 2, (p![1] + q![1]) / 2] as const;
    }),
    knobs: { layout, steps: parts.steps, roles: encoded.roles, jobs: stages.length },
    operating_point: entriesOf(parts, usage_s, stages.length),
    measurement: {
      settings: readOut.settings.map(({ name }) => ({ name, rotations: [] })),
      ladder: [Math.SQRT2, Math.SQRT2],
      observables: [...readOut.observables],
      sites: bits.map((id, k) => ({ id, assignment: assignment[k]!, frame01_rad: [], frame12_rad: [] })),
    },
    program,
    usage_s,
  };
}

function entriesOf({ profile, layout, circuits, steps }: Parts, usage_s: number, jobs: number): PlanEntry[] {
  const longest = circuits.reduce((a, b) => (b.duration_s > a.duration_s ? b : a));
  const pairs = countOf(longest.circuit, profile.pair_gate);
  const edges = edgesByPair(profile);
  const used = new Set(
    circuits.flatMap(({ circuit }) =>
      circuit.instructions.flatMap((i) =>
        i.kind === "cz" || i.kind === "ecr" ? [pairKey(i.qubits[0], i.qubits[1])] : [],
      ),
    ),
  );
  const errors = [...used].map((key) => edges.get(key)?.error ?? 0);
  const worst = Math.max(0, ...errors);
  const number = (name: string, value: number, text: string, note: string, unit = ""): PlanEntry => ({
    name,
    value,
    unit,
    text,
    note,
  });
  return [
    number(
      "qubits",
      layout.length,
      layout.map((q) => `$${q}`).join(" "),
      `of ${profile.backend.name}, least predicted error`,
    ),
    number("steps", steps, String(steps), "Trotter steps, second order"),
    number("two-qubit gates", pairs, String(pairs), "in the longest circuit"),
    number("largest gate error", worst, worst.toExponential(1), "of the two-qubit gates used"),
    number(
      "circuit",
      longest.duration_s,
      formatQuantity(longest.duration_s, "time", 3),
      "the longest one, as soon as possible",
      "s",
    ),
    number("jobs", jobs, String(jobs), jobs > 1 ? "each waits for the one before" : "all circuits together"),
    number("usage", usage_s, `${usage_s.toFixed(1)} s`, "that the service is expected to charge", "s"),
  ];
}
