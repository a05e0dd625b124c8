import { invalidInput } from "#core/errors";
import { type Oscillator, rungRates } from "#model/oscillator";

/** The parts of an oscillator that circuits realise; any common unit of rate. */
export interface CircuitSite {
  readonly detuning: number;
  readonly asymmetry: number;
  readonly gain: number;
  readonly loss: number;
}

/**
 * Detuning, K and the two rates of an oscillator.
 *
 * @throws EntrainError `digital.model` for what has no circuit: other ladders, decay out of the middle level, dephasing
 */
export function circuitSite(site: Oscillator, path = "site"): CircuitSite {
  const { up01, down10, up12, down21 } = rungRates(site);
  const refuse = (field: string, message: string, found: unknown, expected: string) =>
    invalidInput({ path: `${path}.${field}`, message, found, expected }, "digital.model");
  if (site.ladder.some((element) => Math.abs(element - Math.SQRT2) > 1e-12)) {
    throw refuse("ladder", "the encoding realises the spin-1 ladder only", site.ladder, "√2, √2");
  }
  if (down10 !== 0 || up12 !== 0) {
    throw refuse(
      "channels",
      "decay out of the middle level has no circuit block",
      { down10, up12 },
      "relaxation10 and heating12 of 0",
    );
  }
  if (site.channels.dephasing !== 0) {
    throw refuse("channels.dephasing", "dephasing has no circuit block", site.channels.dephasing, "0");
  }
  return { detuning: site.detuning, asymmetry: site.asymmetry, gain: up01, loss: down21 };
}
