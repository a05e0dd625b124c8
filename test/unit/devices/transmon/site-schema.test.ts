import { describe, expect, test } from "vitest";
import { angularFromHz } from "#core/units";
import { designNaturalGroup } from "#devices/transmon/design";
import { siteOscillator } from "#devices/transmon/forward";
import { parseTransmonProfile } from "#devices/transmon/schema";
import { smallProfile } from "../../../support/profiles.ts";
import { refusal } from "../../../support/refusal.ts";

/** The ring of four with the levels of every site given as in `levels`. */
function profileWith(levels: Record<string, unknown>) {
  const document = smallProfile() as { sites: Record<string, unknown>[] };
  const sites = document.sites.map(({ frequency: _f, anharmonicity: _a, ...site }) => ({
    ...site,
    ...levels,
  }));
  return { ...document, sites };
}
const first = (levels: Record<string, unknown>) => parseTransmonProfile(profileWith(levels)).sites[0]!;

describe("levels from a circuit", () => {
  // Independent charge-basis diagonalisation at n_g = 0, E_C/h = 0.2 GHz; the profile's offset charge differs by
  // half the dispersion: 4 kHz in f01, 0.13 MHz in α at E_J/E_C = 50, nothing at 100.
  test.each([
    [50, 3.78838, -1.1492, 5e3, 2e5],
    [100, 5.44903, -1.0955, 1e4, 2e4],
  ])("E_J/E_C = %d", (ratio, f01_ghz, alpha, within01, withinAlpha) => {
    const site = first({ circuit: { charging: "200 MHz", josephson: `${ratio * 0.2} GHz` } });
    expect(Math.abs(site.frequency_hz - f01_ghz * 1e9)).toBeLessThan(within01);
    expect(Math.abs(site.anharmonicity_hz - alpha * 0.2e9)).toBeLessThan(withinAlpha);
  });

  test("by capacitance and critical current: E_C/h = 19.37 GHz/fF, E_J/h = 0.4967 GHz/nA", () => {
    const site = first({ circuit: { capacitance: "96.85 fF", critical_current: "40.27 nA" } });
    const same = first({ circuit: { charging: "200 MHz", josephson: "20 GHz" } });
    expect(site.frequency_hz / same.frequency_hz).toBeCloseTo(1, 3);
    expect(site.anharmonicity_hz / same.anharmonicity_hz).toBeCloseTo(1, 3);
  });

  test("parsing twice changes nothing", () => {
    const profile = parseTransmonProfile(
      profileWith({ circuit: { charging: "200 MHz", josephson: "20 GHz" } }),
    );
    expect(parseTransmonProfile(profile)).toEqual(profile);
  });

  test.each([
    [{ circuit: { charging: "200 MHz" } }, /josephson/],
    [{ circuit: { charging: "200 MHz", capacitance: "97 fF", josephson: "20 GHz" } }, /not both/],
    [
      { circuit: { charging: "200 MHz", josephson: "20 GHz" }, frequency: "5.5 GHz" },
      /differs from that of the circuit/,
    ],
    [{ circuit: { charging: "200 MHz", josephson: "20 GHz" }, kerr: "1 MHz" }, /not both/],
    [{ circuit: { charging: "4 GHz", josephson: "0.5 GHz" } }, /no transmon/],
    [{ frequency: "5 GHz" }, /must be a number/],
    [{ anharmonicity: "-200 MHz" }, /must be a number/],
    [{ frequency: "5 GHz", anharmonicity: "200 MHz" }, /negative/],
  ])("%o is refused", (levels, message) => {
    const error = refusal(() => parseTransmonProfile(profileWith(levels)));
    expect(error.problems.map((p) => p.message).join()).toMatch(message);
    expect(error.problems[0]!.path).toMatch(/^sites\[0\]/);
  });
});

describe("Kerr elements", () => {
  test.each([3e6, -3e6, 0])("K/2π = %d Hz is that of the model", (kerr) => {
    const profile = parseTransmonProfile(profileWith({ frequency: "6 GHz", kerr_hz: kerr }));
    const site = siteOscillator(profile, profile.sites[0]!, { flux_quanta: 0, tones: [], reference_hz: 6e9 });
    expect(site.asymmetry).toBeCloseTo(angularFromHz(kerr), 6);
    expect(profile.sites[0]!.anharmonicity_hz).toBe(kerr);
  });

  test("no flux tunes them, and no offset charge moves them", () => {
    const profile = parseTransmonProfile(profileWith({ frequency: "6 GHz", kerr: "-30 MHz" }));
    const rate = angularFromHz(0.3e6);
    const { knobs, findings } = designNaturalGroup(profile, {
      gain_rate_per_s: rate,
      loss_rate_per_s: rate,
      exchange_hz: [1e6],
    });
    expect(knobs.sites.map((s) => s.flux_quanta)).toEqual([0, 0, 0, 0]);
    expect(findings.map((f) => f.code)).not.toContain("T05");
  });
});
