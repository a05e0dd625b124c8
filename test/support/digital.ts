import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type DigitalProfile, parseDigitalProfile } from "#devices/digital/profile";
import { packageRoot, parseYaml } from "#planning/load";

/** A bundled gate-model profile, e.g. `ibm-boston`. */
export function bundledDigital(name: string): DigitalProfile {
  const path = join(packageRoot(), "devices", "profiles", "digital", `${name}.yaml`);
  return parseDigitalProfile(parseYaml(readFileSync(path, "utf8"), path));
}

/** A made-up device: a row of qubits, one more hanging on each of `spurs`, all equal. */
export function smallDevice(row: number, spurs: readonly number[] = []): DigitalProfile {
  const count = row + spurs.length;
  const links = [
    ...Array.from({ length: row - 1 }, (_, q) => [q, q + 1] as [number, number]),
    ...spurs.map((q, k) => [q, row + k] as [number, number]),
  ];
  return parseDigitalProfile({
    schema_version: 1,
    kind: "digital",
    name: "small",
    title: "made up",
    provenance: [{ source: "made up" }],
    backend: {
      name: "small",
      version: "1",
      processor: "none",
      calibrated_at: "2026-01-02T00:00:00Z",
      oldest_value_at: "2026-01-01T00:00:00Z",
    },
    instructions: ["cz", "rz", "sx", "x", "measure", "reset", "delay"],
    features: ["qasm3"],
    pair_gate: "cz",
    clock_s: 4e-9,
    rep_delay_s: { default: 250e-6, minimum: 0, maximum: 500e-6 },
    sites: Array.from({ length: count }, (_, q) => ({
      id: `q${q}`,
      position: [q, 0],
      t1_s: 200e-6,
      t2_s: 150e-6,
      pulse_error: 2e-4,
      pulse_s: 32e-9,
      prob_meas0_prep1: 0.01,
      prob_meas1_prep0: 0.005,
      measure_s: 2e-6,
      reset_s: 2.2e-6,
      faults: [],
    })),
    edges: links.map((qubits) => ({ qubits, error: 2e-3, duration_s: 68e-9, faults: [] })),
  });
}
