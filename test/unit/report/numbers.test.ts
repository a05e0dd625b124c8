import { describe, expect, it } from "vitest";
import { concise, conciseFrequency, formatNumber, formatP } from "#report/numbers";

describe("numbers as a physicist writes them", () => {
  // Two digits of the error, in units of the last digit of the value (the notation of CODATA tables).
  it.each<[number, number, string]>([
    [0.42134, 0.0034, "0.4213(34)"],
    [-0.42134, 0.0034, "−0.4213(34)"],
    [11.52, 1.3, "11.5(13)"],
    [1234, 56, "1234(56)"],
    [12344, 561, "12340(560)"],
    [0.00012, 0.0000034, "0.0001200(34)"],
    [9.99, 0.996, "10.0(10)"],
    [0, 0.0058, "0.0000(58)"],
    [3.25, 0, "3.25"],
  ])("%f ± %f is %s", (value, error, text) => {
    expect(concise({ value, error })).toBe(text);
  });

  it.each<[number, number, string]>([
    [26.9712e6, 79e3, "26.971(79) MHz"],
    [1.5e3, 20, "1.500(20) kHz"],
    [-4.8e9, 1e6, "−4.8000(10) GHz"],
    [0, 3e3, "0.0(30) kHz"],
    [0, 0, "0 Hz"],
  ])("%f Hz ± %f Hz is %s", (value, error, text) => {
    expect(conciseFrequency({ value, error })).toBe(text);
  });

  it("writes powers of ten and p-values", () => {
    expect(formatNumber(8e6)).toBe("8 × 10⁶");
    expect(formatNumber(-1.23456e-7)).toBe("−1.235 × 10⁻⁷");
    expect(formatNumber(0.025)).toBe("0.025");
    expect(formatNumber(0)).toBe("0");
    expect(formatP(0.0412)).toBe("0.041");
    expect(formatP(2.34e-5)).toBe("2.3 × 10⁻⁵");
    expect(formatP(0)).toBe("< 10⁻¹²");
  });
});
