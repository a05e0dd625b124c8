import type { Column, Value } from "#figures/computation";
import { csvText } from "#figures/csv";
import { axisValue, type MapRequest, mapGroups } from "#ir/map";
import { type MapPlanes, mapFlags, mapMethods, mapStates } from "#simulators/index";

/** One line a solved point: the two parameters, what it is and how that was found, averages and frequencies. */
export function mapCsv(request: MapRequest, planes: MapPlanes, title: string): string {
  const { x, y } = request;
  const two = mapGroups(request) === 2;
  const pair = <T>(values: readonly T[]): readonly T[] => (two ? values : values.slice(0, 1));
  const columns: Column[] = [
    { name: x.parameter, unit: "rate", about: "along x" },
    { name: y.parameter, unit: "rate", about: "along y" },
    { name: "state", unit: "", about: "none, partial or full synchronization" },
    { name: "breathing", unit: "", about: "1 when amplitudes oscillate" },
    {
      name: "irregular",
      unit: "",
      about: "1 for chaos, a torus of more frequencies or a transient without end",
    },
    { name: "multistable", unit: "", about: "1 where another stable state was met" },
    {
      name: "method",
      unit: "",
      about:
        "linear: nothing grows; followed: continued from a neighbour; explored: integrated until solved; integrated",
    },
    { name: "growth_rate", unit: "rate", about: "of the unsynchronized state" },
    { name: "order_parameter", unit: "1", about: two ? "mean |<S+>_A + <S+>_B|/2" : "mean |<S+>|" },
    ...pair<Column>([
      { name: "amplitude_a", unit: "1", about: "mean |<S+>| of group A" },
      { name: "amplitude_b", unit: "1", about: "mean |<S+>| of group B" },
    ]),
    ...pair<Column>([
      { name: "frequency_a", unit: "rate", about: "mean rotation rate of group A" },
      { name: "frequency_b", unit: "rate", about: "mean rotation rate of group B" },
    ]),
    ...pair<Column>([
      { name: "line_a", unit: "rate", about: "strongest line in the spectrum of group A" },
      { name: "line_b", unit: "rate", about: "strongest line in the spectrum of group B" },
    ]),
    ...(two ? [{ name: "relative_phase", unit: "rad", about: "of a locked state, phi_A - phi_B" }] : []),
    { name: "error", unit: "1", about: "estimate, of averages and frequencies" },
  ];
  const solved = [...planes.state.keys()].filter((k) => !Number.isNaN(planes.state[k]!));
  const records = solved.map((k): Value[] => {
    const flags = planes.flags[k]!;
    const number = (value: number): Value => (Number.isNaN(value) ? null : value);
    const at = (name: keyof MapPlanes) => number(planes[name][k]!);
    return [
      axisValue(x, k % x.points),
      axisValue(y, Math.floor(k / x.points)),
      mapStates[planes.state[k]!]!,
      flags & mapFlags.breathing ? 1 : 0,
      flags & mapFlags.irregular ? 1 : 0,
      flags & mapFlags.multistable ? 1 : 0,
      mapMethods[planes.method[k]!]!,
      at("growth_rate"),
      at("order_parameter"),
      ...pair([at("amplitude_a"), at("amplitude_b")]),
      ...pair([at("frequency_a"), at("frequency_b")]),
      ...pair([at("line_a"), at("line_b")]),
      ...(two ? [at("relative_phase")] : []),
      at("error"),
    ];
  });
  return csvText(title, columns, records);
}
