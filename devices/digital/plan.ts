import { EntrainError } from "#core/errors";
import type { Attachment } from "./compile/chain.ts";
import type { EncodedCircuit } from "./compile/encoded.ts";
import type { StepOrder } from "./compile/step-order.ts";
import { type Layout, searchLayouts, sensitivityOf } from "./layout.ts";
import { decodeState } from "./predict/decode.ts";
import { densityMatrixLimit } from "./predict/density-matrix.ts";
import { placedNoise } from "./predict/noise.ts";
import { predictState } from "./predict/predict.ts";
import { traceDistance } from "./predict/reference.ts";
import { compileAbsorbing, compileSetup, referenceState, type Setup } from "./problem.ts";
import { type DigitalProfile, deviceNoise } from "./profile.ts";

/** Predicted distance of one number of steps. */
export interface StepChoice {
  readonly steps: number;
  /** Trace distance of the perfect circuit from the exact state. */
  readonly splitting: number;
  /** Trace distance of the device's state from the exact one, read-out aside. */
  readonly total: number;
}

export interface DigitalPlan {
  /** The setup with its ancillas' places. */
  readonly setup: Setup;
  readonly layout: Layout;
  readonly steps: number;
  readonly order: StepOrder;
  readonly encoded: EncodedCircuit;
  /** Every number of steps that was tried, ascending. */
  readonly choices: readonly StepChoice[];
}

/** Layout search, then the full prediction with T1 absorbed for the best few. */
export function chooseLayout(
  setup: Setup,
  steps: number,
  order: StepOrder,
  profile: DigitalProfile,
  keep = 6,
): Layout {
  const sensitivity = sensitivityOf(compileSetup(setup, steps, order), profile);
  const layouts = searchLayouts(sensitivity, profile, keep);
  if (sensitivity.qubits.length > 6) return layouts[0]!;
  const ideal = referenceOf(compileSetup(setup, steps, order));
  const noise = deviceNoise(profile);
  const readout = (layout: Layout) =>
    sensitivity.qubits.reduce((sum, { readout: weight }, q) => {
      const { missed, invented } = noise.readout(layout.qubits[q]!);
      return sum + (weight * (missed + invented)) / 2;
    }, 0);
  const scored = layouts.map((layout) => {
    const placed = placedNoise(noise, layout.qubits);
    const encoded = compileAbsorbing(setup, steps, order, placed);
    const state = decodeState(predictState(encoded.circuit, placed).rho, encoded.roles).rho;
    return { qubits: layout.qubits, cost: traceDistance(state, ideal) + readout(layout) };
  });
  return scored.reduce((best, layout) => (layout.cost < best.cost ? layout : best));
}

function referenceOf(encoded: EncodedCircuit) {
  return decodeState(predictState(encoded.circuit).rho, encoded.roles).rho;
}

/**
 * Number of steps with the smallest predicted distance from the exact state: few split badly, many are noisy.
 *
 * @param options.maximum - largest number tried
 */
export function chooseSteps(
  setup: Setup,
  order: StepOrder,
  profile: DigitalProfile,
  layout: readonly number[],
  options: { readonly minimum?: number; readonly maximum: number },
): StepChoice[] {
  const exact = referenceState(setup);
  const noise = placedNoise(deviceNoise(profile), layout);
  const choices: StepChoice[] = [];
  let rising = 0;
  for (let steps = options.minimum ?? 1; steps <= options.maximum && rising < 3; steps++) {
    const encoded = compileAbsorbing(setup, steps, order, noise);
    const total = traceDistance(
      decodeState(predictState(encoded.circuit, noise).rho, encoded.roles).rho,
      exact,
    );
    const splitting = traceDistance(referenceOf(compileSetup(setup, steps, order)), exact);
    // Past the minimum the noise only adds.
    rising = total > (choices.at(-1)?.total ?? Infinity) ? rising + 1 : 0;
    choices.push({ steps, splitting, total });
  }
  return choices;
}

/** The choice with the least total; fewer steps win a tie. */
export function bestChoice(choices: readonly StepChoice[]): StepChoice {
  return choices.reduce((best, choice) => (choice.total < best.total ? choice : best));
}

/** Every way to hang one ancilla on each pair of a chain; only the given one where it is given. */
function attachmentsOf(setup: Setup): Setup[] {
  // A pair of oscillators is a line: its ancillas are at the ends.
  if (setup.kind === "driven" || setup.attachments !== undefined || setup.sites.length < 3) return [setup];
  const count = setup.sites.length;
  return Array.from({ length: 2 ** count }, (_, pattern) => ({
    ...setup,
    attachments: setup.sites.map((__, k): Attachment => ((pattern >> k) & 1 ? "right" : "left")),
  }));
}

/**
 * Layout and number of steps for a setup on a device, with the circuit they give. A chain of three or more is placed
 * with its ancillas wherever the device has room for them.
 *
 * @throws EntrainError `digital.layout`, `digital.too_large`
 */
export function planOnDevice(
  setup: Setup,
  profile: DigitalProfile,
  options: { readonly order?: StepOrder; readonly maximum?: number } = {},
): DigitalPlan {
  const order = options.order ?? "strang";
  const few = setup.kind === "driven" ? 8 : 4;
  let best: { readonly variant: Setup; readonly layout: Layout } | undefined;
  let refused: unknown;
  for (const variant of attachmentsOf(setup)) {
    try {
      const layout = chooseLayout(variant, few, order, profile);
      if (best === undefined || layout.cost < best.layout.cost) best = { variant, layout };
    } catch (error) {
      if (!(error instanceof EntrainError && error.code === "digital.layout")) throw error;
      refused = error;
    }
  }
  if (best === undefined) throw refused;
  const { variant, layout } = best;
  const maximum = options.maximum ?? mostSteps(variant);
  const choices =
    layout.qubits.length > densityMatrixLimit
      ? []
      : chooseSteps(variant, order, profile, layout.qubits, { maximum });
  const steps = choices.length === 0 ? 1 : bestChoice(choices).steps;
  const noise = placedNoise(deviceNoise(profile), layout.qubits);
  return {
    setup: variant,
    layout,
    steps,
    order,
    encoded: compileAbsorbing(variant, steps, order, noise),
    choices,
  };
}

/** More than this no device of the profiles has use for; a prediction of nine qubits takes a second a step. */
function mostSteps(setup: Setup): number {
  if (setup.kind === "driven") return 30;
  return setup.sites.length === 2 ? 12 : 4;
}
