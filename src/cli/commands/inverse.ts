import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, resolve } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { invalidInput } from "#core/errors";
import { formatQuantity } from "#core/units";
import { parseTransmonProfile } from "#devices/transmon/schema";
import { type DesignRequest, goals, type Inequality, parseDesignRequest } from "#ir/design";
import { type DesignReport, designDevice } from "#planning/inverse/design-device";
import { designDocument } from "#planning/inverse/design-document";
import type { DesignedPoint } from "#planning/inverse/workbench";
import { bundledProfiles, loadProfileDocument, parseYaml, readTextFile } from "#planning/load";
import type { Context } from "../context.ts";
import { paint, printFindings, printJson, table, wrap } from "../output.ts";

interface RegionOptions {
  readonly out: string;
  readonly gain?: number;
  readonly ladder: string;
  readonly points: number;
  readonly workers: number;
}

interface DesignOptions {
  readonly goal?: string;
  readonly gain?: number;
  readonly asymmetry?: number;
  readonly coupling?: number;
  readonly detuning?: number;
  readonly interCoupling?: number;
  readonly margin?: number;
  readonly strategy?: string;
}

const numberOption = (text: string): number => {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new InvalidArgumentError("expected a number.");
  return value;
};

/** `design FILE|PROFILE`: a wanted model or a goal → knobs; `region PROFILE`: what a device reaches, drawn. */
export function addInverseCommands(program: Command, context: Context): void {
  const { terminal } = context;
  program
    .command("design")
    .description("wanted model or goal → knobs for every site and bond; exit status 3 when infeasible")
    .argument("<what>", "design file (YAML or JSON, - for stdin), or a profile with --goal or numbers")
    .option("--goal <goal>", `what to show: ${goals.join(", ")}`)
    .option("--gain <number>", "wanted γ+/γ−", numberOption)
    .option("--asymmetry <number>", "wanted K/γ−", numberOption)
    .option("--coupling <number>", "wanted V/γ−", numberOption)
    .option("--detuning <number>", "wanted δ/γ− between two groups", numberOption)
    .option("--inter-coupling <number>", "wanted V_AB/V", numberOption)
    .option("--margin <factor>", "distance that a goal keeps from its threshold", numberOption)
    .option("--strategy <name>", "any, natural, mirrored or k-synthesis")
    .action((what: string, options: DesignOptions) => {
      const { request, folder } = loadDesignRequest(what, options);
      const report = designDevice(request, loadProfileDocument(request.device.profile, folder));
      if (!report.feasible) context.exitStatus = 3;
      if (context.json) return printJson(terminal, designDocument(report));
      printReport(context, report);
    });
  program
    .command("region")
    .description("what a profile reaches, drawn over the paper's phase diagrams: SVG, PNG, CSV")
    .argument("<profile>", "bundled profile, or path of a profile file")
    .requiredOption("--out <folder>", "where the files go")
    .option("--gain <number>", "γ+/γ−; default 0.3 for bosons, 0.5 for spin-1", numberOption)
    .option(
      "--ladder <ladder>",
      "matrix elements behind: boson (the hardware's) or spin-1 (the paper's)",
      "boson",
    )
    .option("--points <n>", "points of an edge of the diagrams", numberOption, 81)
    .option("--workers <n>", "worker threads", numberOption, availableParallelism())
    .action(async (profile: string, options: RegionOptions) => {
      const { ladder } = options;
      if (ladder !== "boson" && ladder !== "spin-1") {
        throw invalidInput({
          path: "--ladder",
          message: "is not known",
          found: ladder,
          expected: "boson or spin-1",
        });
      }
      const document = loadProfileDocument(profile, ".");
      const { makeRegion } = await import("#maps/make-region");
      const { files, region } = await makeRegion(parseTransmonProfile(document), {
        folder: options.out,
        gain: options.gain ?? (ladder === "boson" ? 0.3 : 0.5),
        ladder,
        leakage: 0.01,
        points: options.points,
        workers: options.workers,
      });
      if (context.json) return printJson(terminal, { files, region });
      const hz = (value: number) => formatQuantity(value, "frequency", 3);
      const rows = [
        ["γ−/2π", `${hz(region.loss_hz.low)} … ${hz(region.loss_hz.high)}`],
        ["V/2π, natural K", `up to ${hz(region.rows[0]!.reach_hz)}`],
        ["V/2π, K-synthesis", `up to ${hz(region.rows[0]!.synthesis_hz)}`],
        ["K_eff/2π", `${hz(region.asymmetry_hz.low)} … ${hz(region.asymmetry_hz.high)}`],
        ["δ/2π", `${hz(region.detuning_hz.low)} … ${hz(region.detuning_hz.high)}`],
      ];
      terminal.out(`${table(rows)}\n${files.join("\n")}\n`);
    });
}

/** A design file, or a profile with what the options ask for. */
function loadDesignRequest(what: string, options: DesignOptions): { request: DesignRequest; folder: string } {
  const { goal, margin, strategy } = options;
  const target = {
    ...(options.gain === undefined ? {} : { gain: options.gain }),
    ...(options.asymmetry === undefined ? {} : { asymmetry: options.asymmetry }),
    ...(options.coupling === undefined ? {} : { coupling: options.coupling }),
    ...(options.detuning === undefined ? {} : { detuning: options.detuning }),
    ...(options.interCoupling === undefined ? {} : { inter_coupling: options.interCoupling }),
  };
  const asked = {
    ...(goal === undefined ? {} : { goal }),
    ...(margin === undefined ? {} : { margin }),
    ...(strategy === undefined ? {} : { strategy }),
  };
  const named = (profile: string) =>
    parseDesignRequest({
      title: `design on ${profile}`,
      device: { profile },
      ...asked,
      ...(Object.keys(target).length > 0 ? { target } : {}),
    });
  if (bundledProfiles().includes(what) && !existsSync(what)) return { request: named(what), folder: "." };
  const text = readTextFile(what === "-" ? "/dev/stdin" : what);
  const document = parseYaml(text, what === "-" ? "stdin" : what) as Record<string, unknown>;
  if ("kind" in document) return { request: named(resolve(what)), folder: "." };
  const given = (document.target ?? {}) as Record<string, unknown>;
  const merged = {
    ...document,
    ...asked,
    ...(Object.keys(target).length > 0 ? { target: { ...given, ...target } } : {}),
  };
  return { request: parseDesignRequest(merged), folder: what === "-" ? process.cwd() : dirname(what) };
}

const number = (value: number) => Number(value.toPrecision(4)).toString().replace("-", "−");

function quantity(value: number, unit: string): string {
  if (unit === "Hz") return formatQuantity(value, "frequency", 4);
  if (unit === "1/s") return formatQuantity(value, "rate", 4);
  return number(value);
}

function conditionRow({ text, value, relation, limit, unit, satisfied, code }: Inequality): string[] {
  return [
    `  ${satisfied ? "✓" : "✗"}`,
    quantity(value, unit),
    relation,
    quantity(limit, unit),
    `${text}${code === "" ? "" : ` (${code})`}`,
  ];
}

function printReport(context: Context, report: DesignReport): void {
  const { terminal } = context;
  terminal.out(`${paint(terminal, "bold", report.title)}\n`);
  terminal.out(`${report.goal === null ? "wanted model" : `goal: ${report.goal}`} on ${report.profile}\n`);
  for (const point of report.points) printPoint(context, point);
  if (report.checks.length > 0) {
    terminal.out("\nWhat the goal asks of the achieved models\n");
    const rows = report.checks.map(({ text, value, relation, limit, passed }) => [
      `  ${passed ? "✓" : "✗"}`,
      `${number(value)} ${relation} ${number(limit)}`,
      text,
    ]);
    terminal.out(`${table(rows)}\n`);
  }
  for (const note of report.notes) terminal.out(`  · ${wrap(note, 96, "    ")}\n`);
  terminal.out(
    `\n${report.feasible ? "Feasible." : "Infeasible as asked; the knobs are those of the nearest point."}\n`,
  );
}

function printPoint(context: Context, point: DesignedPoint): void {
  const { terminal } = context;
  const { outcome, design, stability } = point;
  const { achieved, nearest, knobs } = outcome;
  terminal.out(`\n${paint(terminal, "bold", `${point.role}: ${outcome.title}`)}\n`);
  for (const change of outcome.changes) terminal.out(`  · ${wrap(change, 96, "    ")}\n`);
  terminal.out("Conditions\n");
  terminal.out(`${table(outcome.inequalities.map(conditionRow))}\n`);
  if (nearest.distance > 0) {
    terminal.out(
      `Nearest feasible point (distance ${nearest.distance.toPrecision(2)}; changed: ${nearest.changed.join(", ")})\n`,
    );
  }
  const wanted = (value: number | undefined) => (value === undefined ? "" : number(value));
  const { target } = point;
  const rows = [
    ["  ", "wanted", "knobs for", "achieved", ""],
    ["  γ+/γ−", wanted(target.gain), number(nearest.gain), number(achieved.gain), ""],
    [
      "  K/γ−",
      wanted(target.asymmetry),
      number(nearest.asymmetry),
      number(achieved.asymmetry),
      `± ${formatQuantity(achieved.spread.asymmetry_hz, "frequency", 2)} over the sites`,
    ],
    [
      "  V/γ−",
      wanted(target.coupling),
      number(nearest.coupling),
      number(achieved.coupling),
      formatQuantity(achieved.coupling_hz, "frequency"),
    ],
    ...(design.groups.b.length === 0
      ? []
      : [
          [
            "  δ/γ−",
            wanted(target.detuning),
            number(nearest.detuning),
            number(achieved.detuning),
            formatQuantity(achieved.detuning_hz, "frequency"),
          ],
          [
            "  V_AB/V",
            wanted(target.inter_coupling),
            number(nearest.inter_coupling),
            number(achieved.inter_coupling),
            "",
          ],
        ]),
    [
      "  γ−",
      "",
      formatQuantity(nearest.loss_rate_per_s, "rate"),
      formatQuantity(achieved.loss_rate_per_s, "rate"),
      "",
    ],
  ];
  terminal.out(`Model\n${table(rows)}\n`);
  const p = achieved.populations.map((value) => value.toFixed(4)).join(", ");
  terminal.out(
    `  populations ${p}; growth rate of the unsynchronized state ${number(stability.growth_rate)} γ−`,
  );
  terminal.out(
    stability.margin === null
      ? "\n"
      : `; V/V_c = ${number(stability.margin)} (V_c = ${number(stability.threshold!)} γ−)\n`,
  );
  printKnobs(context, knobs);
  printFindings(terminal, outcome.findings);
  const others = [
    ...design.outcomes
      .filter((o) => o.strategy !== outcome.strategy)
      .map((o) => ({
        ...o,
        verdict: o.feasible ? "feasible" : `infeasible, distance ${o.nearest.distance.toPrecision(2)}`,
      })),
    ...design.offers.map((o) => ({ ...o, verdict: "needs other hardware" })),
  ];
  if (others.length > 0) terminal.out("Other ways\n");
  for (const { title, verdict, changes, needs } of others) {
    terminal.out(`  ${title} (${verdict})\n`);
    for (const change of changes) terminal.out(`    changes: ${wrap(change, 90, "             ")}\n`);
    for (const need of needs) terminal.out(`    needs:   ${wrap(need, 90, "             ")}\n`);
  }
}

function printKnobs({ terminal }: Context, knobs: DesignedPoint["outcome"]["knobs"]): void {
  const hz = (value: number) => formatQuantity(value, "frequency", 6);
  const sites = [
    ["  site", "flux Φ0", "f01", "gain tone", "amplitude", "loss tone", "amplitude"],
    ...knobs.sites.map((s) => [
      `  ${s.site}`,
      s.flux_quanta.toFixed(4),
      hz(s.drive01_hz),
      hz(s.gain_tone_hz),
      s.gain_amplitude.toFixed(4),
      hz(s.loss_tone_hz),
      s.loss_amplitude.toFixed(4),
    ]),
  ];
  terminal.out(`Sites\n${table(sites)}\n`);
  const kinds = new Map<string, { row: string[]; bonds: string[] }>();
  for (const bond of knobs.bonds) {
    const row = [
      `  J/2π = ${formatQuantity(bond.exchange_hz, "frequency")}`,
      `amplitude ${bond.amplitude.toFixed(4)}`,
      bond.modulation === null
        ? ""
        : `modulated at ${hz(bond.modulation.frequency_hz)} with J1/2π = ${formatQuantity(bond.modulation.exchange_hz, "frequency")}`,
      bond.coupler_hz === null ? "" : `coupler at ${hz(bond.coupler_hz)}`,
    ];
    const key = row.join();
    const kind = kinds.get(key) ?? { row, bonds: [] };
    kind.bonds.push(bond.bond.join("–"));
    kinds.set(key, kind);
  }
  if (kinds.size === 0) return;
  terminal.out("Bonds\n");
  for (const { row, bonds } of kinds.values()) {
    terminal.out(
      `${row.filter((cell) => cell !== "").join(", ")}\n    ${wrap(bonds.join(" "), 96, "    ")}\n`,
    );
  }
}
