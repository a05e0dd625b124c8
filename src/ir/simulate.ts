import { z } from "zod";
import { parseWith } from "#core/schema";
import { type CouplingEntry, createCoupling, type Network } from "#model/network";
import type { Channels, Oscillator } from "#model/oscillator";
import { readCouplings } from "./couplings.ts";
import {
  type Context,
  channelsSchema,
  checkInitial,
  checkSteadyState,
  finite,
  groupRequestFields,
  ladderOf,
  ladderSchema,
  rate,
  requestLimits,
  times,
} from "./group-fields.ts";
import { largeNetworkSchema } from "./large-network.ts";

export {
  groupRequestFields,
  type Initial,
  initialMatrices,
  ladderOf,
  requestLimits,
} from "./group-fields.ts";

/**
 * Requests of `simulate`: one strict schema per kind, dimensionless (rates, couplings and detunings in one common
 * unit, times in its inverse), and what turns a parsed request into oscillators and networks.
 */

/** One group or two, the steady state defined, as many initial matrices as groups. */
function checkGroups(request: GroupFields, context: Context): void {
  if (request.groups === 1 && (request.inter_coupling ?? 0) !== 0) {
    context.addIssue({
      code: "custom",
      path: ["inter_coupling"],
      message: "inter_coupling couples two groups, but groups is 1",
      params: { expected: "groups: 2, or no inter_coupling" },
    });
  }
  checkInitial(request.initial, groupCount(request), "group", false, context);
}

/** As `checkGroups`, for the kinds that simulate one group of finite size or one oscillator. */
function checkOneGroup(request: GroupFields, context: Context): void {
  for (const [field, value, only] of [
    ["groups", request.groups, 1],
    ["inter_coupling", request.inter_coupling, 0],
  ] as const) {
    if (value === undefined || value === only) continue;
    context.addIssue({
      code: "custom",
      path: [field],
      message: `this kind simulates one group: ${field} must be ${only}`,
      params: { expected: String(only) },
    });
  }
  checkInitial(request.initial, 1, "group", false, context);
}

/** As `checkGroups`, for two single oscillators. */
function checkPair(request: GroupFields, context: Context): void {
  if (request.groups === 1) {
    context.addIssue({
      code: "custom",
      path: ["groups"],
      message: "a pair is two oscillators: groups must be 2",
      params: { expected: "2" },
    });
  }
  checkInitial(request.initial, 2, "group", false, context);
}

const groupShape = z.strictObject(groupRequestFields);
type GroupFields = z.infer<typeof groupShape>;

/** The kinds whose answer refers to the uncoupled steady state need it to be unique. */
export function checkUnsynchronized(request: GroupFields, context: Context): void {
  checkGroups(request, context);
  checkSteadyState(oscillatorAt(request, 0), [], context);
}

const siteSchema = z.strictObject({
  gain: rate.optional(),
  loss: rate.optional(),
  asymmetry: finite.optional(),
  detuning: finite.optional().describe("Coefficient of S^z"),
  ladder: ladderSchema.optional(),
  channels: channelsSchema.optional(),
});

const complexNumber = z.union([finite, z.tuple([finite, finite])]);

const networkShape = z.strictObject({
  gain: rate.optional().describe("For sites that do not give their own; likewise the next five"),
  loss: rate.optional(),
  asymmetry: groupRequestFields.asymmetry,
  detuning: finite.default(0),
  ladder: groupRequestFields.ladder,
  channels: groupRequestFields.channels,
  sites: z.array(siteSchema).min(1).max(requestLimits.sites),
  couplings: z
    .array(z.array(complexNumber))
    .max(requestLimits.couplings)
    .describe(
      "Hermitian N x N matrix J, or triples [i, j, J], each pair once; J is a number or [re, im]. " +
        "H = sum_{i<j} J_ij S+_i S-_j + h.c.; a diagonal entry is a self-field",
    ),
  initial: groupRequestFields.initial.describe("One 3 x 3 matrix for all sites, or one per site"),
  times,
  theory: z
    .enum(["mean-field", "cumulant", "both"])
    .default("mean-field")
    .describe(
      "Where the order parameter and the sites of the answer come from: product states, or second-order cumulants " +
        "with their distance from the mean field; both: mean field, and the cumulants beside it",
    ),
});

const networkSchema = networkShape.superRefine((request, context) => {
  request.sites.forEach((site, i) => {
    for (const field of ["gain", "loss"] as const) {
      if (site[field] !== undefined || request[field] !== undefined) continue;
      context.addIssue({
        code: "custom",
        path: ["sites", i, field],
        message: `site ${i} has no ${field}`,
        params: { expected: "a rate" },
      });
    }
  });
  checkInitial(request.initial, request.sites.length, "site", true, context);
  const { faults } = readCouplings(request.couplings, request.sites.length);
  for (const fault of faults.slice(0, 20)) {
    context.addIssue({
      code: "custom",
      path: ["couplings", ...fault.path],
      message: fault.message,
      params: { expected: fault.expected, found: fault.found },
    });
  }
  if (request.sites.some((site) => (site.gain ?? request.gain) === undefined)) return;
  if (request.sites.some((site) => (site.loss ?? request.loss) === undefined)) return;
  networkSites(request).forEach((site, i) => {
    checkSteadyState(site, ["sites", i], context);
  });
});

const size = z.int().min(2).max(requestLimits.size).describe("N, oscillators in the group");

/** The request schema of every kind of simulation. */
export const requestSchemas = {
  "critical-coupling": groupShape.superRefine(checkUnsynchronized),
  stability: groupShape.superRefine(checkUnsynchronized),
  "mean-field": z
    .strictObject({
      ...groupRequestFields,
      probes: z
        .int()
        .min(0)
        .max(200)
        .default(0)
        .describe("Random initial states (seeds 1, 2, ...) from which other long-time states are looked for"),
    })
    .superRefine(checkUnsynchronized),
  trajectory: z.strictObject({ ...groupRequestFields, times }).superRefine(checkGroups),
  network: networkSchema,
  "large-network": largeNetworkSchema,
  cumulant: z.strictObject({ ...groupRequestFields, size, times }).superRefine(checkOneGroup),
  exact: z.strictObject({ ...groupRequestFields, size, times }).superRefine(checkOneGroup),
  "truncated-wigner": z
    .strictObject({
      ...groupRequestFields,
      size,
      times,
      trajectories: z.int().min(2).max(requestLimits.trajectories).default(1000),
      seed: z.int().min(0).max(4_294_967_295).default(1),
    })
    .superRefine(checkOneGroup),
  driven: z
    .strictObject({ ...groupRequestFields, drive: finite.describe("Omega") })
    .superRefine(checkOneGroup),
  pair: z
    .strictObject({ ...groupRequestFields, order: z.enum(["first", "exact"]).default("exact") })
    .superRefine(checkPair),
} as const;

export type SimulationKind = keyof typeof requestSchemas;

/** Parsed request of a kind, defaults filled in. */
export type SimulationRequest<K extends SimulationKind> = z.output<(typeof requestSchemas)[K]>;

/**
 * Checks a request.
 *
 * @throws EntrainError `simulate.invalid` with every problem: path, found, expected
 */
export function parseRequest<K extends SimulationKind>(kind: K, input: unknown): SimulationRequest<K> {
  return parseWith(requestSchemas[kind], input, "simulate.invalid") as SimulationRequest<K>;
}

/** Fields that fix one oscillator of a group. */
type OscillatorFields = Pick<
  GroupFields,
  "gain" | "loss" | "asymmetry" | "detuning" | "ladder" | "channels" | "groups" | "inter_coupling"
>;

/** 1 or 2: as given, else 2 when `detuning` or `inter_coupling` is given. */
export function groupCount(request: Pick<GroupFields, "groups" | "detuning" | "inter_coupling">): 1 | 2 {
  return request.groups ?? (request.detuning === undefined && request.inter_coupling === undefined ? 1 : 2);
}

/** The oscillator of a request with coefficient `detuning` of S^z. */
export function oscillatorAt(
  request: Pick<OscillatorFields, "gain" | "loss" | "asymmetry" | "ladder" | "channels">,
  detuning: number,
): Oscillator {
  return {
    gain: request.gain,
    loss: request.loss,
    asymmetry: request.asymmetry,
    detuning,
    ladder: ladderOf(request.ladder),
    channels: request.channels,
  };
}

/** The one oscillator of a one-group kind: `detuning` is the coefficient of S^z. */
export function singleOscillator(request: OscillatorFields): Oscillator {
  return oscillatorAt(request, request.detuning ?? 0);
}

/** A at +δ/2 and B at −δ/2. */
export function oscillatorPair(request: OscillatorFields): [Oscillator, Oscillator] {
  const half = (request.detuning ?? 0) / 2;
  return [oscillatorAt(request, half), oscillatorAt(request, -half)];
}

/**
 * The mean-field model of one or two groups: each group is one site with self-field V, the two are coupled by
 * V_AB. Nadolny & Bruder, Eq. (2).
 */
export function groupNetwork(request: OscillatorFields & Pick<GroupFields, "coupling">): Network {
  const { coupling: self } = request;
  if (groupCount(request) === 1) {
    return {
      sites: [singleOscillator(request)],
      coupling: createCoupling(1, [{ i: 0, j: 0, re: self, im: 0 }]),
    };
  }
  const entries: CouplingEntry[] = [
    { i: 0, j: 0, re: self, im: 0 },
    { i: 1, j: 1, re: self, im: 0 },
  ];
  const between = request.inter_coupling ?? 0;
  if (between !== 0) entries.push({ i: 0, j: 1, re: between, im: 0 });
  return { sites: oscillatorPair(request), coupling: createCoupling(2, entries) };
}

type NetworkFields = z.infer<typeof networkShape>;

function networkSites(request: NetworkFields): Oscillator[] {
  return request.sites.map((site) => ({
    gain: (site.gain ?? request.gain)!,
    loss: (site.loss ?? request.loss)!,
    asymmetry: site.asymmetry ?? request.asymmetry,
    detuning: site.detuning ?? request.detuning,
    ladder: ladderOf(site.ladder ?? request.ladder),
    channels: (site.channels ?? request.channels) as Channels,
  }));
}

/** Sites and couplings of a `network` request. */
export function networkOf(request: NetworkFields): Network {
  const { entries } = readCouplings(request.couplings, request.sites.length);
  return { sites: networkSites(request), coupling: createCoupling(request.sites.length, entries) };
}
