import * as Plot from "@observablehq/plot";
import { listOf, numberOf } from "../computation.ts";
import { cumulantDecay, lifetimeSlopes, wignerLifetimes } from "../computations/lifetimes.ts";
import { beside, drawFrame, type Panel, plainNumber, shifted } from "../drawing/panels.ts";
import { type Figure, type FigureData, namedRecords, tableOf } from "../figure.ts";

/** From light to dark, for N = 100 … 2000 and infinity. */
const blues = ["#9ecae1", "#6baed6", "#4292c6", "#2171b5", "#08306b"] as const;
/** From dark to light, for V = 0.75 … 1.5. */
const reds = ["#67000d", "#cb181d", "#fb6a4a", "#fcae91"] as const;

function decayPanel(data: FigureData): Panel {
  const { settings } = data[cumulantDecay.name]!;
  const curves = namedRecords(tableOf(data, cumulantDecay, "curves", ""));
  const names = [...listOf(settings, "curveSizes"), "infinity"];
  const of = (name: number | string) => curves.filter((p) => p.N === name);
  return drawFrame(
    {
      width: 430,
      height: 320,
      x: { label: "γ₋t", domain: [0, numberOf(settings, "duration")] },
      y: { label: "|⟨S⁺⟩|", domain: [0, 0.155] },
    },
    [
      ...names.map((name, k) =>
        Plot.line(of(name), { x: "t", y: "abs_S", stroke: blues[k % blues.length]!, strokeWidth: 1.8 }),
      ),
      Plot.line(of("uncoupled"), {
        x: "t",
        y: "abs_S",
        stroke: "black",
        strokeWidth: 1.6,
        strokeDasharray: "6 4",
      }),
      ...names.map((name, k) => {
        const flat = name === "infinity";
        // Right of its curve, where the curves are apart; the highest two above theirs.
        const level = k >= names.length - 2 ? 0.09 : 0.03;
        const points = of(name);
        const place = flat
          ? points.at(-1)!
          : (points.find((p) => (p.abs_S as number) < level) ?? points.at(-1)!);
        return Plot.text([place], {
          x: "t",
          y: "abs_S",
          text: () => `N = ${flat ? "∞" : plainNumber(name as number)}`,
          fill: blues[k % blues.length]!,
          textAnchor: flat ? "end" : "start",
          dx: flat ? -4 : 6,
          dy: -8,
        });
      }),
    ],
    "Decay of the amplitude in time",
  );
}

function lifetimePanel(data: FigureData, inset: boolean): Panel {
  const Vs = listOf(data[cumulantDecay.name]!.settings, "couplings");
  const largest = inset ? 100 : Number.POSITIVE_INFINITY;
  const within = (p: Record<string, number | string | null>) => p.T !== null && (p.N as number) <= largest;
  const cumulants = namedRecords(tableOf(data, cumulantDecay, "lifetimes", "")).filter(within);
  const wigner = namedRecords(tableOf(data, wignerLifetimes, "lifetimes", "")).filter(within);
  const slopes = namedRecords(tableOf(data, lifetimeSlopes, "slopes", ""));
  const end = 2000;
  const margins = inset ? { left: 34, bottom: 22, top: 6, right: 8 } : {};
  return drawFrame(
    {
      width: inset ? 170 : 430,
      height: inset ? 120 : 320,
      x: {
        label: inset ? "" : "N",
        domain: [0, inset ? 105 : 2050],
        ...(inset ? { ticks: [0, 50, 100] } : {}),
      },
      y: {
        label: inset ? "" : "Tγ₋",
        domain: [0, inset ? 14 : 275],
        ...(inset ? { ticks: [0, 5, 10] } : {}),
      },
      margins,
    },
    Vs.flatMap((V, k) => {
      const stroke = reds[k % reds.length]!;
      const ours = wigner.filter((p) => p.V === V);
      const slope = slopes.find((p) => p.V === V)!.slope as number;
      return [
        ...(inset
          ? []
          : [
              Plot.line(
                [
                  [0, 0],
                  [end, slope * end],
                ],
                { stroke, strokeWidth: 1.2, strokeDasharray: "2 3" },
              ),
            ]),
        Plot.line(
          cumulants.filter((p) => p.V === V),
          { x: "N", y: "T", stroke, strokeWidth: 1.6, marker: "dot" },
        ),
        Plot.ruleX(ours, {
          x: "N",
          y1: (p: { T: number; T_error: number | null }) => p.T - (p.T_error ?? 0),
          y2: (p: { T: number; T_error: number | null }) => p.T + (p.T_error ?? 0),
          stroke,
        }),
        Plot.dot(ours, { x: "N", y: "T", stroke, fill: "white", r: 3.5, strokeWidth: 1.5 }),
        ...(inset
          ? []
          : [
              Plot.text([`V/γ₋ = ${plainNumber(V)}`], {
                frameAnchor: "top-left",
                fill: stroke,
                dx: 90 * k,
                dy: -13,
              }),
            ]),
      ];
    }),
    inset ? "Lifetimes of small groups" : "Lifetime against the number of oscillators",
  );
}

export const figureS4: Figure = {
  name: "s4",
  title: "Finite-size analysis: decay of the amplitude, and its lifetime",
  computations: [cumulantDecay, wignerLifetimes, lifetimeSlopes],
  tables: (data) => [
    tableOf(data, cumulantDecay, "lifetimes", "Fig. S4, right: lifetimes by second-order cumulants"),
    tableOf(
      data,
      cumulantDecay,
      "curves",
      "Fig. S4, left: |<S+>| in time by second-order cumulants",
      "curves",
    ),
    tableOf(
      data,
      wignerLifetimes,
      "lifetimes",
      "Lifetimes by the truncated-Wigner ensemble",
      "truncated-wigner",
    ),
    tableOf(data, lifetimeSlopes, "slopes", "Growth of the lifetime with N, exact for large N", "slopes"),
  ],
  draw(data) {
    const left = decayPanel(data);
    const right = lifetimePanel(data, false);
    const inset = lifetimePanel(data, true);
    return [...beside(left, right), ...shifted(beside(inset), left.width + 76, 32)];
  },
  caption: (data) => {
    const trajectories = numberOf(data[wignerLifetimes.name]!.settings, "trajectories");
    return (
      "One group, γ₊ = γ₋/2, K = 0. Left: |⟨S⁺⟩| at V = 0.75γ₋, from light to dark N = 100, 500, 1000, 2000 and mean field; dashed: no coupling. Right: time at which |⟨S⁺⟩| falls to 1/e, from dark to light V/γ₋ = 0.75, 1, 1.25, 1.5; inset: small N. " +
      "Dots with lines: second-order cumulants, the paper's method. The paper does not give the initial state, the rates, K or the V of the left panel; product states of the mean-field limit cycle at the same V, γ₊ = γ₋/2 and V = 0.75γ₋ reproduce its two numbers (T = 30.8/γ₋ at N = 500, 4.2 times that without coupling). " +
      `Circles with error bars: collective truncated-Wigner ensemble from the same states (${trajectories} trajectories). Dotted: T = N/κ, the exact growth for large N by phase diffusion. Neglecting third cumulants shortens the lifetime: about 50/γ₋ instead of 30 at N = 500, and a slope about three times too small.`
    );
  },
};
