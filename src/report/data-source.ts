import type { Experiment } from "#ir/experiment";
import type { Plan } from "#ir/plan";
import { type Html, html } from "./html.ts";
import { formatNumber } from "./numbers.ts";

/** Data that no run of the store holds: where they come from. */
export interface ReportedSource {
  readonly file: string;
  readonly format: string;
  readonly bytes: number;
  /** When the file was last changed, ISO. */
  readonly modified: string;
  readonly provenance: readonly (readonly [name: string, value: string])[];
  readonly notes: readonly string[];
}

/** What a reader must know before trusting the comparison. */
export function sourceNote({ file, notes }: ReportedSource): Html {
  return html`<aside class="note">
<p><strong>Data from a file.</strong> ${file} is compared with the prediction of the experiment named above; how the data
were taken is known only as far as the file says (see Provenance).</p>
${notes.map((note) => html`<p class="small">${note}</p>`)}
</aside>`;
}

export function sourceTable(
  source: ReportedSource,
  plan: Plan,
  experiment: Experiment,
  profileSha256: string,
): Html {
  const rows: [string, Html][] = [
    ["File", html`<code>${source.file}</code>, ${source.bytes} bytes, last changed ${source.modified}`],
    ["Format", html`${source.format}`],
    ...source.provenance.map(([name, value]): [string, Html] => [
      `File: ${name}`,
      html`<code>${value}</code>`,
    ]),
    ["Compared with", html`${experiment.title}`],
    ["Platform", html`${plan.platform}`],
    ["Device profile", html`${plan.profile}, sha256 <code>${profileSha256}</code>`],
    ["Shots", html`${experiment.shots} a setting and point`],
    ["Significance", html`${formatNumber(experiment.significance)}`],
    ["Theory", html`${plan.prediction.theory}`],
    ["Parameters", html`<code>${JSON.stringify(experiment.protocol)}</code>`],
  ];
  const overrides = Object.keys(experiment.device.assume);
  if (overrides.length > 0) rows.push(["Assumptions overridden", html`${overrides.join(", ")}`]);
  return html`<div class="wide"><table><tbody>${rows.map(
    ([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>\n`,
  )}</tbody></table></div>`;
}
