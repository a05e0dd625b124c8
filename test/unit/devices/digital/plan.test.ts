import { describe, expect, test } from "vitest";
import type { Complex } from "#core/complex";
import { countOf } from "#devices/digital/circuit/instructions";
import { compileDriven } from "#devices/digital/compile/driven";
import { axesOf, measured } from "#devices/digital/compile/encoded";
import { correlatorSettings, singleSettings } from "#devices/digital/estimate";
import { idealValue } from "#devices/digital/experiment/ideal";
import { type Sensitivity, searchLayouts, sensitivityOf } from "#devices/digital/layout";
import { bestChoice, chooseLayout, chooseSteps, planOnDevice } from "#devices/digital/plan";
import { decodeState } from "#devices/digital/predict/decode";
import { placedNoise, uniformNoise } from "#devices/digital/predict/noise";
import { predictState } from "#devices/digital/predict/predict";
import { evolveReference, traceDistance } from "#devices/digital/predict/reference";
import {
  compileAbsorbing,
  compileSetup,
  placeOnDevice,
  referenceState,
  type Setup,
} from "#devices/digital/problem";
import { type DigitalProfile, deviceNoise } from "#devices/digital/profile";
import { emitQasm } from "#devices/digital/qasm/emit";
import { jobCost } from "#devices/digital/service/cost";
import { verifyCircuit, verifyJob } from "#devices/digital/service/verify";
import { bundledDigital, smallDevice } from "../../../support/digital.ts";
import { refusal } from "../../../support/refusal.ts";

const driven: Setup = {
  kind: "driven",
  site: { detuning: 0.2, asymmetry: -0.1, gain: 0.1, loss: 1 },
  field: { re: 0.5, im: 0 },
  time: 4,
};
const pair: Setup = {
  kind: "chain",
  sites: [
    { detuning: 3, asymmetry: -3, gain: 0.5, loss: 1 },
    { detuning: 0, asymmetry: -3, gain: 0.5, loss: 1 },
  ],
  couplings: [{ re: 0.5, im: 0 }],
  time: 2,
};

/** Only the pairs count. */
const pairsOnly = (line: readonly number[]): Sensitivity => ({
  qubits: line.map(() => ({ pulse: 0, dephasing: 0, resetMissed: 0, resetInvented: 0, readout: 0 })),
  pairs: new Map(line.slice(1).map((q, k) => [`${Math.min(line[k]!, q)}-${Math.max(line[k]!, q)}`, 1])),
});

/** Every path of the device, tried one by one. */
function bestPath(profile: DigitalProfile, length: number): { cost: number; qubits: number[] } {
  const error = new Map<string, number>();
  for (const { qubits, error: e, faults } of profile.edges) {
    if (faults.length > 0 || qubits.some((q) => profile.sites[q]!.faults.length > 0)) continue;
    error.set(`${qubits[0]},${qubits[1]}`, e!);
    error.set(`${qubits[1]},${qubits[0]}`, e!);
  }
  let best = { cost: Infinity, qubits: [] as number[] };
  const walk = (path: number[], cost: number) => {
    if (path.length === length) {
      if (cost < best.cost) best = { cost, qubits: [...path] };
      return;
    }
    profile.sites.forEach((_, q) => {
      const e = error.get(`${path.at(-1)},${q}`);
      if (e !== undefined && !path.includes(q)) walk([...path, q], cost + e);
    });
  };
  profile.sites.forEach((_, q) => {
    walk([q], 0);
  });
  return best;
}

describe("layout", () => {
  test.each([
    ["ibm-boston", 4],
    ["ibm-kingston", 4],
    ["ibm-sherbrooke", 4],
  ] as const)("on %s the best line of %i is the one that trying all finds", (name, length) => {
    const profile = bundledDigital(name);
    const best = searchLayouts(pairsOnly(Array.from({ length }, (_, k) => k)), profile)[0]!;
    const all = bestPath(profile, length);
    expect(best.cost).toBeCloseTo(all.cost, 12);
    expect([all.qubits, all.qubits.toReversed()]).toContainEqual(best.qubits);
  });

  test("boston's best line by two-qubit error alone is 43, 56, 63, 62", () => {
    // Exhaustive search of the hardware study: 7.4e-4, 8.2e-4, 9.6e-4.
    const best = searchLayouts(pairsOnly([0, 1, 2, 3]), bundledDigital("ibm-boston"))[0]!;
    expect([best.qubits, best.qubits.toReversed()]).toContainEqual([43, 56, 63, 62]);
    expect(best.cost).toBeCloseTo(7.4e-4 + 8.2e-4 + 9.6e-4, 4);
  });

  test("a bad read-out, a faulty edge and a short T2 are avoided although the gates are the same", () => {
    const profile = smallDevice(12);
    profile.sites[2]!.prob_meas0_prep1 = 0.2;
    profile.edges[8]!.faults.push("cz is not calibrated");
    const found = chooseLayout(driven, 4, "strang", profile).qubits;
    expect(found.slice(1, 3)).not.toContain(2);
    const line = found.toSorted((a, b) => a - b);
    expect(line.includes(8) && line.includes(9)).toBe(false);
  });

  test("the summed sensitivities bound the distance that is predicted in full", () => {
    const profile = smallDevice(4);
    const encoded = compileSetup(driven, 5, "strang");
    const cost = searchLayouts(sensitivityOf(encoded, profile), profile)[0]!.cost;
    const noise = placedNoise(deviceNoise(profile), [0, 1, 2, 3]);
    const ideal = decodeState(predictState(encoded.circuit).rho, encoded.roles).rho;
    // T1 is taken out: it is absorbed, and the sensitivities do not hold it.
    const pure = { ...noise, t1: () => Infinity, t2: () => 1 / (1 / 150e-6 - 0.5 / 200e-6) };
    const state = decodeState(predictState(encoded.circuit, pure).rho, encoded.roles).rho;
    const readout = 2 * 0.0075;
    const distance = traceDistance(state, ideal);
    expect(distance).toBeLessThan(cost - readout);
    expect(distance).toBeGreaterThan((cost - readout) / 4);
  });

  test("no place, no reset", () => {
    expect(refusal(() => chooseLayout(driven, 4, "strang", smallDevice(3))).code).toBe("digital.layout");
    expect(refusal(() => chooseLayout(driven, 2, "strang", bundledDigital("ibm-miami"))).code).toBe(
      "digital.layout",
    );
  });

  test.each([
    ["one oscillator", driven, 8],
    ["a pair", pair, 4],
  ] as const)("best layout of ibm_boston for %s in less than 5 s", (_, setup, steps) => {
    const boston = bundledDigital("ibm-boston");
    const start = performance.now();
    chooseLayout(setup, steps, "strang", boston);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

describe("number of steps", () => {
  test("the choice is the minimum of splitting and noise, fewer on a worse device", () => {
    const chosen = (error: number) => {
      const profile = smallDevice(4);
      for (const edge of profile.edges) edge.error = error;
      const choices = chooseSteps(driven, "strang", profile, [0, 1, 2, 3], { maximum: 16 });
      const best = bestChoice(choices);
      for (const { total } of choices) expect(total).toBeGreaterThanOrEqual(best.total);
      return best.steps;
    };
    const [good, bad] = [chosen(5e-4), chosen(1e-2)];
    expect(good).toBeGreaterThan(bad);
  });

  test("a pair on Heron r3 numbers wants 5 or 6 steps", () => {
    // The hardware study's optimum for δ = −K = 3.
    const plan = planOnDevice(pair, bundledDigital("ibm-boston"));
    expect([5, 6]).toContain(plan.steps);
    expect(plan.choices.find((c) => c.steps === 2)!.total).toBeGreaterThan(0.3);
  });
});

describe("device numbers of the hardware study, one driven oscillator, |⟨S⁺⟩| after 6, 10, 16 and 24 steps", () => {
  // Its section D.5: read-out and reset perfect, T1 absorbed. Its twelve numbers come out within 0.002 when its two-qubit
  // errors are read as weights p of (1 − p)ρ + p·1/4, whose average infidelity is 3p/4.
  test.each([
    ["Heron r3", 1.27e-3, 1.5e-4, 292, 353, 2.23, [0.274, 0.267, 0.261, 0.255]],
    ["Heron r2", 1.8e-3, 2.3e-4, 283, 144, 2.31, [0.268, 0.26, 0.252, 0.242]],
    ["3e-3", 3e-3, 3e-4, 185, 141, 1.7, [0.265, 0.256, 0.246, 0.235]],
  ] as const)("%s", (_, pairError, pulseError, t1, t2, reset, expected) => {
    const noise = uniformNoise({
      pair_error: 0.75 * pairError,
      single_error: pulseError,
      t1_s: t1 * 1e-6,
      t2_s: t2 * 1e-6,
      single_s: 32e-9,
      pair_s: 68e-9,
      reset_s: reset * 1e-6,
    });
    [6, 10, 16, 24].forEach((steps, k) => {
      const encoded = compileAbsorbing(driven, steps, "strang", noise);
      const { re, im } = decodeState(predictState(encoded.circuit, noise).rho, encoded.roles).rho;
      const raising = Math.SQRT2 * Math.hypot(re[1]! + re[5]!, im[1]! + im[5]!);
      expect(Math.abs(raising - expected[k]!)).toBeLessThan(0.002);
    });
  });
});

test("the hardware study's perfect pair of five steps is ours with half a step more of gain and loss", () => {
  // Its section D.5, δ = −K = 3: exact .365 + .117i, its circuit .287 + .089i. It halves the phases of the last local step
  // but not its damping; ours, with both halved, is nearer to the exact value.
  const site = (detuning: number, asymmetry: number) => ({ detuning, asymmetry, gain: 0.5, loss: 1 });
  const setup: Setup = {
    kind: "chain",
    sites: [site(1.5, -3), site(-1.5, -3)],
    couplings: [{ re: 0.5, im: 0 }],
    time: 2,
  };
  const sites = ["a", "b"];
  const correlation = (rho: ReturnType<typeof referenceState>) =>
    idealValue({ kind: "pair", sites, offset: 0, re: [], im: [] }, sites, rho);
  const close = (found: Complex, re: number, im: number) => {
    expect(Math.abs(found.re - re)).toBeLessThan(1e-3);
    expect(Math.abs(found.im - im)).toBeLessThan(1e-3);
  };
  close(correlation(referenceState(setup)), 0.365, 0.117);
  const encoded = compileSetup(setup, 5, "strang");
  const { rho } = decodeState(predictState(encoded.circuit).rho, encoded.roles);
  const still = { sites: [site(0, 0), site(0, 0)], couplings: [{ re: 0, im: 0 }] };
  close(correlation(evolveReference(still, rho, setup.time / 10)), 0.287, 0.089);
  expect(correlation(rho).re).toBeGreaterThan(0.32);
});

describe("T1 absorption", () => {
  const t1 = 100e-6;
  const noise = uniformNoise({ t1_s: t1, t2_s: 2 * t1, reset_s: 2e-6 });
  const distance = (encoded: ReturnType<typeof compileSetup>, device = noise) => {
    const ideal = compileSetup(driven, encoded.steps, "strang");
    return traceDistance(
      decodeState(predictState(encoded.circuit, device).rho, encoded.roles).rho,
      decodeState(predictState(ideal.circuit).rho, ideal.roles).rho,
    );
  };

  test("decay while waiting in the rest code stands in for the ancilla's", () => {
    const plain = distance(compileSetup(driven, 10, "strang"));
    const absorbed = distance(compileAbsorbing(driven, 10, "strang", noise));
    expect(plain).toBeGreaterThan(0.02);
    expect(absorbed).toBeLessThan(plain / 8);
  });

  test("more decay than the model has is reported", () => {
    const short = uniformNoise({ t1_s: 20e-6, t2_s: 40e-6, reset_s: 2e-6 });
    const encoded = compileAbsorbing(driven, 20, "strang", short);
    // γ₊·dt = 0.02 against 2 µs/20 µs.
    expect(encoded.excess).toBeCloseTo(0.1 - 0.02, 3);
    expect(compileAbsorbing(driven, 10, "strang", noise).excess).toBe(0);
  });

  test("in the pair only waits in the rest code are counted", () => {
    const encoded = compileAbsorbing(pair, 4, "lie", noise);
    expect(encoded.excess).toBe(0);
    const ideal = compileSetup(pair, 4, "lie");
    const exact = decodeState(predictState(ideal.circuit).rho, ideal.roles).rho;
    const at = (e: typeof encoded) =>
      traceDistance(decodeState(predictState(e.circuit, noise).rho, e.roles).rho, exact);
    expect(at(encoded)).toBeLessThan(at(ideal) / 3);
  });
});

describe("every emitted circuit passes the service's rules", () => {
  test.each(["ibm-boston", "ibm-kingston", "ibm-torino", "ibm-sherbrooke"])("%s", (name) => {
    const profile = bundledDigital(name);
    const plans = [
      { setup: driven, settings: Object.values(singleSettings), steps: 6 },
      {
        setup: pair,
        settings: [...Object.values(correlatorSettings(2)), { code: "rest" as const, axes: axesOf("ZZZZ") }],
        steps: 3,
      },
    ];
    for (const { setup, settings, steps } of plans) {
      const layout = chooseLayout(setup, 2, "strang", profile, 1).qubits;
      const encoded = compileAbsorbing(setup, steps, "strang", placedNoise(deviceNoise(profile), layout));
      const circuits = settings.map((setting) => placeOnDevice(measured(encoded, setting), layout, profile));
      for (const circuit of circuits) expect(verifyCircuit(circuit, profile)).toEqual([]);
      const cost = jobCost(circuits, 4096, profile);
      expect(
        verifyJob(
          circuits,
          circuits.map((c) => emitQasm(c)),
          4096,
          cost.usage_s,
        ),
      ).toEqual([]);
    }
  });
});

test("a chain of three: 70 cz a step, placed with its ancillas off the row", () => {
  const boston = bundledDigital("ibm-boston");
  const site = { asymmetry: -2, gain: 0.5, loss: 1 };
  const chain: Setup = {
    kind: "chain",
    sites: [0.5, 0, -0.5].map((detuning) => ({ ...site, detuning })),
    couplings: [
      { re: 0.5, im: 0 },
      { re: 0.5, im: 0 },
    ],
    time: 1.5,
  };
  const plan = planOnDevice(chain, boston, { maximum: 1 });
  expect(countOf(plan.encoded.circuit, "cz")).toBe(70);
  const circuit = measured(plan.encoded, correlatorSettings(3).x);
  expect(verifyCircuit(placeOnDevice(circuit, plan.layout.qubits, boston), boston)).toEqual([]);
});

test("a mean-field experiment of 24 steps, five settings each, compiles in less than 1 s", () => {
  const profile = bundledDigital("ibm-boston");
  const layout = [43, 56, 63, 62];
  const site = { detuning: 0, asymmetry: -0.5, gain: 0.5, loss: 1 };
  const compile = () => {
    let length = 0;
    for (let steps = 1; steps <= 24; steps++) {
      const fields = Array.from({ length: steps }, (_, k) => ({
        re: 0.1 * Math.cos(k),
        im: 0.1 * Math.sin(k),
      }));
      const encoded = compileDriven({
        site,
        fields,
        dt: 0.2,
        order: "strang",
        preparation: { kind: "pulse", angle: 0.35, phase: 0 },
      });
      for (const setting of Object.values(singleSettings)) {
        length += emitQasm(placeOnDevice(measured(encoded, setting), layout, profile)).length;
      }
    }
    return length;
  };
  const start = performance.now();
  expect(compile()).toBeGreaterThan(100_000);
  expect(performance.now() - start).toBeLessThan(1000);
});
