import type { Complex } from "#core/complex";
import type { ComplexMatrix } from "#core/complex-matrix";
import { EntrainError } from "#core/errors";
import type { Circuit } from "./circuit/instructions.ts";
import { type NativePair, placeCircuit } from "./circuit/place.ts";
import { absorbedExponents } from "./compile/absorption.ts";
import { type Attachment, compileChain } from "./compile/chain.ts";
import { compileDriven } from "./compile/driven.ts";
import type { EncodedCircuit } from "./compile/encoded.ts";
import type { CircuitSite } from "./compile/site.ts";
import type { StepOrder } from "./compile/step-order.ts";
import type { Noise } from "./predict/noise.ts";
import { evolveReference, middleState } from "./predict/reference.ts";
import { type DigitalProfile, edgesByPair, pairKey } from "./profile.ts";

/** One oscillator under a constant field F, H = F·S⁺ + F*·S⁻, from |1⟩. */
export interface DrivenSetup {
  readonly kind: "driven";
  readonly site: CircuitSite;
  readonly field: Complex;
  readonly time: number;
}

/** A chain of coupled oscillators, each from |1⟩. */
export interface ChainSetup {
  readonly kind: "chain";
  readonly sites: readonly CircuitSite[];
  readonly couplings: readonly Complex[];
  readonly time: number;
  readonly attachments?: readonly Attachment[];
}

/** What is to be run, before steps and layout are chosen; any common unit of rate. */
export type Setup = DrivenSetup | ChainSetup;

/** The setup's circuit in `steps` steps, without measurement. */
export function compileSetup(
  setup: Setup,
  steps: number,
  order: StepOrder,
  absorbed?: readonly number[],
): EncodedCircuit {
  const dt = setup.time / steps;
  const extra = absorbed === undefined ? {} : { absorbed };
  if (setup.kind === "driven") {
    const fields = new Array<Complex>(steps).fill(setup.field);
    return compileDriven({ site: setup.site, fields, dt, order, ...extra });
  }
  const { sites, couplings, attachments } = setup;
  return compileChain({
    sites,
    couplings,
    dt,
    steps,
    order,
    ...extra,
    ...(attachments === undefined ? {} : { attachments }),
  });
}

/**
 * The setup's circuit with T1 absorbed into the damping angles: compiled once to see how long each role waits, and
 * again with that taken off.
 *
 * @param noise - on the circuit's own qubits
 */
export function compileAbsorbing(
  setup: Setup,
  steps: number,
  order: StepOrder,
  noise: Noise,
): EncodedCircuit {
  return absorbing((absorbed) => compileSetup(setup, steps, order, absorbed), noise);
}

/** As `compileAbsorbing`, for any compiler. */
export function absorbing(
  compile: (absorbed?: readonly number[]) => EncodedCircuit,
  noise: Noise,
): EncodedCircuit {
  return compile(absorbedExponents(compile().circuit, noise));
}

/** Exact state of the setup's model at its end. */
export function referenceState(setup: Setup): ComplexMatrix {
  if (setup.kind === "driven") {
    const { site, field } = setup;
    return evolveReference({ sites: [site], couplings: [], field }, middleState(1), setup.time);
  }
  return evolveReference(setup, middleState(setup.sites.length), setup.time);
}

/**
 * A circuit on the device's qubits and gates.
 *
 * @throws EntrainError `digital.layout` when a two-qubit gate falls on qubits without one
 */
export function placeOnDevice(circuit: Circuit, layout: readonly number[], profile: DigitalProfile): Circuit {
  const edges = edgesByPair(profile);
  const native = (a: number, b: number): NativePair => {
    const edge = edges.get(pairKey(a, b));
    if (edge === undefined || edge.faults.length > 0) {
      throw new EntrainError("digital.layout", {
        path: "layout",
        message: `${profile.backend.name} has no usable ${profile.pair_gate} between qubits ${a} and ${b}`,
        found: `${a}, ${b}`,
        expected: "an edge of the coupling map",
      });
    }
    return { gate: profile.pair_gate, qubits: edge.qubits };
  };
  return placeCircuit(circuit, layout, profile.sites.length, native);
}
