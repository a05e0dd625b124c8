export const dataFormats = ["hdf5", "csv", "artiq", "ibm-sampler"] as const;
export type DataFormat = (typeof dataFormats)[number];

/** Where data come from, as far as their file says. */
export interface DataSource {
  readonly file: string;
  readonly format: DataFormat;
  readonly bytes: number;
  /** When the file was last changed, ISO. */
  readonly modified: string;
  /** What the file says about itself: name and value. */
  readonly provenance: readonly (readonly [name: string, value: string])[];
  /** Sentences about what a reader should know before trusting the comparison. */
  readonly notes: readonly string[];
}
