import type { z } from "zod";
import type { Operation } from "#ir/operations";
import type { WantedModel } from "#ir/platform";

/** An experiment in words that no hardware owns: parameters, the model it wants, what is done and measured. */
export interface Protocol<S extends z.ZodType = z.ZodType> {
  readonly kind: string;
  readonly title: string;
  readonly description: string;
  /** Parameters after quantities are normalised, `kind` included. */
  readonly schema: S;
  wanted(parameters: z.output<S>): WantedModel;
  operations(parameters: z.output<S>): Operation[];
}
