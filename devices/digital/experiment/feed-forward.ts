import { argument, type Complex, conjugate, modulus, scale, subtract } from "#core/complex";
import { evaluateTerms } from "#ir/bit-terms";
import type { CircuitProgramHead, Feed } from "#ir/circuits";
import { driveInputs } from "../compile/blocks.ts";

/** Prefix of the parameters of a drive: the one before step k, or after the last of n steps. */
export function drivePrefix(drive: number): string {
  return `d${drive}`;
}

/**
 * Fields of the steps from the amplitudes measured after each: V⟨S⁻⟩ in the middle of step k, ⟨S⁺⟩ extrapolated from
 * the two before it.
 *
 * @param raising - ⟨S⁺⟩ after 0, 1, … steps
 */
export function fieldsOf(coupling: number, raising: readonly Complex[]): Complex[] {
  return raising.map((now, k) => {
    const before = raising[k - 1];
    const middle = before === undefined ? now : subtract(scale(now, 1.5), scale(before, 0.5));
    return scale(conjugate(middle), coupling);
  });
}

/**
 * Values of the parameters of a circuit of `fields.length` steps: half a drive at both ends, the mean of two fields
 * between steps.
 */
export function inputValues(fields: readonly Complex[], timeStep: number): Record<string, number> {
  const values: Record<string, number> = {};
  for (let drive = 0; drive <= fields.length; drive++) {
    const before = fields[drive - 1];
    const after = fields[drive];
    const sum = { re: (before?.re ?? 0) + (after?.re ?? 0), im: (before?.im ?? 0) + (after?.im ?? 0) };
    const omega = (modulus(sum) / 2) * timeStep;
    Object.assign(values, driveInputs(drivePrefix(drive), omega, omega === 0 ? 0 : -argument(sum)));
  }
  return values;
}

/** ⟨S⁺⟩ as the program says to read it. @param frequencies - [setting][outcome] */
export function raisingFrom(
  { bits, assignment }: Pick<CircuitProgramHead, "bits" | "assignment">,
  raising: Feed["raising"],
  frequencies: readonly ArrayLike<number>[],
): Complex {
  return {
    re: evaluateTerms(raising.re, bits, assignment, frequencies),
    im: evaluateTerms(raising.im, bits, assignment, frequencies),
  };
}
