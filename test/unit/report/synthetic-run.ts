import { createHash } from "node:crypto";
import { estimate } from "#analysis/estimate";
import { type CountTable, tabulate } from "#analysis/frequencies";
import { assignedProbabilities, settingUnitary } from "#analysis/tomography";
import { judge } from "#analysis/verdict";
import { createRandom, type Random } from "#core/random";
import { angularFromHz, hzFromAngular, parseQuantity } from "#core/units";
import type { Estimates, Verdict } from "#ir/estimate";
import { type Experiment, parseExperiment } from "#ir/experiment";
import { type Plan, type Prediction, planVersion } from "#ir/plan";
import type { Program } from "#ir/program";
import type { Record as MeasurementRecord } from "#ir/record";
import { amplitudeSettings, onset } from "#protocols/experiments/onset";
import type { NewRun } from "#store/run-store";

/**
 * A run of the onset protocol on a 3 × 3 lattice, made from closed forms instead of a simulation: spin-1 ladder at
 * γ₊ = γ₋ = γ, |⟨S⁺⟩| = √(|K|(V − V_c))/2V above V_c = (K² + γ²)/8|K|, zero below; V = 4J, as for four neighbours.
 */

const side = 3;
const ladder: [number, number] = [Math.SQRT2, Math.SQRT2];
const asymmetry = -angularFromHz(parseQuantity("320 MHz", "frequency"));
const rate = parseQuantity("2pi*1.2 MHz", "rate");
const threshold = (asymmetry ** 2 + rate ** 2) / (8 * Math.abs(asymmetry));
const assignment = [
  [0.985, 0.04, 0.01],
  [0.013, 0.945, 0.08],
  [0.002, 0.015, 0.91],
];

/** |⟨S⁺⟩| of the synchronized state, in the ladder's units. */
export function orderParameter(exchange_hz: number): number {
  const coupling = 4 * angularFromHz(exchange_hz);
  if (coupling <= threshold) return 0;
  return Math.sqrt(Math.abs(asymmetry) * (coupling - threshold)) / (2 * coupling);
}

export const onsetOfFixture_hz = hzFromAngular(threshold / 4);

/** Coordinates of a valid state with that amplitude and phase. */
function stateAt(amplitude: number, phase: number): number[] {
  const outer = 0.03 + 0.27 * amplitude ** 2;
  const coherence = amplitude / (2 * Math.SQRT2);
  const [re, im] = [coherence * Math.cos(phase), coherence * Math.sin(phase)];
  return [outer, outer, re, im, re, im, 0, 0];
}

const sitePhase = (s: number) => 0.35 * Math.sin(1.7 * s) - 0.08 * s;
const siteAmplitude = (s: number) => 1 + 0.12 * Math.cos(2.3 * s);
const commonPhase = (k: number) => 0.9 * k;

interface SyntheticOptions {
  readonly title?: string;
  readonly seed?: number;
  readonly shots?: number;
  readonly points?: number;
  /** Phase of one site's coherence that the prediction does not know, rad: sabotage. */
  readonly wrongPhase?: number;
}

export interface SyntheticRun {
  readonly fields: NewRun;
  readonly experimentText: string;
  readonly experiment: Experiment;
  readonly profile: { readonly name: string; readonly title: string };
  readonly plan: Plan;
  readonly program: Program;
  readonly records: MeasurementRecord[];
  readonly counts: CountTable;
  readonly estimates: Estimates;
  readonly verdict: Verdict;
}

export function syntheticRun(options: SyntheticOptions = {}): SyntheticRun {
  const { title = "Onset of synchronization, synthetic", seed = 5, shots = 2000, points = 13 } = options;
  const sites = Array.from({ length: side * side }, (_, s) => `q${s}`);
  const experimentText = [
    `title: ${JSON.stringify(title)}`,
    "device: { profile: synthetic }",
    "protocol:",
    "  kind: onset",
    "  gain_rate: 2pi*1.2 MHz",
    "  loss_rate: 2pi*1.2 MHz",
    `  exchange: { from: 7 MHz, to: 14 MHz, points: ${points} }`,
    "  settle: 1.2 us",
    "  evolve: 1.6 us",
    `shots: ${shots}`,
    `seed: ${seed}`,
    "",
  ].join("\n");
  const document = {
    title,
    device: { profile: "synthetic" },
    protocol: {
      kind: "onset",
      gain_rate: "2pi*1.2 MHz",
      loss_rate: "2pi*1.2 MHz",
      exchange: { from: "7 MHz", to: "14 MHz", points },
      settle: "1.2 us",
      evolve: "1.6 us",
    },
    shots,
    seed,
  };
  const experiment = parseExperiment(document);
  const parameters = onset.schema.parse(experiment.protocol);
  const exchange_hz = [...onset.wanted(parameters).exchange_hz];
  const measurement: Plan["measurement"] = {
    settings: [...amplitudeSettings],
    ladder,
    sites: sites.map((id) => ({
      id,
      assignment,
      frame01_rad: exchange_hz.map(() => 0),
      frame12_rad: exchange_hz.map(() => 0),
    })),
  };

  const unitaries = measurement.settings.map((setting) => settingUnitary(setting));
  const probabilitiesOf = (x: readonly number[][]) =>
    unitaries.map((u) => x.map((site) => assignedProbabilities(u, assignment, site)));
  /** States at an exchange point, every site's phase shifted by its own error. */
  const states = (k: number, common: number, errors: readonly number[]) =>
    sites.map((_, s) =>
      stateAt(
        orderParameter(exchange_hz[k]!) * siteAmplitude(s),
        sitePhase(s) + commonPhase(k) + common + errors[s]!,
      ),
    );
  const none = sites.map(() => 0);
  /** 1σ of each site's phase error, rad. */
  const width = 0.04;
  const turned = (common: number) => exchange_hz.map((_, k) => probabilitiesOf(states(k, common, none)));
  const probabilities = turned(0);
  const amplitudes = exchange_hz.map((_, k) =>
    states(k, 0, none).map((x) => ({
      re: ladder[0] * x[2]! + ladder[1] * x[4]!,
      // + 0: JSON has no −0.
      im: ladder[0] * x[3]! + ladder[1] * x[5]! + 0,
    })),
  );
  const [low, high] = [exchange_hz[0]!, exchange_hz.at(-1)!];
  const between = Array.from({ length: 99 }, (_, k) => low + ((high - low) * (k + 1)) / 100);
  const prediction: Prediction = {
    theory: "closed form of the spin-1 group, for a test",
    settings: measurement.settings.map((setting) => setting.name),
    sites,
    probabilities,
    quarter_turn: turned(Math.PI / 2),
    half_turn: turned(Math.PI),
    accuracy: exchange_hz.map(() => 0),
    nuisances: sites.map((id, s) => {
      const change = (turn: number) => {
        const before = turned(turn);
        return exchange_hz.map((_, k) =>
          probabilitiesOf(states(k, turn, none.with(s, width))).map((row, i) =>
            row.map((site, j) => site.map((p, l) => p - before[k]![i]![j]![l]!)),
          ),
        );
      };
      return {
        name: `frequency of ${id}`,
        change: change(0),
        quarter_turn: change(Math.PI / 2),
        half_turn: change(Math.PI),
      };
    }),
    amplitudes,
    series: [
      {
        id: "order_parameter",
        values: amplitudes.map((row) => {
          const re = row.reduce((sum, a) => sum + a.re, 0) / sites.length;
          const im = row.reduce((sum, a) => sum + a.im, 0) / sites.length;
          return Math.hypot(re, im);
        }),
        phases: exchange_hz.map(() => 0),
        curve: {
          x: between,
          y: between.map((hz) => {
            const mean = (part: (phase: number) => number) =>
              sites.reduce((sum, _, s) => sum + siteAmplitude(s) * part(sitePhase(s)), 0) / sites.length;
            return orderParameter(hz) * Math.hypot(mean(Math.cos), mean(Math.sin));
          }),
        },
      },
      ...([0, 1, 2] as const).map((level) => ({
        id: `p${level}`,
        values: exchange_hz.map((_, k) => {
          const x = states(k, 0, none);
          const mean = (c: number) => x.reduce((sum, site) => sum + site[c]!, 0) / sites.length;
          return [mean(0), 1 - mean(0) - mean(1), mean(1)][level]!;
        }),
        phases: null,
        curve: null,
      })),
      {
        id: "growth_rate",
        values: exchange_hz.map((j) => ((4 * angularFromHz(j) - threshold) / threshold) * rate),
        phases: null,
        curve: null,
      },
    ],
    results: [{ id: "onset_hz", value: onsetOfFixture_hz }],
  };

  const random = createRandom(seed, "synthetic");
  const errors = sites.map((_, s) => width * random.normal() + (s === 4 ? (options.wrongPhase ?? 0) : 0));
  const records = exchange_hz.flatMap((_, k) => {
    const drift = 0.3 * (2 * random.uniform() - 1);
    const drawn = probabilitiesOf(states(k, drift, errors));
    return measurement.settings.map((_, setting): MeasurementRecord => {
      const levels = new Uint8Array(shots * sites.length);
      for (let n = 0; n < levels.length; n++) {
        levels[n] = draw(random, drawn[setting]![n % sites.length]!);
      }
      return {
        point: { exchange: k, setting },
        shots,
        sites,
        levels: Buffer.from(levels).toString("base64"),
      };
    });
  });
  const text = "OPENQASM 3.0;\n// synthetic\n";
  const layout = { sites, bonds: bondsOf() };
  const plan: Plan = {
    schema_version: planVersion,
    platform: "transmon",
    profile: "synthetic",
    protocol: "onset",
    sites,
    bonds: layout.bonds,
    positions: sites.map((_, s) => [s % side, Math.floor(s / side)]),
    operating_point: [
      entry("sites", 9, "", "9", "12 bonds"),
      entry("common frequency f01", 4.71e9, "Hz", "4.71 GHz", "flux biases 0.000 … 0.137 Φ0"),
      entry("asymmetry K/2π (= α)", -320e6, "Hz", "-320 MHz", "-324 MHz … -316 MHz over the sites"),
      entry("gain γ+", rate, "1/s", "2π × 1.2 MHz", "blue sideband, amplitude 0.241 of full scale"),
      entry("loss γ−", rate, "1/s", "2π × 1.2 MHz", "red sideband, amplitude 0.170 of full scale"),
      entry("exchange J/2π", 14e6, "Hz", "7 MHz … 14 MHz", `${points} points, every bond alike`),
    ],
    knobs: {},
    axes: onset.axes(parameters, layout),
    operations: onset.operations(parameters, layout),
    analysis: { ...onset.analysis(parameters, layout), groups: sites.map((id) => [id]) },
    assumptions: [
      {
        name: "flux_tuning_range_hz",
        value: "600 MHz",
        source: "assumed: asymmetric SQUID, a common choice",
      },
      { name: "pulse_duration_s", value: "40 ns", source: "assumed" },
    ],
    findings: [
      {
        code: "T09",
        severity: "warning",
        title: "spread of anharmonicities",
        message: "K differs by 8 MHz between sites, 0.6 % of |K| & less than γ.",
        numbers: { spread_hz: 8e6, relative: 0.025 },
        help: "Choose sites that are more alike, or take more shots.",
        where: ["q1", "q7"],
      },
      {
        code: "T01",
        severity: "info",
        title: "sideband regime",
        message: "g/κ = 0.12: the ancillas act as baths.",
        numbers: { g_over_kappa: 0.12 },
        help: "",
        where: [],
      },
    ],
    feasible: true,
    measurement,
    prediction,
    cost: { shots: shots * points * 4, duration_s: shots * points * 4 * 2.5e-4, points, settings: 4 },
  };
  const counts = tabulate(records, plan);
  const estimates = estimate(counts, plan);
  return {
    experimentText,
    experiment,
    profile: { name: "synthetic", title: "3 × 3 lattice of identical transmons" },
    plan,
    program: {
      target: "openpulse",
      target_version: "3.0",
      file_name: "program.qasm",
      text,
      sha256: createHash("sha256").update(text).digest("hex"),
    },
    records,
    counts,
    estimates,
    verdict: judge(counts, plan, estimates, 0.01),
    fields: {
      title,
      protocol: "onset",
      profile: "synthetic",
      target: "openpulse",
      driver: "emulator",
      program_replaced: false,
      seed,
      shots,
      records_expected: records.length,
      versions: { entrain: "0.1.0", node: "20.20.2" },
    },
  };
}

function entry(name: string, value: number, unit: string, text: string, note: string) {
  return { name, value, unit, text, note };
}

function draw(random: Random, probabilities: readonly number[]): number {
  const u = random.uniform();
  if (u < probabilities[0]!) return 0;
  return u < probabilities[0]! + probabilities[1]! ? 1 : 2;
}

function bondsOf(): [string, string][] {
  const bonds: [string, string][] = [];
  for (let s = 0; s < side * side; s++) {
    if (s % side < side - 1) bonds.push([`q${s}`, `q${s + 1}`]);
    if (s + side < side * side) bonds.push([`q${s}`, `q${s + side}`]);
  }
  return bonds;
}
