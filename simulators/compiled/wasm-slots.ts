import type { Slots } from "./slots.ts";
import { trajectoriesOf } from "./stepper-layout.ts";
import type { Stepper } from "./vector-stepper.ts";

const pageBytes = 65536;
const vectorNumbers = 2;

type Instance = { readonly refresh: (base: number) => void; readonly advance: (base: number) => void };

/** Trajectories in the two lanes of a compiled stepper. */
export function createWasmSlots(stepper: Stepper, module: WebAssembly.Module): Slots {
  const { program, layout } = stepper;
  const memory = new WebAssembly.Memory({ initial: Math.ceil(stepper.end / pageBytes) });
  const instance = new WebAssembly.Instance(module, { env: { memory } });
  const { refresh, advance } = instance.exports as unknown as Instance;
  const count = trajectoriesOf(program);
  const prepared = new Float64Array(program.parameters);
  let numbers = new Float64Array(memory.buffer);
  let integers = new Int32Array(memory.buffer);
  let sampleNumbers = 0;
  stepper.constants.forEach((value, k) => {
    numbers.fill(value, layout.constants / 8 + 2 * k, layout.constants / 8 + 2 * k + 2);
  });

  /** Place of coordinate k of a trajectory whose vectors begin at `address`. */
  const place =
    count === 2
      ? (address: number, slot: number, k: number) => address / 8 + vectorNumbers * k + slot
      : (address: number, _slot: number, k: number) =>
          address / 8 + vectorNumbers * (k % program.size) + Math.floor(k / program.size);
  const coordinates = count === 2 ? program.size : 2 * program.size;
  const read = (address: number, slot: number, out: Float64Array) => {
    for (let k = 0; k < coordinates; k++) out[k] = numbers[place(address, slot, k)]!;
  };
  const sampleStart = (slot: number) => stepper.end / 8 + slot * sampleNumbers;
  return {
    count,
    get: (slot, field) => numbers[layout.field[field] / 8 + slot]!,
    set(slot, field, value) {
      const at = layout.field[field] / 8;
      numbers[at + slot] = value;
      if (count === 1) numbers[at + 1] = value;
      if (field === "sampleIndex")
        integers[layout.output / 4 + slot] = 8 * (sampleStart(slot) + 2 * program.groups * value);
    },
    writeState(slot, state) {
      for (let k = 0; k < coordinates; k++) numbers[place(layout.state, slot, k)] = state[k]!;
    },
    readState: (slot, state) => read(layout.state, slot, state),
    readSlope: (slot, slope) => read(layout.slopes, slot, slope),
    writeColumns(slot, columns) {
      program.prepare.forEach((evaluate, lane) => {
        if (count === 2 && lane !== slot) return;
        evaluate(columns, prepared);
        prepared.forEach((value, k) => {
          numbers[layout.parameters / 8 + 2 * k + lane] = value;
        });
      });
    },
    refresh: () => refresh(0),
    advance: () => advance(0),
    reserveSamples(perTrajectory) {
      sampleNumbers = perTrajectory * program.groups * 2;
      const missing = stepper.end + count * sampleNumbers * 8 - memory.buffer.byteLength;
      if (missing <= 0) return;
      memory.grow(Math.ceil(missing / pageBytes));
      numbers = new Float64Array(memory.buffer);
      integers = new Int32Array(memory.buffer);
    },
    samples: (slot) => numbers.subarray(sampleStart(slot), sampleStart(slot) + sampleNumbers),
  };
}
