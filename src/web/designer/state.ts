import { batch, computed, effect, signal } from "@preact/signals";
import { decodePreview, type Preview } from "#ir/preview";
import type { Span } from "../charts/scale.ts";
import { getJson, isAbort, type ProblemDetails, postJson, problemOf, query, request } from "../shell/api.ts";
import { token } from "../shell/session.ts";
import type { GoalAnswer, PointAnswer, RegionAnswer } from "./answers.ts";
import { createLatest } from "./latest.ts";
import {
  type KnobName,
  type Knobs,
  type Model,
  mapQuery,
  reachQuery,
  spanFor,
  startKnobs,
  stillFits,
  sweepDocument,
  targetQuery,
  type ViewName,
  views,
} from "./model.ts";

export const profile = signal("square-3x3");
export const viewName = signal<ViewName>("drive");
export const knobs = signal<Knobs>(startKnobs);
export const ladder = signal<"boson" | "spin-1">("boson");
export const xSpan = signal<Span>([0.05, 3]);
export const ySpan = signal<Span>([0, 60]);

export const point = signal<PointAnswer | null>(null);
export const pointProblem = signal<ProblemDetails | null>(null);
export const region = signal<RegionAnswer | null>(null);
/** The map of the moment and how fine it is; a growth map until states are there. */
export const map = signal<{
  readonly preview: "growth" | "state";
  readonly planes: Preview;
  readonly key: string;
} | null>(null);
export const reach = signal<{ readonly planes: Preview; readonly key: string } | null>(null);
export const refining = signal(false);
/** True where a finer map would keep a hand waiting. */
export const tooFine = signal(false);
export const mapProblem = signal<ProblemDetails | null>(null);
/** Milliseconds from the last move to its answer on the page. */
export const answered_ms = signal<number | null>(null);

export const view = computed(() => views[viewName.value]);

/** K/γ₋ of the map: the knob's, or that of the device, to three digits so that the map does not follow every move. */
export const asymmetry = computed(() => {
  const own = knobs.value.asymmetry;
  if (own !== null) return own;
  return Number((point.value?.achieved.asymmetry ?? 0).toPrecision(3));
});

export function knobValue(name: KnobName): number {
  return name === "asymmetry" ? asymmetry.value : knobs.value[name];
}

let movedAt = 0;

/** Sets knobs; the point moves at once, the answer follows. */
export function move(change: Partial<Knobs>): void {
  movedAt = performance.now();
  batch(() => {
    knobs.value = { ...knobs.value, ...change };
    fitAxes(false);
  });
}

/** Takes the axes to where the point is; `anew` also where they still would do. */
export function fitAxes(anew: boolean): void {
  for (const [name, span] of [
    [view.value.x, xSpan],
    [view.value.y, ySpan],
  ] as const) {
    const wanted = spanFor(name, knobValue(name), asymmetry.value);
    if (anew || !stillFits(span.value, wanted, knobValue(name))) span.value = wanted;
  }
}

/** Half or twice as much of every axis that has no ends of its own. */
export function zoom(factor: number): void {
  for (const [name, span] of [
    [view.value.x, xSpan],
    [view.value.y, ySpan],
  ] as const) {
    if (name === "gain") continue;
    const [from, to] = span.value;
    const most = Math.max(Math.abs(from), Math.abs(to)) * factor;
    if (Math.abs(knobValue(name)) > most) continue;
    span.value = [from < 0 ? -most : 0, to > 0 ? most : 0];
  }
}

export function chooseView(name: ViewName): void {
  batch(() => {
    viewName.value = name;
    fitAxes(true);
  });
}

export function chooseProfile(name: string): void {
  batch(() => {
    profile.value = name;
    point.value = null;
    region.value = null;
    reach.value = null;
    pointProblem.value = null;
  });
}

const target = computed(() => ({ view: view.value, knobs: knobs.value }));
const model = computed(
  (): Model => ({
    view: view.value,
    knobs: knobs.value,
    asymmetry: asymmetry.value,
    ladder: ladder.value,
    x: xSpan.value,
    y: ySpan.value,
  }),
);

const askPoint = createLatest(
  async (path: string) => {
    const started = movedAt;
    return { answer: await getJson<PointAnswer>(path), started };
  },
  ({ answer, started }, path) => {
    if (!path.includes(`profile=${profile.value}&`)) return;
    batch(() => {
      const first = point.value === null;
      point.value = answer;
      pointProblem.value = null;
      // The scale of V and δ is that of K, which the first answer brings.
      fitAxes(first);
    });
    if (started > 0) {
      requestAnimationFrame(() => {
        answered_ms.value = performance.now() - started;
        performance.measure("designer.move", { start: started });
      });
    }
  },
  (error) => {
    lastPoint = "";
    pointProblem.value = problemOf(error);
  },
);

async function planes(path: string, signal?: AbortSignal): Promise<Preview> {
  return decodePreview(await (await request(path, signal ? { signal } : {})).arrayBuffer());
}

const askReach = createLatest(
  (path: string) => planes(path),
  (answer, key) => {
    reach.value = { planes: answer, key };
  },
  () => {
    reach.value = null;
  },
);

/** Points along an edge, coarse to fine. */
const levels = [17, 33, 65];
const firstLevel = 45;
/** A level is left out when the one before lets expect more than this. */
const longest_ms = 20_000;
/** A map that is asked for while a knob moves waits this long for the hand to rest. */
const rest_ms = 200;

let refinement = new AbortController();

const askGrowth = createLatest(
  async (asked: Model) => {
    const started = movedAt;
    return {
      answer: await planes(`v1/designer/map${query(mapQuery(asked, "growth", firstLevel))}`),
      started,
    };
  },
  ({ answer, started }, asked) => {
    const key = keyOf(asked);
    if (map.value?.key !== key || map.value.preview === "growth")
      map.value = { preview: "growth", planes: answer, key };
    mapProblem.value = null;
    if (started > 0) requestAnimationFrame(() => performance.measure("designer.map", { start: started }));
    if (key === keyOf(model.value)) void refine(asked, key);
  },
  (error) => {
    mapProblem.value = problemOf(error);
  },
);

function keyOf(asked: Model): string {
  return query(mapQuery(asked, "state", 0));
}

/** States level by level; the next move calls off whatever of it is still to come. */
async function refine(asked: Model, key: string): Promise<void> {
  refinement.abort();
  const own = new AbortController();
  refinement = own;
  refining.value = true;
  tooFine.value = false;
  try {
    await new Promise((done) => setTimeout(done, rest_ms));
    let before = { points: 0, took: 0 };
    for (const points of levels) {
      if (own.signal.aborted) return;
      if (before.took * (points / before.points) ** 2 > longest_ms) {
        tooFine.value = true;
        return;
      }
      const started = performance.now();
      const answer = await planes(`v1/designer/map${query(mapQuery(asked, "state", points))}`, own.signal);
      if (own.signal.aborted) return;
      map.value = { preview: "state", planes: answer, key };
      before = { points, took: performance.now() - started };
    }
  } catch (error) {
    if (!isAbort(error)) mapProblem.value = problemOf(error);
  } finally {
    if (refinement === own) refining.value = false;
  }
}

/** Starts to follow the knobs; returns what ends it. */
export function startDesigner(): () => void {
  const ends = [
    effect(() => {
      token.value;
      lastKey = "";
      lastPoint = "";
      lastReach = "";
    }),
    effect(() => {
      token.value;
      const name = profile.value;
      if (name === "") return;
      const path = `v1/designer/point${query({ profile: name, ...targetQuery(target.value) })}`;
      if (path !== lastPoint) askPoint(path);
      lastPoint = path;
    }),
    effect(() => {
      token.value;
      const asked = model.value;
      const key = keyOf(asked);
      // Until the device has said what its K is, a map would be of another model.
      if (profile.value !== "" && asked.knobs.asymmetry === null && point.value === null) return;
      if (key === lastKey) return;
      lastKey = key;
      refinement.abort();
      askGrowth(asked);
    }),
    effect(() => {
      token.value;
      if (profile.value === "" || point.value === null) return;
      const path = `v1/designer/reach${query(reachQuery(model.value, profile.value, firstLevel))}`;
      if (path !== lastReach) askReach(path);
      lastReach = path;
    }),
    effect(() => {
      token.value;
      const name = profile.value;
      if (name === "") return;
      getJson<RegionAnswer>(`v1/designer/region${query({ profile: name, gain: regionGain.value })}`).then(
        (answer) => {
          if (name === profile.value) region.value = answer;
        },
        () => {
          region.value = null;
        },
      );
    }),
  ];
  return () => {
    lastKey = "";
    lastPoint = "";
    lastReach = "";
    refinement.abort();
    for (const end of ends) end();
  };
}

let lastKey = "";
let lastPoint = "";
let lastReach = "";
const regionGain = computed(() => Number(Math.min(3, Math.max(0.05, knobs.value.gain)).toPrecision(2)));

/** Points along an edge of a map in full. */
const sweepPoints = 257;

/** Has the map computed in full, and goes to watch it fill in. */
export async function sweepInFull(): Promise<void> {
  try {
    const { id } = await postJson<{ readonly id: string }>(
      "v1/sweeps",
      sweepDocument(model.value, sweepPoints),
    );
    location.hash = `#/sweeps/${id}`;
  } catch (error) {
    mapProblem.value = problemOf(error);
  }
}

export const goalAnswer = signal<GoalAnswer | null>(null);
export const goalBusy = signal(false);

/** Asks for a setting that reaches a goal, and goes there. */
export async function aimAt(goal: string): Promise<void> {
  goalBusy.value = true;
  try {
    const answer = await getJson<GoalAnswer>(`v1/designer/goal${query({ profile: profile.value, goal })}`);
    goalAnswer.value = answer;
    const [first] = answer.points;
    if (!first) return;
    const { gain, asymmetry: k, coupling, detuning, inter_coupling } = first.target;
    const pair = first.groups.b.length > 0;
    batch(() => {
      if (pair !== (view.value.groups === 2)) viewName.value = pair ? "pair" : "drive";
      move({
        gain: gain ?? 1,
        asymmetry: k ?? null,
        coupling: coupling ?? 0,
        ...(pair ? { detuning: detuning ?? 0, inter_coupling: inter_coupling ?? 1 } : {}),
      });
      fitAxes(true);
    });
  } catch (error) {
    pointProblem.value = problemOf(error);
  } finally {
    goalBusy.value = false;
  }
}
