import type { Response } from "#analysis/likelihood";
import type { DesignedExperiment } from "../plan.ts";
import { expectedUnder, responseTo } from "./simulate-variation.ts";
import type { FitParameter, Variation } from "./variation.ts";

/** Responses to all parameters about given values: two simulations each, and one for the values themselves. */
export function responsesOf(
  designed: DesignedExperiment,
  parameters: readonly FitParameter[],
  at: Variation,
  onProgress: (done: number, of: number) => void = () => {},
): Response[] {
  const base = expectedUnder(designed, at);
  return parameters.map((parameter, k) => {
    const response = responseTo(designed, parameter, at, base);
    onProgress(k + 1, parameters.length);
    return response;
  });
}
