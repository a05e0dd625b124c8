/** How a step is split: Lie, first order in dt, or Strang, second order. */
export type StepOrder = "lie" | "strang";
