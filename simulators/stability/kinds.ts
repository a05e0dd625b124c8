import { groupNetwork, type SimulationRequest } from "#ir/simulate";
import { groupThresholds } from "./group-thresholds.ts";
import { networkGrowthRate } from "./linearisation.ts";

/** `critical-coupling`; with two groups V is scanned at the V_AB and δ of the request. */
export function runCriticalCoupling(request: SimulationRequest<"critical-coupling">) {
  const { critical, criticalNegative, windows, frequency } = groupThresholds(groupNetwork(request));
  return {
    critical_coupling: critical,
    critical_coupling_negative: criticalNegative,
    windows,
    frequency,
  };
}

export function runStability(request: SimulationRequest<"stability">) {
  const growthRate = networkGrowthRate(groupNetwork(request));
  return { growth_rate: growthRate, unstable: growthRate > 0 };
}
