import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { coordinateCount } from "#model/generator";
import { noChannels, type Oscillator, spinOneLadder } from "#model/oscillator";
import { countOperations, createGraph, hoistParameters, interpret } from "#simulators/compiled/expression";
import { columnsOf, type GroupModel, groupEquations } from "#simulators/compiled/group-equations";
import { createJavascriptSlots } from "#simulators/compiled/javascript-slots";
import { rateNames, rateOf, rungFrequencies, siteEquations } from "#simulators/compiled/site-equations";
import type { Slots } from "#simulators/compiled/slots";
import { dormandPrince5 } from "#simulators/compiled/tableaus";
import { groupProgram, trajectoryProgram } from "#simulators/compiled/vector-program";
import { createStepper } from "#simulators/compiled/vector-stepper";
import { createWasmSlots } from "#simulators/compiled/wasm-slots";
import { createCoupling, networkRightHandSide, raisingAmplitude } from "#simulators/mean-field/network";
import { rotationRate } from "#simulators/mean-field/rotation";
import { componentDerivative } from "../../support/component-equations.ts";
import { difference, figure4Model, randomCases, randomCoordinates, relativeDifference } from "./models.ts";

/** A few rounding errors of the largest term. */
const ulps = 1e-14;

function wasmSlots(model: GroupModel, columns: readonly string[], lanes: "trajectories" | "groups"): Slots {
  const program = lanes === "groups" ? groupProgram(model, columns) : trajectoryProgram(model, columns);
  const stepper = createStepper(program, dormandPrince5);
  return createWasmSlots(stepper, new WebAssembly.Module(stepper.bytes));
}

function slopeIn(slots: Slots, slot: number, x: Float64Array, columns: Float64Array): Float64Array {
  const slope = new Float64Array(x.length);
  slots.writeState(slot, x);
  slots.writeColumns(slot, columns);
  slots.refresh();
  slots.readSlope(slot, slope);
  return slope;
}

describe("equations of groups", () => {
  it.each([1, 2, 3])("of %i groups are those of the network, whatever is built in", (groups) => {
    fc.assert(
      fc.property(
        randomCases(groups),
        randomCoordinates(groups),
        ({ model, columns, values, network }, x) => {
          const graph = createGraph();
          const { derivative, amplitudes } = groupEquations(graph, model, columns);
          const expected = new Float64Array(x.length);
          networkRightHandSide(network)(0, x, expected);
          const found = interpret(derivative, x, values);
          expect(relativeDifference(found, expected, x)).toBeLessThan(ulps);
          const hoisted = hoistParameters(graph, derivative);
          const prepared = interpret(hoisted.prepared, [], values);
          expect(relativeDifference(interpret(hoisted.outputs, x, prepared), expected, x)).toBeLessThan(ulps);
          const raised = interpret(amplitudes.flat(), x, values);
          const reference = network.sites.flatMap((_, g) => raisingAmplitude(network.sites, x, g));
          expect(relativeDifference(raised, reference, x)).toBeLessThan(ulps);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("agree with the equations written out by components", () => {
    const model: GroupModel = {
      groups: [
        { ladder: spinOneLadder, gain: 0.5, loss: 1.2, asymmetry: -1.5, detuning: 0.7 },
        { ladder: spinOneLadder, gain: 0.9, loss: 0.4, asymmetry: 2.5, detuning: -0.3 },
      ],
      couplings: [
        { i: 0, j: 0, re: 0.8 },
        { i: 1, j: 1, re: -0.6 },
        { i: 0, j: 1, re: 0.4, im: 0.9 },
      ],
    };
    const J = [
      [[0.8, 0] as const, [0.4, 0.9] as const],
      [[0.4, -0.9] as const, [-0.6, 0] as const],
    ];
    const plainSites = model.groups.map(({ gain, loss, asymmetry, detuning }) => ({
      gain: gain as number,
      loss: loss as number,
      asymmetry: asymmetry as number,
      detuning: detuning as number,
    }));
    fc.assert(
      fc.property(randomCoordinates(2), (x) => {
        const { derivative } = groupEquations(createGraph(), model, []);
        expect(
          relativeDifference(interpret(derivative, x, []), componentDerivative(plainSites, J, x), x),
        ).toBeLessThan(ulps);
      }),
    );
  });

  it("are the same in the interpreter, in JavaScript and in the lanes of WebAssembly", () => {
    fc.assert(
      fc.property(
        randomCases(2),
        randomCoordinates(2),
        randomCoordinates(2),
        fc.double({ min: -2, max: 2, noNaN: true }),
        ({ model, columns, values, network }, x, other, rate) => {
          const all = Float64Array.of(...values, rate);
          const program = trajectoryProgram(model, columns);
          const prepared = new Float64Array(program.parameters);
          program.prepare[0](all, prepared);
          const expected = interpret(program.derivative, x, prepared);
          const javascript = createJavascriptSlots(program, dormandPrince5);
          expect(difference(slopeIn(javascript, 0, x, all), expected)).toBe(0);
          const pairs = wasmSlots(model, columns, "trajectories");
          slopeIn(pairs, 0, other, all);
          expect(difference(slopeIn(pairs, 1, x, all), expected)).toBe(0);
          expect(difference(slopeIn(pairs, 0, x, all), expected)).toBe(0);
          const groups = wasmSlots(model, columns, "groups");
          expect(relativeDifference(slopeIn(groups, 0, x, all), expected, x)).toBeLessThan(ulps);
          // In the frame that turns, the network loses what the turning gives.
          const still = new Float64Array(x.length);
          networkRightHandSide(network)(0, x, still);
          const turning = rotationRate(x).map((v, k) => still[k]! - rate * v);
          expect(relativeDifference(expected, turning, x)).toBeLessThan(2 * ulps);
        },
      ),
      { numRuns: 25 },
    );
  });

  it("of a site in a field are those of the network in an external drive", () => {
    fc.assert(
      fc.property(
        randomCases(1),
        randomCoordinates(1),
        fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 4, maxLength: 4 }),
        ({ network }, x, drive) => {
          const site = network.sites[0]!;
          const graph = createGraph();
          const rates = Object.fromEntries(rateNames.map((name, k) => [name, graph.parameter(4 + k)]));
          const [a, b, c, d] = [0, 1, 2, 3].map((k) => graph.parameter(k));
          const coordinates = Array.from({ length: coordinateCount }, (_, k) => graph.state(k));
          const outputs = siteEquations(graph, rates, coordinates, [
            [a!, b!],
            [c!, d!],
          ]);
          const alone = { sites: [site], coupling: createCoupling(1, []) };
          const expected = new Float64Array(coordinateCount);
          networkRightHandSide(alone, (_t, drives) => drives.set(drive))(0, x, expected);
          const parameters = [...drive, ...rateNames.map((name) => rateOf(site, name))];
          expect(relativeDifference(interpret(outputs, x, parameters), expected, x)).toBeLessThan(ulps);
        },
      ),
    );
  });

  it("take no more operations than were counted", () => {
    const operations = (model: GroupModel) => {
      const graph = createGraph();
      const { derivative } = groupEquations(graph, model, columnsOf(model));
      return countOperations(hoistParameters(graph, derivative).outputs).total;
    };
    // Reduced by hand, with one field for both groups: 136.
    expect(operations(figure4Model)).toBeLessThanOrEqual(130);
    const every = { column: "v" };
    const unequal: GroupModel = {
      groups: figure4Model.groups.map((group) => ({
        ...group,
        gain: { column: "g" },
        loss: { column: "l" },
      })),
      couplings: [
        { i: 0, j: 0, re: every },
        { i: 1, j: 1, re: every },
        { i: 0, j: 1, re: { column: "w" } },
      ],
    };
    expect(operations(unequal)).toBeLessThanOrEqual(140);
    const uncoupled: GroupModel = { groups: figure4Model.groups.slice(0, 1), couplings: [] };
    // Two decays and three coherences, each turning and decaying.
    expect(operations(uncoupled)).toBe(2 + 3 * 6);
  });

  it("know the level spacings", () => {
    const site: Oscillator = {
      gain: 0.4,
      loss: 1,
      asymmetry: 2.5,
      detuning: -0.75,
      ladder: spinOneLadder,
      channels: noChannels,
    };
    const graph = createGraph();
    const rates = Object.fromEntries(rateNames.map((name) => [name, graph.constant(rateOf(site, name))]));
    // E₁ − E₀ = detuning, E₂ − E₁ = detuning + asymmetry
    expect([...interpret(rungFrequencies(graph, rates), [], [])]).toEqual([-0.75, 1.75]);
  });
});
