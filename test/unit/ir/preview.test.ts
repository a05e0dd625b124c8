import { expect, it } from "vitest";
import { decodePreview, encodePreview, kindCode, pointKinds } from "#ir/preview";
import { mapFlags, mapStates } from "#simulators/index";

it("planes come back as they went, in the bytes that the description names", () => {
  const planes = [Float32Array.of(1, -2, 0.5, Number.NaN, 1e30, 0), Float32Array.of(0, 1, 2, 3, 4, 5)];
  const bytes = encodePreview({ columns: 3, rows: 2, planes });
  expect(bytes.length).toBe(16 + 4 * 12);
  // "EMAP" read as little-endian.
  expect(new TextDecoder().decode(bytes.slice(0, 4))).toBe("EMAP");
  expect([...bytes.slice(4, 16)]).toEqual([3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0]);
  // −2 in float32: sign, exponent 128.
  expect([...bytes.slice(20, 24)]).toEqual([0, 0, 0, 0xc0]);
  expect(decodePreview(bytes.buffer)).toEqual({ columns: 3, rows: 2, planes });
});

it("refuses what is no preview, or not a whole one", () => {
  const bytes = encodePreview({ columns: 2, rows: 1, planes: [Float32Array.of(1, 2)] });
  expect(() => decodePreview(bytes.slice(0, -1).buffer)).toThrow(/not whole/);
  expect(() => decodePreview(new ArrayBuffer(20))).toThrow(/not a preview/);
  expect(() => decodePreview(new ArrayBuffer(3))).toThrow(/not a preview/);
});

it.each([
  [0, 0, "none"],
  [1, 0, "partial"],
  [2, 0, "locked"],
  [2, 1, "breathing"],
  [1, 2, "irregular"],
  [2, 4, "multistable"],
  [1, 6, "multistable"],
  [Number.NaN, 0, "unsolved"],
] as const)("state %d with flags %d is %s", (state, flags, kind) => {
  expect(pointKinds[kindCode(state, flags)]).toBe(kind);
});

it("flags and states are those of the solver", () => {
  expect(mapFlags).toEqual({ breathing: 1, irregular: 2, multistable: 4 });
  expect(mapStates).toEqual(["none", "partial", "full"]);
});
