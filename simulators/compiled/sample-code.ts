import type { Code } from "../wasm/assembler.ts";
import { createScope, type Writing } from "./step-code.ts";
import { denseTerms, trajectoriesOf, vectorBytes } from "./stepper-layout.ts";
import type { Push } from "./vector-script.ts";

/**
 * Body of `samples(base, lane)`: writes the samples of one trajectory within the step just accepted. In the memory,
 * `time` and `step` are still those of its beginning, and the dense output of the step is there.
 */
export function writeSamples(writing: Writing, code: Code): void {
  const { program, tableau, layout } = writing;
  const { script, base, constant } = createScope(writing, code);
  const { op, keep, load, store } = script;
  const lane: Push = () => code.get(1);
  const terms = denseTerms(tableau);
  const numbers = keep(op("i32.add", base, op("i32.shl", lane, script.i32(3))), "i32");
  const field =
    (offset: number): Push =>
    () => {
      numbers();
      code.memory("v128.load64_splat", offset);
    };
  const outputPlace = keep(op("i32.add", base, op("i32.shl", lane, script.i32(2))), "i32");
  const output = script.variable("i32", () => {
    outputPlace();
    code.memory("i32.load", layout.output);
  });
  const trajectoryBytes = script.i32(program.groups * terms * vectorBytes);
  const coefficients = keep(op("i32.add", base, op("i32.mul", lane, trajectoryBytes)), "i32");
  const start = keep(field(layout.field.time));
  const one = keep(constant(1));
  const inverse = keep(op("f64x2.div", one, field(layout.field.step)));
  const end = keep(field(layout.field.end));
  const spacing = keep(field(layout.field.sampleSpacing));
  const count = keep(field(layout.field.sampleCount));
  const reached = keep(field(layout.field.reached));
  const index = script.variable("v128", field(layout.field.sampleIndex));
  const time = script.variable("v128", field(layout.field.sampleTime));
  code.loop(() => {
    const theta = keep(op("f64x2.pmin", one, op("f64x2.mul", op("f64x2.sub", time.get, start), inverse)));
    const rest = keep(op("f64x2.sub", one, theta));
    for (let g = 0; g < program.groups; g++) {
      const term = (k: number) => load(coefficients, layout.dense + (g * terms + k) * vectorBytes);
      let value = term(terms - 1);
      for (let k = terms - 2; k >= 0; k--) {
        value = op("f64x2.add", term(k), op("f64x2.mul", k % 2 === 0 ? theta : rest, value));
      }
      store(output.get, g * vectorBytes, value);
    }
    output.set(op("i32.add", output.get, script.i32(program.groups * vectorBytes)));
    index.set(op("f64x2.add", index.get, one));
    // The last sample lies at the end, whatever the rounding.
    const following = op("f64x2.pmin", end, op("f64x2.mul", index.get, spacing));
    time.set(
      script.choose(op("f64x2.lt", index.get, count), following, () => code.f64x2(Infinity, Infinity)),
    );
    op("v128.any_true", op("f64x2.le", time.get, reached))();
    code.branchIf(0);
  });
  outputPlace();
  output.get();
  code.memory("i32.store", layout.output);
  const put = (offset: number, value: Push) => {
    if (trajectoriesOf(program) === 1) store(base, offset, value);
    else {
      numbers();
      value();
      code.lane("f64x2.extract_lane", 0);
      code.memory("f64.store", offset);
    }
  };
  put(layout.field.sampleIndex, index.get);
  put(layout.field.sampleTime, time.get);
}
