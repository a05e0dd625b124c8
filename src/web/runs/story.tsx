import { useEffect, useRef, useState } from "preact/hooks";
import { stepsAt } from "#ir/operations";
import type { Plan } from "#ir/plan";
import { scanPoints, sizesOf } from "#ir/scan";
import { LineChart } from "../charts/line-chart.tsx";
import { TimingDiagram } from "../charts/timing.tsx";
import { getJson, type ProblemDetails, postJson, problemOf, request } from "../shell/api.ts";
import { follow } from "../shell/events.ts";
import { moment, number, probability, quantity, seconds, withError } from "../shell/format.ts";
import { Badge, Loading, ProblemPanel, sentence, toneOfOutcome } from "../shell/parts.tsx";
import { token } from "../shell/session.ts";
import { isFinished, type RunAnswer, stateTexts, toneOfState } from "./answers.ts";
import { axisLabel, figuresOf, seriesOfFigure } from "./series-of-figure.ts";

interface Progress {
  readonly recorded: number;
  readonly expected: number;
}

/** Everything about one run, while it happens and ever after. */
export function RunStory({ id }: { id: string }) {
  const [answer, setAnswer] = useState<RunAnswer | null>(null);
  const [problem, setProblem] = useState<ProblemDetails | null>(null);
  const [progress, setProgress] = useState<Progress | null>(null);
  const path = `v1/runs/${encodeURIComponent(id)}`;
  const bearer = token.value;
  useEffect(() => {
    let ended = false;
    let stop = () => {};
    const look = async (): Promise<boolean> => {
      const found = await getJson<RunAnswer>(path);
      if (ended) return false;
      setAnswer(found);
      setProblem(null);
      return !isFinished(found.manifest);
    };
    look().then(
      (goesOn) => {
        if (!goesOn || ended) return;
        stop = follow(
          `${path}/events`,
          ({ name, data }) => {
            if (name === "progress") setProgress(data as Progress);
            // What has changed is more than a word: the estimates come with the state.
            if (name === "state" || name === "judged") look().catch((error) => setProblem(problemOf(error)));
          },
          look,
        );
      },
      (error) => setProblem(problemOf(error)),
    );
    return () => {
      ended = true;
      stop();
    };
  }, [path, bearer]);

  if (problem !== null) return <ProblemPanel problem={problem} />;
  if (answer === null) return <Loading what="Reading the run" />;
  return <Story answer={answer} progress={progress} path={path} />;
}

function Story({ answer, progress, path }: { answer: RunAnswer; progress: Progress | null; path: string }) {
  const { manifest, plan, verdict } = answer;
  return (
    <>
      <p class="crumbs">
        <a href="#/runs">Runs</a> / {manifest.id}
      </p>
      <h1>{manifest.title}</h1>
      <p class="soft">
        {manifest.protocol} on <a href={`#/devices/${manifest.profile}`}>{manifest.profile}</a>, driver{" "}
        {manifest.driver}, {moment(manifest.created_at)}
      </p>
      {verdict === null ? (
        <Standing answer={answer} progress={progress} path={path} />
      ) : (
        <VerdictPanel answer={answer} />
      )}
      {manifest.driver === "emulator" && (
        <p class="notice">
          <b>Emulated data.</b> No hardware was involved: agreement shows that program, device model and
          analysis fit together; it is no evidence about nature.
        </p>
      )}
      {manifest.program_replaced && (
        <p class="notice">
          <b>Program given by hand.</b> What ran is not what was compiled from this plan.
        </p>
      )}
      <Results answer={answer} />
      {plan !== null && <Figures answer={answer} plan={plan} />}
      {plan !== null && <Timing plan={plan} />}
      {plan !== null && <PlanTables plan={plan} />}
      <Provenance answer={answer} path={path} />
    </>
  );
}

/** A run without a verdict: how far it is, and what an operator can do. */
function Standing({
  answer,
  progress,
  path,
}: {
  answer: RunAnswer;
  progress: Progress | null;
  path: string;
}) {
  const { manifest } = answer;
  const [problem, setProblem] = useState<ProblemDetails | null>(null);
  const failed = manifest.state === "failed";
  const expected = progress?.expected ?? manifest.records_expected;
  const act = (verb: string) => {
    postJson(`${path}/${verb}`).then(
      () => setProblem(null),
      (error) => setProblem(problemOf(error)),
    );
  };
  return (
    <section class={`verdict ${failed ? "bad" : "open"}`} aria-live="polite">
      <h2>
        <Badge tone={toneOfState(manifest.state)}>{stateTexts[manifest.state] ?? manifest.state}</Badge>
      </h2>
      {failed && <p>{sentence(manifest.failure ?? "no reason was kept")}</p>}
      {!isFinished(manifest) && (
        <>
          <label class="progress">
            {progress === null ? "Records" : `${progress.recorded} of ${expected} records`}
            <progress max={expected} {...(progress === null ? {} : { value: progress.recorded })} />
          </label>
          <p class="actions">
            {manifest.state === "paused" ? (
              <button type="button" onClick={() => act("resume")}>
                Resume
              </button>
            ) : (
              <button type="button" onClick={() => act("pause")}>
                Pause
              </button>
            )}
            <button type="button" onClick={() => act("cancel")}>
              Cancel the run
            </button>
          </p>
        </>
      )}
      {problem !== null && <ProblemPanel problem={problem} />}
    </section>
  );
}

const outcomeTexts = {
  consistent: "Consistent with the prediction",
  inconsistent: "Inconsistent with the prediction",
  inconclusive: "Inconclusive",
} as const;
const outcomeMarks = { consistent: "✓", inconsistent: "✕", inconclusive: "?" } as const;

function VerdictPanel({ answer }: { answer: RunAnswer }) {
  const verdict = answer.verdict!;
  return (
    <section class={`verdict ${toneOfOutcome(verdict.outcome)}`}>
      <h2>
        <span aria-hidden="true">{outcomeMarks[verdict.outcome]}</span> {outcomeTexts[verdict.outcome]}
      </h2>
      {verdict.reasons.map((reason) => (
        <p key={reason}>{sentence(reason)}</p>
      ))}
      <details>
        <summary>Tests ({verdict.tests.length})</summary>
        <div class="wide">
          <table>
            <thead>
              <tr>
                <th scope="col">Passed</th>
                <th scope="col">Test</th>
                <th scope="col">Statistic</th>
                <th scope="col">Degrees of freedom</th>
                <th scope="col">p-value</th>
                <th scope="col">Rejects below</th>
              </tr>
            </thead>
            <tbody>
              {verdict.tests.map((test) => (
                <tr key={test.name}>
                  <td>{test.passed ? "✓" : "✕ no"}</td>
                  <td>{test.name}</td>
                  <td class="number">{number(test.statistic)}</td>
                  <td class="number">{number(test.degrees_of_freedom)}</td>
                  <td class="number">{probability(test.p_value)}</td>
                  <td class="number">{probability(test.threshold)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </section>
  );
}

function Results({ answer: { plan, estimates, verdict } }: { answer: RunAnswer }) {
  if (plan === null) return null;
  return (
    <dl class="tiles">
      {plan.analysis.results.map(({ id, title, unit }) => {
        const predicted = plan.prediction.results.find((entry) => entry.id === id)?.value ?? null;
        const measured = estimates?.results.find((entry) => entry.id === id)?.measured ?? null;
        return (
          <div key={id}>
            <dt>{title}</dt>
            <dd>
              {measured === null
                ? estimates === null
                  ? "–"
                  : "none seen"
                : withError(measured.value, measured.error, unit)}
            </dd>
            <dd class="soft small">
              {predicted === null ? "none predicted" : `predicted ${quantity(predicted, unit)}`}
            </dd>
          </div>
        );
      })}
      {verdict !== null && (
        <div>
          <dt>Smallest p-value</dt>
          <dd>{probability(verdict.p_value)}</dd>
          <dd class="soft small">significance {number(verdict.significance)}</dd>
        </div>
      )}
    </dl>
  );
}

function Figures({ answer, plan }: { answer: RunAnswer; plan: Plan }) {
  const { estimates } = answer;
  return (
    <section aria-labelledby="data-title">
      <h2 id="data-title">Data against prediction</h2>
      {estimates === null && <p class="soft">The run has no estimates yet: only the prediction is drawn.</p>}
      {figuresOf(plan).map((figure) => {
        const axis = plan.axes.find(({ name }) => name === figure.axis);
        return (
          <figure key={figure.title}>
            <figcaption>
              <b>{figure.title}</b> {figure.caption}
            </figcaption>
            <LineChart
              title={figure.title}
              series={seriesOfFigure(figure, plan, estimates)}
              xLabel={axis ? axisLabel(axis) : figure.axis}
              yLabel={figure.label}
              {...(figure.phase ? { ySpan: [-190, 190] as const, residuals: false } : {})}
            />
          </figure>
        );
      })}
      <p class="soft small">Prediction: {plan.prediction.theory}.</p>
    </section>
  );
}

function Timing({ plan }: { plan: Plan }) {
  const points = scanPoints(plan.axes);
  const [index, setIndex] = useState(points.length - 1);
  const steps = stepsAt(plan.operations, sizesOf(plan.axes), points[index]!);
  const differs = plan.operations.some(({ kind }) => kind === "choose");
  return (
    <section aria-labelledby="timing-title">
      <h2 id="timing-title">One shot</h2>
      {differs && (
        <label class="field">
          Point {index + 1} of {points.length}
          <input
            type="range"
            min={0}
            max={points.length - 1}
            value={index}
            onInput={(event) => setIndex(event.currentTarget.valueAsNumber)}
          />
        </label>
      )}
      <TimingDiagram steps={steps} scanned={plan.axes.some(({ name }) => name === "exchange")} />
      <p class="soft small">
        What is on, and when. Pulses, reset and read-out are not to scale, nor are pieces marked with two
        strokes. The shot is repeated with each of {plan.cost.settings} settings.
      </p>
    </section>
  );
}

function PlanTables({ plan }: { plan: Plan }) {
  return (
    <>
      <section aria-labelledby="operating-title">
        <h2 id="operating-title">Operating point</h2>
        <div class="wide">
          <table>
            <tbody>
              {plan.operating_point.map((entry) => (
                <tr key={entry.name}>
                  <th scope="row">{entry.name}</th>
                  <td>{entry.text}</td>
                  <td class="soft">{entry.note}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <p class="soft small">
          {plan.cost.points} points × {plan.cost.settings} settings, {plan.cost.shots.toLocaleString()} shots,{" "}
          {seconds(plan.cost.duration_s)} on the device.
        </p>
      </section>
      <section aria-labelledby="run-findings-title">
        <h2 id="run-findings-title">Findings</h2>
        {plan.findings.length === 0 && <p class="soft">None: nothing stands in the way of this plan.</p>}
        <ul class="plain findings">
          {plan.findings.map((f) => (
            <li key={`${f.code}${f.title}`}>
              <Badge tone={f.severity === "error" ? "bad" : f.severity === "warning" ? "open" : "note"}>
                {f.code}
              </Badge>{" "}
              <b>{f.title}.</b> {sentence(f.message)}{" "}
              <span class="soft">{f.help === "" ? "" : sentence(f.help)}</span>
            </li>
          ))}
        </ul>
      </section>
      <details>
        <summary>Assumptions ({plan.assumptions.length})</summary>
        <div class="wide">
          <table>
            <thead>
              <tr>
                <th scope="col">What</th>
                <th scope="col">Value</th>
                <th scope="col">Source</th>
              </tr>
            </thead>
            <tbody>
              {plan.assumptions.map((a) => (
                <tr key={a.name}>
                  <th scope="row">{a.name}</th>
                  <td>{a.value}</td>
                  <td class="soft">{a.source}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </>
  );
}

function Provenance({ answer, path }: { answer: RunAnswer; path: string }) {
  const { manifest } = answer;
  const rows: readonly (readonly [string, string])[] = [
    ["Run", `${manifest.id}, ${manifest.uuid}`],
    ["Target", manifest.target],
    ["Program", manifest.program_sha256],
    ["Profile", manifest.profile_sha256],
    ["Shots, seed", `${manifest.shots}, ${manifest.seed}`],
    ["Created, changed", `${moment(manifest.created_at)}, ${moment(manifest.updated_at)}`],
    ...Object.entries(manifest.versions),
  ];
  return (
    <section aria-labelledby="provenance-title">
      <h2 id="provenance-title">Provenance</h2>
      <div class="wide">
        <table>
          <tbody>
            {rows.map(([name, value]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>
                  <code>{value}</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Downloads path={path} id={manifest.id} answer={answer} />
    </section>
  );
}

/** Files to take away; asked for with the token, which a plain link would not carry. */
function Downloads({ path, id, answer }: { path: string; id: string; answer: RunAnswer }) {
  const [problem, setProblem] = useState<ProblemDetails | null>(null);
  const link = useRef<HTMLAnchorElement>(null);
  const save = (blob: Blob, name: string) => {
    const target = link.current;
    if (!target) return;
    const url = URL.createObjectURL(blob);
    target.href = url;
    target.download = name;
    target.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  };
  const fetched = (from: string, name: string) => {
    request(`${path}/${from}`).then(
      async (response) => {
        setProblem(null);
        save(await response.blob(), name);
      },
      (error) => setProblem(problemOf(error)),
    );
  };
  return (
    <>
      <p class="actions">
        <button type="button" onClick={() => fetched("records", `${id}.records.ndjson`)}>
          Download the records
        </button>
        <button
          type="button"
          onClick={() =>
            save(new Blob([JSON.stringify(answer, null, 1)], { type: "application/json" }), `${id}.json`)
          }
        >
          Download plan, estimates, verdict
        </button>
      </p>
      {/* biome-ignore lint/a11y/useAnchorContent: never seen, only clicked by the program */}
      <a ref={link} hidden href="#/runs" aria-hidden="true" tabIndex={-1} />
      {problem !== null && <ProblemPanel problem={problem} />}
    </>
  );
}
