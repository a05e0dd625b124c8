import { EntrainError } from "#core/errors";
import { angularFromHz, type Dimension, formatQuantity, hzFromAngular } from "#core/units";
import type { Finding } from "#ir/finding";
import type { Design, Platform, WantedModel } from "#ir/platform";
import {
  detuningOfWord,
  exchangeOfWord,
  fullExchange,
  wellShifts,
  wordOfDetuning,
  wordOfExchange,
} from "./control/exchange-table.ts";
import { siteIds } from "./control/ports.ts";
import {
  assignmentOfMapping,
  carrierPulseLength,
  mappedLevels,
  mappingPulses,
  probePulse,
} from "./control/read-out.ts";
import { restingTrap } from "./control/resting-trap.ts";
import { designIonChain } from "./design.ts";
import { type IonKnobs, ionFigures, motionalLevels, nearestExchangeHz, networkOf } from "./forward.ts";
import { operatingAsymmetry } from "./knobs.ts";
import { controlOf, joinsAll, lowerIonOperations } from "./lower.ts";
import { type IonProfile, type IonTarget, parseIonProfile } from "./schema.ts";

/** Chains and arrays of trapped ions: sideband gain and loss, exchange by the ions' charges. */
export const ionChain: Platform<IonProfile, IonKnobs> = {
  kind: "ion-chain",
  title: "trapped ions: sideband gain and loss with a repump, exchange of local phonons",
  parseProfile: parseIonProfile,
  layout: (profile) => {
    const sites = siteIds(profile);
    const positions = places(profile);
    // Every pair exchanges; drawn are the closest.
    const bonds = positions.flatMap(([x, y], i) =>
      positions
        .slice(0, i)
        .flatMap(([u, v], j) =>
          Math.hypot(x - u, y - v) < 1.01 ? [[sites[j]!, sites[i]!] as [string, string]] : [],
        ),
    );
    return { sites, positions, bonds };
  },
  assumptions: (profile) =>
    Object.entries(profile.assumptions).map(([name, { value, source }]) => ({
      name,
      value: describeValue(name, value),
      source,
    })),
  clock: ({ assumptions }) => ({
    clock_hz: assumptions.clock_hz.value,
    granularity_ticks: assumptions.granularity_ticks.value,
  }),
  design,
  network: (profile, knobs, conditions) => {
    const figures = ionFigures(profile, knobs);
    const { frequency_error_hz, tones } = conditions;
    const detuning = knobs.detunings_hz === undefined ? undefined : conditions.point?.detuning;
    const exchange = joinsAll(conditions.bonds)
      ? realisedExchange(profile, figures.levels.lower_hz, conditions.exchange_hz) /
        nearestExchangeHz(figures)
      : 0;
    return networkOf(figures, knobs, {
      gain: tones === "both" || tones === "gain",
      loss: tones === "both" || tones === "loss",
      exchange,
      ...(profile.control ? { shifts: exchange } : {}),
      ...(frequency_error_hz === undefined ? {} : { frequency_error_hz }),
      ...(detuning === undefined
        ? {}
        : { well_shifts_hz: wellShifts(knobs.detunings_hz![detuning]!, figures.groups.length) }),
    });
  },
  carriers: (profile, knobs) => {
    const { groups, asymmetries_rad_per_s } = ionFigures(profile, knobs);
    // One drive for all ions turns at the ladder of the light alone.
    const common = profile.control ? motionalLevels(profile, knobs).asymmetry_hz : null;
    return groups.map((group, i) => {
      const offset01_hz = (group === "A" ? knobs.detuning_hz : -knobs.detuning_hz) / 2;
      const asymmetry_hz = common ?? hzFromAngular(asymmetries_rad_per_s[i]!);
      return { offset01_hz, offset12_hz: offset01_hz + asymmetry_hz };
    });
  },
  rotation: ({ assumptions }) => ({
    duration_s: assumptions.analysis_pulse_s.value,
    slices: evenSlices,
    whole_ladder: true,
  }),
  prepared: () => cooled,
  frequencyUncertainty: (profile) => profile.assumptions.mode_calibration_error_hz.value,
  assignment: (profile) => {
    const matrix = readOutMatrix(profile);
    return siteIds(profile).map(() => matrix.map((row) => [...row]));
  },
  probe: (profile, probe) => {
    const { levels, heating_per_s } = restingTrap(profile);
    const control = controlOf(profile);
    const before = [probePulse(profile, control, levels, probe)];
    const mapped = mappedLevels(profile, levels, { before, between: [] }, heating_per_s);
    return afterAssumed(profile, assignmentOfMapping(mapped, control));
  },
  overhead: ({ assumptions, control }) =>
    assumptions.preparation_s.value +
    (control
      ? 2 * (control.window_s + control.mapping_pulse_s) + carrierPulseLength(control)
      : assumptions.detection_s.value),
  lower: lowerIonOperations,
};

/** Sideband cooling is taken to end in the ground state; gain and loss forget it. */
const cooled = [1, 0, 0] as const;

/** P(assigned | level): mapping and counting of a trap that says how it reads, and what else the profile assumes. */
function readOutMatrix(profile: IonProfile): number[][] {
  const assumed = profile.assumptions.assignment.value;
  const { control } = profile;
  if (!control) return assumed;
  const { levels, heating_per_s } = restingTrap(profile);
  const [top, middle, back] = mappingPulses(profile, control, levels);
  const pulses = { before: [top, middle], between: [back] };
  return afterAssumed(
    profile,
    assignmentOfMapping(mappedLevels(profile, levels, pulses, heating_per_s), control),
  );
}

/** Errors that mapping and counts do not explain come first. */
function afterAssumed(profile: IonProfile, matrix: readonly (readonly number[])[]): number[][] {
  const assumed = profile.assumptions.assignment.value;
  return matrix.map((row) =>
    [0, 1, 2].map((level) => row.reduce((sum, p, k) => sum + p * assumed[k]![level]!, 0)),
  );
}

/** The exchange that the stored voltages come nearest to; as wanted where none are described. */
function realisedExchange(profile: IonProfile, mode_hz: number, exchange_hz: number): number {
  const { control } = profile;
  if (!control || exchange_hz === 0) return exchange_hz;
  return exchangeOfWord(profile, control, mode_hz, wordOfExchange(profile, control, mode_hz, exchange_hz));
}

function notPlanned(what: string): EntrainError {
  return new EntrainError(
    "platform.cannot_design",
    {
      path: "device.profile",
      message: `this trap cannot be used for ${what}`,
      expected: "a profile such as calcium-pair",
    },
    { kind: "infeasible" },
  );
}

/** A rectangular pulse: where K times its length is a whole number of turns, the next transition is left alone. */
const evenSlices = Array.from({ length: 80 }, () => 1 / 80);

/** In units of the spacing; a chain in one trap is drawn evenly. */
function places({ geometry, ions }: IonProfile): (readonly [number, number])[] {
  const shape = geometry.kind === "array" ? geometry.shape : undefined;
  return shape ?? Array.from(ions.groups, (_, i) => [i, 0] as const);
}

/** The target that a protocol's model stands for: exchange is that of nearest neighbours, K as the trap makes it. */
export function targetOf(profile: IonProfile, wanted: WantedModel): IonTarget {
  const largest = wanted.exchange_hz.reduce((best, j) => (Math.abs(j) > Math.abs(best) ? j : best), 0);
  const share = groupCouplingPerNearest(profile);
  const kappa = angularFromHz(operatingAsymmetry(profile)) / wanted.loss_rate_per_s;
  return {
    gain_ratio: wanted.gain_rate_per_s / wanted.loss_rate_per_s,
    asymmetry_ratio: -kappa,
    detuning_ratio: 0,
    coupling_ratio: (angularFromHz(Math.abs(largest)) * share) / wanted.loss_rate_per_s,
    expect: "synchronization",
  };
}

function design(profile: IonProfile, wanted: WantedModel): Design<IonKnobs> {
  const { control } = profile;
  if (wanted.detuning_hz !== undefined && control?.well_bits === undefined) {
    throw notPlanned("protocols that detune two sites, unless `control` says how its wells are detuned");
  }
  const fastest = Math.max(wanted.gain_rate_per_s, wanted.loss_rate_per_s);
  const coupled = wanted.exchange_hz.some((exchange) => exchange !== 0);
  // Ions that are never coupled are designed for what their trap could couple.
  const exchange_hz = coupled ? wanted.exchange_hz : [largestExchange(profile)];
  const { knobs, findings, operating_point } = designIonChain(
    profile,
    targetOf(profile, { ...wanted, exchange_hz }),
    control && control.repump_rate_per_s / fastest,
  );
  if (!coupled) {
    return {
      knobs,
      findings: findings.filter(({ code }) => !aboutCoupling.has(code)),
      operating_point: operating_point.filter(({ name }) => !name.includes("V/2π")),
    };
  }
  if (control === undefined) return { knobs, findings, operating_point };
  const mode_hz = restingTrap(profile).levels.lower_hz;
  const exchange = missed(
    "EXCHANGE_OUT_OF_REACH",
    "stored voltages",
    wanted.exchange_hz,
    wanted.exchange_hz.map((value) => realisedExchange(profile, mode_hz, value)),
    exchangeOfWord(profile, control, mode_hz, 1),
  );
  if (wanted.detuning_hz === undefined)
    return { knobs, findings: [...findings, ...exchange], operating_point };
  const detunings_hz = wanted.detuning_hz.map((delta) =>
    detuningOfWord(control, wordOfDetuning(control, delta)),
  );
  const detuning = missed(
    "DETUNING_OUT_OF_REACH",
    "wells' lines",
    wanted.detuning_hz,
    detunings_hz,
    control.well_step_hz ?? 0,
  );
  return {
    knobs: { ...knobs, detunings_hz },
    findings: [...findings, ...exchange, ...detuning],
    operating_point,
  };
}

/** An error where numbers on lines do not reach a value to half a step. */
function missed(
  code: string,
  what: string,
  wanted_hz: readonly number[],
  made_hz: readonly number[],
  step_hz: number,
): Finding[] {
  const worst = wanted_hz.reduce(
    (at, wanted, k) => (Math.abs(wanted - made_hz[k]!) > Math.abs(wanted_hz[at]! - made_hz[at]!) ? k : at),
    0,
  );
  const [wanted, made] = [wanted_hz[worst]!, made_hz[worst]!];
  if (Math.abs(wanted - made) <= 0.5001 * step_hz) return [];
  const hz = (value: number) => formatQuantity(value, "frequency");
  return [
    {
      code,
      severity: "error",
      title: "out of reach",
      message: `${hz(wanted)} is wanted; the ${what}, in steps of ${hz(step_hz)}, come no nearer than ${hz(made)}.`,
      numbers: { wanted_hz: wanted, made_hz: made, step_hz },
      help: "Another range of the scan; the sign of the exchange is that of the direction of motion.",
      where: [],
    },
  ];
}

/** Findings that ions which never exchange are not concerned by. */
const aboutCoupling = new Set([
  "SIGN_VK_POSITIVE",
  "INSIDE_BOSON_BLOCKADE_WINDOW",
  "THRESHOLD",
  "SELF_SHIFT_DISORDER",
  "VAB_OVER_V",
  "COLLECTIVE_MODES_RESOLVED",
  "RWA",
  "LEAKAGE",
  "LIFETIME_TOO_SHORT",
  "COUPLING_OUT_OF_REACH",
]);

/** J/2π of the closest pair at the smallest distance, motion across the line, Hz. */
function largestExchange(profile: IonProfile): number {
  return hzFromAngular(Math.max(...fullExchange(profile, profile.trap_frequency_hz).flat()));
}

/** V of a group over the exchange of the closest pair; distances scale out. */
function groupCouplingPerNearest(profile: IonProfile): number {
  const { geometry } = profile;
  const place =
    geometry.kind === "array"
      ? { spacing_m: geometry.spacing_min_m, axial_hz: null }
      : { spacing_m: null, axial_hz: geometry.axial_frequency_max_hz };
  const tone = { rabi_hz: 1, offset_hz: 0 };
  const { couplings, nearest_rad_per_s } = ionFigures(profile, {
    blue: tone,
    red: tone,
    repump_rate_per_s: 1,
    lattice: null,
    quartic_j_per_m4: 0,
    ...place,
    motion_angle_rad: geometry.motion_angle_rad,
    detuning_hz: 0,
    voltage_change: { A: 0, B: 0 },
  });
  return couplings.same / nearest_rad_per_s;
}

function describeValue(name: string, value: unknown): string {
  const dimension: Dimension | undefined = name.endsWith("_hz")
    ? "frequency"
    : name.endsWith("_per_s")
      ? undefined
      : name.endsWith("_s")
        ? "time"
        : name.endsWith("_rad")
          ? "angle"
          : undefined;
  if (typeof value === "object") return JSON.stringify(value);
  const text = typeof value === "number" && dimension ? formatQuantity(value, dimension) : String(value);
  return name.endsWith("_per_s") ? `${text}/s` : text;
}
