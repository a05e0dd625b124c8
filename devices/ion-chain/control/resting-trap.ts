import { electrodeQuartic, type IonKnobs, latticeHeating, motionalLevels } from "../forward.ts";
import { couplingSign, operatingAsymmetry, standingWave } from "../knobs.ts";
import type { MotionalLevels } from "../motion/electrodes.ts";
import type { IonProfile } from "../schema.ts";

/** What stands still while programs run: light and electrodes at the working asymmetry, V·K < 0. */
export function restingTrap(profile: IonProfile): {
  readonly lattice: IonKnobs["lattice"];
  readonly levels: MotionalLevels;
  /** Quanta per second while no tone is on. */
  readonly heating_per_s: number;
} {
  const lattice = standingWave(profile, operatingAsymmetry(profile), -couplingSign(profile));
  const off = { rabi_hz: 0, offset_hz: 0 };
  const levels = motionalLevels(profile, {
    blue: off,
    red: off,
    repump_rate_per_s: 0,
    lattice,
    quartic_j_per_m4: electrodeQuartic(profile),
    spacing_m: null,
    axial_hz: null,
    motion_angle_rad: profile.geometry.motion_angle_rad,
    detuning_hz: 0,
    voltage_change: { A: 0, B: 0 },
  });
  const heating_per_s = profile.assumptions.heating_rate_per_s.value + latticeHeating(profile, lattice);
  return { lattice, levels, heating_per_s };
}
