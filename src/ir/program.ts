import { z } from "zod";

/** What a stack's resolution did to one kind of number; the entry that moved furthest stands for the rest. */
export const quantisationSchema = z
  .strictObject({
    quantity: z.enum(["frequency", "phase", "amplitude", "time", "duration", "envelope"]),
    /** Unit of the numbers below: Hz, turn, full scale or s. */
    unit: z.string(),
    /** Step of the stack's grid. */
    step: z.number(),
    /** How many numbers there are, and how many of them were moved. */
    count: z.int(),
    moved: z.int(),
    /** Largest |emitted − wanted|. */
    largest_error: z.number(),
    where: z.string(),
    wanted: z.number(),
    emitted: z.number(),
  })
  .meta({ id: "Quantisation" });
export type Quantisation = z.infer<typeof quantisationSchema>;

/** The exact text that a hardware stack takes. */
export const programSchema = z
  .strictObject({
    target: z.string(),
    target_version: z.string(),
    file_name: z.string(),
    text: z.string(),
    sha256: z.string(),
    /** What was rounded on the way; absent where a target writes numbers in full. */
    quantisation: z.array(quantisationSchema).optional(),
    /** What the emitter had to suppose about the stack: wiring, local oscillators, firmware. */
    assumptions: z.array(z.string()).optional(),
  })
  .meta({ id: "Program" });
export type Program = z.infer<typeof programSchema>;

/** A file that a stack loads. */
export interface ProgramFile {
  /** Relative to the output folder; may contain folders. */
  readonly name: string;
  readonly text: string;
}
