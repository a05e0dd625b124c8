import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { importIbmSnapshot, parseSelection } from "#devices/transmon/import-ibm";
import { assignmentMatrix, parseTransmonProfile } from "#devices/transmon/schema";
import { loadProfileDocument } from "#planning/load";
import { refusal } from "../../../support/refusal.ts";

const fixture = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../../fixtures/ibm-small.json"), "utf8"),
) as unknown;
const options = { name: "small", assumptionSet: "fixed-frequency" };

describe("a snapshot in IBM's format", () => {
  const profile = importIbmSnapshot(fixture, { ...options, select: [0, 1, 2] });

  test("gives SI numbers whatever unit the snapshot uses", () => {
    expect(profile.sites[0]).toMatchObject({
      id: "q0",
      position: [1, 1],
      frequency_hz: 4.7e9,
      anharmonicity_hz: -310e6,
      readout: { prob_meas0_prep1: 0.015, prob_meas1_prep0: 0.005 },
    });
    expect(profile.sites[0]!.t1_s).toBeCloseTo(100e-6, 12);
    expect(profile.sites[1]!.frequency_hz).toBeCloseTo(4.85e9, 0);
    expect(profile.sites[1]!.anharmonicity_hz).toBeCloseTo(-310e6, 0);
    expect(profile.sites[1]!.t1_s).toBeCloseTo(200e-6, 12);
    expect(profile.sites[1]!.readout.duration_s).toBeCloseTo(1.2e-6, 12);
  });

  test("caps a T2 that its error bar put above 2·T1", () => {
    expect(profile.sites[1]!.t2_s).toBeCloseTo(400e-6, 12);
  });

  test("keeps the bonds among the selected qubits, once each", () => {
    expect(profile.bonds).toEqual([
      ["q0", "q1"],
      ["q1", "q2"],
    ]);
  });

  test("gives an assignment matrix whose columns add up to one", () => {
    const matrix = assignmentMatrix(profile, profile.sites[0]!);
    expect(matrix[0]![1]).toBe(0.015);
    expect(matrix[1]![0]).toBe(0.005);
    for (const column of [0, 1, 2])
      expect(matrix.reduce((sum, row) => sum + row[column]!, 0)).toBeCloseTo(1, 12);
  });

  test("names where it comes from, and a source for every assumption", () => {
    expect(profile.provenance[0]!.source).toContain("test_eagle");
    for (const { source } of Object.values(profile.assumptions)) expect(source.length).toBeGreaterThan(5);
  });
});

describe("refusals", () => {
  test("a qubit without frequency and anharmonicity: both are named, with the reason", () => {
    const error = refusal(() => importIbmSnapshot(fixture, options));
    expect(error.code).toBe("import.ibm");
    expect(error.problems.map((p) => p.path)).toEqual([
      "properties.qubits[3].frequency",
      "properties.qubits[3].anharmonicity",
    ]);
    expect(error.problems[0]!.hint).toMatch(/Heron/);
  });

  test("a qubit that does not exist, an unknown assumption set, a bad selection", () => {
    expect(refusal(() => importIbmSnapshot(fixture, { ...options, select: [9] })).problems[0]!.expected).toBe(
      "0 to 3",
    );
    expect(
      refusal(() => importIbmSnapshot(fixture, { ...options, assumptionSet: "none" })).problems[0]!.path,
    ).toBe("--assume");
    expect(refusal(() => parseSelection("3-1")).problems[0]!.path).toBe("--select");
    expect(refusal(() => parseSelection("a")).problems[0]!.found).toBe("a");
    expect(parseSelection("q3, 0-2,2")).toEqual([0, 1, 2, 3]);
  });

  test("a document of another shape", () => {
    expect(refusal(() => importIbmSnapshot({ configuration: {} }, options)).code).toBe("import.ibm");
  });
});

describe("the bundled profile", () => {
  test("is what the importer makes of the genuine snapshot", () => {
    const path = resolve(import.meta.dirname, "../../../../../shared/data/ibm-snapshots/ibm_sherbrooke.json");
    if (!existsSync(path)) {
      console.warn("SKIPPED: the genuine snapshot is not beside the project");
      return;
    }
    const made = importIbmSnapshot(JSON.parse(readFileSync(path, "utf8")), {
      name: "ibm-sherbrooke-ring",
      assumptionSet: "flux-tunable",
      select: parseSelection("104-108,111,112,122-126"),
    });
    expect(parseTransmonProfile(loadProfileDocument("ibm-sherbrooke-ring", "."))).toEqual(made);
  });
});
