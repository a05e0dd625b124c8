/** Spin-coherent amplitudes ⟨m|θ, φ⟩ of levels 0, 1, 2, as [re, im]. */
export function coherentState(theta: number, phi: number): readonly (readonly [number, number])[] {
  const c = Math.cos(theta / 2);
  const s = Math.sin(theta / 2);
  return [
    [s * s * Math.cos(phi), s * s * Math.sin(phi)],
    [Math.SQRT2 * s * c, 0],
    [c * c * Math.cos(phi), -c * c * Math.sin(phi)],
  ];
}

/** ∫₀^π f(θ) sin θ dθ by Simpson's rule. */
export function overLatitude(f: (theta: number) => number, intervals: number): number {
  const h = Math.PI / intervals;
  let sum = 0;
  for (let k = 0; k <= intervals; k++) {
    const weight = k === 0 || k === intervals ? 1 : k % 2 === 1 ? 4 : 2;
    sum += weight * Math.sin(k * h) * f(k * h);
  }
  return (sum * h) / 3;
}
