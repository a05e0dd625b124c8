import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { deviceFindings } from "#devices/digital/capability";
import { importBackend } from "#devices/digital/import-backend";
import { parseDigitalProfile } from "#devices/digital/profile";
import { formatDigitalProfile } from "#devices/digital/profile-text";
import { parseYaml } from "#planning/load";
import { bundledDigital } from "../../../support/digital.ts";
import { refusal } from "../../../support/refusal.ts";

const date = "2026-04-17T12:00:00+02:00";
const value = (name: string, amount: unknown, unit = "") => ({ name, value: amount, unit, date });
const good = (q: number) => [
  value("T1", 200 + q, "us"),
  value("T2", 500, "us"),
  value("prob_meas0_prep1", 0.01),
  value("prob_meas1_prep0", 0.005),
  value("readout_length", 2000, "ns"),
];
const gate = (name: string, qubits: number[], error: number | undefined, length: number) => ({
  gate: name,
  qubits,
  parameters: [
    ...(error === undefined ? [] : [value("gate_error", error)]),
    value("gate_length", length, "ns"),
  ],
});

/** Five qubits in a row, with the faults seen in published calibrations. */
function backend(): Record<string, unknown> {
  return {
    configuration: {
      backend_name: "ibm_made_up",
      backend_version: "1.2.3",
      processor_type: { family: "Heron", revision: 2 },
      n_qubits: 5,
      basis_gates: ["cz", "id", "rz", "sx", "x"],
      supported_instructions: ["cz", "rz", "sx", "x", "measure", "reset", "delay"],
      supported_features: ["qasm3"],
      coupling_map: [0, 1, 2, 3].flatMap((q) => [
        [q, q + 1],
        [q + 1, q],
      ]),
      dt: 4,
      default_rep_delay: 250,
      rep_delay_range: [0, 500],
    },
    properties: {
      last_update_date: date,
      qubits: [
        good(0),
        good(1),
        good(2).filter((p) => p.name !== "T2"),
        [
          ...good(3).filter((p) => !p.name.startsWith("prob")),
          value("prob_meas0_prep1", 1),
          value("prob_meas1_prep0", 0),
        ],
        [...good(4), value("operational", 0)],
      ],
      gates: [
        ...[0, 1, 2, 3, 4].flatMap((q) => [gate("sx", [q], 2e-4, 32), gate("reset", [q], undefined, 2200)]),
        gate("cz", [0, 1], 2e-3, 68),
        gate("cz", [1, 0], 2e-3, 68),
        gate("cz", [1, 2], 1, 68),
        gate("cz", [2, 3], 3e-3, 68),
      ],
    },
  };
}

describe("import of a backend", () => {
  const profile = importBackend(backend(), { name: "made-up" });

  test("SI units, T2 at most 2·T1, both directions of cz one edge", () => {
    expect(profile.sites[0]).toMatchObject({ t1_s: 200e-6, t2_s: 400e-6, reset_s: 2.2e-6, measure_s: 2e-6 });
    expect(profile.clock_s).toBe(4e-9);
    expect(profile.rep_delay_s).toEqual({ default: 250e-6, minimum: 0, maximum: 500e-6 });
    expect(profile.edges.map((edge) => edge.qubits)).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 4],
    ]);
    expect(profile.backend.calibrated_at).toBe("2026-04-17T10:00:00.000Z");
  });

  test("what is not calibrated or out of service is a fault, nothing is filled in", () => {
    expect(profile.sites.map((site) => site.faults)).toEqual([
      [],
      [],
      ["no T2"],
      ["read-out is not calibrated"],
      ["not operational"],
    ]);
    expect(profile.edges.map((edge) => edge.faults.length)).toEqual([0, 1, 0, 1]);
    expect(profile.sites[2]!.t2_s).toBeNull();
  });

  test("as text and back", () => {
    expect(parseDigitalProfile(parseYaml(formatDigitalProfile(profile), "profile"))).toEqual(profile);
  });

  test("a backend without a two-qubit gate of ours, and one whose parts do not fit", () => {
    const other = backend();
    (other.configuration as { basis_gates: string[] }).basis_gates = ["iswap"];
    (other.configuration as { n_qubits: number }).n_qubits = 6;
    (other.properties as { last_update_date: string }).last_update_date = "yesterday";
    const error = refusal(() => importBackend(other, { name: "x" }));
    expect(error.code).toBe("import.ibm");
    expect(error.problems.map((p) => p.path)).toEqual([
      "configuration.basis_gates",
      "properties.qubits",
      "properties.last_update_date",
    ]);
  });
});

describe("capability", () => {
  const codes = (
    change: (document: { supported_instructions: string[]; supported_features: string[] }) => void,
    now?: string,
  ) => {
    const document = backend();
    change(document.configuration as never);
    const found = deviceFindings(
      importBackend(document, { name: "x" }),
      now === undefined ? undefined : Date.parse(now),
    );
    return found.map((finding) => `${finding.code} ${finding.severity}`);
  };

  test("reset and qasm3 decide, not the name", () => {
    expect(codes(() => {})).toEqual(["D06 info"]);
    expect(
      codes((c) => c.supported_instructions.splice(c.supported_instructions.indexOf("reset"), 1)),
    ).toContain("D02 error");
    expect(codes((c) => c.supported_features.splice(0))).toContain("D03 error");
    expect(codes((c) => c.supported_instructions.splice(0, 1))).toContain("D01 error");
  });

  test("a calibration goes stale after a day and a half", () => {
    expect(codes(() => {}, "2026-04-18T12:00:00Z")).not.toContain("D04 warning");
    expect(codes(() => {}, "2026-04-19T12:00:00Z")).toContain("D04 warning");
  });

  test.each([
    ["ibm-boston", []],
    ["ibm-kingston", []],
    ["ibm-torino", []],
    ["ibm-sherbrooke", []],
    // Nighthawk of April 2026 has neither.
    ["ibm-miami", ["D02", "D03"]],
  ] as const)("%s", (name, errors) => {
    const found = deviceFindings(bundledDigital(name));
    expect(found.filter((f) => f.severity === "error").map((f) => f.code)).toEqual(errors);
  });

  test("uncalibrated pairs of the bundled devices", () => {
    // Entries of error 1, both directions: 14 on kingston, 22 on torino; 9 directed ones on sherbrooke.
    const faulty = (name: string) =>
      bundledDigital(name).edges.filter((edge) => edge.faults.length > 0).length;
    expect([faulty("ibm-kingston"), faulty("ibm-torino"), faulty("ibm-sherbrooke")]).toEqual([7, 11, 9]);
  });
});

const snapshots = resolve(import.meta.dirname, "../../../../../shared/data/ibm-snapshots");

test.runIf(existsSync(snapshots))("the bundled profiles are what the importer makes of the snapshots", () => {
  for (const name of ["boston", "kingston", "torino", "sherbrooke", "miami"]) {
    const document: unknown = JSON.parse(readFileSync(resolve(snapshots, `ibm_${name}.json`), "utf8"));
    expect(importBackend(document, { name: `ibm-${name}` })).toEqual(bundledDigital(`ibm-${name}`));
  }
});
