import { type EntrainError, invalidInput } from "#core/errors";
import { graphFactors, oneGroup, twoGroups } from "#devices/transmon/inverse/graph";
import { deviceReach } from "#devices/transmon/inverse/reach";
import { isWithinReach } from "#devices/transmon/inverse/reachable";
import { parseTransmonProfile, type TransmonProfile } from "#devices/transmon/schema";
import { type DesignRequest, type DesignTarget, type Goal, parseDesignRequest } from "#ir/design";
import { axisValue, type MapAxis, type MapRequest, mapGroups, parseMapRequest, pointModels } from "#ir/map";
import { encodePreview, kindCode, type PreviewName } from "#ir/preview";
import { profileHeadSchema } from "#ir/profile";
import { reachableRegion } from "#maps/region-model";
import { designDevice } from "#planning/inverse/design-device";
import { designDocument } from "#planning/inverse/design-document";
import { createWorkbench } from "#planning/inverse/workbench";
import { loadProfileDocument } from "#planning/load";
import { mapFlows } from "#simulators/phase-diagram/compiled-flow";
import type { Tile } from "#simulators/phase-diagram/map";
import { createMapSolver, planeBytes, planesOver } from "#simulators/phase-diagram/map";

/** A device and a model on it, in units of γ₋. */
export interface ModelSetting {
  readonly target: DesignTarget;
  readonly groups: 1 | 2;
}

/** What a knob's move asks for. */
export type DesignerJob =
  | ({ readonly kind: "point"; readonly profile: string } & ModelSetting)
  | ({
      readonly kind: "reach";
      readonly profile: string;
      readonly strategy: "any" | "natural";
      readonly x: MapAxis;
      readonly y: MapAxis;
    } & ModelSetting)
  | { readonly kind: "preview"; readonly preview: Exclude<PreviewName, "reach">; readonly request: unknown }
  | { readonly kind: "region"; readonly profile: string; readonly gain: number }
  | { readonly kind: "goal"; readonly profile: string; readonly goal: Goal; readonly margin: number };

/** Thrown inside when whoever asked has gone. */
export class CalledOff extends Error {}

const leakage = 0.01;
const profiles = new Map<string, TransmonProfile>();

/**
 * Does a job.
 *
 * @param calledOff - asked between tiles of a map
 * @throws EntrainError as `design` and `map` do; CalledOff
 */
export function performDesignerJob(job: DesignerJob, calledOff: () => boolean): unknown {
  switch (job.kind) {
    case "point":
      return designedPoint(job);
    case "reach":
      return reachPlane(job);
    case "preview":
      return job.preview === "growth"
        ? growthPlanes(parseMapRequest(job.request))
        : statePlanes(parseMapRequest(job.request), calledOff);
    case "region":
      return reachableRegion(transmon(job.profile), {
        gain: job.gain,
        ladder: "boson",
        leakage,
        points: 2,
      });
    case "goal": {
      const request = parseDesignRequest({
        device: { profile: job.profile },
        goal: job.goal,
        margin: job.margin,
      });
      return designDocument(designDevice(request, loadProfileDocument(job.profile, "")));
    }
  }
}

/** Profiles do not change under a running server: they are part of the package. */
function transmon(name: string): TransmonProfile {
  const known = profiles.get(name);
  if (known) return known;
  const document = loadProfileDocument(name, "");
  const { kind } = profileHeadSchema.parse(document);
  if (kind !== "transmon") {
    throw invalidInput(
      {
        path: "profile",
        message: `the designer knows transmons only, and ${name} is of kind ${kind}`,
        found: kind,
        expected: "a profile of kind transmon",
      },
      "design.invalid",
    );
  }
  const profile = parseTransmonProfile(document, {});
  profiles.set(name, profile);
  return profile;
}

function designedPoint({ profile: name, target, groups }: Extract<DesignerJob, { kind: "point" }>): unknown {
  const profile = transmon(name);
  const request: DesignRequest = parseDesignRequest({ device: { profile: name }, target });
  const two_groups = groups === 2 && profile.sites.length > 1;
  const point = createWorkbench(profile, request).point("target", request.target!, { two_groups });
  const document = designDocument({
    profile: name,
    title: profile.title,
    goal: null,
    points: [point],
    checks: [],
    notes: [],
    feasible: point.outcome.feasible,
  });
  return { ...document.points[0]!, feasible: document.feasible };
}

/** Puts the value of an axis into a target. */
function moved(target: DesignTarget, { parameter }: MapAxis, value: number): DesignTarget {
  if (parameter === "gain" || parameter === "ratio") return { ...target, gain: value };
  if (parameter === "asymmetry" || parameter === "coupling" || parameter === "detuning") {
    return { ...target, [parameter]: value };
  }
  if (parameter !== "inter_coupling") throw unknownAxis(parameter);
  // On a map V_AB is a rate; in a target it is a part of V.
  return { ...target, inter_coupling: value / (target.coupling || 1) };
}

function unknownAxis(parameter: string): EntrainError {
  return invalidInput(
    {
      path: "x",
      message: `a device has no reach along ${parameter}`,
      found: parameter,
      expected: "gain, asymmetry, coupling, detuning or inter_coupling",
    },
    "design.invalid",
  );
}

function reachPlane({
  profile: name,
  target,
  groups,
  strategy,
  x,
  y,
}: Extract<DesignerJob, { kind: "reach" }>) {
  const profile = transmon(name);
  const split = groups === 2 && profile.sites.length > 1 ? twoGroups(profile, undefined) : oneGroup(profile);
  const reach = deviceReach(profile, split, leakage, "given");
  const factors = graphFactors(profile, split);
  const within = new Float32Array(x.points * y.points);
  for (let row = 0; row < y.points; row++) {
    const base = moved(target, y, axisValue(y, row));
    for (let column = 0; column < x.points; column++) {
      const model = moved(base, x, axisValue(x, column));
      within[row * x.points + column] = isWithinReach(model, reach, factors, strategy) ? 1 : 0;
    }
  }
  return encodePreview({ columns: x.points, rows: y.points, planes: [within] });
}

/** Which points leave the unsynchronized state, and how fast: microseconds a point. */
function growthPlanes(request: MapRequest) {
  const { x, y } = request;
  const { points } = createMapSolver(request, mapFlows);
  const modelAt = pointModels(request);
  const kind = new Float32Array(x.points * y.points);
  const growth = new Float32Array(x.points * y.points);
  for (let row = 0; row < y.points; row++) {
    for (let column = 0; column < x.points; column++) {
      points.set(modelAt(column, row));
      const onset = points.onset();
      const place = row * x.points + column;
      kind[place] = onset.unstable > 0 ? 7 : 0;
      growth[place] = onset.growth;
    }
  }
  return encodePreview({ columns: x.points, rows: y.points, planes: [kind, growth] });
}

/** Points along an edge of the pieces between which a job can be called off. */
const pieceEdge = 11;

function pieces(request: MapRequest): Tile[] {
  const cut = (points: number) =>
    Array.from({ length: Math.ceil(points / pieceEdge) }, (_, k) => {
      const start = k * pieceEdge;
      return { start, length: Math.min(pieceEdge, points - start) };
    });
  return cut(request.y.points).flatMap((rows) =>
    cut(request.x.points).map((columns) => ({
      column: columns.start,
      row: rows.start,
      columns: columns.length,
      rows: rows.length,
    })),
  );
}

function statePlanes(request: MapRequest, calledOff: () => boolean) {
  const { x, y } = request;
  const size = x.points * y.points;
  const planes = planesOver(request, new ArrayBuffer(planeBytes(request)));
  const solver = createMapSolver(request, mapFlows);
  for (const piece of pieces(request)) {
    if (calledOff()) throw new CalledOff();
    solver.solve(piece, planes);
  }
  const paired = mapGroups(request) === 2;
  const kind = Float32Array.from({ length: size }, (_, k) => kindCode(planes.state[k]!, planes.flags[k]!));
  const difference = Float32Array.from({ length: size }, (_, k) =>
    !paired ? Number.NaN : planes.state[k] === 2 ? 0 : planes.frequency_a[k]! - planes.frequency_b[k]!,
  );
  return encodePreview({
    columns: x.points,
    rows: y.points,
    planes: [
      kind,
      Float32Array.from(planes.growth_rate),
      Float32Array.from(planes.order_parameter),
      difference,
    ],
  });
}
