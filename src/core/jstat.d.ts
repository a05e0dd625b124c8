declare module "jstat" {
  const jstat: {
    readonly gamma: {
      /** P(X ≤ x), shape–scale form. */
      cdf(x: number, shape: number, scale: number): number;
    };
    readonly normal: {
      cdf(x: number, mean: number, deviation: number): number;
      inv(p: number, mean: number, deviation: number): number;
    };
  };
  export default jstat;
}
