import { EntrainError, invalidInput } from "#core/errors";
import type { CircuitDesign, CircuitPlatform } from "#ir/circuits";
import type { Finding } from "#ir/finding";
import { deviceFindings } from "./capability.ts";
import { designLoop } from "./experiment/design-loop.ts";
import { designRuns } from "./experiment/design-runs.ts";
import { refusals } from "./experiment/placed.ts";
import { calibrationKinds, calibrationSpread } from "./experiment/uncertainty.ts";
import { type DigitalProfile, parseDigitalProfile } from "./profile.ts";

/** Gate-model machines: the model step by step, gain and loss by ancillas that are reset. */
export const digital: CircuitPlatform<DigitalProfile> = {
  kind: "digital",
  title: "gate-model machine: circuits with resets",
  parseProfile: (document, overrides) => {
    const names = Object.keys(overrides);
    if (names.length > 0) {
      throw invalidInput({
        path: "device.assume",
        message: "a profile of this platform assumes nothing that could be overridden",
        found: names.join(", "),
        expected: "nothing",
      });
    }
    return parseDigitalProfile(document);
  },
  layout: (profile) => ({
    sites: profile.sites.map(({ id }) => id),
    positions: profile.sites.map(({ position }) => position),
    bonds: profile.edges.map(({ qubits: [a, b] }) => [`q${a}`, `q${b}`] as const),
  }),
  assumptions: () =>
    calibrationKinds.map((kind) => ({
      name: `drift of ${kind}`,
      value: `${(calibrationSpread[kind] * 100).toFixed(0)} % since the calibration, 1σ`,
      source: "assumed; fitted within this width when records are judged",
    })),
  design,
};

function design(
  profile: DigitalProfile,
  wanted: Parameters<CircuitPlatform<DigitalProfile>["design"]>[1],
  scan: Parameters<CircuitPlatform<DigitalProfile>["design"]>[2],
): CircuitDesign {
  const about = deviceFindings(profile, scan.now);
  const errors = about.filter(({ severity }) => severity === "error");
  // A device that lacks what every circuit needs has no place to put them.
  if (errors.length > 0) {
    throw new EntrainError(
      "plan.infeasible",
      errors.map(({ code, message, help }) => ({ path: code, message, hint: help })),
      { kind: "infeasible" },
    );
  }
  const { circuits, distance, ...found } =
    wanted.kind === "loop"
      ? designLoop(profile, wanted.loop, scan.points, scan.shots)
      : designRuns(profile, wanted, scan.points, scan.shots);
  return { ...found, findings: [...about, ...refusals(circuits, profile), ...distanceFindings(distance)] };
}

/** Trace distance beyond which a state has little to do with the model's. */
const far = 0.2;

function distanceFindings(distance: number): Finding[] {
  const percent = `${(100 * distance).toFixed(1)} %`;
  return [
    {
      code: "D07",
      severity: distance > far ? "warning" : "info",
      title: "distance from the model",
      message: `what the device will reach differs from the model's state by ${percent} (trace distance), by steps and noise together`,
      numbers: { distance, limit: far },
      help:
        distance > far
          ? "The verdict compares with what this device should return; the model's own values stand beside it. Take a device with smaller errors, a shorter time or weaker detunings to come nearer to them."
          : "",
      where: [],
    },
  ];
}
