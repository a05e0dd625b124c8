import { describe, expect, test } from "vitest";
import { type DesignRequest, parseDesignRequest } from "#ir/design";
import { designDevice } from "#planning/inverse/design-device";
import { loadProfileDocument } from "#planning/load";
import { smallProfile } from "../../support/profiles.ts";

const design = (
  document: Record<string, unknown>,
  profile: unknown = loadProfileDocument("square-3x3", "."),
) => designDevice(parseDesignRequest({ device: { profile: "test" }, ...document }) as DesignRequest, profile);

describe("full synchronization with margin", () => {
  test("V is the margin times 0.1716 |α|, the Mott-lobe tip, to the size of γ/|K|", () => {
    const report = design({ goal: "synchronization", margin: 1.3 });
    expect(report.feasible).toBe(true);
    const { achieved } = report.points[0]!.outcome;
    expect(achieved.gain).toBeCloseTo(1, 1);
    const ratio = Math.abs(achieved.coupling_hz / achieved.asymmetry_hz);
    expect(Math.abs(ratio / (1.3 * 0.1716) - 1)).toBeLessThan(0.03);
    // |⟨a⟩| = 0.44 at V = 0.2 |K| and 0.61 at 0.3 |K| for γ+ = γ−/2; 0.223 |K| here.
    expect(report.points[0]!.synchronized!.amplitude).toBeGreaterThan(0.4);
    expect(report.points[0]!.synchronized!.amplitude).toBeLessThan(0.61);
  });

  test("couplers that end just short of it make it infeasible, with the nearest point", () => {
    const needed = design({ goal: "synchronization", target: { gain: 1 } }).points[0]!.outcome.knobs
      .bonds[0]!;
    const limited = (exchange: number) => {
      const profile = structuredClone(loadProfileDocument("square-3x3", ".")) as {
        assumptions: Record<string, unknown>;
      };
      profile.assumptions.exchange_max = { value: `${exchange} Hz`, source: "test" };
      return design({ goal: "synchronization", target: { gain: 1 } }, profile);
    };
    expect(limited(1.01 * needed.exchange_hz).feasible).toBe(true);
    const short = limited(0.95 * needed.exchange_hz);
    expect(short.feasible).toBe(false);
    const { outcome, stability } = short.points[0]!;
    expect(outcome.inequalities.filter((i) => !i.satisfied).map((i) => i.name)).toEqual(["exchange"]);
    expect(outcome.nearest.changed).toEqual(["V/γ−"]);
    expect(stability.margin).toBeCloseTo(0.95 * 1.3, 1);
  });
});

describe("interference blockade", () => {
  const report = design({ goal: "interference-blockade" });
  test("no threshold inside the window, synchronization outside, both by K-synthesis", () => {
    expect(report.feasible).toBe(true);
    const [blocked, control] = report.points;
    expect(blocked!.outcome.strategy).toBe("k-synthesis");
    expect(blocked!.stability.threshold).toBeNull();
    expect(blocked!.outcome.achieved.gain).toBeCloseTo(1, 2);
    expect(control!.stability.margin).toBeGreaterThan(1.29);
    expect(control!.outcome.achieved.coupling_hz).toBeCloseTo(blocked!.outcome.achieved.coupling_hz, -3);
  });

  test("the control threshold is that of a boson at K = 0, but for T1 and dephasing", () => {
    const { threshold } = report.points[1]!.stability;
    // V_c² = (r/4)/[(q/Γ)(q/Γ + 1)], q = 1 − 2r, Γ = 1 + r: 0.5585 at r = 0.35; real channels only raise it.
    const r = report.points[1]!.outcome.achieved.gain;
    const q = (1 - 2 * r) / (1 + r);
    const ideal = Math.sqrt(r / 4 / (q * (q + 1)));
    expect(threshold! / ideal).toBeGreaterThan(1);
    expect(threshold! / ideal).toBeLessThan(1.4);
  });
});

describe("synchronization blockade", () => {
  test("alike groups stay apart, different ones lock, below the lines |δ| = |K| only", () => {
    const report = design({ goal: "synchronization-blockade" });
    expect(report.feasible).toBe(true);
    const [alike, apart] = report.points;
    expect(alike!.stability.growth_rate).toBeLessThan(0);
    expect(apart!.stability.growth_rate).toBeGreaterThan(0);
    const { detuning, asymmetry } = apart!.outcome.achieved;
    expect(Math.abs(detuning / asymmetry)).toBeLessThan(1);
    expect(Math.abs(detuning / asymmetry)).toBeGreaterThan(0.4);
  });

  test("a pair takes the coupling that its one bond has, |α|/10", () => {
    const document = smallProfile() as { sites: unknown[]; bonds: unknown };
    const report = design(
      { goal: "synchronization-blockade" },
      { ...document, sites: document.sites.slice(0, 2), bonds: [["q0", "q1"]] },
    );
    expect(report.feasible).toBe(true);
    const { knobs, achieved } = report.points[1]!.outcome;
    expect(knobs.bonds).toHaveLength(1);
    expect(knobs.bonds[0]!.exchange_hz / Math.abs(achieved.asymmetry_hz)).toBeCloseTo(0.1, 2);
  });

  test("fixed-frequency sites cannot be set apart", () => {
    const profile = smallProfile({ flux_tuning_range_hz: 0 });
    const report = design({ goal: "synchronization-blockade" }, profile);
    expect(report.feasible).toBe(false);
    const names = report.points.flatMap((p) =>
      p.outcome.inequalities.filter((i) => !i.satisfied).map((i) => i.name),
    );
    expect(names).toContain("detuning-high");
  });
});

test("lifetime: the best point is not at the natural K, whose shear makes the phase diffuse", () => {
  const report = design({ goal: "lifetime" });
  expect(report.points[0]!.outcome.strategy).toBe("k-synthesis");
  expect(report.notes[0]).toMatch(/9 sites/);
});

test("a request without anything to reach is refused", () => {
  expect(() => design({})).toThrow(/nothing is asked for/);
});
