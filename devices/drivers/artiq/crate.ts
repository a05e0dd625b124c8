import { EntrainError } from "#core/errors";
import { linePorts, tonePorts } from "../../ion-chain/control/ports.ts";
import { controlOf } from "../../ion-chain/lower.ts";
import type { IonProfile } from "../../ion-chain/schema.ts";

/**
 * Options of the driver for the crate that a profile names: its tones and lines may be used, nothing else of the crate.
 *
 * @throws EntrainError `artiq.not_configured` when the profile names none
 */
export function crateOptions(profile: IonProfile): object {
  const { crate } = controlOf(profile);
  if (crate === undefined) {
    throw new EntrainError("artiq.not_configured", {
      path: "control.crate",
      message: `${profile.name} does not say where its ARTIQ master is`,
      found: "nothing",
      expected: "`crate: { host: … }`",
    });
  }
  const outputs = [...tonePorts(profile).map(({ id }) => id), ...linePorts(profile)];
  return { ...crate, allowed: Object.fromEntries(outputs.map((name) => [name, 1])) };
}
