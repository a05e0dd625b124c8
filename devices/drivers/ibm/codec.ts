import { EntrainError, invalidInput } from "#core/errors";
import type { CircuitBatch, CircuitResult, Register } from "./circuits.ts";
import { decodeBooleans, decodeNpy, undecodable, unpackBytes, unpackHex } from "./tensors.ts";

/** How a batch is written as the `params` of a job, and its results are read back. */
export interface Codec {
  readonly program_id: string;
  encode(batch: CircuitBatch): Readonly<Record<string, unknown>>;
  /** @throws EntrainError `ibm.results_unreadable` */
  decode(bytes: Uint8Array, names: readonly string[], shots: number): CircuitResult[];
}

/**
 * The `sampler` program, version 2, with OpenQASM text in its PUBs. Results are plain JSON with hex samples unless
 * `support_qiskit` asks for the Python client's encoding; both are read, whichever was asked for. The two defaults
 * that IBM's documents name for `support_qiskit` differ, so it is always sent.
 */
export function samplerCodec(options: { readonly support_qiskit?: boolean } = {}): Codec {
  return {
    program_id: "sampler",
    encode: (batch) => ({
      pubs: batch.circuits.map(({ qasm, parameters }) => [qasm, parameters ?? null, batch.shots]),
      version: 2,
      support_qiskit: options.support_qiskit ?? false,
      options: {
        default_shots: batch.shots,
        dynamical_decoupling: { enable: false },
        execution: {
          init_qubits: batch.options.init_qubits ?? true,
          meas_type: "classified",
          ...(batch.options.rep_delay_s === undefined ? {} : { rep_delay: batch.options.rep_delay_s }),
        },
        twirling: { enable_gates: false, enable_measure: batch.options.twirl_measurement ?? false },
      },
    }),
    decode: (bytes, names, shots) => {
      const body = parseJson(bytes);
      return field(body, "__type__") === "PrimitiveResult"
        ? decodePrimitive(body, names, shots)
        : decodeSamples(body, names, shots);
    },
  };
}

/**
 * The successor, `executor` with schema v2.0: the form is IBM's published schema, but whether the service takes
 * OpenQASM text there has not been seen, nor whether the last axis of a result starts with c[0], which is assumed
 * here. Parameters are refused: how they are laid out is not documented for text.
 */
export function executorCodec(): Codec {
  return {
    program_id: "executor",
    encode: (batch) => {
      const index = batch.circuits.findIndex(({ parameters }) => parameters !== undefined);
      if (index >= 0) {
        throw invalidInput({
          path: `circuits[${index}].parameters`,
          message: "the executor codec takes no parameters",
          found: "parameters",
          expected: "numbers written into the text",
        });
      }
      if (batch.options.twirl_measurement) {
        throw invalidInput({
          path: "options.twirl_measurement",
          message: "the executor codec does not twirl",
          found: true,
          expected: "false, or the sampler codec",
        });
      }
      return {
        schema_version: "v2.0",
        quantum_program: {
          shots: batch.shots,
          meas_level: "classified",
          circuits: { data: batch.circuits.map(({ qasm }) => qasm) },
          items: batch.circuits.map(() => ({
            item_type: "circuit",
            // zlib of nothing: a tensor without elements.
            circuit_arguments: { data: "eJwDAAAAAAE=", shape: [0], dtype: "f64" },
            shape: [],
            chunk_size: "auto",
          })),
        },
        options: {
          init_qubits: batch.options.init_qubits ?? true,
          rep_delay: batch.options.rep_delay_s ?? null,
          scheduler_timing: true,
          stretch_values: false,
          experimental: {},
        },
      };
    },
    decode: (bytes, names, shots) => {
      const items = list(field(parseJson(bytes), "data"), "data", names.length);
      return items.map((item, i) => {
        const path = `data[${i}].results`;
        return resultOf(
          names[i]!,
          shots,
          record(field(item, "results"), path),
          (tensor, at) => {
            const { shape, data } = decodeBooleans(tensor, at);
            if (shape.length !== 2 || shape[0] !== shots) {
              throw undecodable(at, "the tensor has another shape", shape.join("×"), `${shots}×bits`);
            }
            return { num_bits: shape[1]!, bits: data };
          },
          path,
        );
      });
    },
  };
}

export type CodecName = "sampler" | "executor";

/** @throws EntrainError for `executor` unless `experimental` is set: it has not been seen to work with text */
export function findCodec(name: CodecName, experimental = false): Codec {
  if (name === "sampler") return samplerCodec();
  if (experimental) return executorCodec();
  throw new EntrainError("ibm.codec_experimental", {
    path: "codec",
    message: "the executor codec has not been tried against the service",
    found: name,
    expected: "sampler, or the flag for experimental codecs",
  });
}

function decodeSamples(body: unknown, names: readonly string[], shots: number): CircuitResult[] {
  return list(field(body, "results"), "results", names.length).map((item, i) => {
    const path = `results[${i}].data`;
    return resultOf(
      names[i]!,
      shots,
      record(field(item, "data"), path),
      (register, at) => {
        const num_bits = bitCount(field(register, "num_bits"), at);
        const samples = field(register, "samples");
        if (!Array.isArray(samples))
          throw undecodable(at, "no samples", typeof samples, "a list of hex texts");
        return { num_bits, bits: unpackHex(samples, shots, num_bits, `${at}.samples`) };
      },
      path,
    );
  });
}

function decodePrimitive(body: unknown, names: readonly string[], shots: number): CircuitResult[] {
  const pubs = list(field(unwrap(body, "PrimitiveResult", ""), "pub_results"), "pub_results", names.length);
  return pubs.map((pub, i) => {
    const path = `pub_results[${i}]`;
    const bin = unwrap(field(unwrap(pub, "SamplerPubResult", path), "data"), "DataBin", `${path}.data`);
    const fields = record(field(bin, "fields"), `${path}.data.fields`);
    return resultOf(
      names[i]!,
      shots,
      fields,
      (register, at) => {
        const array = unwrap(register, "BitArray", at);
        const num_bits = bitCount(field(array, "num_bits"), at);
        const tensor = decodeNpy(unwrap(field(array, "array"), "ndarray", at), at);
        return { num_bits, bits: unpackBytes(tensor, shots, num_bits, at) };
      },
      path,
    );
  });
}

function resultOf(
  name: string,
  shots: number,
  registers: Readonly<Record<string, unknown>>,
  read: (register: unknown, path: string) => Register,
  path: string,
): CircuitResult {
  const decoded = Object.entries(registers).map(
    ([key, value]) => [key, read(value, `${path}.${key}`)] as const,
  );
  return { name, shots, registers: Object.fromEntries(decoded) };
}

function parseJson(bytes: Uint8Array): unknown {
  const text = Buffer.from(bytes).toString("utf8");
  try {
    return JSON.parse(text);
  } catch {
    // A failed job's results may be the text of a Python traceback.
    throw undecodable("", "the results are not JSON", text.slice(0, 120), "JSON");
  }
}

function field(value: unknown, key: string): unknown {
  return value !== null && typeof value === "object" ? (value as Record<string, unknown>)[key] : undefined;
}

function record(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (value !== null && typeof value === "object" && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw undecodable(path, "no registers", value === undefined ? "nothing" : typeof value, "an object");
}

function list(value: unknown, path: string, length: number): readonly unknown[] {
  if (Array.isArray(value) && value.length === length) return value;
  const found = Array.isArray(value) ? value.length : "nothing";
  throw undecodable(path, "another number of results", found, `${length}, one a circuit`);
}

function unwrap(value: unknown, type: string, path: string): unknown {
  if (field(value, "__type__") === type) return field(value, "__value__");
  throw undecodable(path, "another type", field(value, "__type__") ?? "nothing", type);
}

function bitCount(value: unknown, path: string): number {
  if (typeof value === "number" && Number.isInteger(value) && value > 0) return value;
  throw undecodable(`${path}.num_bits`, "no number of bits", value ?? "nothing", "a whole number above 0");
}
