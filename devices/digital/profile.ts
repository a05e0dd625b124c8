import { z } from "zod";
import { parseWith } from "#core/schema";
import { profileBaseShape } from "#ir/profile";
import type { Noise } from "./predict/noise.ts";

const probability = z.number().min(0).max(1);
const duration = z.number().min(0);

const digitalSiteSchema = z.strictObject({
  id: z.string().regex(/^q\d+$/),
  position: z.tuple([z.number(), z.number()]),
  t1_s: z.number().positive().nullable(),
  /** At most 2·T1. */
  t2_s: z.number().positive().nullable(),
  /** Average infidelity and length of sx and x. */
  pulse_error: probability.nullable(),
  pulse_s: duration,
  prob_meas0_prep1: probability.nullable(),
  prob_meas1_prep0: probability.nullable(),
  measure_s: duration,
  /** Null where the qubit cannot be reset. */
  reset_s: duration.nullable(),
  /** Why the qubit must not be used; empty when it may. */
  faults: z.array(z.string()),
});

const digitalEdgeSchema = z.strictObject({
  /** Numbers of the two qubits, in the direction of the gate where it has one. */
  qubits: z.tuple([z.int().min(0), z.int().min(0)]),
  error: probability.nullable(),
  duration_s: duration,
  faults: z.array(z.string()),
});

/** A gate-model device: what it supports and how well, SI units; site k is the service's qubit k. */
export const digitalProfileSchema = z
  .strictObject({
    ...profileBaseShape,
    kind: z.literal("digital"),
    backend: z.strictObject({
      name: z.string().min(1),
      version: z.string(),
      processor: z.string(),
      /** Of the calibration, ISO 8601. */
      calibrated_at: z.iso.datetime({ offset: true }),
      /** Of the oldest value that the profile uses. */
      oldest_value_at: z.iso.datetime({ offset: true }),
    }),
    instructions: z.array(z.string()),
    features: z.array(z.string()),
    /** The native two-qubit gate; ecr is directed. */
    pair_gate: z.enum(["cz", "ecr"]),
    clock_s: z.number().positive(),
    rep_delay_s: z.strictObject({ default: duration, minimum: duration, maximum: duration }),
    sites: z.array(digitalSiteSchema).min(1),
    edges: z.array(digitalEdgeSchema),
  })
  .superRefine((profile, context) => {
    profile.edges.forEach(({ qubits }, k) => {
      for (const q of qubits) {
        if (q < profile.sites.length) continue;
        context.addIssue({
          code: "custom",
          path: ["edges", k, "qubits"],
          message: `there is no qubit ${q}`,
          params: { found: q, expected: `0 to ${profile.sites.length - 1}` },
        });
      }
    });
  });

export type DigitalProfile = z.infer<typeof digitalProfileSchema>;
export type DigitalSite = DigitalProfile["sites"][number];
export type DigitalEdge = DigitalProfile["edges"][number];

/** @throws EntrainError `profile.invalid` */
export function parseDigitalProfile(document: unknown): DigitalProfile {
  return parseWith(digitalProfileSchema, document, "profile.invalid");
}

/** Key of an undirected pair. */
export function pairKey(a: number, b: number): string {
  return a < b ? `${a}-${b}` : `${b}-${a}`;
}

/** Edges by pair. An edge that is listed in both directions has one entry, the better of the two. */
export function edgesByPair(profile: DigitalProfile): ReadonlyMap<string, DigitalEdge> {
  const edges = new Map<string, DigitalEdge>();
  for (const edge of profile.edges) {
    const key = pairKey(...edge.qubits);
    const known = edges.get(key);
    if (known === undefined || (edge.error ?? 1) < (known.error ?? 1)) edges.set(key, edge);
  }
  return edges;
}

/**
 * The device's noise on its own qubit numbers. A missing T1 or T2 counts as none being known: such a qubit carries a
 * fault and no layout uses it.
 */
export function deviceNoise(profile: DigitalProfile): Noise {
  const { sites } = profile;
  const edges = edgesByPair(profile);
  const edge = (a: number, b: number) => edges.get(pairKey(a, b));
  const assignment = (q: number) => ({
    missed: sites[q]!.prob_meas0_prep1 ?? 0.5,
    invented: sites[q]!.prob_meas1_prep0 ?? 0.5,
  });
  return {
    timing: {
      single: (q) => sites[q]!.pulse_s,
      pair: (a, b) => edge(a, b)?.duration_s ?? 0,
      reset: (q) => sites[q]!.reset_s ?? 0,
      measure: (q) => sites[q]!.measure_s,
      tick_s: profile.clock_s,
    },
    singleError: (q) => sites[q]!.pulse_error ?? 0.5,
    pairError: (a, b) => edge(a, b)?.error ?? 0.75,
    t1: (q) => sites[q]!.t1_s ?? Infinity,
    t2: (q) => sites[q]!.t2_s ?? Infinity,
    reset: assignment,
    readout: assignment,
  };
}
