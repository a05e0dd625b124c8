import { moment } from "../shell/format.ts";
import { Badge, Command, Empty, Loading, ProblemPanel } from "../shell/parts.tsx";
import { useResource } from "../shell/use-resource.ts";
import { isOver, type SweepAnswer } from "./answers.ts";

export function SweepList() {
  const { value, problem, reload } = useResource<{ readonly sweeps: readonly SweepAnswer[] }>("v1/sweeps");
  const missing = problem?.status === 404;
  const sweeps = value?.sweeps ?? [];
  return (
    <>
      <h1>Sweeps</h1>
      {problem !== null && !missing && <ProblemPanel problem={problem} retry={reload} />}
      {value === null && problem === null && <Loading what="Reading the sweeps" />}
      {(missing || (value !== null && sweeps.length === 0)) && <NoSweeps missing={missing} />}
      {sweeps.length > 0 && (
        <div class="wide">
          <table class="list">
            <thead>
              <tr>
                <th scope="col">Sweep</th>
                <th scope="col">State</th>
                <th scope="col">Axes</th>
                <th scope="col">Tiles</th>
                <th scope="col">When</th>
              </tr>
            </thead>
            <tbody>
              {sweeps.map((sweep) => {
                const { done, total } = sweep.tiles;
                const { x, y } = sweep.map;
                return (
                  <tr key={sweep.id}>
                    <td>
                      <a href={`#/sweeps/${sweep.id}`}>{sweep.id}</a>
                    </td>
                    <td>
                      <Badge tone={isOver(sweep) ? (sweep.state === "done" ? "good" : "bad") : "busy"}>
                        {sweep.state}
                      </Badge>
                    </td>
                    <td>
                      {y.parameter} against {x.parameter}, {x.points} × {y.points}
                    </td>
                    <td class="number">
                      {done} of {total}
                    </td>
                    <td>{sweep.created_at === undefined ? "–" : moment(sweep.created_at)}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}

function NoSweeps({ missing }: { missing: boolean }) {
  return (
    <Empty title={missing ? "This server keeps no sweeps" : "No sweeps yet"}>
      <p>
        A sweep is a map of long-time states, cut into tiles that any number of machines solve; it fills in
        here as the tiles arrive. The designer shows a coarse map at once; the same in full, on this machine
        alone:
      </p>
      <Command text="entrain map examples/maps/asymmetry.yaml --out maps" />
    </Empty>
  );
}
