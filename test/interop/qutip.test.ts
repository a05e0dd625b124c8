import { expect, test } from "vitest";
import { createCoupling } from "#model/network";
import { bosonLadder, type Oscillator, spinOneLadder } from "#model/oscillator";
import { evolveExactly } from "#simulators/finite-size/exact";
import { evolveNetworkExactly } from "#simulators/finite-size/network-exact";
import { drivenSteadyState } from "#simulators/microscopic/driven";
import { pairStateOf, pairSteadyState } from "#simulators/microscopic/pair";
import { pythonEnvironment, runPython } from "../support/python.ts";
import { generalProblem, setB } from "../unit/simulators-finite/problems.ts";

const environment = pythonEnvironment("qutip", ["numpy==2.2.6", "scipy==1.15.3", "qutip==5.2.0"]);

/** Answers a list of tasks with QuTiP's own operators, steady-state solver and integrator. */
const script = `
import json, sys
import numpy as np
import qutip as qt

def levels(a, b):
    return qt.basis(3, a) * qt.basis(3, b).dag()

def place(op, site, count):
    return qt.tensor([op if k == site else qt.qeye(3) for k in range(count)])

def raising(site):
    return site["ladder"][0] * levels(1, 0) + site["ladder"][1] * levels(2, 1)

def bare(site):
    return site["detuning"] * (levels(2, 2) - levels(0, 0)) + site["asymmetry"] * levels(2, 2)

def jumps(site):
    c = site["channels"]
    return [
        np.sqrt(site["gain"] + c["heating01"]) * levels(1, 0),
        np.sqrt(site["loss"] + c["relaxation21"]) * levels(1, 2),
        np.sqrt(c["relaxation10"]) * levels(0, 1),
        np.sqrt(c["heating12"]) * levels(2, 1),
        np.sqrt(c["dephasing"]) * (levels(2, 2) - levels(0, 0)),
    ]

def network(task):
    sites = task["sites"]
    n = len(sites)
    h = sum(place(bare(s), k, n) for k, s in enumerate(sites))
    ups = [place(raising(s), k, n) for k, s in enumerate(sites)]
    for i, j, re, im in task["couplings"]:
        term = complex(re, im) * ups[i] * ups[j].dag()
        h = h + term + term.dag()
    return h, [place(o, k, n) for k, s in enumerate(sites) for o in jumps(s)], ups

def pairs(z):
    z = np.atleast_1d(np.asarray(z, dtype=complex))
    return [[float(x.real), float(x.imag)] for x in z]

answers = []
for task in json.load(sys.stdin):
    if task["kind"] == "driven":
        site = task["site"]
        a = raising(site)
        rho = qt.steadystate(bare(site) + task["drive"] * (a + a.dag()), jumps(site))
        answers.append([pairs(row) for row in rho.full()])
    elif task["kind"] == "steady":
        h, ops, ups = network(task)
        rho = qt.steadystate(h, ops)
        answers.append(pairs(qt.expect(ups[0] * ups[1].dag(), rho)))
    else:
        h, ops, ups = network(task)
        rho = qt.tensor([qt.Qobj(np.array(m)[:, :, 0] + 1j * np.array(m)[:, :, 1]) for m in task["initial"]])
        result = qt.mesolve(h, rho, task["times"], ops, e_ops=ups + [ups[0] * ups[1].dag()],
                            options={"atol": 1e-13, "rtol": 1e-11, "nsteps": 1000000, "method": "adams"})
        answers.append([pairs(e) for e in result.expect])
print(json.dumps(answers))
`;

type ComplexPair = readonly [re: number, im: number];

function ask<T>(tasks: readonly object[]): T[] {
  if ("missing" in environment) throw new Error(environment.missing);
  return JSON.parse(runPython(environment.python, script, [], JSON.stringify(tasks))) as T[];
}

const site: Oscillator = generalProblem(2).site;
const other: Oscillator = { ...site, gain: 0.3, asymmetry: 0.9, detuning: -0.6, ladder: bosonLadder(1) };

function nested(rho: { re: Float64Array; im: Float64Array }): ComplexPair[][] {
  return [0, 1, 2].map((r) => [0, 1, 2].map((c): ComplexPair => [rho.re[3 * r + c]!, rho.im[3 * r + c]!]));
}

test.skipIf("missing" in environment)("driven steady state: qutip.steadystate", () => {
  const cases = [
    { site, drive: 0.4 },
    { site: { ...site, ladder: spinOneLadder, asymmetry: 2 }, drive: -1.3 },
  ];
  const answers = ask<ComplexPair[][]>(cases.map((one) => ({ kind: "driven", ...one })));
  cases.forEach((one, k) => {
    const rho = nested(drivenSteadyState(one.site, one.drive));
    rho.flat().forEach(([re, im], i) => {
      const [expectedRe, expectedIm] = answers[k]!.flat()[i]!;
      expect(Math.abs(re - expectedRe)).toBeLessThan(1e-12);
      expect(Math.abs(im - expectedIm)).toBeLessThan(1e-12);
    });
  });
});

test.skipIf("missing" in environment)("steady state of two different oscillators: qutip.steadystate", () => {
  const [answer] = ask<ComplexPair[]>([
    { kind: "steady", sites: [site, other], couplings: [[0, 1, 0.7, 0]] },
  ]);
  const { correlation } = pairStateOf(pairSteadyState([site, other], 0.7), [site, other]);
  expect(Math.abs(correlation.re - answer![0]![0])).toBeLessThan(1e-12);
  expect(Math.abs(correlation.im - answer![0]![1])).toBeLessThan(1e-12);
});

test.skipIf("missing" in environment)("three oscillators, alike and unlike: qutip.mesolve", () => {
  const times = [0, 0.3, 1, 2.5, 6];
  const alike = setB(3);
  const pairs = [
    [0, 1],
    [0, 2],
    [1, 2],
  ] as const;
  const unlikeCouplings = [
    { i: 0, j: 1, re: 0.4, im: 0.3 },
    { i: 1, j: 2, re: -0.5, im: 0 },
  ];
  const sites = [site, other, { ...other, detuning: 0.5 }];
  const initial = [alike.initial, generalProblem(2).initial, alike.initial];
  const [first, second] = ask<ComplexPair[][]>([
    {
      kind: "evolve",
      times,
      sites: [alike.site, alike.site, alike.site],
      initial: [0, 1, 2].map(() => nested(alike.initial)),
      couplings: pairs.map(([i, j]) => [i, j, alike.coupling / 3, 0]),
    },
    {
      kind: "evolve",
      times,
      sites,
      initial: initial.map(nested),
      couplings: unlikeCouplings.map(({ i, j, re, im }) => [i, j, re, im]),
    },
  ]) as [ComplexPair[][], ComplexPair[][]];
  const invariant = evolveExactly(alike, times);
  const unlike = evolveNetworkExactly(
    { sites, coupling: createCoupling(3, unlikeCouplings) },
    initial,
    times,
  );
  times.forEach((_, k) => {
    expect(Math.abs(invariant.raising[k]!.re - first[0]![k]![0])).toBeLessThan(1e-9);
    expect(Math.abs(invariant.raising[k]!.im - first[0]![k]![1])).toBeLessThan(1e-9);
    expect(Math.abs(invariant.pairCorrelation[k]! - first[3]![k]![0])).toBeLessThan(1e-9);
    for (const s of [0, 1, 2]) {
      expect(Math.abs(unlike.raising[s]![k]!.re - second[s]![k]![0])).toBeLessThan(1e-9);
      expect(Math.abs(unlike.raising[s]![k]!.im - second[s]![k]![1])).toBeLessThan(1e-9);
    }
    expect(Math.abs(unlike.pairCorrelation[0]![k]!.re - second[3]![k]![0])).toBeLessThan(1e-9);
    expect(Math.abs(unlike.pairCorrelation[0]![k]!.im - second[3]![k]![1])).toBeLessThan(1e-9);
  });
});
