import { EntrainError } from "#core/errors";
import { fullTurn } from "#core/units";
import { coordinateCount } from "#model/generator";
import { createCoupling, type Network } from "#model/network";
import type { noChannels, Oscillator } from "#model/oscillator";
import { integrate } from "../kernel/dormand-prince.ts";
import { networkRightHandSide, raisingAmplitude } from "./network.ts";
import { rotated } from "./rotation.ts";
import { isChaotic, lockTolerance, restState, type Settled, settle, slowestDecay } from "./settle.ts";
import { averageWindow, frequencyBound, type SiteAverages } from "./window.ts";

/** Long-time averages of one site; `frequency` null when its amplitude is zero. */
export interface SiteState extends Omit<SiteAverages, "frequency"> {
  readonly frequency: number | null;
}

export const motions = ["rest", "rotating-wave", "regular", "chaotic"] as const;
export type Motion = (typeof motions)[number];

export interface LongTimeState {
  /** none: no amplitude; full: every site has one, all with one mean frequency; partial: anything between. */
  readonly state: "none" | "partial" | "full";
  /** Some amplitude still oscillates. */
  readonly breathing: boolean;
  readonly sites: readonly SiteState[];
  /** Mean |Σ⟨A†⟩|/M. */
  readonly orderParameter: number;
  /** arg⟨A†⟩ of each site relative to site 0, when `state` is full; else null. */
  readonly relativePhases: readonly number[] | null;
  readonly converged: boolean;
  /** Estimated error of the averages, in amplitude and in units of the largest gain + loss for frequencies. */
  readonly error: number;
  /** False for an attractor of the symmetric subspace only. */
  readonly stable: boolean;
  /** rest, a rotating wave, a periodic or quasi-periodic motion, or chaos; of several parts the least regular. */
  readonly motion: Motion;
  /** Largest Lyapunov exponent beside those that are zero by symmetry, where it was worked out. */
  readonly lyapunovExponent: number | null;
}

/** Relative spread of an amplitude below which it counts as constant. */
const breathingTolerance = 1e-5;

/** Fastest turning over slowest relaxation that is accepted. */
const stiffnessLimit = 20_000;

/**
 * Long-time mean-field state of a network from a given initial state.
 *
 * Rotating waves are solved to rounding; quasi-periodic states are averaged over smooth windows of doubling
 * length. Parts of the network that are not coupled are followed apart.
 *
 * @param initial - M·8 coordinates (see `#model/generator`)
 * @throws EntrainError `simulate.too_large` when the fastest turning is 20 000 times the slowest relaxation
 * @returns averages in the units of the network; a chaotic or undecided motion has `converged` false
 * @source Eq. (2) of Nadolny & Bruder
 * @accuracy waves 1e-9; averages of quasi-periodic states 1e-4, frequencies 1e-5 of the rates
 *   (test/physics/single-group.test.ts and two-groups.test.ts)
 */
export function longTimeState(network: Network, initial: Float64Array): LongTimeState {
  const unit = Math.max(...network.sites.map((site) => site.gain + site.loss), Number.MIN_VALUE);
  // Only differences of detunings matter: in the frame of their mean there is less to follow.
  const frame = network.sites.reduce((sum, site) => sum + site.detuning, 0) / network.sites.length;
  const scaled = scaleNetwork(network, 1 / unit, frame);
  refuseStiff(scaled);
  const parts = connectedParts(scaled).map((members) => {
    const part = subNetwork(scaled, members);
    const start = new Float64Array(members.length * coordinateCount);
    members.forEach((site, k) => {
      start.set(initial.subarray(site * coordinateCount, (site + 1) * coordinateCount), k * coordinateCount);
    });
    return { members, part, settled: settle(part, start) };
  });
  return assemble(scaled, parts, unit, frame);
}

function refuseStiff(network: Network): void {
  const ratio = frequencyBound(network) / slowestDecay(network);
  if (ratio <= stiffnessLimit) return;
  throw new EntrainError("simulate.too_large", {
    path: "",
    message: `energies, rates and fields reach ${ratio.toPrecision(3)} times the slowest relaxation: the long-time state would take more than a minute`,
    found: ratio,
    expected: `a ratio up to ${stiffnessLimit}`,
  });
}

interface Part {
  readonly members: readonly number[];
  readonly part: Network;
  readonly settled: Settled;
}

function assemble(scaled: Network, parts: readonly Part[], unit: number, frame: number): LongTimeState {
  const count = scaled.sites.length;
  const sites = new Array<SiteState>(count);
  for (const { members, part, settled } of parts) {
    members.forEach((site, k) => {
      sites[site] = siteState(part, settled, k);
    });
  }
  const active = parts.filter(({ settled }) => settled.attractor.kind !== "none");
  const frequencies = sites.map((site) => site.frequency);
  const reference = frequencies[0]!;
  const full =
    sites.every((site) => site.frequency !== null) &&
    frequencies.every((frequency) => Math.abs(frequency! - reference) < lockTolerance);
  const joint = jointPhases(scaled, active);
  const exponents = parts.flatMap(({ settled: { attractor } }) =>
    attractor.kind === "moving" && attractor.exponent !== null ? [attractor.exponent] : [],
  );
  return {
    state: active.length === 0 ? "none" : full ? "full" : "partial",
    breathing: sites.some((site) => site.spread > breathingTolerance * site.amplitude),
    sites: sites.map((site) => ({
      ...site,
      frequency: site.frequency === null ? null : site.frequency * unit + frame,
    })),
    orderParameter: joint.orderParameter,
    relativePhases: full ? joint.phases : null,
    converged: active.every(
      ({ settled: { attractor } }) => attractor.kind !== "moving" || attractor.converged,
    ),
    error: Math.max(
      0,
      ...active.map(({ settled: { attractor } }) => (attractor.kind === "none" ? 0 : attractor.error)),
    ),
    stable: active.every(({ settled: { attractor } }) => attractor.kind !== "wave" || attractor.stable),
    motion: motions[Math.max(...parts.map(({ part, settled }) => motions.indexOf(motionOf(part, settled))))]!,
    lyapunovExponent: exponents.length === 0 ? null : Math.max(...exponents) * unit,
  };
}

function motionOf(part: Network, { attractor }: Settled): Motion {
  if (attractor.kind === "none") return "rest";
  if (attractor.kind === "wave") return "rotating-wave";
  const { exponent } = attractor;
  return exponent !== null && isChaotic(exponent, slowestDecay(part)) ? "chaotic" : "regular";
}

/** Amplitude below which a site of a part counts as silent. */
const silent = 1e-9;

function siteState(part: Network, { attractor }: Settled, k: number): SiteState {
  if (attractor.kind === "moving") {
    const averages = attractor.averages.sites[k]!;
    return averages.amplitude < silent ? { ...averages, frequency: null } : averages;
  }
  const x = attractor.kind === "none" ? restState(part) : attractor.wave.state;
  const o = k * coordinateCount;
  const at = (i: number) => x[o + i]!;
  const amplitude = Math.hypot(...raisingAmplitude(part.sites, x, k));
  return {
    amplitude,
    spread: 0,
    frequency: attractor.kind === "none" || amplitude < silent ? null : attractor.wave.frequency,
    populations: [at(0), 1 - at(0) - at(1), at(1)],
    coherences: [Math.hypot(at(2), at(3)), Math.hypot(at(4), at(5)), Math.hypot(at(6), at(7))],
  };
}

/** What depends on the phases between sites: the order parameter and the phases relative to site 0. */
function jointPhases(scaled: Network, active: readonly Part[]): { orderParameter: number; phases: number[] } {
  const count = scaled.sites.length;
  if (active.length === 0) return { orderParameter: 0, phases: [] };
  const only = active[0]!;
  if (active.length === 1 && only.settled.attractor.kind === "moving") {
    const { averages } = only.settled.attractor;
    return {
      orderParameter: (averages.orderParameter * only.members.length) / count,
      phases: averages.alignment.map(([re, im]) => Math.atan2(im, re)),
    };
  }
  // Every part at one and the same time.
  const end = Math.max(...active.map(({ settled }) => settled.time));
  const x = restState(scaled);
  for (const { members, part, settled } of active) {
    const state = stateAt(part, settled, end);
    members.forEach((site, k) => {
      x.set(state.subarray(k * coordinateCount, (k + 1) * coordinateCount), site * coordinateCount);
    });
  }
  const amplitudes = scaled.sites.map((_, s) => raisingAmplitude(scaled.sites, x, s));
  const phases = amplitudes.map(([re, im]) => {
    const [re0, im0] = amplitudes[0]!;
    return Math.atan2(im * re0 - re * im0, re * re0 + im * im0);
  });
  const waves = active.map(({ settled: { attractor } }) =>
    attractor.kind === "wave" ? attractor.wave : null,
  );
  const first = waves[0];
  if (first && waves.every((wave) => wave && Math.abs(wave.frequency - first.frequency) < lockTolerance)) {
    const re = amplitudes.reduce((sum, amplitude) => sum + amplitude[0], 0);
    const im = amplitudes.reduce((sum, amplitude) => sum + amplitude[1], 0);
    return { orderParameter: Math.hypot(re, im) / count, phases };
  }
  const [a, b] = active;
  if (active.length === 2 && waves.every((wave) => wave !== null)) {
    return { orderParameter: driftingPair(sumOver(scaled, x, a!), sumOver(scaled, x, b!)) / count, phases };
  }
  const { orderParameter } = averageWindow(
    scaled,
    networkRightHandSide(scaled),
    x,
    4000,
    0.5 / frequencyBound(scaled),
    "bump",
    { rtol: 1e-8, atol: 1e-11 },
  );
  return { orderParameter, phases };
}

function sumOver(network: Network, x: Float64Array, { members }: Part): number {
  let re = 0;
  let im = 0;
  for (const site of members) {
    const [r, i] = raisingAmplitude(network.sites, x, site);
    re += r;
    im += i;
  }
  return Math.hypot(re, im);
}

/** Mean |a + b e^{iθ}| over all phases θ. */
function driftingPair(a: number, b: number): number {
  const points = 4096;
  let sum = 0;
  for (let k = 0; k < points; k++) {
    sum += Math.sqrt(a * a + b * b + 2 * a * b * Math.cos((fullTurn * (k + 0.5)) / points));
  }
  return sum / points;
}

/** State of a part at a later time: a wave only turns, another motion is integrated. */
function stateAt(part: Network, { attractor, state, time }: Settled, end: number): Float64Array {
  if (attractor.kind === "wave") {
    const { wave } = attractor;
    return rotated(wave.state, phaseBetween(part, wave.state, state) + wave.frequency * (end - time));
  }
  const y = Float64Array.from(state);
  if (end > time) {
    integrate(networkRightHandSide(part), 0, y, [end - time], () => {}, { rtol: 1e-10, atol: 1e-12 });
  }
  return y;
}

/** Turn that carries the amplitudes of `from` closest to those of `to`. */
function phaseBetween(network: Network, from: Float64Array, to: Float64Array): number {
  let re = 0;
  let im = 0;
  network.sites.forEach((_, s) => {
    const [a, b] = raisingAmplitude(network.sites, from, s);
    const [c, d] = raisingAmplitude(network.sites, to, s);
    re += a * c + b * d;
    im += a * d - b * c;
  });
  return Math.atan2(im, re);
}

/** The network with `frame` taken off every detuning, then every rate, energy and coupling times `factor`. */
function scaleNetwork({ sites, coupling }: Network, factor: number, frame: number): Network {
  const scaleSite = (site: Oscillator): Oscillator => ({
    ...site,
    gain: site.gain * factor,
    loss: site.loss * factor,
    asymmetry: site.asymmetry * factor,
    detuning: (site.detuning - frame) * factor,
    channels: Object.fromEntries(
      Object.entries(site.channels).map(([name, rate]) => [name, rate * factor]),
    ) as unknown as typeof noChannels,
  });
  return {
    sites: sites.map(scaleSite),
    coupling: { ...coupling, re: coupling.re.map((v) => v * factor), im: coupling.im.map((v) => v * factor) },
  };
}

/** Sites of each connected part, in ascending order. */
function connectedParts({ sites, coupling }: Network): number[][] {
  const seen = new Uint8Array(sites.length);
  const parts: number[][] = [];
  for (let root = 0; root < sites.length; root++) {
    if (seen[root]) continue;
    seen[root] = 1;
    const members = [root];
    for (let next = 0; next < members.length; next++) {
      const site = members[next]!;
      for (let k = coupling.start[site]!; k < coupling.start[site + 1]!; k++) {
        const other = coupling.column[k]!;
        if (seen[other] || (coupling.re[k] === 0 && coupling.im[k] === 0)) continue;
        seen[other] = 1;
        members.push(other);
      }
    }
    parts.push(members.sort((a, b) => a - b));
  }
  return parts;
}

function subNetwork({ sites, coupling }: Network, members: readonly number[]): Network {
  const place = new Map(members.map((site, k) => [site, k]));
  const entries = members.flatMap((site, i) => {
    const row = [];
    for (let k = coupling.start[site]!; k < coupling.start[site + 1]!; k++) {
      const j = place.get(coupling.column[k]!);
      if (j !== undefined && j >= i) row.push({ i, j, re: coupling.re[k]!, im: coupling.im[k]! });
    }
    return row;
  });
  return {
    sites: members.map((site) => sites[site]!),
    coupling: createCoupling(members.length, entries),
  };
}
