import { coordinateCount } from "#model/generator";
import type { Network } from "#model/network";
import type { RightHandSide } from "../kernel/dormand-prince.ts";
import { type SiteOperators, siteOperators } from "./site-operators.ts";

const n = coordinateCount;
const blockSize = n * n;

/** Numbers in the state of N sites: 8N coordinates, then the 64 connected correlators of each pair. */
export function stateLength(count: number): number {
  return n * count + (blockSize * count * (count - 1)) / 2;
}

/** Where the block of pair i < j begins; its rows belong to i, its columns to j. */
export function pairOffset(count: number, i: number, j: number): number {
  return n * count + blockSize * ((i * (2 * count - i - 1)) / 2 + j - i - 1);
}

/** One quadrature map of all sites: entries of each site at the places where any site has one. */
interface SparseMaps {
  readonly row: Int32Array;
  readonly column: Int32Array;
  /** count × places. */
  readonly values: Float64Array;
}

function sparseMaps(linear: readonly Float64Array[]): SparseMaps {
  const row: number[] = [];
  const column: number[] = [];
  for (let r = 0; r < n; r++) {
    for (let c = 0; c < n; c++) {
      if (!linear.some((m) => m[r * n + c] !== 0)) continue;
      row.push(r);
      column.push(c);
    }
  }
  const values = new Float64Array(linear.length * row.length);
  linear.forEach((m, s) => {
    row.forEach((r, k) => {
      values[s * row.length + k] = m[r * n + column[k]!]!;
    });
  });
  return { row: Int32Array.from(row), column: Int32Array.from(column), values };
}

/** out += M_s·e, row-major 8 × 8. */
function multiplyLeft(maps: SparseMaps, s: number, e: Float64Array, out: Float64Array): void {
  const { row, column, values } = maps;
  const from = s * row.length;
  for (let k = 0; k < row.length; k++) {
    const v = values[from + k]!;
    const to = row[k]! * n;
    const source = column[k]! * n;
    for (let c = 0; c < n; c++) out[to + c]! += v * e[source + c]!;
  }
}

/** out += e·M_sᵀ. */
function multiplyRight(maps: SparseMaps, s: number, e: Float64Array, out: Float64Array): void {
  const { row, column, values } = maps;
  const from = s * row.length;
  for (let k = 0; k < row.length; k++) {
    const v = values[from + k]!;
    const to = row[k]!;
    const source = column[k]!;
    for (let r = 0; r < blockSize; r += n) out[r + to]! += v * e[r + source]!;
  }
}

/** out += m·e with a dense m at `offset`. */
function multiplyDense(m: Float64Array, offset: number, e: Float64Array, out: Float64Array): void {
  for (let r = 0; r < n; r++) {
    for (let k = 0; k < n; k++) {
      const v = m[offset + r * n + k]!;
      if (v === 0) continue;
      for (let c = 0; c < n; c++) out[r * n + c]! += v * e[k * n + c]!;
    }
  }
}

/** The dense J with an empty diagonal: real and imaginary part, and whether a pair is coupled at all. */
function couplingTable({ sites, coupling }: Network) {
  const count = sites.length;
  const re = new Float64Array(count * count);
  const im = new Float64Array(count * count);
  for (let i = 0; i < count; i++) {
    for (let k = coupling.start[i]!; k < coupling.start[i + 1]!; k++) {
      const j = coupling.column[k]!;
      if (j === i) continue;
      re[i * count + j] = coupling.re[k]!;
      im[i * count + j] = coupling.im[k]!;
    }
  }
  return { re, im };
}

/**
 * Second-order cumulant equations of a network, every site and every pair by itself.
 *
 * Unknowns are the coordinates x_i of each site and the connected correlators D_ij (8 × 8) of each pair in them; the
 * third cumulant of three different sites is set to zero, products on one site are exact. With J the coupling,
 * α_j = ⟨A_j⟩, l_j the row of A on the coordinates, F_i = Σ_k J_ik α_k, and C_i[F] = −i[FA† + F*A, ·] on site i
 * (real-linear in F; on a complex matrix or vector its real part is turned by X, its imaginary part by Y):
 *
 *   x_i' = (L_i + C_i[F_i]) x_i + Σ_k C_i[J_ik D_ik l_k]
 *   D_ij' = (L_i + C_i[F_i]) D_ij + C_i[J_ij D_ij B_jᵀ] + C_i[x_i (J_ij s_j + Σ_{k≠i,j} J_ik D_jk l_k)ᵀ]
 *           + the same with i and j exchanged, transposed,
 *
 * s_j = ⟨½{A_j, λ}⟩ − α_j x_j the symmetric covariance of A_j with the coordinates of its own site, and
 * B_j = ½{A_j, ·} − α_j − x_j l_j. A diagonal of J (a self-field) has no meaning for single oscillators and is left
 * out.
 *
 * @returns right-hand side on `stateLength` numbers
 * @source Nadolny & Bruder, supplement, section 3, carried from one permutation-symmetric group to any network,
 *   ladder and channels
 * @accuracy of the closure: exact for two sites; for more, O(V⁴t⁴) in x and O(V³t³) in D from a product state
 *   (test/unit/simulators-network-cumulants). Cost: 32·N·(entries of J) + about 2500 per coupled, 1000 per other pair.
 */
export function networkCumulantRightHandSide(network: Network): RightHandSide {
  const { coupling } = network;
  const count = network.sites.length;
  const operators = network.sites.map(siteOperators);
  const gather = (pick: (site: SiteOperators) => Float64Array) => {
    const all = operators.map(pick);
    const width = all[0]!.length;
    const out = new Float64Array(count * width);
    all.forEach((values, s) => {
      out.set(values, s * width);
    });
    return out;
  };
  const bare = gather((site) => site.bare.linear);
  const bareConstant = gather((site) => site.bare.constant);
  const denseX = gather((site) => site.turnX.linear);
  const denseY = gather((site) => site.turnY.linear);
  const turnXConstant = gather((site) => site.turnX.constant);
  const turnYConstant = gather((site) => site.turnY.constant);
  const symmetricReConstant = gather((site) => site.symmetricRe.constant);
  const symmetricImConstant = gather((site) => site.symmetricIm.constant);
  const symmetricReDense = gather((site) => site.symmetricRe.linear);
  const symmetricImDense = gather((site) => site.symmetricIm.linear);
  const lowerRe = gather((site) => site.lowerRe);
  const lowerIm = gather((site) => site.lowerIm);
  const turnX = sparseMaps(operators.map((site) => site.turnX.linear));
  const turnY = sparseMaps(operators.map((site) => site.turnY.linear));
  const symmetricRe = sparseMaps(operators.map((site) => site.symmetricRe.linear));
  const symmetricIm = sparseMaps(operators.map((site) => site.symmetricIm.linear));
  const { re: tableRe, im: tableIm } = couplingTable(network);

  const alphaRe = new Float64Array(count);
  const alphaIm = new Float64Array(count);
  const fieldRe = new Float64Array(count);
  const fieldIm = new Float64Array(count);
  const generator = new Float64Array(count * blockSize);
  // C applied to x by each quadrature, and s, per site.
  const turnedX = new Float64Array(count * n);
  const turnedY = new Float64Array(count * n);
  const covarianceRe = new Float64Array(count * n);
  const covarianceIm = new Float64Array(count * n);
  // D_jk l_k of every ordered pair: eight real parts, then eight imaginary parts.
  const reached = new Float64Array(count * count * 2 * n);
  const pull = new Float64Array(2 * n);
  const block = new Float64Array(blockSize);
  const half = new Float64Array(blockSize);
  const productRe = new Float64Array(blockSize);
  const productIm = new Float64Array(blockSize);

  /** ⟨A⟩ of each site, and the effective 8 × 8 generator of each in the field of the others. */
  const prepareSites = (y: Float64Array) => {
    for (let s = 0; s < count; s++) {
      let re = 0;
      let im = 0;
      for (let k = 0; k < n; k++) {
        re += lowerRe[s * n + k]! * y[s * n + k]!;
        im += lowerIm[s * n + k]! * y[s * n + k]!;
      }
      alphaRe[s] = re;
      alphaIm[s] = im;
    }
    for (let s = 0; s < count; s++) {
      let re = 0;
      let im = 0;
      for (let k = coupling.start[s]!; k < coupling.start[s + 1]!; k++) {
        const j = coupling.column[k]!;
        if (j === s) continue;
        re += coupling.re[k]! * alphaRe[j]! - coupling.im[k]! * alphaIm[j]!;
        im += coupling.re[k]! * alphaIm[j]! + coupling.im[k]! * alphaRe[j]!;
      }
      fieldRe[s] = re;
      fieldIm[s] = im;
      const o = s * blockSize;
      for (let k = 0; k < blockSize; k++) {
        generator[o + k] = bare[o + k]! + re * denseX[o + k]! + im * denseY[o + k]!;
      }
      for (let r = 0; r < n; r++) {
        let tx = turnXConstant[s * n + r]!;
        let ty = turnYConstant[s * n + r]!;
        let sr = symmetricReConstant[s * n + r]!;
        let si = symmetricImConstant[s * n + r]!;
        for (let k = 0; k < n; k++) {
          const value = y[s * n + k]!;
          const at = o + r * n + k;
          tx += denseX[at]! * value;
          ty += denseY[at]! * value;
          sr += symmetricReDense[at]! * value;
          si += symmetricImDense[at]! * value;
        }
        turnedX[s * n + r] = tx;
        turnedY[s * n + r] = ty;
        covarianceRe[s * n + r] = sr - alphaRe[s]! * y[s * n + r]!;
        covarianceIm[s * n + r] = si - alphaIm[s]! * y[s * n + r]!;
      }
    }
  };

  /** D_jk l_k for every ordered pair. */
  const prepareReached = (y: Float64Array) => {
    for (let i = 0; i < count; i++) {
      for (let j = i + 1; j < count; j++) {
        const d = pairOffset(count, i, j);
        const forward = (i * count + j) * 2 * n;
        const backward = (j * count + i) * 2 * n;
        reached.fill(0, backward, backward + 2 * n);
        for (let r = 0; r < n; r++) {
          const backRe = lowerRe[i * n + r]!;
          const backIm = lowerIm[i * n + r]!;
          let re = 0;
          let im = 0;
          for (let c = 0; c < n; c++) {
            const value = y[d + r * n + c]!;
            re += value * lowerRe[j * n + c]!;
            im += value * lowerIm[j * n + c]!;
            reached[backward + c]! += backRe * value;
            reached[backward + n + c]! += backIm * value;
          }
          reached[forward + r] = re;
          reached[forward + n + r] = im;
        }
      }
    }
  };

  const differentiateSites = (y: Float64Array, dy: Float64Array) => {
    for (let s = 0; s < count; s++) {
      pull.fill(0);
      for (let k = coupling.start[s]!; k < coupling.start[s + 1]!; k++) {
        const j = coupling.column[k]!;
        if (j !== s) addScaled(coupling.re[k]!, coupling.im[k]!, reached, (s * count + j) * 2 * n, pull);
      }
      const o = s * blockSize;
      for (let r = 0; r < n; r++) {
        // `generator` holds the linear part only; the field also turns the origin of the coordinates, |1⟩⟨1|.
        let sum =
          bareConstant[s * n + r]! +
          fieldRe[s]! * turnXConstant[s * n + r]! +
          fieldIm[s]! * turnYConstant[s * n + r]!;
        for (let k = 0; k < n; k++) {
          const at = o + r * n + k;
          sum += generator[at]! * y[s * n + k]! + denseX[at]! * pull[k]! + denseY[at]! * pull[n + k]!;
        }
        dy[s * n + r] = sum;
      }
    }
  };

  /** What acts on site i of the pair (i, j); `block` holds D_ij with the rows of i, `pull` the third sites. */
  const differentiateHalf = (i: number, j: number, y: Float64Array) => {
    half.fill(0);
    multiplyDense(generator, i * blockSize, block, half);
    const jr = tableRe[i * count + j]!;
    const ji = tableIm[i * count + j]!;
    if (jr !== 0 || ji !== 0) {
      productRe.fill(0);
      productIm.fill(0);
      multiplyRight(symmetricRe, j, block, productRe);
      multiplyRight(symmetricIm, j, block, productIm);
      const from = (i * count + j) * 2 * n;
      const ar = alphaRe[j]!;
      const ai = alphaIm[j]!;
      for (let r = 0; r < n; r++) {
        const er = reached[from + r]!;
        const ei = reached[from + n + r]!;
        for (let c = 0; c < n; c++) {
          const at = r * n + c;
          const d = block[at]!;
          const x = y[j * n + c]!;
          const re = productRe[at]! - ar * d - er * x;
          const im = productIm[at]! - ai * d - ei * x;
          productRe[at] = jr * re - ji * im;
          productIm[at] = jr * im + ji * re;
        }
      }
      multiplyLeft(turnX, i, productRe, half);
      multiplyLeft(turnY, i, productIm, half);
      for (let c = 0; c < n; c++) {
        const re = covarianceRe[j * n + c]!;
        const im = covarianceIm[j * n + c]!;
        pull[c]! += jr * re - ji * im;
        pull[n + c]! += jr * im + ji * re;
      }
    }
    for (let r = 0; r < n; r++) {
      const tx = turnedX[i * n + r]!;
      const ty = turnedY[i * n + r]!;
      for (let c = 0; c < n; c++) half[r * n + c]! += tx * pull[c]! + ty * pull[n + c]!;
    }
  };

  return (_, y, dy) => {
    prepareSites(y);
    prepareReached(y);
    differentiateSites(y, dy);
    dy.fill(0, n * count);
    for (let j = 0; j < count; j++) {
      for (let i = 0; i < count; i++) {
        if (i === j) continue;
        pull.fill(0);
        for (let k = coupling.start[i]!; k < coupling.start[i + 1]!; k++) {
          const third = coupling.column[k]!;
          if (third === i || third === j) continue;
          addScaled(coupling.re[k]!, coupling.im[k]!, reached, (j * count + third) * 2 * n, pull);
        }
        const d = i < j ? pairOffset(count, i, j) : pairOffset(count, j, i);
        for (let r = 0; r < n; r++) {
          for (let c = 0; c < n; c++) {
            block[r * n + c] = y[d + (i < j ? r * n + c : c * n + r)]!;
          }
        }
        differentiateHalf(i, j, y);
        for (let r = 0; r < n; r++) {
          for (let c = 0; c < n; c++) {
            dy[d + (i < j ? r * n + c : c * n + r)]! += half[r * n + c]!;
          }
        }
      }
    }
  };
}

/** out += (re + i·im)·values, eight real parts before eight imaginary ones. */
function addScaled(re: number, im: number, values: Float64Array, from: number, out: Float64Array): void {
  if (im === 0) {
    for (let k = 0; k < 2 * n; k++) out[k]! += re * values[from + k]!;
    return;
  }
  for (let k = 0; k < n; k++) {
    const vr = values[from + k]!;
    const vi = values[from + n + k]!;
    out[k]! += re * vr - im * vi;
    out[n + k]! += re * vi + im * vr;
  }
}
