import { describe, expect, it } from "vitest";
import { createRandom } from "#core/random";
import { fullTurn } from "#core/units";
import { fourierTransform } from "#simulators/spectra/fourier-transform";
import { amplitudeSpectrum, dominantFrequency, windingRate } from "#simulators/spectra/spectrum";

function randomSeries(length: number) {
  const random = createRandom(7, `series/${length}`);
  return {
    re: Float64Array.from({ length }, () => random.normal()),
    im: Float64Array.from({ length }, () => random.normal()),
  };
}

/** Σ_n x_n e^{−2πikn/N}, term by term. */
function directTransform({ re, im }: { re: Float64Array; im: Float64Array }) {
  const count = re.length;
  const sum = { re: new Float64Array(count), im: new Float64Array(count) };
  for (let k = 0; k < count; k++) {
    for (let n = 0; n < count; n++) {
      const angle = (-fullTurn * ((k * n) % count)) / count;
      sum.re[k]! += re[n]! * Math.cos(angle) - im[n]! * Math.sin(angle);
      sum.im[k]! += re[n]! * Math.sin(angle) + im[n]! * Math.cos(angle);
    }
  }
  return sum;
}

/** a·e^{iωt} at t = 0, h, 2h, … */
function rotation(amplitude: number, omega: number, count: number, spacing: number) {
  return {
    re: Float64Array.from({ length: count }, (_, n) => amplitude * Math.cos(omega * n * spacing)),
    im: Float64Array.from({ length: count }, (_, n) => amplitude * Math.sin(omega * n * spacing)),
  };
}

describe("Fourier transform", () => {
  it.each([1, 2, 3, 5, 8, 12, 64, 97, 100, 250, 625])(
    "of length %i equals the sum term by term",
    (length) => {
      const series = randomSeries(length);
      const fast = fourierTransform(length)(series);
      const direct = directTransform(series);
      const scale = Math.sqrt(length) * 10;
      for (let k = 0; k < length; k++) {
        expect(Math.abs(fast.re[k]! - direct.re[k]!)).toBeLessThan(2e-14 * scale);
        expect(Math.abs(fast.im[k]! - direct.im[k]!)).toBeLessThan(2e-14 * scale);
      }
    },
  );

  it("of length 5000 keeps the sum of squares (Parseval)", () => {
    const series = randomSeries(5000);
    const { re, im } = fourierTransform(5000)(series);
    const energy = (a: Float64Array, b: Float64Array) => a.reduce((sum, x, n) => sum + x * x + b[n]! ** 2, 0);
    expect(energy(re, im) / 5000 / energy(series.re, series.im)).toBeCloseTo(1, 12);
  });
});

describe("spectrum", () => {
  it("of a rotation on a bin: its amplitude there, half beside it, nothing elsewhere (Hann window)", () => {
    const count = 500;
    const spacing = 0.1;
    const bin = -37;
    const omega = (fullTurn * bin) / (count * spacing);
    const spectrum = amplitudeSpectrum(rotation(0.14, omega, count, spacing), spacing);
    const place = spectrum.frequency.findIndex((f) => Math.abs(f - omega) < 1e-12);
    expect(spectrum.weight[place]).toBeCloseTo(0.14, 13);
    expect(spectrum.weight[place - 1]).toBeCloseTo(0.07, 13);
    expect(spectrum.weight[place + 1]).toBeCloseTo(0.07, 13);
    expect(Math.max(...spectrum.weight.filter((_, k) => Math.abs(k - place) > 1))).toBeLessThan(1e-14);
    expect(dominantFrequency(spectrum)).toBe(spectrum.frequency[place]);
    expect([...spectrum.frequency]).toEqual([...spectrum.frequency].sort((a, b) => a - b));
  });

  it("has no dominant frequency without a signal", () => {
    const nothing = { re: new Float64Array(10), im: new Float64Array(10) };
    expect(dominantFrequency(amplitudeSpectrum(nothing, 1))).toBeNull();
  });

  it("winding rate: the stronger of two lines exactly, where the dominant bin is one bin off at most", () => {
    const count = 5000;
    const spacing = 0.1;
    const strong = rotation(0.4, -0.3471, count, spacing);
    const weak = rotation(0.15, 0.811, count, spacing);
    const both = {
      re: strong.re.map((x, n) => x + weak.re[n]!),
      im: strong.im.map((x, n) => x + weak.im[n]!),
    };
    expect(Math.abs(windingRate(both, spacing) + 0.3471)).toBeLessThan(1e-6);
    const peak = dominantFrequency(amplitudeSpectrum(both, spacing))!;
    expect(Math.abs(peak + 0.3471)).toBeLessThan(fullTurn / (count * spacing));
  });
});
