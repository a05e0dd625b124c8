import { expect, it } from "vitest";
import { axisValue, parseMapRequest } from "#ir/map";
import { contour } from "../../../src/web/charts/contours.ts";
import { roundUp, spanOf, ticks } from "../../../src/web/charts/scale.ts";
import { createLatest } from "../../../src/web/designer/latest.ts";
import { spanFor, startKnobs, stillFits, sweepDocument, views } from "../../../src/web/designer/model.ts";
import { parseEvent } from "../../../src/web/shell/event-block.ts";

it("a contour of r² lies on the circle, all around", () => {
  const count = 41;
  const at = (k: number) => (k / (count - 1)) * 4 - 2;
  const plane = Float32Array.from(
    { length: count * count },
    (_, k) => at(k % count) ** 2 + at(Math.floor(k / count)) ** 2,
  );
  const ends = contour(plane, count, count, 1).flatMap(([x1, y1, x2, y2]) => [
    [at(x1), at(y1)],
    [at(x2), at(y2)],
  ]);
  // Linear interpolation of r² over a step h misses by at most h²/8 in r².
  for (const [x, y] of ends) expect(Math.abs(x! ** 2 + y! ** 2 - 1)).toBeLessThan(0.1 ** 2 / 4);
  const length = contour(plane, count, count, 1).reduce(
    (sum, [x1, y1, x2, y2]) => sum + 0.1 * Math.hypot(x2 - x1, y2 - y1),
    0,
  );
  expect(length).toBeCloseTo(2 * Math.PI, 1);
});

it("a contour keeps off cells that are not known", () => {
  expect(contour([0, 1, Number.NaN, 1], 2, 2, 0.5)).toEqual([]);
  expect(contour([0, 1, 0, 1], 2, 2, 0.5)).toEqual([[0.5, 0, 0.5, 1]]);
});

it("ticks are round and inside", () => {
  expect(ticks([0.05, 3], 6)).toEqual([0.5, 1, 1.5, 2, 2.5, 3]);
  expect(ticks([-180, 180], 5)).toEqual([-100, 0, 100]);
  expect(ticks([1, 1], 5)).toEqual([1]);
  expect([roundUp(0.21), roundUp(23), roundUp(6), roundUp(0)]).toEqual([0.3, 30, 6, 1]);
  expect(spanOf([])).toEqual([0, 1]);
});

it("axes hold their point, and follow it when it leaves or they grow far too wide", () => {
  for (const [name, value, k] of [
    ["coupling", 30, -135],
    ["coupling", -4, 0],
    ["detuning", 2, 0],
    ["asymmetry", -135, -135],
    ["gain", 3.4, 0],
  ] as const) {
    const [from, to] = spanFor(name, value, k);
    expect([name, from < value && value < to]).toEqual([name, true]);
    expect(stillFits([from, to], [from, to], value)).toBe(true);
    expect(stillFits([from, to], [from, to], to + 1)).toBe(false);
  }
  expect(stillFits([0, 100], spanFor("coupling", 1, 0), 1)).toBe(false);
});

it("only the latest question is asked while one is out", async () => {
  const asked: number[] = [];
  const answered: number[] = [];
  const ends: (() => void)[] = [];
  const ask = createLatest(
    (question: number) => {
      asked.push(question);
      return new Promise<number>((done) => ends.push(() => done(-question)));
    },
    (answer) => answered.push(answer),
    () => {},
  );
  for (const question of [1, 2, 3, 4]) ask(question);
  expect(asked).toEqual([1]);
  ends[0]!();
  await new Promise((done) => setTimeout(done));
  expect([asked, answered]).toEqual([[1, 4], [-1]]);
  ends[1]!();
  await new Promise((done) => setTimeout(done));
  expect(answered).toEqual([-1, -4]);
  ask(5);
  expect(asked).toEqual([1, 4, 5]);
});

it("reads events as the standard writes them", () => {
  expect(parseEvent('id: 7\nevent: tile\ndata: {"done": 3}')).toEqual({ name: "tile", data: { done: 3 } });
  expect(parseEvent("data: [1,\ndata: 2]")).toEqual({ name: "message", data: [1, 2] });
  expect(parseEvent(": keep-alive")).toBeNull();
  expect(parseEvent("event: x\ndata: no json")).toBeNull();
});

it("asks for a sweep of what the diagram shows", () => {
  for (const view of Object.values(views)) {
    const model = { view, knobs: startKnobs, asymmetry: -135, ladder: "boson" as const };
    const spans = { x: [0.1, 3] as const, y: [0.5, 2] as const };
    const request = parseMapRequest(sweepDocument({ ...model, ...spans }, 257));
    expect([request.x.parameter, request.y.parameter, request.groups]).toEqual([view.x, view.y, view.groups]);
    // V_AB is a part of V on the page, a rate of its own in a map.
    const scale = view.y === "inter_coupling" ? startKnobs.coupling : 1;
    expect(axisValue(request.y, 256)).toBeCloseTo(2 * scale, 12);
    expect(axisValue(request.x, 0)).toBeCloseTo(0.1, 12);
    expect(request.gain).toBe(0.5);
  }
});
