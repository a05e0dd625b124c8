import { expect, test } from "vitest";
import { compileChain } from "#devices/digital/compile/chain";
import type { StepOrder } from "#devices/digital/compile/step-order";
import { decodeState } from "#devices/digital/predict/decode";
import { predictState } from "#devices/digital/predict/predict";
import { evolveReference, middleState, traceDistance } from "#devices/digital/predict/reference";

test.each<[StepOrder, number]>([
  ["lie", 1],
  ["strang", 2],
])("a chain of three with complex couplings converges to the exact state, %s", (order, power) => {
  const sites = [0.4, 0, -0.4].map((detuning) => ({ detuning, asymmetry: -0.5, gain: 0.5, loss: 1 }));
  const couplings = [
    { re: 0.3, im: 0.4 },
    { re: 0.5, im: -0.2 },
  ];
  const exact = evolveReference({ sites, couplings }, middleState(3), 2);
  const [coarse, fine] = [8, 16].map((steps) => {
    const encoded = compileChain({ sites, couplings, steps, dt: 2 / steps, order });
    return traceDistance(decodeState(predictState(encoded.circuit).rho, encoded.roles).rho, exact);
  });
  expect(Math.log2(coarse! / fine!)).toBeCloseTo(power, 1);
});
