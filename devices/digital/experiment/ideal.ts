import type { Complex } from "#core/complex";
import { adjoint, type ComplexMatrix, identity, kronecker, product, trace, unit } from "#core/complex-matrix";
import type { BitObservable } from "#ir/bit-terms";
import type { CircuitLoop, CircuitOscillator } from "#ir/circuits";
import { raisingOperator, spinOneLadder } from "#model/oscillator";
import { evolveReference, middleState } from "../predict/reference.ts";

/** Tr(oρ). */
function expectation(operator: ComplexMatrix, rho: ComplexMatrix): Complex {
  return trace(product(operator, rho));
}

/** Value of an observable in a state of the oscillators `sites`. */
export function idealValue(observable: BitObservable, sites: readonly string[], rho: ComplexMatrix): Complex {
  const raising = raisingOperator(spinOneLadder);
  const on = (factors: Readonly<Record<number, ComplexMatrix>>) =>
    sites.map((_, i) => factors[i] ?? identity(3)).reduce((joint, factor) => kronecker(joint, factor));
  const [i, j] = observable.sites.map((site) => sites.indexOf(site)) as [number, number];
  switch (observable.kind) {
    case "amplitude":
      return expectation(on({ [i]: raising }), rho);
    case "population":
      return expectation(on({ [i]: unit(3, observable.level!, observable.level!) }), rho);
    case "harmonic":
      // ρ₀₂ = Tr(|2⟩⟨0|ρ).
      return expectation(on({ [i]: unit(3, 2, 0) }), rho);
    case "leakage":
      return { re: 0, im: 0 };
    case "pair":
      return expectation(on({ [i]: raising, [j]: adjoint(raising) }), rho);
  }
}

/** State after the seed pulse exp[−iω(S⁺ + S⁻)] on |1⟩. */
export function seededState(angle: number): ComplexMatrix {
  const still = { detuning: 0, asymmetry: 0, gain: 0, loss: 0 };
  return evolveReference({ sites: [still], couplings: [], field: { re: 1, im: 0 } }, middleState(1), angle);
}

/** ⟨S⁺⟩ of a state of one oscillator. */
export function raisingOf(rho: ComplexMatrix): Complex {
  return expectation(raisingOperator(spinOneLadder), rho);
}

/** Pieces of a step in which the field is held. */
const pieces = 8;

/**
 * States of the mean-field equation after each step: ρ' = 𝓛(F)ρ with F = V⟨S⁻⟩, by the midpoint rule.
 *
 * @accuracy 2e-4 in ⟨S⁺⟩ for steps of half a unit of rate (test/unit/devices/digital/loop.test.ts)
 */
export function loopStates(site: CircuitOscillator, coupling: number, loop: CircuitLoop): ComplexMatrix[] {
  const advance = (rho: ComplexMatrix, of: ComplexMatrix, time: number) => {
    const s = raisingOf(of);
    const field = { re: coupling * s.re, im: -coupling * s.im };
    return evolveReference({ sites: [site], couplings: [], field }, rho, time);
  };
  const h = loop.time_step / pieces;
  let rho = seededState(loop.seed_angle);
  return Array.from({ length: loop.steps }, () => {
    for (let k = 0; k < pieces; k++) rho = advance(rho, advance(rho, rho, h / 2), h);
    return rho;
  });
}
