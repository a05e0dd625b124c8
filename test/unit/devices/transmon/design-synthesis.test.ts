import { describe, expect, test } from "vitest";
import { fullTurn, hzFromAngular } from "#core/units";
import { designSynthesisedGroup } from "#devices/transmon/design-synthesis";
import { transmonNetwork } from "#devices/transmon/forward";
import { transmon } from "#devices/transmon/index";
import { parseTransmonProfile, type TransmonProfile } from "#devices/transmon/schema";
import type { WantedModel } from "#ir/platform";
import { smallProfile } from "../../../support/profiles.ts";

const MHz = 1e6;

/** A ring of four, so V = 2J, with anharmonicities spread evenly over `spread`. */
function ring(spread_hz: number): TransmonProfile {
  const profile = parseTransmonProfile(smallProfile());
  return {
    ...profile,
    sites: profile.sites.map((site, i) => ({
      ...site,
      frequency_hz: 4.655e9,
      anharmonicity_hz: -201 * MHz + spread_hz * (i / 3 - 0.5),
    })),
  };
}

const wanted: WantedModel = {
  gain_rate_per_s: fullTurn * 1.2 * MHz,
  loss_rate_per_s: fullTurn * 1.2 * MHz,
  exchange_hz: [2 * MHz],
  gain_ratio: [0.5, 1, 2],
  asymmetry_hz: 0,
};

const conditions = (ratio: number, start_s: number) =>
  ({ tones: "both", exchange_hz: 2 * MHz, point: { ratio }, start_s }) as const;

describe("K made by the couplers", () => {
  const profile = ring(0);
  const { knobs } = designSynthesisedGroup(profile, wanted);

  test("the ratio of the rates follows the scan, the larger one held", () => {
    [0.5, 1, 2].forEach((ratio, k) => {
      const [site] = transmonNetwork(profile, knobs, conditions(k, 0)).sites;
      // Heat and relaxation of ancillas and site add some thousandths.
      expect(Math.abs(site!.gain / site!.loss / ratio - 1)).toBeLessThan(0.01);
      const larger = Math.max(site!.gain, site!.loss) / wanted.gain_rate_per_s;
      expect(Math.abs(larger - 1)).toBeLessThan(0.01);
    });
  });

  test("couplers swing by twice their exchange at |α|, light shifts included, from when frames are zeroed", () => {
    const network = transmonNetwork(profile, knobs, conditions(1, 0));
    const [modulation] = network.modulations!;
    expect(modulation!.rate).toBeCloseTo(Math.abs(network.sites[0]!.asymmetry), -3);
    expect(modulation!.coupling.re[0]! / network.coupling.re[0]!).toBeCloseTo(2, 12);
    expect(modulation!.phase).toBe(0);
    const later = transmonNetwork(profile, knobs, conditions(1, 1.25 / knobs.modulation!.frequency_hz));
    expect(later.modulations![0]!.phase).toBeCloseTo(fullTurn / 4, 9);
    expect(transmonNetwork(profile, knobs, { tones: "both", exchange_hz: 0 }).modulations).toBeUndefined();
  });

  test("a wanted K_eff moves the modulation by as much: K_eff = α + ω_m", () => {
    const other = designSynthesisedGroup(profile, { ...wanted, asymmetry_hz: -3 * MHz }).knobs;
    expect(other.modulation!.frequency_hz - knobs.modulation!.frequency_hz).toBeCloseTo(-3 * MHz, 3);
  });

  test("level 2 is read in the frame of the modulation", () => {
    const [carrier] = transmon.carriers(profile, knobs);
    expect(carrier!.ladder12_hz).toBe(-knobs.modulation!.frequency_hz);
    // There the drive of 1↔2 is all but at rest: off by the light shifts alone.
    expect(Math.abs(carrier!.offset12_hz - carrier!.offset01_hz - carrier!.ladder12_hz!)).toBeLessThan(
      1 * MHz,
    );
  });

  test("the static part alone is on the network's constant couplings", () => {
    const { coupling } = transmonNetwork(profile, knobs, conditions(1, 0));
    expect(hzFromAngular(coupling.re[0]!)).toBeCloseTo(2 * MHz, 3);
  });
});

// 0.5 V = 0.5·2·2 MHz.
test.each([
  [1.98, undefined],
  [2.02, "warning"],
])("T35: anharmonicities spread over %d MHz at V/2π = 4 MHz", (spread, expected) => {
  const { findings } = designSynthesisedGroup(ring(spread * MHz), wanted);
  expect(findings.find(({ code }) => code === "T35")?.severity).toBe(expected);
  expect(findings.some(({ code }) => ["T08", "T09", "T10", "T19"].includes(code))).toBe(false);
});
