import { z } from "zod";
import { parseWith } from "#core/schema";

const name = z.string().min(1);
const names = z.record(z.string(), name);
const level = z.int().min(0).max(2);

/** Where an index of the scan stands: a column with its unit, or one value for the whole file. */
const csvAxisSchema = z.union([
  z.strictObject({
    column: name,
    unit: z.string().optional().describe("Unit of the column, e.g. MHz; needed where the axis has one"),
  }),
  z.strictObject({
    value: z.union([z.string(), z.number()]).describe("The same for every row, e.g. 14 MHz"),
  }),
]);

const csvSettingSchema = z.union([
  z.strictObject({
    column: name,
    names: names.default({}).describe("Name in the file → name of the setting, where they differ"),
  }),
  z.strictObject({ value: name.describe("The same for every row") }),
]);

/** A CSV file: one row for each shot, or with `count` for each outcome. */
export const csvMappingSchema = z
  .strictObject({
    format: z.literal("csv"),
    delimiter: z.string().length(1).default(","),
    comment: z.string().default("").describe("Lines that begin so are left out"),
    axes: z.record(z.string(), csvAxisSchema).default({}),
    setting: csvSettingSchema.optional().describe("May be left out where there is one setting"),
    sites: z
      .record(z.string(), z.strictObject({ column: name }))
      .optional()
      .describe("A column of levels for each site: rows are shots, or joint outcomes with a count"),
    site: z
      .strictObject({ column: name, names: names.default({}) })
      .optional()
      .describe("A column that names the site: rows are outcomes of single sites"),
    level: z.strictObject({ column: name }).optional().describe("The level, beside `site`"),
    levels: z
      .record(z.string(), level)
      .default({ "0": 0, "1": 1, "2": 2 })
      .describe("Text in the file → level"),
    count: z.strictObject({ column: name }).optional().describe("How often; once where it is left out"),
    shots: z.int().min(1).optional().describe("What the rows of a point and setting must add up to"),
  })
  .refine(
    ({ sites, site, level: column }) =>
      (sites === undefined) !== (site === undefined || column === undefined),
    {
      path: ["sites"],
      message: "a file has a column for each site, or the columns site and level",
      params: { expected: "sites, or site and level" },
    },
  );
export type CsvMapping = z.output<typeof csvMappingSchema>;

/** A result file of ARTIQ: which datasets hold what. */
export const artiqMappingSchema = z.strictObject({
  format: z.literal("artiq"),
  axes: z
    .record(z.string(), z.strictObject({ dataset: name, unit: z.string().optional() }))
    .describe("Dataset of the values of each axis"),
  settings: z
    .array(name)
    .optional()
    .describe("Settings in the order of the data; may be left out where there is one"),
  sites: z.array(name).min(1).describe("Sites in the order of the data"),
  data: z.strictObject({
    dataset: name,
    dimensions: z.array(name).min(2).describe("Axes, setting, shot and site, slowest first"),
  }),
  thresholds: z
    .record(z.string(), z.array(z.number()).min(1).max(2))
    .optional()
    .describe("Photon counts from which on a site is brighter; without them the data are levels"),
  brightness: z
    .array(level)
    .min(2)
    .max(3)
    .optional()
    .describe("Levels from dark to bright, with `thresholds`"),
});
export type ArtiqMapping = z.output<typeof artiqMappingSchema>;

/** Results of a Sampler job: what its circuits and bits mean. */
export const ibmMappingSchema = z.strictObject({
  format: z.literal("ibm-sampler"),
  shots: z.int().min(1),
  circuits: z
    .array(z.record(z.string(), z.union([z.string(), z.number()])))
    .min(1)
    .describe(
      "For each circuit of the job in its order: value of every axis, e.g. 14 MHz, and name of the setting",
    ),
  sites: z.record(
    z.string(),
    z.strictObject({
      register: name,
      bits: z.array(z.int().min(0)).min(1).max(4),
      levels: z.record(z.string().regex(/^[01]+$/), level).describe("Bits in the order of `bits` → level"),
    }),
  ),
});
export type IbmMapping = z.output<typeof ibmMappingSchema>;

export const mappingSchema = z
  .discriminatedUnion("format", [csvMappingSchema, artiqMappingSchema, ibmMappingSchema])
  .meta({ id: "DataMapping" });
export type Mapping = z.output<typeof mappingSchema>;

/** @throws EntrainError `mapping.invalid` with all problems */
export function parseMapping(document: unknown): Mapping {
  return parseWith(mappingSchema, document, "mapping.invalid");
}

/** What a mapping says about a text of the data; undefined where it says nothing. */
export function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  // "constructor" and the like are on every object.
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
