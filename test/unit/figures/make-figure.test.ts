import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseHTML } from "linkedom";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type MadeFigure, makeFigure } from "#figures/make-figure";
import { figures, findFigures } from "#figures/registry";

let folder: string;
const made = new Map<string, MadeFigure>();

/** Those that small resolutions make quickly; Fig. S4 has no resolution. */
const quick = figures.filter(({ name }) => name !== "s4");

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "figures-"));
  for (const figure of quick) {
    made.set(figure.name, await makeFigure(figure, { folder, resolution: 5, workers: 1 }));
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Attributes that place or size something. */
const numeric = [
  "x",
  "y",
  "x1",
  "x2",
  "y1",
  "y2",
  "width",
  "height",
  "r",
  "cx",
  "cy",
  "d",
  "transform",
  "points",
];

it("every figure of the paper is there, in its order", () => {
  expect(figures.map(({ name }) => name).join(" ")).toBe(
    "2a 2b 2c 2d 3a 3b 3c 3d 4a 4b 4c s1a s1b s1c s1d s2 s3 s4",
  );
  expect(findFigures("all")).toBe(figures);
  expect(findFigures("S1A")[0]!.name).toBe("s1a");
  expect(() => findFigures("5a")).toThrow("there is no figure");
});

describe.each(quick.map(({ name }) => name))("figure %s", (name) => {
  const svg = () => readFileSync(made.get(name)!.svg, "utf8");

  it("SVG: a number wherever one belongs, title, caption, nothing from the network", () => {
    const { document } = parseHTML(`<!doctype html><body>${svg()}</body>`);
    const elements = [...document.querySelectorAll("svg *")] as unknown as {
      getAttribute(name: string): string | null;
      tagName: string;
    }[];
    expect(elements.length).toBeGreaterThan(10);
    for (const element of elements) {
      for (const attribute of numeric) {
        expect(element.getAttribute(attribute) ?? "").not.toMatch(/NaN|undefined|null|Infinity/);
      }
      const link = element.getAttribute("href") ?? "";
      expect(link === "" || link.startsWith("data:image/png;base64,") || link.startsWith("#")).toBe(true);
    }
    expect(/https?:|url\(/.test(svg().replaceAll("http://www.w3.org/2000/svg", ""))).toBe(false);
    expect(document.querySelector("desc")!.textContent).toBe(made.get(name)!.caption);
    expect(document.querySelector("title")!.textContent).toContain(made.get(name)!.title);
    const texts = [...document.querySelectorAll("text")] as unknown as { textContent: string }[];
    expect(texts.filter(({ textContent }) => textContent.includes("_"))).toEqual([]);
  });

  it("PNG is twice the size of the SVG", () => {
    const [, width, height] = /width="(\d+)" height="(\d+)"/.exec(svg())!;
    const png = readFileSync(made.get(name)!.png);
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([2 * Number(width), 2 * Number(height)]);
  });

  it("CSV: comments, names with units, records of that width, finite numbers, words or nothing", () => {
    for (const path of made.get(name)!.csv) {
      const lines = readFileSync(path, "utf8").trimEnd().split("\n");
      const comments = lines.filter((line) => line.startsWith("#"));
      const [header, ...records] = lines.slice(comments.length);
      const names = header!.split(",");
      expect(comments.length).toBe(names.length + 1);
      expect(records.length).toBeGreaterThan(4);
      for (const record of records) {
        const values = record.split(",");
        expect(values.length).toBe(names.length);
        for (const value of values) expect(value).toMatch(/^(|[a-z]+|-?\d+(\.\d+)?(e[+-]\d+)?)$/);
      }
    }
  });

  it("the same bytes again, from the kept rows", async () => {
    const before = svg();
    const again = await makeFigure(findFigures(name)[0]!, {
      folder,
      resolution: 5,
      workers: 1,
      onStart: () => {
        throw new Error("nothing is left to compute");
      },
    });
    expect(readFileSync(again.svg, "utf8") === before).toBe(true);
  });
});

it("figures that share a computation share its rows", () => {
  const partial = readdirSync(join(folder, ".partial"));
  expect(partial.filter((name) => name.startsWith("4-")).length).toBe(1);
  expect(partial.filter((name) => name.startsWith("3abc-")).length).toBe(1);
  expect(existsSync(join(folder, "figure-4c.csv"))).toBe(true);
});
