import { describe, expect, test } from "vitest";
import { parseIonProfile } from "#devices/ion-chain/schema";
import { loadProfileDocument } from "#planning/load";
import { refusal } from "../../../support/refusal.ts";

type Document = Record<string, unknown> & { assumptions: Record<string, unknown> };
const document = (changes: Record<string, unknown> = {}): Document => ({
  ...(loadProfileDocument("calcium-lattice", ".") as Document),
  ...changes,
});

describe("profiles", () => {
  test("quantities with units arrive as SI numbers", () => {
    const profile = parseIonProfile(document());
    expect(profile.trap_frequency_hz).toBe(1.66e6);
    expect(profile.geometry).toMatchObject({ spacing_min_m: 25e-6, motion_angle_rad: Math.PI / 2 });
    expect(profile.anharmonicity).toMatchObject({ operate_at_hz: 1e4, depth_max_hz: 3e7 });
    expect(profile.assumptions.motional_t2_s.value).toBe(0.05);
    expect(profile.assumptions.rabi_max_hz.value).toBe(2e5);
    // 2π·21.6 MHz
    expect(
      (profile.anharmonicity as { light_linewidth_per_s: number }).light_linewidth_per_s / 1.3572e8,
    ).toBeCloseTo(1, 3);
    // A parsed profile parses again.
    expect(parseIonProfile(profile)).toEqual(profile);
  });

  test.each([
    [
      "a length without a unit",
      { geometry: { kind: "array", spacing_min: 25 } },
      "quantity.invalid",
      "geometry.spacing_min",
    ],
    ["a wrong prefix", { trap_frequency: "2 mHz" }, "quantity.implausible", "trap_frequency"],
    [
      "a distance in metres",
      { geometry: { spacing_min: "25 m" } },
      "quantity.implausible",
      "geometry.spacing_min",
    ],
    ["a negative frequency", { trap_frequency: "-2 MHz" }, "quantity.implausible", "trap_frequency"],
    [
      "a rate in hertz",
      { assumptions: { repump_rate_max: { value: "1 MHz", source: "x" } } },
      "quantity.invalid",
      "assumptions.repump_rate_max.value",
    ],
    ["an SI field out of range", { trap_frequency_hz: 1e15 }, "quantity.implausible", "trap_frequency_hz"],
  ])("%s is refused with its place", (_name, changes, code, path) => {
    const error = refusal(() => parseIonProfile(document(changes)));
    expect(error.code).toBe(code);
    expect(error.problems.map((p) => p.path)).toContain(path);
  });

  test("all faults of the structure are reported together", () => {
    const error = refusal(() =>
      parseIonProfile(
        document({
          ions: { species: "40Ca", groups: "A" },
          geometry: {
            kind: "array",
            spacing_min: "60 um",
            spacing_max: "30 um",
            motion_angle: "90 deg",
            motion_angle_tunable: false,
          },
          beams: { line: "raman-355", beam_angle: "0 deg" },
        }),
      ),
    );
    expect(error.code).toBe("profile.invalid");
    const paths = error.problems.map((p) => p.path);
    expect(paths).toEqual(expect.arrayContaining(["ions.species", "ions.groups", "geometry.spacing_max_m"]));
  });

  test("given places need one for each ion, the closest pair at 1, and no tilt", () => {
    const geometry = {
      kind: "array",
      spacing_min: "25 um",
      spacing_max: "60 um",
      motion_angle: "90 deg",
      motion_angle_tunable: true,
      shape: [
        [0, 0],
        [2, 0],
      ],
    };
    const error = refusal(() => parseIonProfile(document({ geometry })));
    expect(error.problems.map((p) => p.path)).toEqual([
      "geometry.shape",
      "geometry.shape",
      "geometry.motion_angle_tunable",
    ]);
  });

  test("a line of another species, a group C, an assignment whose columns do not add up", () => {
    const beams = refusal(() =>
      parseIonProfile(document({ beams: { line: "raman-355", beam_angle: "0 deg" } })),
    );
    expect(beams.problems[0]!.expected).toContain("quadrupole-729");
    const groups = refusal(() => parseIonProfile(document({ ions: { species: "40Ca+", groups: "ABC" } })));
    expect(groups.problems[0]!.path).toBe("ions.groups");
    const base = document();
    const wrong = {
      ...base.assumptions,
      assignment: {
        value: [
          [1, 0, 0],
          [0, 1, 0],
          [0, 0, 0.9],
        ],
        source: "x",
      },
    };
    const matrix = refusal(() => parseIonProfile({ ...base, assumptions: wrong }));
    expect(matrix.problems[0]!.path).toBe("assumptions.assignment.value");
  });
});

describe("overrides by an experiment", () => {
  test("bare names with units, values with sources", () => {
    const { assumptions } = parseIonProfile(document(), {
      heating_rate: "5 /s",
      motional_t2: { value: "10 ms", source: "measured yesterday" },
      excited_states: "shared",
    });
    expect(assumptions.heating_rate_per_s).toEqual({ value: 5, source: "set by the experiment" });
    expect(assumptions.motional_t2_s).toEqual({ value: 0.01, source: "measured yesterday" });
    expect(assumptions.excited_states.value).toBe("shared");
  });

  test("unknown names are refused", () => {
    const error = refusal(() => parseIonProfile(document(), { t1: "5 us" }));
    expect(error.problems[0]!.path).toBe("device.assume.t1");
    expect(error.problems[0]!.expected).toContain("heating_rate_per_s");
  });
});
