import { z } from "zod";
import { EntrainError, type Problem } from "#core/errors";
import { parseWith } from "#core/schema";
import { parseQuantity } from "#core/units";
import { type DigitalEdge, type DigitalProfile, type DigitalSite, parseDigitalProfile } from "./profile.ts";

const parameterSchema = z.looseObject({
  name: z.string(),
  value: z.unknown(),
  unit: z.string().default(""),
  date: z.string().optional(),
});
type Parameter = z.infer<typeof parameterSchema>;

/** What the service answers for a backend's configuration and properties, as far as a profile needs it. */
const backendSchema = z.looseObject({
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
    processor_type: z
      .looseObject({
        family: z.string().default(""),
        revision: z.union([z.string(), z.number()]).default(""),
      })
      .optional(),
    n_qubits: z.int().min(1),
    basis_gates: z.array(z.string()),
    supported_instructions: z.array(z.string()).default([]),
    supported_features: z.array(z.string()).default([]),
    coupling_map: z.array(z.tuple([z.int(), z.int()])),
    coords: z.array(z.tuple([z.number(), z.number()])).optional(),
    /** ns. */
    dt: z.number().positive(),
    /** µs. */
    default_rep_delay: z.number().default(250),
    rep_delay_range: z.tuple([z.number(), z.number()]).optional(),
  }),
  properties: z.looseObject({
    last_update_date: z.string(),
    qubits: z.array(z.array(parameterSchema)),
    gates: z.array(
      z.looseObject({ gate: z.string(), qubits: z.array(z.int()), parameters: z.array(parameterSchema) }),
    ),
    /** Lists such as faulty qubits, where the service still sends them. */
    faulty_qubits: z.array(z.int()).optional(),
  }),
});

/** Digits of a published calibration that mean anything. */
const digits = 6;

/**
 * Profile of a backend from its `{configuration, properties}`, as the service returns them or as a snapshot holds them.
 *
 * Uncalibrated gates (error 1 or none), qubits without T1, T2 or a usable read-out, and qubits marked as not operational
 * become faults; nothing is filled in.
 *
 * @throws EntrainError `import.ibm` naming every field that cannot be read
 */
export function importBackend(document: unknown, options: { readonly name: string }): DigitalProfile {
  const { configuration, properties, _source } = parseWith(backendSchema, document, "import.ibm");
  const pairGate = (["cz", "ecr"] as const).find((gate) => configuration.basis_gates.includes(gate));
  const problems: Problem[] = [];
  if (pairGate === undefined) {
    problems.push({
      path: "configuration.basis_gates",
      message: `${configuration.backend_name} has no two-qubit gate the compiler writes`,
      found: configuration.basis_gates,
      expected: "cz or ecr",
    });
  }
  const count = configuration.n_qubits;
  if (properties.qubits.length !== count) {
    problems.push({
      path: "properties.qubits",
      message: `${properties.qubits.length} qubits have properties, the configuration has ${count}`,
      found: properties.qubits.length,
      expected: String(count),
    });
  }
  const updated = new Date(properties.last_update_date);
  if (Number.isNaN(updated.getTime())) {
    problems.push({
      path: "properties.last_update_date",
      message: "the date of the calibration cannot be read",
      found: properties.last_update_date,
      expected: "an ISO 8601 date and time",
    });
  }
  if (problems.length > 0) throw new EntrainError("import.ibm", problems);

  const dates: string[] = [];
  const find = (parameters: readonly Parameter[] | undefined, name: string) => {
    const parameter = parameters?.find((p) => p.name === name);
    if (typeof parameter?.value !== "number") return undefined;
    return parameter;
  };
  const read = (
    parameters: readonly Parameter[] | undefined,
    name: string,
    dimension: "time" | "number",
    path: string,
  ): number | undefined => {
    const parameter = find(parameters, name);
    if (parameter === undefined) return undefined;
    if (parameter.date !== undefined) dates.push(parameter.date);
    const value =
      dimension === "number"
        ? (parameter.value as number)
        : parseQuantity(`${parameter.value} ${parameter.unit}`, "time", path);
    return Number(value.toPrecision(digits));
  };
  const gatesOn = new Map<string, readonly Parameter[]>();
  for (const { gate, qubits, parameters } of properties.gates)
    gatesOn.set(`${gate} ${qubits.join(" ")}`, parameters);
  const can = (instruction: string) => configuration.supported_instructions.includes(instruction);

  const sites = properties.qubits.map((parameters, q): DigitalSite => {
    const path = `properties.qubits[${q}]`;
    const faults: string[] = [];
    const t1 = read(parameters, "T1", "time", `${path}.T1`) ?? null;
    const t2 = read(parameters, "T2", "time", `${path}.T2`) ?? null;
    const sx = gatesOn.get(`sx ${q}`);
    const pulseError = read(sx, "gate_error", "number", `sx ${q}`) ?? null;
    const missed = read(parameters, "prob_meas0_prep1", "number", path) ?? null;
    const invented = read(parameters, "prob_meas1_prep0", "number", path) ?? null;
    const measure =
      read(gatesOn.get(`measure ${q}`), "gate_length", "time", `measure ${q}`) ??
      read(parameters, "readout_length", "time", path);
    const reset = can("reset")
      ? read(gatesOn.get(`reset ${q}`), "gate_length", "time", `reset ${q}`)
      : undefined;
    if (t1 === null || t1 <= 0) faults.push("no T1");
    if (t2 === null || t2 <= 0) faults.push("no T2");
    if (pulseError === null || pulseError >= 0.5) faults.push("sx is not calibrated");
    if (missed === null || invented === null || missed + invented >= 0.9)
      faults.push("read-out is not calibrated");
    if (measure === undefined) faults.push("no read-out length");
    if (find(parameters, "operational")?.value === 0 || properties.faulty_qubits?.includes(q)) {
      faults.push("not operational");
    }
    return {
      id: `q${q}`,
      position: configuration.coords?.[q] ?? [q, 0],
      t1_s: t1 !== null && t1 > 0 ? t1 : null,
      // A measured T2 may exceed 2·T1 by its error bar.
      t2_s: t2 !== null && t2 > 0 ? Math.min(t2, t1 !== null && t1 > 0 ? 2 * t1 : t2) : null,
      pulse_error: pulseError,
      pulse_s: read(sx, "gate_length", "time", `sx ${q}`) ?? 0,
      prob_meas0_prep1: missed,
      prob_meas1_prep0: invented,
      measure_s: measure ?? 0,
      reset_s: reset ?? null,
      faults,
    };
  });

  const directed = pairGate === "ecr";
  const seen = new Set<string>();
  const edges: DigitalEdge[] = [];
  for (const [from, to] of configuration.coupling_map) {
    const key = directed || from < to ? `${from} ${to}` : `${to} ${from}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const [a, b] = key.split(" ").map(Number) as [number, number];
    const parameters = gatesOn.get(`${pairGate} ${a} ${b}`) ?? gatesOn.get(`${pairGate} ${b} ${a}`);
    const error = read(parameters, "gate_error", "number", `${pairGate} ${key}`) ?? null;
    const faults = error === null || error >= 0.75 ? [`${pairGate} is not calibrated`] : [];
    const status = find(parameters, "operational");
    if (status?.value === 0) faults.push("not operational");
    edges.push({
      qubits: [a, b],
      error,
      duration_s: read(parameters, "gate_length", "time", `${pairGate} ${key}`) ?? 0,
      faults,
    });
  }
  edges.sort((x, y) => x.qubits[0] - y.qubits[0] || x.qubits[1] - y.qubits[1]);

  const usable = dates.map((date) => new Date(date).getTime()).filter((time) => Number.isFinite(time));
  const origin = _source?.repository
    ? `; ${_source.repository}@${(_source.commit ?? "").slice(0, 12)}, ${_source.license ?? "licence unknown"}`
    : "";
  const { processor_type: processor } = configuration;
  return parseDigitalProfile({
    schema_version: 1,
    kind: "digital",
    name: options.name,
    title: `${configuration.backend_name}, ${count} qubits`,
    provenance: [
      {
        source: `calibration of ${configuration.backend_name} ${configuration.backend_version}, ${properties.last_update_date}${origin}`,
        detail: "gate, read-out and coherence figures as published, six digits kept; T2 at most 2·T1",
      },
    ],
    backend: {
      name: configuration.backend_name,
      version: configuration.backend_version,
      processor: processor ? `${processor.family} r${processor.revision}` : "unknown",
      calibrated_at: updated.toISOString(),
      oldest_value_at: new Date(Math.min(updated.getTime(), ...usable)).toISOString(),
    },
    instructions: configuration.supported_instructions,
    features: configuration.supported_features,
    pair_gate: pairGate,
    clock_s: fromNanoseconds(configuration.dt),
    rep_delay_s: {
      default: fromMicroseconds(configuration.default_rep_delay),
      minimum: fromMicroseconds(configuration.rep_delay_range?.[0] ?? 0),
      maximum: fromMicroseconds(configuration.rep_delay_range?.[1] ?? configuration.default_rep_delay),
    },
    sites,
    edges,
  });
}

function fromNanoseconds(value: number): number {
  return Number(parseQuantity(`${value} ns`, "time").toPrecision(12));
}

function fromMicroseconds(value: number): number {
  return Number(parseQuantity(`${value} us`, "time").toPrecision(12));
}
