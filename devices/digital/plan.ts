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

/**
 * Layout and number of steps for a setup on a device, with the circuit they give.
 *
 * @throws EntrainError `digital.layout`, `digital.too_large`
 */
export function planOnDevice(
  setup: Setup,
  profile: DigitalProfile,
  options: { readonly order?: StepOrder; readonly maximum?: number } = {},
): DigitalPlan {
  const order = options.order ?? "strang";
  const maximum = options.maximum ?? (setup.kind === "driven" ? 30 : 12);
  const layout = chooseLayout(setup, setup.kind === "driven" ? 8 : 4, order, profile);
  const qubits = layout.qubits.length;
  const choices =
    qubits > densityMatrixLimit ? [] : chooseSteps(setup, order, profile, layout.qubits, { maximum });
  const steps = choices.length === 0 ? 1 : bestChoice(choices).steps;
  const noise = placedNoise(deviceNoise(profile), layout.qubits);
  return { layout, steps, order, encoded: compileAbsorbing(setup, steps, order, noise), choices };
}
