declare module "jstat" {
  const jstat: {
    readonly gamma: {
      /** P(X ≤ x), shape–scale form. */
      cdf(x: number, shape: number, scale: number): number;
    };
  };
  export default jstat;
}
