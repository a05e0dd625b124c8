import type { Finding } from "#ir/finding";
import type { Circuit } from "../circuit/instructions.ts";
import { bindInputs, inputsOf } from "../circuit/instructions.ts";
import { scheduleOf } from "../circuit/schedule.ts";
import { type EncodedCircuit, measured, type Setting } from "../compile/encoded.ts";
import type { Noise } from "../predict/noise.ts";
import { predictOutcomes } from "../predict/predict.ts";
import { placeOnDevice } from "../problem.ts";
import { type DigitalProfile, deviceNoise } from "../profile.ts";
import { verifyCircuit } from "../service/verify.ts";

/** A circuit of the scan on the device's qubits. */
export interface PlacedCircuit {
  readonly circuit: Circuit;
  readonly duration_s: number;
}

export function placedCircuit(
  encoded: EncodedCircuit,
  setting: Setting,
  layout: readonly number[],
  profile: DigitalProfile,
): PlacedCircuit {
  const circuit = placeOnDevice(measured(encoded, setting), layout, profile);
  return { circuit, duration_s: scheduleOf(circuit, deviceNoise(profile).timing).duration_s };
}

/** Outcome probabilities, the first bit the most significant. */
export function outcomesOf(circuit: Circuit, noise: Noise): number[] {
  const { bits, probabilities } = predictOutcomes(circuit, noise);
  return Array.from({ length: 2 ** bits }, (_, outcome) => {
    let index = 0;
    for (let k = 0; k < bits; k++) if ((outcome >> (bits - 1 - k)) & 1) index |= 1 << k;
    return probabilities[index]!;
  });
}

/** Assignment matrices of the measured bits, as the analysis takes them. */
export function bitAssignments(
  encoded: EncodedCircuit,
  layout: readonly number[],
  profile: DigitalProfile,
): number[][][] {
  const noise = deviceNoise(profile);
  return encoded.roles.map((q) => {
    const { missed, invented } = noise.readout(layout[q]!);
    return [
      [1 - invented, missed],
      [invented, 1 - missed],
    ];
  });
}

/** Whatever the service would refuse about the circuits, as one finding; none when all may be sent. */
export function refusals(circuits: readonly PlacedCircuit[], profile: DigitalProfile): Finding[] {
  const problems = circuits.flatMap(({ circuit }) => {
    const zero = Object.fromEntries(inputsOf(circuit).map((name) => [name, 0]));
    return verifyCircuit(bindInputs(circuit, zero), profile);
  });
  if (problems.length === 0) return [];
  return [
    {
      code: "D10",
      severity: "error",
      title: "not native",
      message: `${profile.backend.name} would refuse the circuits: ${problems[0]!.message}`,
      numbers: { problems: problems.length },
      help: "Take fresh device data and plan again.",
      where: [],
    },
  ];
}
