import { parseHTML } from "linkedom";
import { beforeAll, describe, expect, it } from "vitest";
import { orderParameterFigure } from "#report/curves";
import { deviceFigure } from "#report/device-figure";
import { onsetEstimates, onsetPrediction } from "#report/onset-view";
import { type ReportInput, renderReport } from "#report/page";
import { svgToPng } from "#report/svg";
import { timingFigure } from "#report/timing-figure";
import { onsetOfFixture_hz, syntheticRun } from "./synthetic-run.ts";

const run = syntheticRun();

const input: ReportInput = {
  manifest: {
    ...run.fields,
    schema_version: 1,
    id: "run-000042",
    uuid: "017f22e2-79b0-7cc3-98c4-dc0c0c07398f",
    profile_sha256: "ab".repeat(32),
    program_sha256: run.program.sha256,
    state: "judged",
    created_at: "2026-03-04T05:06:07.890Z",
    updated_at: "2026-03-04T05:07:07.890Z",
    outcome: run.verdict.outcome,
    failure: null,
  },
  experiment: run.experiment,
  profile: run.profile,
  driver: { kind: "emulator", title: "emulated array", emulated: true, limits: ["No correlations."] },
  plan: run.plan,
  counts: run.counts,
  estimates: run.estimates,
  verdict: run.verdict,
  records: run.records.length,
};

interface Element {
  readonly textContent: string;
  getAttribute(name: string): string | null;
  querySelectorAll(selector: string): Iterable<Element>;
}
const parse = (page: string) =>
  (parseHTML(page) as unknown as { document: Element & { querySelector(s: string): Element | null } })
    .document;

/** What must never be in a drawing, found in any drawing of a page. */
const nonsenseIn = (page: string) =>
  page
    .match(/<svg.*?<\/svg>/gs)!
    .flatMap((svg) => svg.match(/.{40}(NaN|undefined|Infinity|\[object)/g) ?? []);

describe("report", () => {
  let page = "";
  beforeAll(() => {
    page = renderReport(input);
  });

  it("shows every figure with a caption, in order, and no nonsense in the drawings", () => {
    const figures = [...parse(page).querySelectorAll("figure")];
    expect(figures.map((figure) => figure.getAttribute("id"))).toEqual(
      [1, 2, 3, 4, 5, 6].map((n) => `fig-${n}`),
    );
    expect(figures.map((figure) => [...figure.querySelectorAll("svg")].length)).toEqual([2, 2, 2, 1, 1, 1]);
    figures.forEach((figure, k) => {
      const caption = [...figure.querySelectorAll("figcaption")][0]!;
      expect(caption.textContent).toMatch(new RegExp(`^Figure ${k + 1}\\. .{60,}`, "s"));
    });
    expect(nonsenseIn(page)).toEqual([]);
  });

  it("says the verdict, its reasons, and that the data are emulated", () => {
    const document = parse(page);
    const banner = document.querySelector(".banner")!;
    expect(banner.getAttribute("class")).toBe("banner consistent");
    expect(banner.textContent).toContain("✓ Consistent with the prediction");
    for (const reason of run.verdict.reasons) expect(banner.textContent).toContain(reason);
    const note = document.querySelector(".note")!.textContent;
    expect(note).toContain("Emulated data, product-state theory");
    expect(note).toContain("No correlations.");
    const text = document.querySelector("main")!.textContent;
    for (const fact of [
      ...run.plan.findings.flatMap((f) => [f.code, f.title, f.message, f.help]),
      ...run.plan.assumptions.flatMap((a) => [a.name, a.value, a.source]),
      input.manifest.profile_sha256,
      input.manifest.program_sha256,
      input.manifest.uuid,
      "entrain 0.1.0",
    ]) {
      expect(text).toContain(fact);
    }
    const hardware = renderReport({ ...input, driver: { ...input.driver, emulated: false } });
    expect(hardware.includes("Emulated data")).toBe(false);
  });

  it("asks nothing of the network and runs nothing", () => {
    const references = page.match(/https?:[^"'\s<)]*/g) ?? [];
    expect(new Set(references)).toEqual(new Set(["http://www.w3.org/2000/svg"]));
    expect(page.match(/<script|<link|<iframe|<img|\son\w+=|@import|url\(|javascript:/gi)).toBeNull();
    expect(page.includes(`content="default-src 'none'; style-src 'unsafe-inline'"`)).toBe(true);
  });

  it("keeps markup in titles, findings and site names as text", () => {
    const hostile = `<script>alert("1")</script><img src=x onerror='a'> & \u0000`;
    const sites = run.plan.sites.map((id) => (id === "q4" ? `<b>"&'` : id));
    const rename = <T>(value: T): T =>
      JSON.parse(JSON.stringify(value).replaceAll('"q4"', JSON.stringify(sites[4]))) as T;
    const plan = rename(run.plan);
    const attacked = renderReport({
      ...input,
      manifest: { ...input.manifest, title: hostile },
      profile: { name: hostile, title: hostile },
      driver: { ...input.driver, title: hostile, limits: [hostile] },
      plan: {
        ...plan,
        findings: plan.findings.map((finding) => ({ ...finding, message: hostile, help: hostile })),
        assumptions: [{ name: hostile, value: hostile, source: "see https://example.org/<x>" }],
      },
      verdict: { ...run.verdict, reasons: [hostile] },
    });
    expect(attacked.match(/<script|<img|<b>"/g)).toBeNull();
    expect(attacked.includes("\u0000")).toBe(false);
    const document = parse(attacked);
    expect(document.querySelector("h1")!.textContent).toBe(hostile.replace("\u0000", "\ufffd"));
    expect(document.querySelector("#fig-5")!.textContent).toContain(sites[4]);
    expect([...document.querySelectorAll("svg *")].every((e) => e.getAttribute("onerror") === null)).toBe(
      true,
    );
    // A web address in a source stays text.
    expect(attacked.includes("https://example.org/&lt;x&gt;")).toBe(true);
    expect([...document.querySelectorAll("[href], [src], a, img, script")]).toEqual([]);
  });

  it("is the same, byte for byte, for the same input", () => {
    expect(renderReport(input) === page).toBe(true);
  });

  it("has a page for a run that is not finished, one that failed, and a negative verdict", () => {
    const begun = renderReport({
      ...input,
      manifest: { ...input.manifest, state: "running", outcome: null },
      counts: null,
      estimates: null,
      verdict: null,
      records: 17,
    });
    expect(begun.includes("Not judged yet")).toBe(true);
    expect(begun.includes("17 of 52 records")).toBe(true);
    expect([...parse(begun).querySelectorAll("figure svg")]).toHaveLength(6);
    expect(nonsenseIn(begun)).toEqual([]);
    const failed = renderReport({
      ...input,
      manifest: { ...input.manifest, state: "failed", failure: "the fridge is warm" },
      counts: null,
      estimates: null,
      verdict: null,
    });
    expect(parse(failed).querySelector(".banner")!.textContent).toContain("the fridge is warm");
    const wrong = syntheticRun({ wrongPhase: 1.2 });
    const negative = renderReport({
      ...input,
      counts: wrong.counts,
      estimates: wrong.estimates,
      verdict: wrong.verdict,
    });
    expect(parse(negative).querySelector(".banner")!.textContent).toContain("✗ Inconsistent");
    expect(nonsenseIn(negative)).toEqual([]);
  });

  it("draws a run that shows no onset, and a scan of negative exchange", () => {
    const { prediction } = run.plan;
    const blockade = renderReport({
      ...input,
      plan: { ...run.plan, prediction: { ...prediction, results: [{ id: "onset_hz", value: null }] } },
      estimates: {
        ...run.estimates,
        results: run.estimates.results.map((result) => ({ ...result, measured: null })),
      },
    });
    expect(blockade.includes("none seen")).toBe(true);
    expect(blockade.includes("predicted onset")).toBe(false);
    const [exchange] = run.plan.axes;
    const mirrored = renderReport({
      ...input,
      plan: {
        ...run.plan,
        axes: [{ ...exchange!, values: exchange!.values.map((hz) => -hz) }],
        prediction: { ...prediction, results: [{ id: "onset_hz", value: -onsetOfFixture_hz }] },
      },
    });
    for (const text of [blockade, mirrored]) {
      expect(nonsenseIn(text)).toEqual([]);
    }
  });
});

describe("figures", () => {
  it("places measured points and the onset where the numbers are", () => {
    const found = onsetEstimates(run.plan, run.estimates);
    const svg = parse(orderParameterFigure(onsetPrediction(run.plan), found));
    // Scales as a reader takes them from the axes: two ticks each.
    const scaleOf = (axis: "x" | "y") => {
      const ticks = [...svg.querySelectorAll(`g[aria-label="${axis}-axis tick label"] text`)].map((tick) => {
        const place = /translate\(([^,]+),([^)]+)\)/.exec(tick.getAttribute("transform")!)!;
        return { value: Number(tick.textContent), at: Number(place[axis === "x" ? 1 : 2]) };
      });
      const [first, last] = [ticks[0]!, ticks.at(-1)!];
      const slope = (last.at - first.at) / (last.value - first.value);
      return (value: number) => first.at + slope * (value - first.value);
    };
    const [x, y] = [scaleOf("x"), scaleOf("y")];
    const dots = [...svg.querySelectorAll('g[aria-label="dot"] circle')];
    expect(dots).toHaveLength(found.exchange_hz.length);
    found.exchange_hz.forEach((hz, k) => {
      expect(Number(dots[k]!.getAttribute("cx"))).toBeCloseTo(x(hz / 1e6), 6);
      expect(Number(dots[k]!.getAttribute("cy"))).toBeCloseTo(y(found.order_parameter[k]!.value), 6);
    });
    const bars = [...svg.querySelectorAll('g[aria-label="rule"][stroke-width="1.5"] line')];
    found.order_parameter.forEach(({ value, error }, k) => {
      const ends = ["y1", "y2"].map((name) => Number(bars[k]!.getAttribute(name)));
      expect(Math.max(...ends)).toBeCloseTo(y(value - error), 6);
      expect(Math.min(...ends)).toBeCloseTo(y(value + error), 6);
    });
    const dashed = [...svg.querySelectorAll('g[stroke-dasharray="5 3"] line')][0]!;
    expect(Number(dashed.getAttribute("x1"))).toBeCloseTo(x(onsetOfFixture_hz / 1e6), 6);
    // The curve passes through the closed form: at the last point, and at the onset it leaves zero.
    const path = [...svg.querySelectorAll('g[aria-label="line"] path')][0]!.getAttribute("d")!;
    const points = path
      .slice(1)
      .split("L")
      .map((pair) => pair.split(",").map(Number) as [number, number]);
    expect(points.length).toBeGreaterThan(100);
    for (const [px, py] of points) {
      expect(py < y(0) - 0.01).toBe(px > x(onsetOfFixture_hz / 1e6) + 0.01);
    }
  });

  it("draws every site and bond, and arrows only where there is a phase", () => {
    const { plan } = run;
    const estimates = onsetEstimates(plan, run.estimates);
    const count = (svg: string, selector: string) => [...parse(svg).querySelectorAll(selector)].length;
    const bright = deviceFigure(plan, estimates);
    expect(count(bright, "circle")).toBe(plan.sites.length);
    expect(count(bright, 'g[aria-label="link"] path')).toBe(plan.bonds.length);
    expect(count(bright, 'g[aria-label="arrow"] path')).toBe(plan.sites.length);
    const dark = deviceFigure(plan, {
      ...estimates,
      amplitudes: estimates.amplitudes.map((row) =>
        row.map(() => ({ re: { value: 0.01, error: 0.02 }, im: { value: 0, error: 0.02 } })),
      ),
    });
    expect(count(dark, 'g[aria-label="arrow"] path')).toBe(0);
  });

  it("draws durations to scale up to a ratio of 20, and says when it does not", () => {
    const couple = (duration_s: number) => ({ kind: "couple" as const, duration_s });
    const widths = (svg: string) =>
      [...parse(svg).querySelectorAll('g[aria-label="rect"] rect')].map((r) =>
        Number(r.getAttribute("width")),
      );
    const wait = { kind: "evolve" as const, duration_s: 1e-6 };
    const even = timingFigure([couple(1e-6), wait, couple(3e-6)]);
    expect(even.broken).toBe(false);
    const sorted = widths(even.svg).toSorted((a, b) => a - b);
    expect(sorted.at(-1)! / sorted[0]!).toBeCloseTo(3, 1);
    const uneven = timingFigure([couple(1e-7), wait, couple(3e-6)]);
    expect(uneven.broken).toBe(true);
    expect(uneven.svg).toContain("100 ns //");
  });

  it("becomes a PNG of twice its size", () => {
    const png = svgToPng(deviceFigure(run.plan, onsetEstimates(run.plan, run.estimates)));
    expect([...png.slice(0, 8)]).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
    expect(Buffer.from(png).readUInt32BE(16)).toBe(2 * 760);
  });
});
