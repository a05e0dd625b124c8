import fc from "fast-check";
import { expect, it } from "vitest";
import { eigenvalues } from "#core/eigenvalues";
import { parseMapRequest, pointModels } from "#ir/map";
import { createCoupling } from "#model/network";
import { createGroupSystem } from "#simulators/phase-diagram/group-system";
import { createOnsetSolver } from "#simulators/phase-diagram/onset-solver";
import { coherenceLinearisation } from "#simulators/stability/linearisation";

it.each([1, 2] as const)(
  "%i group(s): the growing modes are those of the QR iteration, point after point",
  (groups) => {
    const number = (low: number, high: number) => fc.double({ min: low, max: high, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(number(0.1, 3), number(-20, 20), number(-5, 5), number(-20, 20)), {
          minLength: 3,
          maxLength: 12,
        }),
        (points) => {
          const axis = { from: 0, to: 1 };
          const request = parseMapRequest({
            gain: 0.5,
            loss: 1,
            groups,
            channels: { relaxation10: 0.1, dephasing: 0.05 },
            x: { parameter: "gain", ...axis, from: 0.1 },
            y: { parameter: "coupling", ...axis },
          });
          const [site] = pointModels(request)(0, 0).sites;
          const system = createGroupSystem(Array.from({ length: groups }, () => site!.ladder));
          const solver = createOnsetSolver(system);
          for (const [gain, asymmetry, coupling, detuning] of points) {
            const sites = Array.from({ length: groups }, (_, g) => ({
              ...site!,
              gain,
              asymmetry,
              detuning: (g === 0 ? 0.5 : -0.5) * detuning,
            }));
            const couplingRe = groups === 1 ? [coupling] : [coupling, 0.7, 0.7, coupling];
            system.set({ sites, couplingRe, couplingIm: couplingRe.map(() => 0) });
            const { unstable, growth } = solver.solve();
            const entries = sites.flatMap((_, i) =>
              sites.slice(i).map((__, k) => ({ i, j: i + k, re: couplingRe[i * groups + i + k]!, im: 0 })),
            );
            const modes = eigenvalues(
              coherenceLinearisation({ sites, coupling: createCoupling(groups, entries) }),
            );
            const expected = Math.max(...modes.map((mode) => mode.re));
            expect(Math.abs(growth - expected)).toBeLessThan(1e-7 * (1 + Math.abs(detuning)));
            if (modes.every((mode) => Math.abs(mode.re) > 1e-6)) {
              expect(unstable).toBe(modes.filter((mode) => mode.re > 0).length);
            }
          }
        },
      ),
      { numRuns: 100 },
    );
  },
);

it("leaves the imaginary axis when the modes leave it: equal gain and loss, K = −1.5", () => {
  const request = parseMapRequest({
    gain: 1,
    loss: 1,
    asymmetry: -1.5,
    x: { parameter: "coupling", from: 0.1, to: 3, points: 30 },
    y: { parameter: "dephasing", from: 0, to: 1, points: 2 },
  });
  const modelAt = pointModels(request);
  const system = createGroupSystem([modelAt(0, 0).sites[0]!.ladder]);
  const solver = createOnsetSolver(system);
  // Threshold (K² + 1)/(8|K|) of the closed form at γ₊ = γ₋ = 1.
  const critical = (1.5 ** 2 + 1) / (8 * 1.5);
  for (let column = 0; column < 30; column++) {
    system.set(modelAt(column, 0));
    expect(solver.solve().unstable).toBe(0.1 + column * 0.1 > critical ? 1 : 0);
  }
});
