import { formatQuantity } from "#core/units";
import type { Verdict } from "#ir/estimate";
import type { Experiment } from "#ir/experiment";
import type { Finding } from "#ir/finding";
import type { Plan } from "#ir/plan";
import type { RunManifest } from "#ir/run";
import { type Html, html } from "./html.ts";
import { formatNumber, formatP } from "./numbers.ts";

/** A hyphen before a digit is a minus. */
function withMinus(text: string): string {
  return text.replace(/(^|\s)-(?=\d)/g, "$1−");
}

const suffixes: readonly (readonly [string, (value: number) => string])[] = [
  ["_per_s", (value) => `${formatNumber(value)} /s`],
  ["_hz", (value) => formatQuantity(value, "frequency")],
  ["_rad", (value) => `${formatNumber(value)} rad`],
  ["_s", (value) => formatQuantity(value, "time")],
  ["_k", (value) => formatQuantity(value, "temperature")],
];

/** `spread_hz`, 8e6 → name `spread` and `8 MHz`: names of numbers carry their unit. */
function describeNumber(name: string, value: number): Html {
  const found = suffixes.find(([suffix]) => name.endsWith(suffix));
  const bare = found === undefined ? name : name.slice(0, -found[0].length);
  const text = found === undefined ? formatNumber(value) : withMinus(found[1](value));
  return html`${bare.replaceAll("_", " ")} <b>${text}</b>`;
}

export function operatingPointTable(plan: Plan): Html {
  return html`<div class="wide"><table>
<thead><tr><th>Quantity</th><th class="number">Value</th><th>How</th></tr></thead>
<tbody>${plan.operating_point.map(
    (entry) =>
      html`<tr><td>${entry.name}</td><td class="number">${withMinus(entry.text)}</td><td class="soft">${withMinus(entry.note)}</td></tr>\n`,
  )}</tbody>
</table></div>`;
}

export function testsTable(verdict: Verdict): Html {
  return html`<div class="wide"><table>
<thead><tr><th>Test</th><th class="number">Statistic</th><th class="number">Expected</th><th class="number">p-value</th><th class="number">Rejects below</th><th>Result</th></tr></thead>
<tbody>${verdict.tests.map(
    (test) =>
      html`<tr><td>${test.name}</td><td class="number">${test.statistic.toFixed(1)}</td><td class="number">${test.degrees_of_freedom.toFixed(1)}</td><td class="number">${formatP(test.p_value)}</td><td class="number">${formatP(test.threshold)}</td><td>${test.passed ? "✓ passed" : "✗ rejected"}</td></tr>\n`,
  )}</tbody>
</table></div>
<p class="soft small">The tests share a significance of ${formatNumber(verdict.significance)}: the probability that a run
which follows the prediction is called inconsistent.</p>`;
}

const severities = { error: "✗ error", warning: "! warning", info: "i info" } as const;

export function findingsTable(findings: readonly Finding[]): Html {
  if (findings.length === 0) return html`<p class="soft">None.</p>`;
  const order = ["error", "warning", "info"] as const;
  const sorted = order.flatMap((severity) => findings.filter((finding) => finding.severity === severity));
  return html`<div class="wide"><table>
<thead><tr><th>Code</th><th>Severity</th><th>Finding</th><th>Numbers</th></tr></thead>
<tbody>${sorted.map(
    (finding) => html`<tr>
<td>${finding.code}</td>
<td><span class="severity ${finding.severity}">${severities[finding.severity]}</span></td>
<td><strong>${finding.title}</strong>${finding.where.length === 0 ? [] : [html` <span class="soft">(${finding.where.join(", ")})</span>`]}<br>
${finding.message}${finding.help === "" ? [] : [html`<br><span class="soft">→ ${finding.help}</span>`]}</td>
<td class="small">${Object.entries(finding.numbers).map(
      ([name, value]) => html`<div class="pair">${describeNumber(name, value)}</div>`,
    )}</td>
</tr>
`,
  )}</tbody>
</table></div>`;
}

export function assumptionsTable(plan: Plan): Html {
  if (plan.assumptions.length === 0) return html`<p class="soft">None.</p>`;
  return html`<div class="wide"><table>
<thead><tr><th>Assumption</th><th class="number">Value</th><th>Source</th></tr></thead>
<tbody>${plan.assumptions.map(
    (assumption) =>
      html`<tr><td><code>${assumption.name}</code></td><td class="number">${assumption.value}</td><td class="soft">${assumption.source}</td></tr>\n`,
  )}</tbody>
</table></div>`;
}

export function provenanceTable(
  manifest: RunManifest,
  plan: Plan,
  experiment: Experiment,
  records: number,
): Html {
  const rows: [string, Html][] = [
    ["Run", html`${manifest.id} <code>${manifest.uuid}</code>`],
    ["State", html`${manifest.state}${manifest.failure === null ? "" : `: ${manifest.failure}`}`],
    ["Created", html`${manifest.created_at}`],
    ["Last changed", html`${manifest.updated_at}`],
    ["Driver", html`${manifest.driver}`],
    ["Target", html`${manifest.target}`],
    ["Platform", html`${plan.platform}`],
    ["Device profile", html`${manifest.profile}, sha256 <code>${manifest.profile_sha256}</code>`],
    [
      "Program",
      html`${manifest.program_replaced ? "given by hand" : "compiled from the plan"}, sha256 <code>${manifest.program_sha256}</code>`,
    ],
    ["Seed", html`${manifest.seed}`],
    ["Shots", html`${manifest.shots} a setting and point`],
    ["Records", html`${records} of ${manifest.records_expected}`],
    ["Device time", html`${formatQuantity(plan.cost.duration_s, "time", 3)} as planned`],
    ["Significance", html`${formatNumber(experiment.significance)}`],
    ["Theory", html`${plan.prediction.theory}`],
    [
      "Versions",
      html`${Object.entries(manifest.versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(", ")}`,
    ],
    ["Parameters", html`<code>${JSON.stringify(experiment.protocol)}</code>`],
  ];
  const overrides = Object.keys(experiment.device.assume);
  if (overrides.length > 0) rows.push(["Assumptions overridden", html`${overrides.join(", ")}`]);
  return html`<div class="wide"><table><tbody>${rows.map(
    ([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>\n`,
  )}</tbody></table></div>`;
}
