import { deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { circuitBatchSchema } from "../../../../devices/drivers/ibm/circuits.ts";
import { executorCodec, findCodec, samplerCodec } from "../../../../devices/drivers/ibm/codec.ts";
import { refusal } from "../../../support/refusal.ts";
import { bell } from "./setup.ts";

const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const batch = circuitBatchSchema.parse({
  backend: "ibm_boston",
  circuits: [
    { name: "zz", qasm: bell },
    { name: "xz", qasm: bell, parameters: { theta: 0.1 } },
  ],
  shots: 3,
  options: { rep_delay_s: 0.00025 },
});

/** Wraps bytes as numpy's format 1.0 writes them: magic, version, length, a dictionary padded to 64 bytes. */
function npy(shape: string, data: number[], version = 1): string {
  const text = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape}), }`;
  const start = version === 1 ? 10 : 12;
  const header = text.padEnd(Math.ceil((start + text.length + 1) / 64) * 64 - start - 1) + "\n";
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  if (version === 1) length.writeUInt16LE(header.length);
  else length.writeUInt32LE(header.length);
  const head = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]);
  const file = Buffer.concat([head, length, Buffer.from(header, "latin1"), Buffer.from(data)]);
  return deflateSync(file).toString("base64");
}

const typed = (__type__: string, __value__: unknown) => ({ __type__, __value__ });
const primitive = (fields: Record<string, unknown>) =>
  typed("PrimitiveResult", {
    pub_results: [
      typed("SamplerPubResult", {
        data: typed("DataBin", { field_names: Object.keys(fields), field_types: [], shape: [], fields }),
        metadata: {},
      }),
    ],
    metadata: { version: 2 },
  });
const bitArray = (num_bits: number, array: string) =>
  typed("BitArray", { num_bits, array: typed("ndarray", array) });

describe("sampler", () => {
  it("writes OpenQASM PUBs with support_qiskit and version always said (ibm.md A.3)", () => {
    const params = samplerCodec().encode(batch) as Record<string, never>;
    expect(Object.keys(params).toSorted()).toEqual(["options", "pubs", "support_qiskit", "version"]);
    expect(params).toMatchObject({
      pubs: [
        [bell, null, 3],
        [bell, { theta: 0.1 }, 3],
      ],
      version: 2,
      support_qiskit: false,
      options: {
        default_shots: 3,
        dynamical_decoupling: { enable: false },
        execution: { init_qubits: true, rep_delay: 0.00025, meas_type: "classified" },
        twirling: { enable_gates: false, enable_measure: false },
      },
    });
  });

  it("reads hex samples, c[0] lowest (ibm.md A.6 a)", () => {
    const bytes = json({
      results: [
        { data: { c: { samples: ["0x3", "0x0", "0x1"], num_bits: 2 } }, metadata: {} },
        { data: {}, metadata: {} },
      ],
      metadata: { version: 2 },
    });
    const [zz, empty] = samplerCodec().decode(bytes, ["zz", "xz"], 3);
    expect(zz).toMatchObject({ name: "zz", shots: 3, registers: { c: { num_bits: 2 } } });
    expect([...zz!.registers.c!.bits]).toEqual([1, 1, 0, 0, 1, 0]);
    expect(empty!.registers).toEqual({});
  });

  it("reads registers wider than a number: bit 64 of 65", () => {
    const samples = ["0x10000000000000001"];
    const [result] = samplerCodec().decode(
      json({ results: [{ data: { c: { samples, num_bits: 65 } } }] }),
      ["a"],
      1,
    );
    const { bits } = result!.registers.c!;
    expect(bits.length).toBe(65);
    expect(bits.reduce((sum, bit) => sum + bit, 0)).toBe(2);
    expect([bits[0], bits[64]]).toEqual([1, 1]);
  });

  it.each([1, 2])(
    "reads BitArrays from .npy version %d: bytes big-endian, padding left (ibm.md A.6 b)",
    (version) => {
      // 10 bits: value 0x201 is bytes 02 01, bits 0 and 9; value 0x0fe is 00 fe, bits 1 to 7.
      const bytes = json(primitive({ c: bitArray(10, npy("2, 2", [0x02, 0x01, 0x00, 0xfe], version)) }));
      const [result] = samplerCodec({ support_qiskit: true }).decode(bytes, ["a"], 2);
      const { bits } = result!.registers.c!;
      expect([...bits.subarray(0, 10)]).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
      expect([...bits.subarray(10)]).toEqual([0, 1, 1, 1, 1, 1, 1, 1, 0, 0]);
    },
  );

  it.each([
    ["a traceback", Buffer.from("Traceback (most recent call last):"), ""],
    [
      "too few samples",
      json({ results: [{ data: { c: { samples: ["0x0"], num_bits: 1 } } }] }),
      "results[0].data.c.samples",
    ],
    [
      "too many bits",
      json({ results: [{ data: { c: { samples: ["0x0", "0x4"], num_bits: 2 } } }] }),
      "results[0].data.c.samples[1]",
    ],
    [
      "no num_bits",
      json({ results: [{ data: { c: { samples: ["0x0", "0x0"] } } }] }),
      "results[0].data.c.num_bits",
    ],
    ["another number of results", json({ results: [] }), "results"],
    ["another shape", json(primitive({ c: bitArray(10, npy("1, 2", [0, 0])) })), "pub_results[0].c"],
    ["a broken array", json(primitive({ c: bitArray(10, "AAAA") })), "pub_results[0].c"],
  ])("refuses %s", (_what, bytes, path) => {
    const error = refusal(() => samplerCodec().decode(bytes, ["a"], 2));
    expect(error.code).toBe("ibm.results_unreadable");
    expect(error.problems[0]!.path).toBe(path);
    expect(error.problems[0]!.expected).toBeTruthy();
  });
});

describe("executor v2.0", () => {
  it("is behind a flag", () => {
    expect(refusal(() => findCodec("executor")).code).toBe("ibm.codec_experimental");
    expect(findCodec("executor", true).program_id).toBe("executor");
  });

  it("writes one item a circuit, in the published form (ibm.md A.4)", () => {
    const plain = { ...batch, circuits: [batch.circuits[0]!] };
    expect(executorCodec().encode({ ...plain, shots: 4096, options: {} })).toEqual({
      schema_version: "v2.0",
      quantum_program: {
        shots: 4096,
        meas_level: "classified",
        circuits: { data: [bell] },
        items: [
          {
            item_type: "circuit",
            circuit_arguments: { data: "eJwDAAAAAAE=", shape: [0], dtype: "f64" },
            shape: [],
            chunk_size: "auto",
          },
        ],
      },
      options: {
        init_qubits: true,
        rep_delay: null,
        scheduler_timing: true,
        stretch_values: false,
        experimental: {},
      },
    });
    expect(refusal(() => executorCodec().encode(batch)).problems[0]!.path).toBe("circuits[1].parameters");
  });

  it("reads boolean tensors, packed in little bit order", () => {
    // Elements 0 and 3 of 3 × 2 are set: bits 0 and 3 of the byte.
    const c = { data: deflateSync(Buffer.from([0b1001])).toString("base64"), shape: [3, 2], dtype: "bool" };
    const bytes = json({ schema_version: "v2.0", data: [{ results: { c }, metadata: {} }], metadata: {} });
    expect([...executorCodec().decode(bytes, ["a"], 3)[0]!.registers.c!.bits]).toEqual([1, 0, 0, 1, 0, 0]);
    expect(refusal(() => executorCodec().decode(bytes, ["a"], 2)).code).toBe("ibm.results_unreadable");
  });
});
