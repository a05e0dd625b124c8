import { roundUp, type Span } from "../charts/scale.ts";

/** The knobs of the designer, the diagrams they move in, and what is asked of the server for them. */

export type KnobName = "gain" | "asymmetry" | "coupling" | "detuning" | "inter_coupling";

export interface Knobs {
  readonly gain: number;
  /** Null: whatever the device has by itself. */
  readonly asymmetry: number | null;
  readonly coupling: number;
  readonly detuning: number;
  readonly inter_coupling: number;
}

export const startKnobs: Knobs = {
  gain: 0.5,
  asymmetry: null,
  coupling: 30,
  detuning: 20,
  inter_coupling: 1,
};

export interface KnobText {
  readonly symbol: string;
  readonly title: string;
  /** What turns it on the device. */
  readonly hint: string;
}

export const knobTexts: Readonly<Record<KnobName, KnobText>> = {
  gain: { symbol: "γ₊/γ₋", title: "gain over loss", hint: "amplitudes of the two sideband tones" },
  asymmetry: { symbol: "K/γ₋", title: "asymmetry", hint: "anharmonicity against γ₋, or modulated couplers" },
  coupling: { symbol: "V/γ₋", title: "coupling", hint: "exchange J of the bonds" },
  detuning: { symbol: "δ/γ₋", title: "detuning", hint: "flux biases" },
  inter_coupling: { symbol: "V_AB/V", title: "between groups", hint: "couplers between the groups" },
};

export type ViewName = "drive" | "asymmetry" | "pair" | "pair-asymmetry";

export interface View {
  readonly title: string;
  readonly groups: 1 | 2;
  readonly x: KnobName;
  readonly y: KnobName;
}

export const views: Readonly<Record<ViewName, View>> = {
  drive: { title: "one group: V against γ₊/γ₋", groups: 1, x: "gain", y: "coupling" },
  asymmetry: { title: "one group: V against K", groups: 1, x: "asymmetry", y: "coupling" },
  pair: { title: "two groups: V_AB against δ", groups: 2, x: "detuning", y: "inter_coupling" },
  "pair-asymmetry": { title: "two groups: K against δ", groups: 2, x: "detuning", y: "asymmetry" },
};

/** Knobs that mean something in a view, in the order of the panel. */
export function knobsOf({ groups }: View): KnobName[] {
  return groups === 1
    ? ["gain", "asymmetry", "coupling"]
    : ["gain", "asymmetry", "coupling", "detuning", "inter_coupling"];
}

/**
 * Where an axis or a slider runs, for a value that must be well inside.
 *
 * @param asymmetry - K/γ₋, by which the interesting V and δ grow
 */
export function spanFor(name: KnobName, value: number, asymmetry: number): Span {
  const k = Math.abs(asymmetry);
  switch (name) {
    case "gain":
      return [0.05, Math.max(3, roundUp(1.2 * value))];
    case "inter_coupling":
      return value < 0 ? [-roundUp(-1.2 * value), 3] : [0, Math.max(3, roundUp(1.2 * value))];
    case "coupling": {
      const most = roundUp(Math.max(1.15 * Math.abs(value), 0.35 * k, 4));
      return value < 0 ? [-most, 0] : [0, most];
    }
    case "detuning": {
      const most = roundUp(Math.max(1.15 * Math.abs(value), 1.3 * k, 6));
      return [-most, most];
    }
    case "asymmetry": {
      const most = roundUp(Math.max(1.15 * Math.abs(value), 15));
      return [-most, most];
    }
  }
}

/** True when a span still serves a value: it is inside, and the span is not far too wide. */
export function stillFits([from, to]: Span, wanted: Span, value: number): boolean {
  const width = to - from;
  return value >= from && value <= to && wanted[1] - wanted[0] > 0.3 * width && wanted[0] >= from - width;
}

/** Moves a knob by a step that suits its span; `fine` for a tenth of it. */
export function stepOf(name: KnobName, [from, to]: Span, fine = false): number {
  const step = name === "gain" || name === "inter_coupling" ? 0.01 : roundUp((to - from) / 400);
  return fine ? step / 10 : step;
}

export interface Model {
  readonly view: View;
  readonly knobs: Knobs;
  /** K/γ₋ as the map has it. */
  readonly asymmetry: number;
  readonly ladder: "boson" | "spin-1";
  readonly x: Span;
  readonly y: Span;
}

type Query = Readonly<Record<string, string | number | null>>;

/** What the device is asked for. */
export function targetQuery({ view, knobs }: Pick<Model, "view" | "knobs">): Query {
  const pair = view.groups === 2;
  return {
    groups: view.groups,
    gain: knobs.gain,
    asymmetry: knobs.asymmetry,
    coupling: knobs.coupling,
    detuning: pair ? knobs.detuning : null,
    inter_coupling: pair ? knobs.inter_coupling : null,
  };
}

/** On a map V_AB is a rate of its own; a knob gives it as a part of V. */
function axisSpan(name: KnobName, [from, to]: Span, { coupling }: Knobs): Span {
  return name === "inter_coupling" ? [from * (coupling || 1), to * (coupling || 1)] : [from, to];
}

function axesQuery({ view, knobs, x, y }: Model, points: number): Query {
  const [x_from, x_to] = axisSpan(view.x, x, knobs);
  const [y_from, y_to] = axisSpan(view.y, y, knobs);
  return { x: view.x, x_from, x_to, y: view.y, y_from, y_to, points };
}

/** The model without the values of the axes, which do not change the map. */
function offAxis(model: Model, target: Query): Query {
  return { ...target, [model.view.x]: null, [model.view.y]: null };
}

export function mapQuery(model: Model, preview: "growth" | "state", points: number): Query {
  const target = { ...targetQuery(model), asymmetry: model.asymmetry };
  return { preview, ladder: model.ladder, ...offAxis(model, target), ...axesQuery(model, points) };
}

export function reachQuery(model: Model, profile: string, points: number): Query {
  // The reach of the models that are drawn, which have one K; left free, another γ₋ would bring another.
  const target = { ...targetQuery(model), asymmetry: model.asymmetry };
  const strategy = model.knobs.asymmetry === null ? "natural" : "any";
  return { profile, strategy, ...offAxis(model, target), ...axesQuery(model, points) };
}

/** The map of the moment in full, as the document of a sweep. */
export function sweepDocument(model: Model, points: number): Readonly<Record<string, unknown>> {
  const { view, knobs, asymmetry, ladder, x, y } = model;
  const axis = (name: KnobName, span: Span) => {
    const [from, to] = axisSpan(name, span, knobs);
    return { parameter: name, from, to, points };
  };
  const fixed: Record<string, unknown> = {
    gain: knobs.gain,
    asymmetry,
    coupling: knobs.coupling,
    ...(view.groups === 2
      ? { detuning: knobs.detuning, inter_coupling: knobs.inter_coupling * knobs.coupling }
      : {}),
  };
  // What an axis varies has no value of its own; the ratio of the rates must have one.
  for (const name of [view.x, view.y]) if (name !== "gain") delete fixed[name];
  return {
    ...fixed,
    loss: 1,
    groups: view.groups,
    ladder: ladder === "boson" ? { boson: 1 } : [Math.SQRT2, Math.SQRT2],
    x: axis(view.x, x),
    y: axis(view.y, y),
  };
}

/** The command line that answers the same question. */
export function designCommand(profile: string, { view, knobs }: Pick<Model, "view" | "knobs">): string {
  const options = knobsOf(view).flatMap((name) => {
    const value = knobs[name];
    return value === null ? [] : [`--${name.replace("_", "-")} ${Number(value.toPrecision(6))}`];
  });
  return `entrain design ${profile} ${options.join(" ")}`;
}
