import { useEffect, useState } from "preact/hooks";
import { runStates } from "#ir/run";
import { query } from "../shell/api.ts";
import { moment } from "../shell/format.ts";
import { Badge, Choice, Command, Empty, Loading, ProblemPanel, toneOfOutcome } from "../shell/parts.tsx";
import { useResource } from "../shell/use-resource.ts";
import { isFinished, type RunHead, stateTexts, toneOfState } from "./answers.ts";
import { StartRun } from "./start.tsx";

interface Listing {
  readonly runs: readonly RunHead[];
  readonly damaged: readonly unknown[];
}

interface Filter {
  readonly title: string;
  readonly state: string;
  readonly outcome: string;
}

const outcomes = ["consistent", "inconsistent", "inconclusive", "none"] as const;

const noFilter: Filter = { title: "", state: "", outcome: "" };

/** Seconds between looks while something runs. */
const lookSeconds = 3;

export function RunList() {
  const [filter, setFilter] = useState(noFilter);
  const { value, problem, reload } = useResource<Listing>(`v1/runs${query({ limit: 200, ...filter })}`);
  const active = value?.runs.some((run) => !isFinished(run)) ?? false;
  useEffect(() => {
    if (!active) return;
    const timer = setInterval(reload, 1000 * lookSeconds);
    return () => clearInterval(timer);
  }, [active]);
  const filtered = filter !== noFilter && Object.values(filter).some((text) => text !== "");
  return (
    <>
      <h1>Runs</h1>
      <StartRun />
      <search>
        <form class="filters" onSubmit={(event) => event.preventDefault()}>
          <label class="field">
            Title
            <input
              type="search"
              value={filter.title}
              placeholder="part of a title"
              onInput={(event) => setFilter({ ...filter, title: event.currentTarget.value })}
            />
          </label>
          <Choice
            name="State"
            value={filter.state}
            options={[["", "any"], ...runStates.map((state) => [state, state] as const)]}
            onChange={(state) => setFilter({ ...filter, state })}
          />
          <Choice
            name="Verdict"
            value={filter.outcome}
            options={[["", "any"], ...outcomes.map((outcome) => [outcome, outcome] as const)]}
            onChange={(outcome) => setFilter({ ...filter, outcome })}
          />
        </form>
      </search>
      {problem !== null && <ProblemPanel problem={problem} retry={reload} />}
      {value === null && problem === null && <Loading what="Reading the runs" />}
      {value !== null &&
        value.runs.length === 0 &&
        (filtered ? <NothingFits onClear={() => setFilter(noFilter)} /> : <NoRuns />)}
      {value !== null && value.runs.length > 0 && <Table runs={value.runs} />}
      {value !== null && value.damaged.length > 0 && (
        <p class="soft">
          {value.damaged.length} folders in the store cannot be read; the command line says why.
        </p>
      )}
    </>
  );
}

function Table({ runs }: { runs: readonly RunHead[] }) {
  return (
    <div class="wide">
      <table class="list">
        <thead>
          <tr>
            <th scope="col">Run</th>
            <th scope="col">State</th>
            <th scope="col">Verdict</th>
            <th scope="col">When</th>
            <th scope="col">Protocol</th>
            <th scope="col">Device</th>
            <th scope="col">Driver</th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <tr key={run.id}>
              <td>
                <a href={`#/runs/${run.id}`}>{run.title}</a>
                <span class="soft small block">{run.id}</span>
              </td>
              <td>
                <Badge tone={toneOfState(run.state)}>{stateTexts[run.state] ?? run.state}</Badge>
              </td>
              <td>
                {run.outcome === null ? "–" : <Badge tone={toneOfOutcome(run.outcome)}>{run.outcome}</Badge>}
              </td>
              <td>{moment(run.created_at)}</td>
              <td>{run.protocol}</td>
              <td>
                <a href={`#/devices/${run.profile}`}>{run.profile}</a>
              </td>
              <td>{run.driver}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function NothingFits({ onClear }: { onClear: () => void }) {
  return (
    <Empty title="No run fits">
      <p>
        <button type="button" onClick={onClear}>
          Show all runs
        </button>
      </p>
    </Empty>
  );
}

function NoRuns() {
  return (
    <Empty title="No runs yet">
      <p>
        A run is one experiment carried out: planned, compiled, run on a device or on the emulator, analysed,
        and judged against its own prediction. Everything it was and found is kept, and appears here while it
        happens.
      </p>
      <p>The emulator needs no hardware; this takes about ten seconds:</p>
      <Command text="entrain run examples/transmon-onset.yaml" />
    </Empty>
  );
}
