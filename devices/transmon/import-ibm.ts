import { z } from "zod";
import { EntrainError, invalidInput, type Problem } from "#core/errors";
import { parseWith } from "#core/schema";
import { parseQuantity } from "#core/units";
import { assumptionSets } from "./assumption-sets.ts";
import { type TransmonProfile, transmonProfileSchema } from "./schema.ts";

const parameterSchema = z.looseObject({ name: z.string(), value: z.unknown(), unit: z.string().default("") });

/** The part of an IBM backend's configuration and properties that a transmon profile is made from. */
const snapshotSchema = z.looseObject({
  _source: z
    .looseObject({
      repository: z.string().optional(),
      commit: z.string().optional(),
      license: z.string().optional(),
    })
    .optional(),
  configuration: z.looseObject({
    backend_name: z.string(),
    backend_version: z.string().default(""),
    n_qubits: z.int().min(1),
    coupling_map: z.array(z.tuple([z.int(), z.int()])),
    coords: z.array(z.tuple([z.number(), z.number()])).optional(),
  }),
  properties: z.looseObject({
    last_update_date: z.string().default("date unknown"),
    qubits: z.array(z.array(parameterSchema)),
  }),
});

/** `0-3,7` → [0, 1, 2, 3, 7]. */
export function parseSelection(text: string): number[] {
  const chosen: number[] = [];
  for (const part of text.split(",")) {
    const match = /^\s*q?(\d+)\s*(?:-\s*q?(\d+)\s*)?$/.exec(part);
    const from = Number(match?.[1]);
    const to = match?.[2] === undefined ? from : Number(match[2]);
    if (!match || to < from || to - from > 10_000) {
      throw invalidInput({
        path: "--select",
        message: `"${part}" is not a qubit or a range of qubits`,
        found: text,
        expected: "qubit numbers and ranges, e.g. 104-108,111,112",
      });
    }
    for (let q = from; q <= to; q++) chosen.push(q);
  }
  return [...new Set(chosen)].toSorted((a, b) => a - b);
}

/**
 * Makes a transmon profile from a calibration snapshot of an IBM backend, `{configuration, properties}` as the
 * service returns them.
 *
 * @param options.select - qubits to take; all when absent
 * @param options.assumptionSet - name of the set that fills in what the snapshot does not know
 * @throws EntrainError `import.ibm` naming every qubit and parameter that is missing or unusable
 */
export function importIbmSnapshot(
  document: unknown,
  options: { readonly name: string; readonly select?: readonly number[]; readonly assumptionSet: string },
): TransmonProfile {
  const { configuration, properties, _source } = parseWith(snapshotSchema, document, "import.ibm");
  const assumptions = assumptionSets[options.assumptionSet];
  if (!assumptions) {
    throw invalidInput({
      path: "--assume",
      message: `there is no assumption set "${options.assumptionSet}"`,
      found: options.assumptionSet,
      expected: `one of ${Object.keys(assumptionSets).join(", ")}`,
    });
  }
  const selected = options.select ?? properties.qubits.map((_, q) => q);
  const problems: Problem[] = [];
  const sites = selected.map((q) => {
    const parameters = properties.qubits[q];
    if (!parameters) {
      problems.push({
        path: "--select",
        message: `${configuration.backend_name} has no qubit ${q}`,
        found: q,
        expected: `0 to ${properties.qubits.length - 1}`,
      });
    }
    const read = (name: string, dimension: "frequency" | "time" | "number"): number => {
      const parameter = parameters?.find((p) => p.name === name);
      const path = `properties.qubits[${q}].${name}`;
      if (!parameter || typeof parameter.value !== "number") {
        if (parameters) {
          const absent = name === "frequency" || name === "anharmonicity";
          problems.push({
            path,
            message: `qubit ${q} of ${configuration.backend_name} has no ${name}`,
            found: "nothing",
            expected: "a number with its unit",
            ...(absent
              ? { hint: "Snapshots of Heron and Nighthawk processors do not publish it; Eagle ones do." }
              : {}),
          });
        }
        return Number.NaN;
      }
      const text = dimension === "number" ? parameter.value : `${parameter.value} ${parameter.unit}`;
      return parseQuantity(text, dimension, path);
    };
    const t1_s = read("T1", "time");
    return {
      id: `q${q}`,
      position: configuration.coords?.[q] ?? ([q, 0] as [number, number]),
      frequency_hz: read("frequency", "frequency"),
      anharmonicity_hz: read("anharmonicity", "frequency"),
      t1_s,
      // Measured T2 may exceed the bound 2·T1 by its error bar.
      t2_s: Math.min(read("T2", "time"), 2 * t1_s),
      readout: {
        duration_s: read("readout_length", "time"),
        prob_meas0_prep1: read("prob_meas0_prep1", "number"),
        prob_meas1_prep0: read("prob_meas1_prep0", "number"),
      },
    };
  });
  if (problems.length > 0) throw new EntrainError("import.ibm", problems);
  const chosen = new Set(selected);
  const bonds = new Map<string, [string, string]>();
  for (const [a, b] of configuration.coupling_map) {
    if (!chosen.has(a) || !chosen.has(b)) continue;
    const [low, high] = a < b ? [a, b] : [b, a];
    bonds.set(`${low}-${high}`, [`q${low}`, `q${high}`]);
  }
  const origin = _source?.repository
    ? `; ${_source.repository}@${(_source.commit ?? "").slice(0, 12)}, ${_source.license ?? "licence unknown"}`
    : "";
  return parseWith(
    transmonProfileSchema,
    {
      schema_version: 1,
      kind: "transmon",
      name: options.name,
      title: `${configuration.backend_name}, qubits ${selected.join(", ")}`,
      provenance: [
        {
          source: `calibration snapshot of ${configuration.backend_name} ${configuration.backend_version}, ${properties.last_update_date}${origin}`,
          detail:
            "frequencies, anharmonicities, T1, T2, read-out errors and coupling map are measured; everything under assumptions is not on this chip",
        },
      ],
      sites,
      bonds: [...bonds.values()].toSorted((x, y) => Number(x[0].slice(1)) - Number(y[0].slice(1))),
      assumptions,
    },
    "import.ibm",
  );
}
