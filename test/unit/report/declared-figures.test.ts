import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import { tabulate } from "#analysis/frequencies";
import { scanPoints } from "#ir/scan";
import { declaredFigure } from "#report/declared-figures";
import { pullMapFigure } from "#report/pull-figures";
import { pullsOf } from "#report/pulls";
import { type PreparedExperiment, prepareExample, runAndJudge } from "../../support/experiments.ts";

interface Drawn {
  querySelectorAll(
    selector: string,
  ): Iterable<{ getAttribute(name: string): string | null; textContent: string }>;
}
const parse = (svg: string) => (parseHTML(svg) as unknown as { document: Drawn }).document;
const nonsense = /NaN|undefined|Infinity|\[object/;

const few = { shots: 400 };
const examples: readonly [string, () => PreparedExperiment][] = [
  ["dissipator", () => prepareExample("transmon-dissipator", { ...few, protocol: { points: 5 } })],
  [
    "blockade",
    () =>
      prepareExample("transmon-blockade", {
        ...few,
        protocol: { detuning: { from: "-200 MHz", to: "200 MHz", points: 5 } },
      }),
  ],
  [
    "lifetime",
    () =>
      prepareExample("transmon-lifetime", {
        ...few,
        protocol: { delay: { from: "40 ns", to: "160 ns", points: 4 } },
      }),
  ],
];

describe.each(examples)("%s", (_, prepare) => {
  it("draws every declared figure with a dot for each point and a line for each curve", async () => {
    const prepared = prepare();
    const { plan } = prepared;
    const { estimates, records } = await runAndJudge(prepared, prepared.designed.program.text, 3);
    expect(plan.analysis.figures.length).toBeGreaterThan(2);
    for (const declaration of plan.analysis.figures) {
      const lines =
        (plan.axes.find(({ name }) => name === declaration.by)?.values.length ?? 1) *
        declaration.series.length;
      const along = plan.axes.find(({ name }) => name === declaration.axis)!.values.length;
      const planned = declaredFigure(declaration, plan, null);
      const drawn = declaredFigure(declaration, plan, estimates);
      for (const svg of [planned, drawn]) {
        expect(svg).not.toMatch(nonsense);
        expect([...parse(svg).querySelectorAll('g[aria-label="line"] path')]).toHaveLength(lines);
      }
      expect([...parse(planned).querySelectorAll('g[aria-label="dot"] circle')]).toHaveLength(0);
      expect([...parse(drawn).querySelectorAll('g[aria-label="dot"] circle')]).toHaveLength(lines * along);
    }
    const map = pullMapFigure(pullsOf(tabulate(records, plan), plan.prediction), plan);
    expect(map).not.toMatch(nonsense);
    expect(estimates.series.every(({ values }) => values.length === scanPoints(plan.axes).length)).toBe(true);
  });
});
