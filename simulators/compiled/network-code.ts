import { coordinateCount } from "#model/generator";
import type { FunctionHandle, ModuleBuilder } from "../wasm/assembler.ts";
import { emitVector } from "./emit-vector.ts";
import type { Expression } from "./expression.ts";
import { createScope, type Scope, type Writing } from "./step-code.ts";
import { vectorBytes } from "./stepper-layout.ts";
import type { NetworkEquations } from "./vector-program.ts";
import type { Push, Variable } from "./vector-script.ts";

const siteBytes = coordinateCount * vectorBytes;
const pairBytes = 2 * vectorBytes;

/**
 * Defines `derivative(base, from, to)` of a network, whose state begins at `from`, slope at `to`, and the rest at
 * `base`: ⟨A†⟩ of every site, then the fields, written out since they are few, then every site in its field.
 */
export function defineNetworkDerivative(
  module: ModuleBuilder,
  writing: Writing,
  network: NetworkEquations,
): FunctionHandle {
  const { layout, program } = writing;
  const fields = module.define("fields", { params: ["i32"], results: [] }, (code) => {
    writeFields(createScope(writing, code), writing, network);
  });
  return module.define("derivative", { params: ["i32", "i32", "i32"], results: [] }, (code) => {
    const scope = createScope(writing, code);
    const { script, base, constant } = scope;
    const { op, load, store, keep } = script;
    const place = (offset: number) => op("i32.add", base, script.i32(offset));

    /** Runs pointers over the sites, a step of their own for each. */
    const forSites = (
      starts: readonly (readonly [start: Push, bytes: number])[],
      body: (pointers: readonly Push[]) => void,
    ) =>
      code.scope(() => {
        const pointers = starts.map(([start]): Variable => script.variable("i32", start));
        const bytes = starts[0]![1] * program.groups;
        const end = keep(op("i32.add", pointers[0]!.get, script.i32(bytes)), "i32");
        code.loop(() => {
          code.scope(() => body(pointers.map(({ get }) => get)));
          starts.forEach(([, step], k) => {
            const pointer = pointers[k]!;
            pointer.set(op("i32.add", pointer.get, script.i32(step)));
          });
          op("i32.lt_u", pointers[0]!.get, end)();
          code.branchIf(0);
        });
      });

    /** Expressions of a site, every leaf loaded once. */
    const evaluate = (
      outputs: readonly Expression[],
      state: (k: number) => Push,
      parameters: Push,
      into: (k: number, value: Push) => void,
    ) => {
      const leaves = new Map<string, Push>();
      const leaf = (name: string, value: () => Push): Push => {
        const known = leaves.get(name) ?? keep(value());
        leaves.set(name, known);
        return known;
      };
      emitVector(
        code,
        outputs,
        {
          state: (k) => leaf(`state ${k}`, () => state(k))(),
          parameter: (k) => leaf(`parameter ${k}`, () => load(parameters, k * vectorBytes))(),
          constant: (value) => leaf(`constant ${value}`, () => constant(value))(),
        },
        (k) => {
          const result = code.local("v128");
          code.set(result);
          into(k, () => code.get(result));
        },
        writing.fused,
      );
    };

    const from: Push = () => code.get(1);
    const to: Push = () => code.get(2);
    const parameterBytes = network.siteParameters * vectorBytes;
    const parameters = [place(layout.parameters), parameterBytes] as const;
    forSites(
      [[from, siteBytes], parameters, [place(layout.amplitudes), pairBytes]],
      ([x, own, amplitudes]) => {
        evaluate(
          network.amplitude,
          (k) => load(x!, k * vectorBytes),
          own!,
          (k, value) => store(amplitudes!, k * vectorBytes, value),
        );
      },
    );
    base();
    code.call(fields);
    forSites(
      [[from, siteBytes], parameters, [place(layout.fields), pairBytes], [to, siteBytes]],
      ([x, own, field, slope]) => {
        evaluate(
          network.site,
          (k) =>
            k < coordinateCount
              ? load(x!, k * vectorBytes)
              : load(field!, (k - coordinateCount) * vectorBytes),
          own!,
          (k, value) => store(slope!, k * vectorBytes, value),
        );
      },
    );
  });
}

/** F_i = Σ_j J_ij ⟨A_j⟩ = Σ_j J_ij ⟨A†_j⟩*. */
function writeFields(
  { script, base }: Scope,
  { layout, program }: Writing,
  { pairs, complex }: NetworkEquations,
): void {
  const { code, op, load, store } = script;
  const ends = Array.from({ length: program.groups }, () => [] as { at: number; j: number; back: boolean }[]);
  for (const { i, j, parameter } of pairs) {
    const at = layout.parameters + parameter * vectorBytes;
    ends[i]!.push({ at, j, back: false });
    if (i !== j) ends[j]!.push({ at, j: i, back: true });
  }
  const product = (sum: Push | undefined, a: Push, b: Push, sign: 1 | -1): Push => {
    const term = op("f64x2.mul", a, b);
    if (sum) return op(sign === 1 ? "f64x2.add" : "f64x2.sub", sum, term);
    return sign === 1 ? term : op("f64x2.neg", term);
  };
  ends.forEach((row, i) => {
    code.scope(() => {
      let re: Push | undefined;
      let im: Push | undefined;
      for (const { at, j, back } of row) {
        const amplitude = layout.amplitudes + j * pairBytes;
        const [x, y] = [load(base, amplitude), load(base, amplitude + vectorBytes)];
        const jRe = load(base, at);
        re = product(re, jRe, x, 1);
        im = product(im, jRe, y, -1);
        if (complex && j !== i) {
          const jIm = load(base, at + vectorBytes);
          // J_ji = J_ij*.
          re = product(re, jIm, y, back ? -1 : 1);
          im = product(im, jIm, x, back ? -1 : 1);
        }
      }
      const zero: Push = () => code.f64x2(0, 0);
      store(base, layout.fields + i * pairBytes, re ?? zero);
      store(base, layout.fields + i * pairBytes + vectorBytes, im ?? zero);
    });
  });
}
