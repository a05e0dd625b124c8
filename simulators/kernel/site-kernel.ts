import { coordinateCount, driveGenerators } from "#model/generator";

/** Positions (row, column) of an 8 × 8 matrix at which some site has an entry. */
export interface SparsePattern {
  readonly row: Int32Array;
  readonly column: Int32Array;
}

/** Where any of the matrices has a non-zero entry. */
export function unionPattern(matrices: readonly Float64Array[]): SparsePattern {
  const row: number[] = [];
  const column: number[] = [];
  for (let r = 0; r < coordinateCount; r++) {
    for (let c = 0; c < coordinateCount; c++) {
      if (matrices.some((m) => m[r * coordinateCount + c] !== 0)) {
        row.push(r);
        column.push(c);
      }
    }
  }
  return { row: Int32Array.from(row), column: Int32Array.from(column) };
}

/**
 * Derivative of `count` sites: dy = constants + values·y + Σ_q drives[q]·(drive generator q), site by site.
 *
 * @param constants - count × 8
 * @param values - count × pattern size, the entries of each site's generator
 * @param drives - count × 4: Re F₀₁, Im F₀₁, Re F₁₂, Im F₁₂
 */
export type SiteKernel = (
  count: number,
  y: Float64Array,
  dy: Float64Array,
  constants: Float64Array,
  values: Float64Array,
  drives: Float64Array,
) => void;

const kernels = new Map<string, SiteKernel>();

/**
 * Straight-line code for one sparsity pattern, written from the operators' generators. Loops over index arrays
 * do the same several times slower; one function serves all sites and is cached by pattern.
 */
export function siteKernel(pattern: SparsePattern): SiteKernel {
  const key = `${pattern.row.join()}|${pattern.column.join()}`;
  const known = kernels.get(key);
  if (known) return known;
  const rows: string[][] = Array.from({ length: coordinateCount }, (_, r) => [`constants[o + ${r}]`]);
  pattern.row.forEach((row, k) => {
    rows[row]!.push(`values[v + ${k}] * y${pattern.column[k]}`);
  });
  driveGenerators().forEach((map, q) => {
    for (let row = 0; row < coordinateCount; row++) {
      const factors: string[] = [];
      if (map.constant[row] !== 0) factors.push(`${map.constant[row]}`);
      for (let column = 0; column < coordinateCount; column++) {
        const value = map.linear[row * coordinateCount + column]!;
        if (value !== 0)
          factors.push(value === 1 ? `y${column}` : value === -1 ? `-y${column}` : `${value} * y${column}`);
      }
      if (factors.length > 0) rows[row]!.push(`f${q} * (${factors.join(" + ")})`);
    }
  });
  const range = Array.from({ length: coordinateCount }, (_, k) => k);
  const body = [
    `for (let s = 0; s < count; s++) {`,
    `const o = s * ${coordinateCount}, v = s * ${pattern.row.length}, d = s * 4;`,
    `const ${range.map((k) => `y${k} = y[o + ${k}]`).join(", ")};`,
    `const ${[0, 1, 2, 3].map((q) => `f${q} = drives[d + ${q}]`).join(", ")};`,
    ...rows.map((terms, r) => `dy[o + ${r}] = ${terms.join(" + ")};`),
    `}`,
  ].join("\n");
  const kernel = new Function("count", "y", "dy", "constants", "values", "drives", body) as SiteKernel;
  kernels.set(key, kernel);
  return kernel;
}
