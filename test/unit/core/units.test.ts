import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EntrainError } from "#core/errors";
import {
  angularFromHz,
  type Dimension,
  formatQuantity,
  fullTurn,
  hzFromAngular,
  parseQuantity,
  phaseOfTurns,
} from "#core/units";

describe("quantities", () => {
  it.each<[string, Dimension, number]>([
    ["4.8 GHz", "frequency", 4.8e9],
    ["-313MHz", "frequency", -313e6],
    ["1e3 mHz", "frequency", 1],
    ["9.4 /us", "rate", 9.4e6],
    ["2 1/ms", "rate", 2000],
    ["2pi*1.5 MHz", "rate", fullTurn * 1.5e6],
    ["2π × 10 kHz", "rate", fullTurn * 1e4],
    ["1.2 µs", "time", 1.2e-6],
    ["1.2 μs", "time", 1.2e-6],
    ["0.25 pi", "angle", Math.PI / 4],
    ["90 deg", "angle", Math.PI / 2],
    ["20 mK", "temperature", 0.02],
    ["0.5", "number", 0.5],
    ["0", "time", 0],
  ])("reads %s as %s", (text, dimension, value) => {
    expect(Math.abs(parseQuantity(text, dimension) - value)).toBeLessThanOrEqual(1e-15 * Math.abs(value));
  });

  it.each<[unknown, Dimension, RegExp]>([
    [4.8, "frequency", /bare number/],
    ["4.8", "frequency", /no unit/],
    ["4.8 GHz", "time", /is a frequency, but a time/],
    ["1.5 MHz", "rate", /2π is meant/],
    ["2pi*3 us", "rate", /belongs before a frequency/],
    ["3 ghz", "frequency", /not a known unit.*GHz/],
    ["fast", "frequency", /cannot be read/],
    [Number.NaN, "number", /finite/],
    ["1e999", "number", /finite/],
    [null, "time", /must be a time/],
  ])("refuses %s for a %s and names the place", (text, dimension, message) => {
    const attempt = () => parseQuantity(text, dimension, "sites[3].t1");
    expect(attempt).toThrow(EntrainError);
    expect(attempt).toThrow(message);
    expect(attempt).toThrow(/^sites\[3\]\.t1: /);
  });

  it("reads back what it writes", () => {
    const dimensions: Dimension[] = ["frequency", "rate", "time", "temperature", "angle", "number"];
    fc.assert(
      fc.property(
        fc.constantFrom(...dimensions),
        fc.double({ min: -11, max: 11, noNaN: true }),
        fc.boolean(),
        (dimension, exponent, negative) => {
          const value = (negative ? -1 : 1) * 10 ** exponent;
          const back = parseQuantity(formatQuantity(value, dimension, 6), dimension);
          return Math.abs(back / value - 1) < 1e-5;
        },
      ),
      { seed: 2 },
    );
  });

  it("rounds before it chooses the prefix", () => {
    expect(formatQuantity(999.96e6, "frequency")).toBe("1 GHz");
    expect(formatQuantity(fullTurn * 26.5e6, "rate")).toBe("2π × 26.5 MHz");
    expect(formatQuantity(0, "time")).toBe("0 s");
  });

  it("converts between Hz and rad/s and folds phases", () => {
    expect(hzFromAngular(angularFromHz(123.4))).toBeCloseTo(123.4, 12);
    expect(phaseOfTurns(1e6 + 0.25)).toBeCloseTo(Math.PI / 2, 9);
    expect(Math.abs(phaseOfTurns(0.5))).toBeCloseTo(Math.PI, 15);
  });
});
