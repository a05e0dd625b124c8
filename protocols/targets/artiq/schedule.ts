import type { Finding } from "#ir/finding";
import { finding } from "../findings.ts";
import { Quantiser } from "../quantisation.ts";
import { type ArtiqSequence, type ArtiqSettings, coarseTicks } from "./sequence.ts";

/** What the kernel does at a time; the number is what travels. */
export const eventKinds = { ttl: 0, dds_set: 1, dds_switch: 2, gate: 3 } as const;

/** One call in the kernel, in machine units from the start of the shot. */
export interface ArtiqEvent {
  readonly time_mu: number;
  readonly kind: number;
  /** Index into the list of devices of its kind. */
  readonly device: number;
  /** ttl, dds_switch: level; dds_set: frequency tuning word; gate: length in mu. */
  readonly a: number;
  /** dds_set: phase offset word. */
  readonly b: number;
  /** dds_set: amplitude scale factor. */
  readonly c: number;
}

export interface ArtiqPointPlan {
  readonly events: readonly ArtiqEvent[];
  readonly duration_mu: number;
  /** Slack that the shot needs before its first event, and what then remains at the tightest one. */
  readonly slack_mu: number;
  readonly tightest_mu: number;
}

export interface ArtiqPlan {
  readonly points: readonly ArtiqPointPlan[];
  readonly findings: readonly Finding[];
  readonly quantiser: Quantiser;
}

/** Words of an AD9910: 32 bits over the clock, 16 over a turn, 14 over full scale (the data sheet's widths). */
export function ad9910Words(tone: {
  readonly frequency_hz: number;
  readonly phase_turns: number;
  readonly amplitude: number;
  readonly sysclk_hz: number;
}): { ftw: number; pow: number; asf: number } {
  const turns = tone.phase_turns - Math.floor(tone.phase_turns);
  return {
    ftw: Math.round((tone.frequency_hz / tone.sysclk_hz) * 2 ** 32),
    pow: Math.round(turns * 2 ** 16) % 2 ** 16,
    asf: Math.round(tone.amplitude * 0x3fff),
  };
}

/** Times every call of every point, and finds what the crate could not do. */
export function planArtiq(sequence: ArtiqSequence, settings: ArtiqSettings): ArtiqPlan {
  const findings: Finding[] = [];
  const quantiser = new Quantiser();
  names(sequence, findings);
  if (
    sequence.points.some(
      ({ tones, edges, detections }) => tones.length + edges.length + detections.length === 0,
    )
  ) {
    findings.push(refusal("C07", "A point plays nothing; a kernel cannot hold an empty list.", []));
  }
  const points = sequence.points.map((point, index) =>
    planPoint(sequence, settings, point, index, findings, quantiser),
  );
  return { points, findings, quantiser };
}

type Point = ArtiqSequence["points"][number];

function names(sequence: ArtiqSequence, findings: Finding[]): void {
  const all = [
    ...sequence.dds.map(({ name }) => name),
    ...sequence.ttl.map(({ name }) => name),
    ...sequence.counters,
  ];
  const twice = all.filter((name, i) => all.indexOf(name) !== i);
  if (twice.length > 0) findings.push(refusal("C03", `${twice.join(", ")} is named more than once.`, twice));
  const wanted = sequence.axes.map(({ name }) => name).toSorted();
  for (const [p, point] of sequence.points.entries()) {
    const axes = Object.keys(point.at).toSorted();
    const outside = sequence.axes.some(({ name, size }) => (point.at[name] ?? 0) >= size);
    if (outside || axes.join() !== wanted.join()) {
      findings.push(
        refusal("C07", `Point ${p} does not stand on the axes ${wanted.join(", ")}.`, [`point ${p}`]),
      );
    }
  }
}

function planPoint(
  sequence: ArtiqSequence,
  settings: ArtiqSettings,
  point: Point,
  index: number,
  findings: Finding[],
  quantiser: Quantiser,
): ArtiqPointPlan {
  const where = `point ${index}`;
  const at = (time_s: number, step: number, name: string) => {
    const mu = Math.round((time_s * settings.ticks_per_s) / step) * step;
    const per_s = settings.ticks_per_s;
    quantiser.note("time", "s", step / per_s, `${where} ${name}`, time_s, mu / per_s);
    return mu;
  };
  const device = (list: readonly string[], name: string, kind: string) => {
    const found = list.indexOf(name);
    if (found < 0)
      findings.push(refusal("C03", `${name} is not among the ${kind} of the sequence.`, [where, name]));
    return found;
  };
  const events: ArtiqEvent[] = [];
  const counters = sequence.counters;
  for (const edge of point.edges) {
    const i = device(
      sequence.ttl.map(({ name }) => name),
      edge.channel,
      "TTL outputs",
    );
    events.push({
      time_mu: at(edge.time_s, 1, edge.channel),
      kind: eventKinds.ttl,
      device: i,
      a: Number(edge.level),
      b: 0,
      c: 0,
    });
  }
  const windows = new Map<string, { start: number; end: number }[]>();
  for (const window of point.detections) {
    const i = device(counters, window.counter, "counters");
    device(
      sequence.sites.map(({ id }) => id),
      window.site,
      "sites",
    );
    const start = at(window.start_s, 1, window.counter);
    const length = Math.max(1, at(window.duration_s, 1, window.counter));
    events.push({ time_mu: start, kind: eventKinds.gate, device: i, a: length, b: 0, c: 0 });
    windows.set(window.counter, [...(windows.get(window.counter) ?? []), { start, end: start + length }]);
  }
  for (const site of sequence.sites) {
    const count = point.detections.filter((window) => window.site === site.id).length;
    const wanted = 1 + (site.later_bright_levels?.length ?? 0);
    if (count !== wanted) {
      findings.push(
        refusal("C06", `${site.id} has ${count} detection windows at ${where}; a record wants ${wanted}.`, [
          where,
          site.id,
        ]),
      );
    }
  }
  for (const [counter, list] of windows) {
    overlaps(list, counter, where, "C06", findings, settings);
    if (list.length > settings.counter_depth) {
      const message = `${counter} is opened ${list.length} times in a shot; it holds ${settings.counter_depth}.`;
      findings.push(refusal("C06", message, [where, counter]));
    }
  }
  events.push(...toneEvents(sequence, settings, point, where, at, device, findings, quantiser));
  const duration_mu = at(point.duration_s, coarseTicks, "duration");
  const last = events.reduce(
    (end, event) => Math.max(end, event.time_mu + (event.kind === eventKinds.gate ? event.a : 0)),
    0,
  );
  if (last > duration_mu) {
    findings.push(
      finding(
        "C01",
        "error",
        `The shot of ${where} lasts ${duration_mu} mu, and its last event ends at ${last}.`,
        {
          numbers: { duration_mu, last_mu: last },
          where: [where],
        },
      ),
    );
  }
  sameInstant(events, sequence, where, findings);
  const ordered = events.toSorted((p, q) => p.time_mu - q.time_mu || q.kind - p.kind || p.device - q.device);
  return { events: ordered, duration_mu, ...budget(ordered, settings) };
}

function toneEvents(
  sequence: ArtiqSequence,
  settings: ArtiqSettings,
  point: Point,
  where: string,
  at: (time_s: number, step: number, name: string) => number,
  device: (list: readonly string[], name: string, kind: string) => number,
  findings: Finding[],
  quantiser: Quantiser,
): ArtiqEvent[] {
  const out: ArtiqEvent[] = [];
  const step = coarseTicks;
  const set_mu = Math.ceil((settings.dds_set_s * settings.ticks_per_s) / step) * step;
  const tones = point.tones.map((tone) => {
    const start = at(tone.start_s, step, tone.channel);
    return {
      tone,
      start,
      end: Math.max(start + step, at(tone.start_s + tone.duration_s, step, tone.channel)),
    };
  });
  const busFree = new Map<string, number>();
  for (const { tone, start, end } of tones.toSorted((p, q) => q.start - p.start)) {
    const i = device(
      sequence.dds.map(({ name }) => name),
      tone.channel,
      "DDS channels",
    );
    const dds = sequence.dds[i];
    if (!dds) continue;
    if (tone.frequency_hz >= dds.sysclk_hz / 2) {
      findings.push(
        finding(
          "T14",
          "error",
          `${tone.channel} is asked for ${tone.frequency_hz} Hz; its clock allows less than ${dds.sysclk_hz / 2} Hz.`,
          {
            numbers: { frequency_hz: tone.frequency_hz, limit_hz: dds.sysclk_hz / 2 },
            where: [where, tone.channel],
          },
        ),
      );
      continue;
    }
    const words = ad9910Words({ ...tone, sysclk_hz: dds.sysclk_hz });
    const place = `${where} ${tone.channel}`;
    const turns = tone.phase_turns - Math.floor(tone.phase_turns);
    const emitted_hz = (words.ftw * dds.sysclk_hz) / 2 ** 32;
    quantiser.note("frequency", "Hz", dds.sysclk_hz / 2 ** 32, place, tone.frequency_hz, emitted_hz);
    quantiser.note("phase", "turn", 2 ** -16, place, turns, Math.round(turns * 2 ** 16) / 2 ** 16);
    quantiser.note("amplitude", "full scale", 1 / 0x3fff, place, tone.amplitude, words.asf / 0x3fff);
    // As late as the bus allows: what the channel plays before must be over when its words change.
    const set = Math.min(start, busFree.get(dds.bus) ?? Number.POSITIVE_INFINITY) - set_mu;
    busFree.set(dds.bus, set);
    const before = tones.filter((other) => other.tone.channel === tone.channel && other.start < start);
    const free = Math.max(Number.NEGATIVE_INFINITY, ...before.map((other) => other.end));
    if (set < free) {
      const message = `${tone.channel} must be set at ${set} mu for its tone at ${start} mu, but still plays until ${free} mu (${where}).`;
      findings.push(
        finding("C01", "error", message, {
          numbers: {
            set_mu: set,
            tone_mu: start,
            free_mu: free,
            missing_s: (free - set) / settings.ticks_per_s,
          },
          help: `Leave ${settings.dds_set_s} s for every setting on ${dds.bus}, or use a channel on another bus.`,
          where: [where, tone.channel],
        }),
      );
    }
    const common = { device: i };
    out.push(
      { ...common, time_mu: set, kind: eventKinds.dds_set, a: words.ftw, b: words.pow, c: words.asf },
      { ...common, time_mu: start, kind: eventKinds.dds_switch, a: 1, b: 0, c: 0 },
      { ...common, time_mu: end, kind: eventKinds.dds_switch, a: 0, b: 0, c: 0 },
    );
  }
  for (const { name } of sequence.dds) {
    const list = tones.filter(({ tone }) => tone.channel === name);
    overlaps(list, name, where, "C01", findings, settings);
  }
  return out;
}

function overlaps(
  list: readonly { readonly start: number; readonly end: number }[],
  name: string,
  where: string,
  code: "C01" | "C06",
  findings: Finding[],
  settings: ArtiqSettings,
): void {
  const ordered = list.toSorted((p, q) => p.start - q.start);
  for (let i = 1; i < ordered.length; i++) {
    const [first, second] = [ordered[i - 1]!, ordered[i]!];
    if (second.start >= first.end) continue;
    findings.push(
      finding(
        code,
        "error",
        `${name} is used from ${first.start} to ${first.end} mu and again from ${second.start} mu (${where}).`,
        {
          numbers: { overlap_s: (first.end - second.start) / settings.ticks_per_s },
          where: [where, name],
        },
      ),
    );
  }
}

/** Two events of one output in one coarse tick replace each other or collide. */
function sameInstant(
  events: readonly ArtiqEvent[],
  sequence: ArtiqSequence,
  where: string,
  findings: Finding[],
): void {
  const seen = new Set<string>();
  for (const { kind, device, time_mu } of events) {
    if (kind !== eventKinds.ttl) continue;
    const key = `${device} ${Math.floor(time_mu / 8)}`;
    const name = sequence.ttl[device]?.name ?? "";
    if (seen.has(key)) {
      findings.push(
        refusal("C01", `${name} has two edges within 8 mu at ${time_mu} mu (${where}).`, [where, name]),
      );
    }
    seen.add(key);
  }
}

/**
 * The processor must have submitted an event before its time. With costs c_i it is done with event i after Σ_{j≤i} c_j,
 * so the shot needs a slack of max_i(Σ c_j − t_i) and the margin on top.
 */
function budget(
  events: readonly ArtiqEvent[],
  settings: ArtiqSettings,
): Pick<ArtiqPointPlan, "slack_mu" | "tightest_mu"> {
  const cost = [settings.cpu_ttl_s, settings.cpu_dds_s, settings.cpu_ttl_s, settings.cpu_gate_s];
  let spent = 0;
  let behind = 0;
  for (const { kind, time_mu } of events) {
    spent += cost[kind]! * settings.ticks_per_s;
    behind = Math.max(behind, spent - time_mu);
  }
  const earliest = Math.max(0, -(events[0]?.time_mu ?? 0));
  const needed = Math.max(behind, earliest) + settings.margin_s * settings.ticks_per_s;
  const slack_mu = Math.ceil(needed / coarseTicks) * coarseTicks;
  return { slack_mu, tightest_mu: Math.floor(slack_mu - behind) };
}

function refusal(code: "C01" | "C03" | "C06" | "C07", message: string, where: readonly string[]): Finding {
  return finding(code, "error", message, { where: [...where] });
}
