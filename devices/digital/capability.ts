import type { Finding } from "#ir/finding";
import type { DigitalProfile } from "./profile.ts";

/** A calibration older than this is stale: the service recalibrates about once a day, s. */
export const staleCalibration_s = 36 * 3600;

/** A single value this much older than its calibration was not renewed with it, s. */
export const staleValue_s = 30 * 24 * 3600;

const needed = ["rz", "sx", "x", "measure"] as const;

/**
 * What keeps a device from running the circuits, or should be known before: no `reset`, no `qasm3`, qubits and edges out
 * of service, an old calibration. Decided by what the device says it supports, never by its name.
 *
 * @param now - ms since 1970; no look at the calendar when absent
 */
export function deviceFindings(profile: DigitalProfile, now?: number): Finding[] {
  const { name, calibrated_at, oldest_value_at } = profile.backend;
  const findings: Finding[] = [];
  const missing = [...needed, profile.pair_gate].filter((gate) => !profile.instructions.includes(gate));
  if (missing.length > 0) {
    findings.push({
      code: "D01",
      severity: "error",
      title: "instructions missing",
      message: `${name} does not support ${missing.join(", ")}`,
      numbers: {},
      help: "Choose a backend whose native gates are rz, sx, x and cz or ecr.",
      where: [],
    });
  }
  if (!profile.instructions.includes("reset")) {
    findings.push({
      code: "D02",
      severity: "error",
      title: "no reset",
      message: `${name} cannot reset a qubit inside a circuit, and gain and loss need it`,
      numbers: {},
      help: "Choose a backend with reset among its supported instructions.",
      where: [],
    });
  }
  if (!profile.features.includes("qasm3")) {
    findings.push({
      code: "D03",
      severity: "error",
      title: "no OpenQASM 3",
      message: `${name} does not accept OpenQASM 3 text`,
      numbers: {},
      help: "Choose a backend with qasm3 among its supported features.",
      where: [],
    });
  }
  if (now !== undefined) {
    const age = (now - Date.parse(calibrated_at)) / 1000;
    if (age > staleCalibration_s) {
      findings.push({
        code: "D04",
        severity: "warning",
        title: "stale calibration",
        message: `the calibration of ${name} is ${(age / 86_400).toFixed(1)} days old; layout and prediction may not fit the device any more`,
        numbers: { age_s: age, limit_s: staleCalibration_s },
        help: "Fetch the backend's properties again.",
        where: [],
      });
    }
  }
  const spread = (Date.parse(calibrated_at) - Date.parse(oldest_value_at)) / 1000;
  if (spread > staleValue_s) {
    findings.push({
      code: "D05",
      severity: "info",
      title: "old values",
      message: `some values of ${name}'s calibration are ${Math.round(spread / 86_400)} days older than the calibration`,
      numbers: { spread_s: spread, limit_s: staleValue_s },
      help: "",
      where: [],
    });
  }
  const qubits = profile.sites.filter((site) => site.faults.length > 0).map((site) => site.id);
  const edges = profile.edges.filter((edge) => edge.faults.length > 0);
  if (qubits.length + edges.length > 0) {
    findings.push({
      code: "D06",
      severity: "info",
      title: "out of service",
      message: `${qubits.length} qubits and ${edges.length} of ${profile.edges.length} edges of ${name} are not used`,
      numbers: { qubits: qubits.length, edges: edges.length },
      help: "",
      where: [...qubits, ...edges.map(({ qubits: [a, b] }) => `q${a}-q${b}`)],
    });
  }
  return findings;
}
