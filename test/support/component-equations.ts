/**
 * Mean-field equations written out by components, for sites on an arbitrary graph with the spin-1 ladder and
 * gain and loss only. An independent way to what the simulator derives from operators.
 *
 * With a = ρ₀₁, b = ρ₁₂, c = ρ₀₂, m = √2(a + b), g_i = Σ_j J_ij* m_j, h = g*:
 *   a' = (−γ₊/2 + iδ) a − i√2 [g(p₁ − p₀) − h c]
 *   b' = (−γ₋/2 + i(δ+K)) b − i√2 [g(p₂ − p₁) + h c]
 *   c' = (−(γ₊+γ₋)/2 + i(2δ+K)) c − i√2 g (b − a)
 *   p₀' = −γ₊p₀ − 2√2 Im(h a),   p₂' = −γ₋p₂ + 2√2 Im(h b)
 */
export interface PlainSite {
  readonly gain: number;
  readonly loss: number;
  readonly asymmetry: number;
  readonly detuning: number;
}

type Pair = readonly [number, number];
const times = (a: Pair, b: Pair): Pair => [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]];
const plus = (...terms: readonly Pair[]): Pair =>
  terms.reduce<Pair>((sum, term) => [sum[0] + term[0], sum[1] + term[1]], [0, 0]);
const minus = (a: Pair): Pair => [-a[0], -a[1]];
const conjugate = (a: Pair): Pair => [a[0], -a[1]];
const by = (factor: number, a: Pair): Pair => [factor * a[0], factor * a[1]];

/** dy of the coordinates [p₀, p₂, a, b, c] per site; `coupling` is the dense Hermitian J. */
export function componentDerivative(
  sites: readonly PlainSite[],
  coupling: readonly (readonly Pair[])[],
  y: ArrayLike<number>,
): number[] {
  const read = (s: number, k: number): Pair => [y[8 * s + k]!, y[8 * s + k + 1]!];
  const amplitudes = sites.map((_, s) => by(Math.SQRT2, plus(read(s, 2), read(s, 4))));
  return sites.flatMap((site, s) => {
    const { gain, loss, asymmetry, detuning } = site;
    const p0 = y[8 * s]!;
    const p2 = y[8 * s + 1]!;
    const p1 = 1 - p0 - p2;
    const a = read(s, 2);
    const b = read(s, 4);
    const c = read(s, 6);
    const g = plus(...amplitudes.map((m, j) => times(conjugate(coupling[s]![j]!), m)));
    const h = conjugate(g);
    const drive: Pair = [0, -Math.SQRT2];
    const da = plus(times([-gain / 2, detuning], a), times(drive, plus(by(p1 - p0, g), minus(times(h, c)))));
    const db = plus(
      times([-loss / 2, detuning + asymmetry], b),
      times(drive, plus(by(p2 - p1, g), times(h, c))),
    );
    const dc = plus(
      times([-(gain + loss) / 2, 2 * detuning + asymmetry], c),
      times(drive, times(g, plus(b, minus(a)))),
    );
    return [
      -gain * p0 - 2 * Math.SQRT2 * times(h, a)[1],
      -loss * p2 + 2 * Math.SQRT2 * times(h, b)[1],
      ...da,
      ...db,
      ...dc,
    ];
  });
}
