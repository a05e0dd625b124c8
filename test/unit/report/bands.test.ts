import { expect, test } from "vitest";
import { calibrationBands, interpolated } from "../../../src/report/bands.ts";
import { residualFigure } from "../../../src/report/residuals.ts";
import { syntheticRun } from "./synthetic-run.ts";

test("the band of the order parameter is what turned phases of single sites make of it", () => {
  const { plan } = syntheticRun({ shots: 10, points: 5 });
  const band = calibrationBands(plan);
  // The synthetic prediction's unknowns: the phase of each site, with a width of 0.04 rad.
  const width = 0.04;
  const expected = plan.prediction.amplitudes!.map((sites) => {
    const mean = (turned: number) => {
      const z = sites.map(({ re, im }, s) => {
        const angle = s === turned ? width : 0;
        return [
          re * Math.cos(angle) - im * Math.sin(angle),
          re * Math.sin(angle) + im * Math.cos(angle),
        ] as const;
      });
      const re = z.reduce((sum, [x]) => sum + x, 0) / sites.length;
      const im = z.reduce((sum, [, y]) => sum + y, 0) / sites.length;
      return { size: Math.hypot(re, im), phase: Math.atan2(im, re) };
    };
    const { size, phase } = mean(-1);
    const moved = sites.map((_, s) => mean(s));
    return {
      value: Math.sqrt(moved.reduce((sum, m) => sum + (m.size - size) ** 2, 0)),
      phase: Math.sqrt(moved.reduce((sum, m) => sum + (m.phase - phase) ** 2, 0)),
      size,
    };
  });
  const order = band.get("order_parameter")!;
  expected.forEach(({ value, phase, size }, k) => {
    expect(order.values[k]).toBeCloseTo(value, 8);
    if (size > 0) expect(order.phases![k]).toBeCloseTo(phase, 3);
  });
  expect(Math.max(...order.values)).toBeGreaterThan(1e-3);
  // Populations do not know the phase.
  expect(Math.max(...band.get("p1")!.values)).toBeLessThan(1e-12);
});

test("between points the band is linear, for a scan either way", () => {
  expect(interpolated([1, 2, 4], [0, 10, 30], 3)).toBe(20);
  expect(interpolated([4, 2, 1], [30, 10, 0], 1.5)).toBe(5);
  expect(interpolated([4, 2, 1], [30, 10, 0], 9)).toBe(30);
});

test("an angle's residual is the short way round", () => {
  const colour = "#000000";
  const at = (value: number, predicted: number) =>
    residualFigure([{ x: 1, measured: { value, error: 2 }, predicted, band: 3, colour }], "x", "y", "t", {
      full: 360,
    });
  expect(at(179, -179)).toBe(at(10, 12));
  expect(at(179, -179)).not.toBe(at(10, 8));
});
