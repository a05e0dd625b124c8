import { countUses, type Expression, operandsOf, topologicalOrder } from "./expression.ts";

/** How the leaves of an expression are written. */
export interface TextLeaves {
  readonly state: (index: number) => string;
  readonly parameter: (index: number) => string;
}

/**
 * JavaScript statements that work out expressions: shared ones into constants whose names begin with `prefix`, then
 * the statement that `store` makes of each output and its text.
 *
 * Operations come in the order of the graph, so that the numbers are those of every other back end to the last bit.
 */
export function emitJavascript(
  outputs: readonly Expression[],
  leaves: TextLeaves,
  store: (output: number, value: string) => string,
  prefix = "t",
): string[] {
  const uses = countUses(outputs);
  const text = new Map<Expression, string>();
  const statements: string[] = [];
  const signs = { add: "+", sub: "-", mul: "*" } as const;
  for (const e of topologicalOrder(outputs)) {
    const [left, right] = operandsOf(e).map((operand) => text.get(operand)!);
    let written: string;
    if (e.kind === "constant") written = e.value < 0 ? `(${e.value})` : `${e.value}`;
    else if (e.kind === "state" || e.kind === "parameter") written = leaves[e.kind](e.index);
    else written = e.kind === "neg" ? `(-${left})` : `(${left} ${signs[e.kind]} ${right})`;
    if (e.kind !== "constant" && uses.get(e)! > 1) {
      statements.push(`const ${prefix}${e.id} = ${written};`);
      written = `${prefix}${e.id}`;
    }
    text.set(e, written);
  }
  return [...statements, ...outputs.map((output, k) => store(k, text.get(output)!))];
}
