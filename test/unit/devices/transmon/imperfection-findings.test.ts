import { expect, test } from "vitest";
import { angularFromHz, fullTurn } from "#core/units";
import { designNaturalGroup } from "#devices/transmon/design";
import { designFindings } from "#devices/transmon/findings";
import { parseTransmonProfile } from "#devices/transmon/schema";
import { smallProfile } from "../../../support/profiles.ts";

/**
 * Every rule next to its limit, from closed forms for a ring of four (λ = ±2, 0), γ±/2π = 1.2 MHz, J/2π up to 20 MHz,
 * pulses of 40 ns; sites are tuned to one frequency.
 */
const wanted = {
  gain_rate_per_s: angularFromHz(1.2e6),
  loss_rate_per_s: angularFromHz(1.2e6),
  exchange_hz: [14e6, 20e6],
};

function severity(code: string, assume: Record<string, unknown>) {
  const profile = parseTransmonProfile(smallProfile(assume));
  const { knobs } = designNaturalGroup(profile, wanted);
  return designFindings(profile, knobs, wanted).find((f) => f.code === code)?.severity;
}

test.each([
  // 2J = γ/(2π)/10 = 120 kHz
  ["T37", "exchange_residual_hz", 59e3, 61e3],
  ["T37", "exchange_residual_hz", -59e3, -61e3],
  ["T38", "drive_crosstalk", 0.019, 0.021],
  // 1 − e^{−(2πσ/γ)²/2} = 0.01: σ = γ/2π·√(−2 ln 0.99)
  [
    "T39",
    "frequency_wander_hz",
    0.99 * 1.2e6 * Math.sqrt(-2 * Math.log(0.99)),
    1.01 * 1.2e6 * Math.sqrt(-2 * Math.log(0.99)),
  ],
  // 2π·(2·20 MHz)·τ = 0.05
  ["T40", "coupler_rise_s", 0.99 * (0.05 / (fullTurn * 40e6)), 1.01 * (0.05 / (fullTurn * 40e6))],
])("%s: %s of %d and of %d", (code, name, within, beyond) => {
  expect(severity(code, {})).toBeUndefined();
  expect(severity(code, { [name]: within })).toBeUndefined();
  expect(severity(code, { [name]: beyond })).toBe("warning");
});
