import { emitJavascript } from "./emit-javascript.ts";
import type { Expression } from "./expression.ts";

/** Writes the values of expressions to `out`. */
export type Evaluation = (values: Float64Array, out: Float64Array) => void;

/** @param expressions - in the parameters alone or in the state alone, which are `values` */
export function compileEvaluation(expressions: readonly Expression[]): Evaluation {
  const leaf = (k: number) => `values[${k}]`;
  const statements = emitJavascript(
    expressions,
    { state: leaf, parameter: leaf },
    (k, value) => `out[${k}] = ${value};`,
  );
  return new Function("values", "out", statements.join("\n")) as Evaluation;
}
