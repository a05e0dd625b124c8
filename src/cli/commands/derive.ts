import type { Command } from "commander";
import type { Derived } from "#analysis/derived";
import type { Measured } from "#ir/estimate";
import type { Plan } from "#ir/plan";
import { deriveRun } from "#jobs/derive-run";
import { axisText } from "#report/axes";
import { RunStore } from "#store/run-store";
import type { Context } from "../context.ts";
import { printJson, table } from "../output.ts";

/** `derive`. */
export function addDeriveCommand(program: Command, context: Context): void {
  program
    .command("derive")
    .description("states, pair correlations and rotation frequencies of a kept run; none enters the verdict")
    .argument("<run>", "run id, number, UUID or latest")
    .action((reference: string) => {
      const store = RunStore.open(context.store);
      const id = store.resolve(reference);
      const derived = deriveRun(store, id);
      if (context.json) return printJson(context.terminal, { run: id, ...derived });
      print(context, store.read(id).plan, derived);
    });
}

const number = ({ value, error }: Measured) => `${value.toFixed(4)} ± ${error.toFixed(4)}`;

function print({ terminal }: Context, plan: Plan, { states, pairs, rotations, differences }: Derived): void {
  const at = (point: Readonly<Record<string, number>>) =>
    plan.axes.flatMap((axis) => (point[axis.name] === undefined ? [] : [axisText(axis, point[axis.name]!)]));
  const names = plan.axes.map(({ title }) => title);
  terminal.out("States: populations by linear inversion, and of the most likely state\n");
  terminal.out(
    `${table([
      ["  Site", ...names, "inversion", "smallest eigenvalue", "most likely", "coherences", "χ² (p)"],
      ...states.map(({ site, point, linear, likelihood, chi_squared: { statistic, p_value } }) => [
        `  ${site}`,
        ...at(point),
        linear.populations.map((p) => p.toFixed(3)).join(" "),
        [
          linear.smallest_eigenvalue?.toFixed(3) ?? "not determined",
          ...(Math.min(...linear.populations, linear.smallest_eigenvalue ?? 0) < 0 ? ["negative"] : []),
        ].join(" "),
        likelihood.populations.map((p) => p.toFixed(3)).join(" "),
        likelihood.coherences?.map((c) => c.toFixed(3)).join(" ") ?? "not determined",
        `${statistic.toFixed(1)} (${p_value === null ? "none" : p_value.toPrecision(2)})`,
      ]),
    ])}\n`,
  );
  if (pairs.length > 0) {
    terminal.out(
      "\nPairs in the same shots: mean Re⟨σ†σ⟩, the order parameter it makes, structure factor in phase …\n",
    );
    terminal.out(
      `${table([
        ["  Line", ...names, "mean", "order parameter", "S(0)", "largest S, at q", "frames differ by"],
        ...pairs.map((found) => {
          const strongest = found.structure.reduce((a, b) => (b.value.value > a.value.value ? b : a));
          return [
            `  ${found.transition}`,
            ...at(found.point),
            number(found.mean),
            found.order_parameter === null ? "–" : number(found.order_parameter),
            number(found.structure[0]!.value),
            `${number(strongest.value)}, (${strongest.wave_vector.map((q) => Number(q.toPrecision(3))).join(", ")})`,
            `${found.frame_spread_rad.toFixed(2)} rad`,
          ];
        }),
      ])}\n`,
    );
  }
  for (const [title, found] of [
    ["Rotation frequencies", rotations],
    ["Differences of rotation frequencies", differences],
  ] as const) {
    if (found.length === 0) continue;
    terminal.out(`\n${title}\n`);
    terminal.out(
      `${table(
        found.map(({ of, at: point, frequency_hz: { value, error }, unambiguous_hz }) => [
          `  ${of}`,
          ...at(point),
          `${value.toPrecision(5)} ± ${error.toPrecision(2)} Hz`,
          `known up to ± ${unambiguous_hz.toPrecision(3)} Hz`,
        ]),
      )}\n`,
    );
  }
}
