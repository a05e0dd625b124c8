import type { Dimension } from "#core/units";
import { formatQuantity } from "#core/units";
import type { Design, Platform, WantedModel } from "#ir/platform";
import { designNaturalGroup } from "./design.ts";
import { designDetunedPair } from "./design-pair.ts";
import { designSynthesisedGroup } from "./design-synthesis.ts";
import { type TransmonKnobs, transmonNetwork } from "./forward.ts";
import { lowerOperations } from "./lower.ts";
import { pulseSlices } from "./pulses.ts";
import { assignmentMatrix, parseTransmonProfile, type TransmonProfile } from "./schema.ts";

/** Arrays of transmons with tunable couplers and two lossy ancillas a site. */
export const transmon: Platform<TransmonProfile, TransmonKnobs> = {
  kind: "transmon",
  title: "transmon array: sideband gain and loss through lossy ancillas, tunable exchange",
  parseProfile: parseTransmonProfile,
  layout: (profile) => ({
    sites: profile.sites.map((site) => site.id),
    positions: profile.sites.map((site) => site.position),
    bonds: profile.bonds,
  }),
  assumptions: (profile) =>
    Object.entries(profile.assumptions).map(([name, { value, source }]) => ({
      name,
      value: describeValue(name, value),
      source,
    })),
  clock: (profile) => ({
    clock_hz: profile.assumptions.clock_hz.value,
    granularity_ticks: profile.assumptions.granularity_ticks.value,
  }),
  design,
  network: transmonNetwork,
  carriers: (_profile, knobs) =>
    knobs.sites.map((site) => ({
      offset01_hz: site.drive01_hz - knobs.reference_hz,
      offset12_hz: site.drive12_hz - knobs.reference_hz,
      // In the frame of the modulation level 2 turns at α + ω_m.
      ...(knobs.modulation && {
        ladder12_hz: Math.sign(site.drive12_hz - site.drive01_hz) * knobs.modulation.frequency_hz,
      }),
    })),
  rotation: ({ assumptions }) => ({
    duration_s: assumptions.pulse_duration_s.value,
    slices: pulseSlices(assumptions.pulse_duration_s.value, assumptions.pulse_sigma_s.value),
  }),
  frequencyUncertainty: (profile) => profile.assumptions.frequency_calibration_error_hz.value,
  assignment: (profile) => profile.sites.map((site) => assignmentMatrix(profile, site)),
  overhead: (profile) =>
    profile.assumptions.reset_duration_s.value +
    Math.max(...profile.sites.map((site) => site.readout.duration_s)),
  lower: lowerOperations,
};

function design(profile: TransmonProfile, wanted: WantedModel): Design<TransmonKnobs> {
  const make =
    wanted.asymmetry_hz !== undefined
      ? designSynthesisedGroup
      : wanted.detuning_hz === undefined
        ? designNaturalGroup
        : designDetunedPair;
  const found = make(profile, wanted);
  if (wanted.exchange_hz.some((exchange) => exchange !== 0)) return found;
  // Sites that are never coupled have no threshold to miss, no disorder to suffer from, and no exchange to show.
  return {
    ...found,
    findings: found.findings.filter(({ code }) => !aboutCoupling.has(code)),
    operating_point: found.operating_point.filter(({ name }) => !name.startsWith("exchange")),
  };
}

/** Sign, matrix elements, blockade window, disorder, correlations without synchronization. */
const aboutCoupling = new Set(["T08", "T09", "T10", "T16", "T19"]);

function describeValue(name: string, value: unknown): string {
  const dimension: Dimension | undefined = name.endsWith("_hz")
    ? "frequency"
    : name.endsWith("_s")
      ? "time"
      : undefined;
  if (value !== null && typeof value === "object" && !Array.isArray(value)) {
    return Object.entries(value)
      .map(([key, item]) => `${key}: ${describeValue(key, item)}`)
      .join(", ");
  }
  if (Array.isArray(value)) return value.map((item) => describeValue(name, item)).join(" … ");
  return typeof value === "number" && dimension ? formatQuantity(value, dimension) : String(value);
}
