import { inflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { encodePng } from "#figures/drawing/png";

/** Chunks of a PNG file by type, read as the specification says. */
function chunksOf(file: Uint8Array): Map<string, Buffer> {
  const bytes = Buffer.from(file);
  expect([...bytes.subarray(0, 8)]).toEqual([137, 80, 78, 71, 13, 10, 26, 10]);
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    chunks.set(bytes.toString("latin1", at + 4, at + 8), bytes.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  return chunks;
}

describe("PNG encoder", () => {
  const pixels = Uint8Array.from({ length: 3 * 3 * 2 }, (_, k) => (k * 37) % 256);
  const file = encodePng(3, 2, pixels);

  it("writes size, depth 8, colour type RGB", () => {
    expect([...chunksOf(file).get("IHDR")!]).toEqual([0, 0, 0, 3, 0, 0, 0, 2, 8, 2, 0, 0, 0]);
  });

  it("keeps every pixel: unfiltered lines of the inflated data", () => {
    const lines = inflateSync(chunksOf(file).get("IDAT")!);
    expect(lines.length).toBe(2 * (1 + 9));
    expect([...lines.subarray(0, 10)]).toEqual([0, ...pixels.subarray(0, 9)]);
    expect([...lines.subarray(10)]).toEqual([0, ...pixels.subarray(9)]);
  });

  it("ends with the one IEND chunk there is, check sum AE 42 60 82 (PNG specification)", () => {
    expect(Buffer.from(file).subarray(-12).toString("hex")).toBe("0000000049454e44ae426082");
  });
});
