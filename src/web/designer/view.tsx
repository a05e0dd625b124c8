import { useEffect } from "preact/hooks";
import { Choice, ProblemPanel } from "../shell/parts.tsx";
import { useResource } from "../shell/use-resource.ts";
import { Diagram } from "./diagram.tsx";
import { Knob } from "./knobs.tsx";
import { DesignerLegend } from "./legend.tsx";
import { knobsOf, type ViewName, views } from "./model.ts";
import { ReachChart } from "./reach-chart.tsx";
import {
  aimAt,
  chooseProfile,
  chooseView,
  fitAxes,
  goalAnswer,
  goalBusy,
  ladder,
  map,
  mapProblem,
  pointProblem,
  profile,
  refining,
  startDesigner,
  sweepInFull,
  tooFine,
  view,
  viewName,
  zoom,
} from "./state.ts";
import { PointDetails, Verdict } from "./verdict.tsx";

interface Device {
  readonly name: string;
  readonly title: string;
  readonly platform?: string;
}

const goals = [
  ["synchronization", "synchronize"],
  ["interference-blockade", "interference blockade"],
  ["synchronization-blockade", "synchronization blockade"],
  ["lifetime", "longest coherence"],
] as const;

/** Knobs move, the operating point moves on the phase diagram, and says whether the device can. */
export function DesignerView() {
  useEffect(startDesigner, []);
  const problem = pointProblem.value ?? mapProblem.value;
  return (
    <>
      <h1>Designer</h1>
      <p class="lead-in">
        Which models a device can be. Turn the knobs, or take the point on the diagram: the colour is what the
        model does, the mark says whether the device makes it.
      </p>
      <div class="designer-grid">
        <Panel />
        <div class="middle">
          <section class="stage" aria-label="Phase diagram">
            <div class="bar">
              <span class="soft small" role="status">
                {mapText()}
              </span>
              <span class="zoom">
                <button type="button" aria-label="Zoom in" onClick={() => zoom(0.5)}>
                  +
                </button>
                <button type="button" aria-label="Zoom out" onClick={() => zoom(2)}>
                  −
                </button>
                <button type="button" onClick={() => fitAxes(true)}>
                  Fit
                </button>
                <button
                  type="button"
                  title="As a sweep, 257 points an edge"
                  onClick={() => void sweepInFull()}
                >
                  In full
                </button>
              </span>
            </div>
            <Diagram />
          </section>
          <DesignerLegend device={profile.value !== ""} />
        </div>
        <div class="side">
          {problem !== null && <ProblemPanel problem={problem} />}
          <Verdict />
          <ReachChart />
        </div>
      </div>
      <PointDetails />
    </>
  );
}

function mapText(): string {
  const current = map.value;
  if (current === null) return "drawing…";
  const { columns, rows } = current.planes;
  const what = current.preview === "growth" ? "linear stability" : `${columns} × ${rows} points solved`;
  if (refining.value) return `${what}, refining…`;
  return tooFine.value ? `${what}; a finer map takes longer: entrain map` : what;
}

function deviceOptions(devices: readonly Device[] | null): (readonly [string, string])[] {
  const known = (devices ?? [])
    .filter(({ platform }) => platform === undefined || platform === "transmon")
    .map(({ name, title }) => [name, `${name}: ${title}`] as const);
  const shown = known.length > 0 || profile.value === "" ? known : [[profile.value, profile.value] as const];
  return [...shown, ["", "no device, the model alone"]];
}

function Panel() {
  const devices = useResource<readonly Device[]>("v1/devices");
  return (
    <section class="panel" aria-label="Device and knobs">
      <Choice
        name="Device"
        value={profile.value}
        options={deviceOptions(devices.value)}
        onChange={chooseProfile}
      />
      <Choice
        name="Diagram"
        value={viewName.value}
        options={Object.entries(views).map(([name, { title }]) => [name, title] as const)}
        onChange={(name) => chooseView(name as ViewName)}
      />
      {knobsOf(view.value).map((name) => (
        <Knob key={name} name={name} />
      ))}
      <fieldset class="choice">
        <legend>Matrix elements of the map</legend>
        {(["boson", "spin-1"] as const).map((name) => (
          <label key={name}>
            <input
              type="radio"
              name="ladder"
              checked={ladder.value === name}
              onChange={() => {
                ladder.value = name;
              }}
            />
            {name === "boson" ? "boson, as transmons have" : "spin-1, as in the paper"}
          </label>
        ))}
      </fieldset>
      {profile.value !== "" && (
        <fieldset class="goals">
          <legend>Take me to a goal</legend>
          {goals.map(([goal, text]) => (
            <button key={goal} type="button" disabled={goalBusy.value} onClick={() => void aimAt(goal)}>
              {text}
            </button>
          ))}
          {goalBusy.value && (
            <span class="soft small" role="status">
              searching…
            </span>
          )}
          {goalAnswer.value !== null && !goalBusy.value && (
            <button
              type="button"
              class="quiet"
              onClick={() => {
                goalAnswer.value = null;
              }}
            >
              forget the goal
            </button>
          )}
        </fieldset>
      )}
    </section>
  );
}
