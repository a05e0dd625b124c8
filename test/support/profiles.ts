import { type Experiment, parseExperiment } from "#ir/experiment";
import { loadProfileDocument, parseYaml } from "#planning/load";

/** A ring of four designed transmons, small enough that a whole run takes a second. */
export function smallProfile(changes: Record<string, unknown> = {}): unknown {
  const document = structuredClone(loadProfileDocument("square-3x3", ".")) as {
    name: string;
    sites: { id: string }[];
    bonds: [string, string][];
    assumptions: Record<string, { value: unknown; source: string }>;
  };
  const keep = new Set(["q0", "q1", "q3", "q4"]);
  document.name = "square-2x2";
  document.sites = document.sites.filter((site) => keep.has(site.id));
  document.bonds = document.bonds.filter(([a, b]) => keep.has(a) && keep.has(b));
  for (const [name, value] of Object.entries(changes)) {
    delete document.assumptions[name.replace(/_(hz|s)$/, "")];
    document.assumptions[name] = { value, source: "test" };
  }
  return document;
}

/** Onset on the ring of four: V_c ≈ 0.1716·|α| ≈ 34.8 MHz, λ_max = 2, so J_c ≈ 17.4 MHz. */
export function smallExperiment(changes: Record<string, unknown> = {}): Experiment {
  const document = parseYaml(
    `
title: test
device: { profile: square-2x2 }
protocol:
  kind: onset
  gain_rate: 2pi*1.2 MHz
  loss_rate: 2pi*1.2 MHz
  exchange: { from: 14 MHz, to: 20 MHz, points: 4 }
  settle: 0.8 us
  evolve: 1 us
shots: 1000
seed: 5
`,
    "test",
  ) as Record<string, unknown>;
  return parseExperiment({ ...document, ...changes });
}

/** An open L × L lattice made of the sites of the designed 3 × 3 one, for what has to work at size. */
export function latticeProfile(edge: number): unknown {
  const document = structuredClone(loadProfileDocument("square-3x3", ".")) as {
    name: string;
    sites: { id: string; position: [number, number] }[];
    bonds: [string, string][];
  };
  const models = document.sites;
  const id = (x: number, y: number) => `q${y * edge + x}`;
  const places = Array.from({ length: edge * edge }, (_, k) => [k % edge, Math.floor(k / edge)] as const);
  return {
    ...document,
    name: `square-${edge}x${edge}`,
    sites: places.map(([x, y]) => ({
      ...models[(7 * x + 4 * y) % models.length]!,
      id: id(x, y),
      position: [x, y],
    })),
    bonds: places.flatMap(([x, y]) => [
      ...(x > 0 ? [[id(x - 1, y), id(x, y)]] : []),
      ...(y > 0 ? [[id(x, y - 1), id(x, y)]] : []),
    ]),
  };
}
