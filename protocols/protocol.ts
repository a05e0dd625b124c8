import type { z } from "zod";
import type { Analysis } from "#ir/analysis";
import type { CircuitsWanted } from "#ir/circuits";
import type { Operation } from "#ir/operations";
import type { WantedModel } from "#ir/platform";
import type { Axis } from "#ir/scan";

/** What a protocol may know of the device it is planned for. */
export interface Layout {
  readonly sites: readonly string[];
  readonly bonds: readonly (readonly [string, string])[];
}

/**
 * An experiment in words that no hardware owns: parameters, the model it wants, the axes it sweeps, what is done at
 * every point, and how its records are read.
 */
export interface Protocol<S extends z.ZodType = z.ZodType> {
  readonly kind: string;
  readonly title: string;
  readonly description: string;
  /** Parameters after quantities are normalised, `kind` included. */
  readonly schema: S;
  wanted(parameters: z.output<S>): WantedModel;
  /** Outermost first. Axes named `exchange` and `detuning` are stepped through by the device itself. */
  axes(parameters: z.output<S>, layout: Layout): Axis[];
  /** @throws EntrainError `protocol.layout` when the device does not have what the protocol needs */
  operations(parameters: z.output<S>, layout: Layout): Operation[];
  /** Everything about the analysis but the grouping of sites, which follows from the theory of the prediction. */
  analysis(parameters: z.output<S>, layout: Layout): Omit<Analysis, "groups">;
}

/** An experiment for gate-model devices: what is run at every point is a model, not operations. */
export interface CircuitProtocol<S extends z.ZodType = z.ZodType> {
  readonly kind: string;
  readonly title: string;
  readonly description: string;
  readonly schema: S;
  /** Outermost first. */
  axes(parameters: z.output<S>): Axis[];
  wanted(parameters: z.output<S>): CircuitsWanted;
  analysis(parameters: z.output<S>): Omit<Analysis, "groups">;
}
