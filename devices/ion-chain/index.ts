import { EntrainError } from "#core/errors";
import { angularFromHz, type Dimension, formatQuantity, hzFromAngular } from "#core/units";
import type { Design, Platform, WantedModel } from "#ir/platform";
import { designIonChain } from "./design.ts";
import { type IonKnobs, ionFigures, nearestExchangeHz, networkOf } from "./forward.ts";
import { operatingAsymmetry } from "./knobs.ts";
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
    // Ions always see each other: single bonds cannot be left out.
    if (conditions.bonds !== undefined) throw notPlanned("protocols that couple some of the ions only");
    return networkOf(figures, knobs, {
      gain: tones === "both" || tones === "gain",
      loss: tones === "both" || tones === "loss",
      exchange: conditions.exchange_hz / nearestExchangeHz(figures),
      ...(frequency_error_hz === undefined ? {} : { frequency_error_hz }),
    });
  },
  carriers: (profile, knobs) => {
    const { groups, asymmetries_rad_per_s } = ionFigures(profile, knobs);
    return groups.map((group, i) => {
      const offset01_hz = (group === "A" ? knobs.detuning_hz : -knobs.detuning_hz) / 2;
      return { offset01_hz, offset12_hz: offset01_hz + hzFromAngular(asymmetries_rad_per_s[i]!) };
    });
  },
  rotation: ({ assumptions }) => ({ duration_s: assumptions.analysis_pulse_s.value, slices: smoothSlices }),
  frequencyUncertainty: (profile) => profile.assumptions.mode_calibration_error_hz.value,
  assignment: (profile) =>
    siteIds(profile).map(() => profile.assumptions.assignment.value.map((row) => [...row])),
  overhead: ({ assumptions }) => assumptions.preparation_s.value + assumptions.detection_s.value,
  lower: () => {
    throw notPlanned("sequences", "platform.cannot_lower");
  },
};

function notPlanned(what: string, code = "platform.cannot_design"): EntrainError {
  return new EntrainError(
    code,
    {
      path: "device.profile",
      message: `ion chains can be designed and examined, but not yet for ${what}`,
      expected: "a transmon profile",
    },
    { kind: "infeasible" },
  );
}

/** The angle of a pulse in 20 equal slices, weighted by sin²: no sharp edges that would reach the next transition. */
const smoothSlices = Array.from({ length: 20 }, (_, i) => Math.sin((Math.PI * (i + 0.5)) / 20) ** 2 / 10);

function siteIds(profile: IonProfile): string[] {
  return Array.from(profile.ions.groups, (_, i) => `i${i}`);
}

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
  if (wanted.detuning_hz !== undefined) throw notPlanned("protocols that detune two sites");
  const { knobs, findings, operating_point } = designIonChain(profile, targetOf(profile, wanted));
  return { knobs, findings, operating_point };
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
