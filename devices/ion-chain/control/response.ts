import { angularFromHz } from "#core/units";
import type { Channels } from "#model/oscillator";
import type { IonKnobs } from "../forward.ts";
import { latticeDephasing, latticeHeating, scatteringOf } from "../forward.ts";
import type { MotionalLevels } from "../motion/electrodes.ts";
import { pumpedRate } from "../reservoir/pumped-sideband.ts";
import { carrierStarkShift, recoilProbability } from "../reservoir/side-effects.ts";
import type { IonProfile } from "../schema.ts";
import { beamElement } from "./read-out.ts";

/** A sideband beam as it stands: carrier Rabi frequency and offset from the unshifted carrier of its Zeeman line. */
export interface BeamTone {
  readonly beam: "blue" | "red";
  readonly rabi_hz: number;
  readonly offset_hz: number;
}

/** What an ion feels on its three levels; rates in 1/s. */
export interface IonResponse {
  readonly gain: number;
  readonly loss: number;
  readonly channels: Channels;
}

/**
 * What beams at any frequency and power do to one ion: every red sideband, carrier and blue sideband of the three levels
 * as a pumped line of its own, at its detuning from the tone, Stark shifts of all beams included; recoil of the cycles'
 * photons; heating by photons off the carrier and off other modes; the trap's own heating and dephasing.
 *
 * Without repump an excited ion stays where it is: no rate.
 *
 * @param error_hz - deviation of this ion's mode
 */
export function ionResponse(
  profile: IonProfile,
  levels: MotionalLevels,
  lattice: IonKnobs["lattice"],
  tones: readonly BeamTone[],
  repump_per_s: number,
  error_hz = 0,
): IonResponse {
  const { assumptions, fock_state: n } = profile;
  const design_hz = levels.lower_hz;
  const lower = angularFromHz(design_hz + error_hz);
  const upper = lower + angularFromHz(levels.asymmetry_hz);
  const stark = tones.reduce(
    (sum, { rabi_hz, offset_hz }) =>
      offset_hz === 0 ? sum : sum + carrierStarkShift(angularFromHz(rabi_hz), angularFromHz(offset_hz)),
    0,
  );
  /** Pumping from level `from` to level `to` (Fock states) through a line at `line`, by all beams. */
  const rate = (from: number, to: number, line: number) =>
    repump_per_s === 0
      ? 0
      : tones.reduce((sum, { rabi_hz, offset_hz }) => {
          const rabi = angularFromHz(rabi_hz) * beamElement(profile, design_hz, to, from);
          const detuning = angularFromHz(offset_hz) - line - stark;
          return sum + pumpedRate({ rabi, repump: repump_per_s, detuning });
        }, 0);
  const other = otherModes(profile, levels, tones, repump_per_s, stark);
  const scattering = scatteringOf(profile, design_hz);
  const recoil = recoilProbability(scattering, n);
  const kick = recoilProbability(scattering, 0).up;
  const heating =
    assumptions.heating_rate_per_s.value + latticeHeating(profile, lattice) + (rate(n, n, 0) + other) * kick;
  return {
    gain: rate(n - 1, n, lower) * (1 - recoil.down),
    loss: rate(n + 1, n, -upper) * (1 - recoil.up),
    channels: {
      heating01: heating * n,
      relaxation10: heating * n + rate(n, n - 1, -lower),
      heating12: heating * (n + 1) + rate(n, n + 1, upper),
      relaxation21: heating * (n + 1),
      dephasing: 2 * (1 / assumptions.motional_t2_s.value + latticeDephasing(profile, lattice)),
    },
  };
}

/** Cycles per second on first sidebands of the modes that are not used. */
function otherModes(
  profile: IonProfile,
  levels: MotionalLevels,
  tones: readonly BeamTone[],
  repump_per_s: number,
  stark: number,
): number {
  if (repump_per_s === 0) return 0;
  const n = profile.fock_state;
  const carrier = beamElement(profile, levels.lower_hz, n, n);
  return tones.reduce(
    (total, { rabi_hz, offset_hz }) =>
      profile.assumptions.spectators.value.reduce((inner, { mode_frequency_hz, eta, occupation }) => {
        const side = offset_hz >= 0 ? 1 : -1;
        const mode = angularFromHz(mode_frequency_hz);
        const element = carrier * eta * Math.sqrt(occupation + (side > 0 ? 1 : 0));
        const detuning = angularFromHz(offset_hz) - side * mode - stark;
        return inner + pumpedRate({ rabi: angularFromHz(rabi_hz) * element, repump: repump_per_s, detuning });
      }, total),
    0,
  );
}
