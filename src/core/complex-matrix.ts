import type { Complex } from "./complex.ts";

/** Dense complex matrix, row-major; entry (r, c) at r·columns + c of `re` and `im`. */
export interface ComplexMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly re: Float64Array;
  readonly im: Float64Array;
}

export function zeros(rows: number, columns = rows): ComplexMatrix {
  return { rows, columns, re: new Float64Array(rows * columns), im: new Float64Array(rows * columns) };
}

export function identity(size: number): ComplexMatrix {
  const m = zeros(size);
  for (let i = 0; i < size; i++) m.re[i * size + i] = 1;
  return m;
}

/** |row⟩⟨column| in `size` dimensions. */
export function unit(size: number, row: number, column: number): ComplexMatrix {
  const m = zeros(size);
  m.re[row * size + column] = 1;
  return m;
}

export function fromRows(rows: readonly (readonly (Complex | number)[])[]): ComplexMatrix {
  const columns = rows[0]?.length ?? 0;
  const m = zeros(rows.length, columns);
  rows.forEach((row, r) => {
    row.forEach((value, c) => {
      m.re[r * columns + c] = typeof value === "number" ? value : value.re;
      m.im[r * columns + c] = typeof value === "number" ? 0 : value.im;
    });
  });
  return m;
}

export function entry(m: ComplexMatrix, row: number, column: number): Complex {
  const i = row * m.columns + column;
  return { re: m.re[i]!, im: m.im[i]! };
}

/** Σ_k factor_k · matrix_k; all of one shape. */
export function combine(...terms: readonly (readonly [Complex | number, ComplexMatrix])[]): ComplexMatrix {
  const shape = terms[0]![1];
  const sum = zeros(shape.rows, shape.columns);
  for (const [factor, m] of terms) {
    const fr = typeof factor === "number" ? factor : factor.re;
    const fi = typeof factor === "number" ? 0 : factor.im;
    for (let i = 0; i < sum.re.length; i++) {
      sum.re[i]! += fr * m.re[i]! - fi * m.im[i]!;
      sum.im[i]! += fr * m.im[i]! + fi * m.re[i]!;
    }
  }
  return sum;
}

export function product(a: ComplexMatrix, b: ComplexMatrix): ComplexMatrix {
  const out = zeros(a.rows, b.columns);
  for (let r = 0; r < a.rows; r++) {
    for (let k = 0; k < a.columns; k++) {
      const ar = a.re[r * a.columns + k]!;
      const ai = a.im[r * a.columns + k]!;
      if (ar === 0 && ai === 0) continue;
      for (let c = 0; c < b.columns; c++) {
        const br = b.re[k * b.columns + c]!;
        const bi = b.im[k * b.columns + c]!;
        out.re[r * b.columns + c]! += ar * br - ai * bi;
        out.im[r * b.columns + c]! += ar * bi + ai * br;
      }
    }
  }
  return out;
}

/** Conjugate transpose. */
export function adjoint(m: ComplexMatrix): ComplexMatrix {
  const out = zeros(m.columns, m.rows);
  for (let r = 0; r < m.rows; r++) {
    for (let c = 0; c < m.columns; c++) {
      out.re[c * m.rows + r] = m.re[r * m.columns + c]!;
      out.im[c * m.rows + r] = -m.im[r * m.columns + c]!;
    }
  }
  return out;
}

export function kronecker(a: ComplexMatrix, b: ComplexMatrix): ComplexMatrix {
  const columns = a.columns * b.columns;
  const out = zeros(a.rows * b.rows, columns);
  for (let ar = 0; ar < a.rows; ar++) {
    for (let ac = 0; ac < a.columns; ac++) {
      const x = entry(a, ar, ac);
      for (let br = 0; br < b.rows; br++) {
        for (let bc = 0; bc < b.columns; bc++) {
          const y = entry(b, br, bc);
          const i = (ar * b.rows + br) * columns + ac * b.columns + bc;
          out.re[i] = x.re * y.re - x.im * y.im;
          out.im[i] = x.re * y.im + x.im * y.re;
        }
      }
    }
  }
  return out;
}

/** ab − ba. */
export function commutator(a: ComplexMatrix, b: ComplexMatrix): ComplexMatrix {
  return combine([1, product(a, b)], [-1, product(b, a)]);
}

export function trace(m: ComplexMatrix): Complex {
  let re = 0;
  let im = 0;
  for (let i = 0; i < m.rows; i++) {
    re += m.re[i * m.columns + i]!;
    im += m.im[i * m.columns + i]!;
  }
  return { re, im };
}

/** D[o]ρ = oρo† − ½{o†o, ρ}. */
export function dissipator(jump: ComplexMatrix, rho: ComplexMatrix): ComplexMatrix {
  const dagger = adjoint(jump);
  const number = product(dagger, jump);
  return combine(
    [1, product(product(jump, rho), dagger)],
    [-0.5, product(number, rho)],
    [-0.5, product(rho, number)],
  );
}
