import type { CountTable } from "#analysis/frequencies";
import { formatQuantity } from "#core/units";
import type { DriverDescription } from "#ir/driver";
import type { Estimates, Verdict } from "#ir/estimate";
import type { Experiment } from "#ir/experiment";
import { type Step, stepsAt } from "#ir/operations";
import type { Plan } from "#ir/plan";
import type { RunManifest } from "#ir/run";
import { scanPoints, sizesOf } from "#ir/scan";
import { calibrationBands } from "./bands.ts";
import {
  growthRateFigure,
  orderParameterFigure,
  orderParameterResiduals,
  populationsFigures,
} from "./curves.ts";
import { type ReportedSource, sourceNote, sourceTable } from "./data-source.ts";
import { declaredFigure, declaredResiduals } from "./declared-figures.ts";
import { deviceFigure, strongestPoint } from "./device-figure.ts";
import { type Html, html, raw } from "./html.ts";
import { concise, conciseFrequency, conciseQuantity, formatNumber, formatP } from "./numbers.ts";
import { onsetEstimates, onsetPrediction, seeksOnset } from "./onset-view.ts";
import { momentsOf, pullHistogramFigure, pullMapFigure } from "./pull-figures.ts";
import { pullsOf } from "./pulls.ts";
import { pageStyle } from "./style.ts";
import {
  assumptionsTable,
  findingsTable,
  operatingPointTable,
  provenanceTable,
  testsTable,
} from "./tables.ts";
import { timingFigure } from "./timing-figure.ts";

export interface ReportInput {
  readonly manifest: RunManifest;
  readonly experiment: Experiment;
  readonly profile: { readonly name: string; readonly title: string };
  readonly driver: Pick<DriverDescription, "kind" | "title" | "emulated" | "limits">;
  readonly plan: Plan;
  /** Counts of all records; null while some are missing. Figure 3 is drawn from them. */
  readonly counts: CountTable | null;
  /** Null while the run was not analysed; the figures then show the prediction alone. */
  readonly estimates: Estimates | null;
  readonly verdict: Verdict | null;
  /** How many records there are. */
  readonly records: number;
  /** Where data come from that are no run of the store. */
  readonly source?: ReportedSource;
}

/**
 * Report of a run: one HTML page that holds everything it shows. It asks nothing of the
 * network and runs no script (its content security policy says so), and the same input gives the same bytes.
 */
export function renderReport(input: ReportInput): string {
  const { manifest, plan } = input;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${manifest.id}: ${manifest.title}</title>
<style>${raw(pageStyle)}</style>
</head>
<body>
<main>
<header>
<h1>${manifest.title}</h1>
<p class="soft">${manifest.id} · ${input.profile.title} (${input.profile.name}) · protocol ${manifest.protocol} ·
${counted(plan.sites.length, ofCircuits(plan) ? "oscillator" : "site")}, ${counted(plan.bonds.length, "bond")} · ${input.source === undefined ? "started" : "file of"} ${timeText(manifest.created_at)}</p>
</header>
${banner(input)}
${originNote(input)}
${keyNumbers(input)}
<h2>Operating point</h2>
${operatingPointTable(plan)}
<h2>Results</h2>
${figures(input)}
${input.verdict === null ? [] : [html`<h2>Tests</h2>\n${testsTable(input.verdict)}`]}
<h2>Findings</h2>
${findingsTable(plan.findings)}
<h2>Assumptions</h2>
<p class="soft small">What no calibration snapshot knows; the plan, the prediction and, in an emulated run, the
emulator rest on these values.</p>
${assumptionsTable(plan)}
<h2>Provenance</h2>
${
  input.source === undefined
    ? provenanceTable(manifest, plan, input.experiment, input.records)
    : sourceTable(input.source, plan, input.experiment, manifest.profile_sha256)
}
</main>
</body>
</html>
`;
  return page.html;
}

const outcomes = {
  consistent: { mark: "✓", text: "Consistent with the prediction" },
  inconsistent: { mark: "✗", text: "Inconsistent with the prediction" },
  inconclusive: { mark: "?", text: "Inconclusive" },
} as const;

function banner({ verdict, manifest, records }: ReportInput): Html {
  if (verdict !== null) {
    const { mark, text } = outcomes[verdict.outcome];
    return html`<section class="banner ${verdict.outcome}" role="status">
<h2><span aria-hidden="true">${mark}</span> ${text}</h2>
${verdict.reasons.map((reason) => html`<p>${reason}</p>`)}
</section>`;
  }
  if (manifest.state === "failed") {
    return html`<section class="banner failed" role="status">
<h2><span aria-hidden="true">✗</span> The run failed</h2>
<p>${manifest.failure ?? "No reason was kept."}</p>
</section>`;
  }
  return html`<section class="banner unjudged" role="status">
<h2><span aria-hidden="true">…</span> Not judged yet</h2>
<p>${records} of ${manifest.records_expected} records are kept; the run is ${manifest.state}.</p>
</section>`;
}

/** What the reader must not overlook about where the data come from. */
function originNote({ driver, manifest, plan, source }: ReportInput): readonly Html[] {
  const notes: Html[] = source === undefined ? [] : [sourceNote(source)];
  if (driver.emulated) {
    notes.push(html`<aside class="note">
<p><strong>Emulated data, ${theoryWord(plan)}.</strong> No hardware was involved: the records come from “${driver.title}”.
Agreement shows that program, device model and analysis fit together; it is no evidence about nature.</p>
<p class="small">Prediction: ${plan.prediction.theory}.</p>
${driver.limits.map((limit) => html`<p class="small">${limit}</p>`)}
</aside>`);
  }
  if (manifest.program_replaced) {
    notes.push(html`<aside class="note">
<p><strong>Program given by hand.</strong> What ran is not what was compiled from this plan; the prediction is the
plan's.</p>
</aside>`);
  }
  return notes;
}

/** Whether circuits are run: no couplers to draw, no pulses in time. */
function ofCircuits({ measurement }: Plan): boolean {
  return measurement.observables !== undefined;
}

/** Which theory the emulator rests on. */
function theoryWord(plan: Plan): string {
  if (ofCircuits(plan)) return "density matrices of the circuits";
  const joint = plan.sites.length > plan.analysis.groups.length || plan.sites.length === 1;
  return joint ? "exact theory of the model" : "product-state theory";
}

interface Tile {
  readonly name: string;
  readonly value: string;
  readonly note: string;
}

function keyNumbers(input: ReportInput): Html {
  const { plan, verdict, records, manifest } = input;
  const tiles = seeksOnset(plan) ? onsetTiles(input) : resultTiles(input);
  if (verdict !== null) {
    if (verdict.synchronized !== null) {
      tiles.push({ name: "Synchronized", value: verdict.synchronized, note: "at the end of the scan" });
    }
    tiles.push({
      name: "Smallest p-value",
      value: formatP(verdict.p_value),
      note: `corrected for ${verdict.tests.length} tests; significance ${formatNumber(verdict.significance)}`,
    });
  }
  tiles.push({
    name: "Records",
    value: `${records} of ${manifest.records_expected}`,
    note: `${plan.cost.points} points × ${plan.cost.settings} settings × ${manifest.shots} shots`,
  });
  return html`<dl class="key">${tiles.map(
    ({ name, value, note }) => html`<div><dt>${name}</dt><dd>${value}<small>${note}</small></dd></div>`,
  )}</dl>`;
}

const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? "" : "s"}`;

function onsetTiles({ plan, estimates: found }: ReportInput): Tile[] {
  const prediction = onsetPrediction(plan);
  const estimates = found && onsetEstimates(plan, found);
  const predicted = prediction.onset_hz;
  const measured = estimates?.onset_hz ?? null;
  const tiles: Tile[] = [
    {
      name: "Onset J/2π, predicted",
      value: predicted === null ? "none" : formatQuantity(predicted, "frequency"),
      note: "linear stability",
    },
    {
      name: "Onset J/2π, measured",
      value: measured === null ? (estimates === null ? "–" : "none seen") : conciseFrequency(measured),
      note:
        measured !== null && predicted !== null && measured.error > 0
          ? `${signed((measured.value - predicted) / measured.error)} σ from the prediction`
          : "1σ in parentheses",
    },
  ];
  if (estimates !== null) {
    const k = strongestPoint(estimates.exchange_hz);
    tiles.push({
      name: "Order parameter |⟨A†⟩|",
      value: concise(estimates.order_parameter[k]!),
      note: `at ${formatQuantity(estimates.exchange_hz[k]!, "frequency")}; predicted ${prediction.order_parameter[k]!.toFixed(4)}`,
    });
  }
  return tiles;
}

/** Every result of the analysis, measured beside predicted. */
function resultTiles({ plan, estimates }: ReportInput): Tile[] {
  return plan.analysis.results.map(({ id, title, unit }) => {
    const predicted = plan.prediction.results.find((result) => result.id === id)!.value;
    const measured = estimates?.results.find((result) => result.id === id)?.measured ?? null;
    const expected =
      predicted === null
        ? "none predicted"
        : `predicted ${conciseQuantity({ value: predicted, error: 0 }, unit)}`;
    const off =
      measured !== null && predicted !== null && measured.error > 0
        ? `, ${signed((measured.value - predicted) / measured.error)} σ`
        : "";
    return {
      name: title,
      value: measured === null ? (estimates === null ? "–" : "none seen") : conciseQuantity(measured, unit),
      note: `${expected}${off}`,
    };
  });
}

export interface Figure {
  /** Drawings one below the other; none where there is nothing to draw. */
  readonly svgs: readonly string[];
  readonly title: string;
  readonly text: string;
}

/** The figures of a report, in its order. */
export function figuresOf(input: ReportInput): readonly Figure[] {
  const own = seeksOnset(input.plan) ? onsetFigures(input) : declaredFigures(input);
  return ofCircuits(input.plan) ? own : [...own, timing(input)];
}

function figures(input: ReportInput): readonly Html[] {
  return figuresOf(input).map((figure, k) => {
    const number = k + 1;
    if (figure.svgs.length === 0) {
      return html`<figure id="fig-${number}"><figcaption><b>Figure ${number}. ${figure.title}.</b> ${figure.text}</figcaption></figure>
`;
    }
    return html`<figure id="fig-${number}">
<div class="sheet">${figure.svgs.map(raw)}</div>
<figcaption><b>Figure ${number}. ${figure.title}.</b> ${figure.text}</figcaption>
</figure>
`;
  });
}

function missingText({ estimates }: ReportInput): string {
  return estimates === null ? " The run has no estimates yet: only the prediction is shown." : "";
}

/** Figures that the protocol's analysis declares, and the pulls. */
function declaredFigures(input: ReportInput): Figure[] {
  const { plan, estimates } = input;
  const bands = calibrationBands(plan);
  return [
    ...plan.analysis.figures.map((declaration) => ({
      svgs: [
        declaredFigure(declaration, plan, estimates, bands),
        ...(estimates === null ? [] : [declaredResiduals(declaration, plan, estimates, bands)]),
      ],
      title: declaration.title,
      text: `${declaration.caption} Dots: measured, bars ±1σ of counting noise; lines: prediction, bands ±1σ of what calibration leaves open.${estimates === null ? "" : " Below: data minus prediction, the prediction's ±1σ as pale bars."}${missingText(input)}`,
    })),
    pulls(input),
    ...(ofCircuits(plan)
      ? []
      : [
          {
            svgs: [deviceFigure(plan, null)],
            title: "Coupling graph",
            text: `The ${plan.sites.length} sites and ${plan.bonds.length} tunable couplings.`,
          },
        ]),
  ];
}

function onsetFigures(input: ReportInput): Figure[] {
  const { plan } = input;
  const prediction = onsetPrediction(plan);
  const estimates = input.estimates && onsetEstimates(plan, input.estimates);
  const count = plan.sites.length;
  const missing = missingText(input);
  const band = calibrationBands(plan).get("order_parameter")?.values ?? [];
  const strongest = formatQuantity(
    prediction.exchange_hz[strongestPoint(prediction.exchange_hz)]!,
    "frequency",
  );
  return [
    {
      svgs: [
        orderParameterFigure(prediction, estimates, band),
        ...(estimates === null ? [] : [orderParameterResiduals(prediction, estimates, band)]),
      ],
      title: "Order parameter against exchange",
      text: `Dots: |Σᵢ⟨A†ᵢ⟩|/N of ${count} sites from tomography, corrected for read-out errors and for the bias of a modulus; bars ±1σ of counting noise, often smaller than the dot. Line: the same quantity as the prediction expects it; pale about it: ±1σ of what calibration leaves open. Dashed: exchange at which the unsynchronized state loses stability. Upright band: onset fitted to the data.${estimates === null ? "" : " Below: data minus prediction, the prediction's ±1σ as pale bars."}${missing}`,
    },
    {
      svgs: populationsFigures(prediction, estimates),
      title: "Populations against exchange",
      text: `Mean populations of levels 0, 1 and 2 when the coupled evolution ends, measured (symbols, ±1σ) and predicted (lines); mind the different scales. Gain and loss empty levels 0 and 2 into level 1; synchronization brings them back.${missing}`,
    },
    pulls(input),
    {
      svgs: [growthRateFigure(prediction, estimates)],
      title: "Growth rate of the unsynchronized state",
      text: "Largest real part of the spectrum of the linearisation about the uncoupled steady state, with the device's unwanted channels and frequency spread. Where it is positive a small coherence grows.",
    },
    {
      svgs: [deviceFigure(plan, estimates)],
      title: estimates === null ? "Coupling graph" : "Sites of the device",
      text:
        estimates === null
          ? `The ${count} sites and ${plan.bonds.length} tunable couplings.${missing}`
          : `Measured |⟨A†ᵢ⟩| of every site at J/2π = ${strongest} (colour, and number with its standard error). Arrows: phase of ⟨A†ᵢ⟩ relative to the group, to the right when in phase, turned counter-clockwise when leading; left out where the amplitude is below 3σ. Lines are tunable couplings.`,
    },
  ];
}

function pulls({ plan, counts, records, manifest }: ReportInput): Figure {
  const title = "Pulls of the outcome frequencies";
  if (counts === null) {
    return {
      svgs: [],
      title,
      text: `Not drawn: ${records} of ${manifest.records_expected} records are there.`,
    };
  }
  const found = pullsOf(counts, plan.prediction);
  const { mean, deviation } = momentsOf(found);
  const single = plan.analysis.groups.every((group) => group.length === 1);
  const [rows, what] = single ? ["site", "assigned level, site"] : ["joint outcome", "joint outcome"];
  return {
    svgs: [pullMapFigure(found, plan), pullHistogramFigure(found)],
    title,
    text: `Difference between measured and predicted frequency over its standard error, for every setting, ${what} and point of the scan; ${plan.analysis.free_phase ? "common phase and " : ""}calibration errors fitted within their prior. Structure along a row points to a ${rows}, along a column to a point of the scan. Below: their distribution over a unit normal; mean ${formatNumber(mean, 2)}, standard deviation ${formatNumber(deviation, 3)}, ${found.length} frequencies (those expected in fewer than five shots left out).`,
  };
}

/** Steps at the last point of the scan. */
function lastSteps({ operations, axes }: Plan): Step[] {
  return stepsAt(operations, sizesOf(axes), scanPoints(axes).at(-1)!);
}

function timing({ plan }: ReportInput): Figure {
  const drawn = timingFigure(
    lastSteps(plan),
    plan.axes.some(({ name }) => name === "exchange"),
  );
  return {
    svgs: [drawn.svg],
    title: "One shot",
    text: `What is on, and when, at ${plan.axes.length > 1 ? "the last" : "one"} point of the scan. Times run to the right; pulses, reset and read-out are not to scale${drawn.broken ? ", nor are pieces marked //, which are drawn longer than they are (ratios beyond 20)" : ""}. The measurement repeats the shot with each of ${plan.cost.settings} settings, which use one drive at a time.`,
  };
}

function signed(value: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(1)}`;
}

/** `2026-03-04T05:06:07.890Z` → `2026-03-04 05:06 UTC`. */
export function timeText(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}
