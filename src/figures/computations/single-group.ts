import { coordinatesOf } from "#model/generator";
import { synchronizationThresholds } from "#model/thresholds";
import { longTimeState, type RotatingWave, scaledAmplitude } from "#simulators/index";
import { type Computation, evenlySpaced, listOf, numberOf, type Value } from "../computation.ts";
import {
  advanced,
  coherentStart,
  type GroupModel,
  groupAmplitudes,
  groupNetwork,
  run,
  seededStart,
  stableWave,
} from "../protocol.ts";

/** Fig. 2(a): ⟨S⁺⟩ in time below and above the threshold; one row a curve. */
export const amplitudeInTime: Computation = {
  name: "2a",
  revision: 1,
  tables: {
    curves: [
      { name: "V", unit: "gamma_minus+gamma_plus", about: "coupling strength" },
      { name: "t", unit: "1/gamma_minus", about: "time" },
      { name: "Re_S", unit: "1", about: "Re <S+>" },
      { name: "Im_S", unit: "1", about: "Im <S+>" },
      { name: "abs_S", unit: "1", about: "|<S+>|" },
    ],
  },
  settings: () => ({
    gain: 0.5,
    loss: 1,
    couplings: [1 / 5, 3 / 5],
    seed: [0.1, 0.2],
    duration: 100,
    samples: 1001,
  }),
  rowCount: (settings) => listOf(settings, "couplings").length,
  secondsPerRow: () => 0.05,
  computeRow(settings, row) {
    const gain = numberOf(settings, "gain");
    const loss = numberOf(settings, "loss");
    const ratio = listOf(settings, "couplings")[row]!;
    const [re, im] = listOf(settings, "seed");
    const samples = numberOf(settings, "samples");
    const network = groupNetwork({ gain, loss, asymmetry: 0, coupling: ratio * (gain + loss) });
    const start = coordinatesOf(coherentStart(re!, im!));
    const { series, spacing } = run(network, start, numberOf(settings, "duration"), samples, samples);
    const { re: x, im: y } = series[0]!;
    return {
      curves: Array.from({ length: samples }, (_, k) => [
        ratio,
        k * spacing,
        x[k]!,
        y[k]!,
        Math.hypot(x[k]!, y[k]!),
      ]),
    };
  },
};

/**
 * Rotating waves of one group for ascending couplings, found from the strongest down: each from its neighbour, the
 * amplitude scaled as √(V − V_c), and checked for stability; undefined below the threshold.
 *
 * Where the wave is unstable (it breathes beyond V ≈ 2.1(γ₋+γ₊)) none is returned either.
 */
function wavesAlongCoupling(model: Omit<GroupModel, "coupling">, couplings: readonly number[]) {
  const critical =
    synchronizationThresholds(groupNetwork({ ...model, coupling: 0 }).sites[0]!).critical ?? Infinity;
  const waves: (RotatingWave | undefined)[] = couplings.map(() => undefined);
  let neighbour: { readonly wave: RotatingWave; readonly coupling: number } | undefined;
  for (let k = couplings.length - 1; k >= 0; k--) {
    const coupling = couplings[k]!;
    if (coupling <= critical) break;
    const network = groupNetwork({ ...model, coupling });
    let wave: RotatingWave | undefined;
    if (neighbour) {
      const scale = (coupling - critical) / (neighbour.coupling - critical);
      wave =
        stableWave(network, scaledAmplitude(neighbour.wave.state, scale)) ??
        stableWave(network, neighbour.wave.state);
    }
    let state: Float64Array = seededStart(1);
    const stretch = 40 / Math.min(model.gain, model.loss);
    for (let attempt = 0; !wave && attempt < 6; attempt++) {
      state = advanced(network, state, stretch * 2 ** attempt);
      wave = stableWave(network, state);
    }
    waves[k] = wave;
    neighbour = wave ? { wave, coupling } : undefined;
  }
  return { critical, waves };
}

/** Fig. 2(b): amplitude and coherences against V at γ₊ = γ₋/2, K = 0. */
export const transitionCurve: Computation = {
  name: "2b",
  revision: 1,
  tables: {
    curve: [
      { name: "V", unit: "gamma_minus+gamma_plus", about: "coupling strength" },
      { name: "abs_S", unit: "1", about: "|<S+>|" },
      { name: "abs_rho01", unit: "1", about: "|rho_01|" },
      { name: "abs_rho12", unit: "1", about: "|rho_12|" },
      { name: "abs_rho02", unit: "1", about: "|rho_02|" },
      { name: "omega", unit: "gamma_minus", about: "rotation rate of <S+>; empty below the threshold" },
    ],
  },
  settings: () => ({ gain: 0.5, loss: 1, couplings: [0, 1.2], points: 320 }),
  rowCount: () => 1,
  secondsPerRow: () => 1,
  computeRow(settings) {
    const gain = numberOf(settings, "gain");
    const loss = numberOf(settings, "loss");
    const [from, to] = listOf(settings, "couplings");
    const ratios = evenlySpaced(from!, to!, numberOf(settings, "points"));
    const { waves } = wavesAlongCoupling(
      { gain, loss, asymmetry: 0 },
      ratios.map((ratio) => ratio * (gain + loss)),
    );
    return {
      curve: ratios.map((ratio, k): Value[] => {
        const wave = waves[k];
        if (!wave) return [ratio, 0, 0, 0, 0, null];
        const x = wave.state;
        const [lower, upper] = [Math.hypot(x[2]!, x[3]!), Math.hypot(x[4]!, x[5]!)];
        const re = x[2]! + x[4]!;
        const im = x[3]! + x[5]!;
        return [
          ratio,
          Math.SQRT2 * Math.hypot(re, im),
          lower,
          upper,
          Math.hypot(x[6]!, x[7]!),
          wave.frequency,
        ];
      }),
    };
  },
};

/** Fig. 2(c): order parameter against V and γ₊/γ₋ at K = 0, and V_c for three K; one row a ratio. */
export const orderParameterMap: Computation = {
  name: "2c",
  revision: 1,
  tables: {
    map: [
      { name: "ratio", unit: "1", about: "gamma_plus/gamma_minus" },
      { name: "V", unit: "gamma_minus+gamma_plus", about: "coupling strength" },
      { name: "abs_S", unit: "1", about: "|<S+>| at K = 0" },
    ],
    thresholds: [
      { name: "ratio", unit: "1", about: "gamma_plus/gamma_minus" },
      {
        name: "K",
        unit: "gamma_minus+gamma_plus",
        about: "level asymmetry",
      },
      { name: "V_c", unit: "gamma_minus+gamma_plus", about: "critical coupling; empty where there is none" },
    ],
  },
  settings: (resolution) => ({
    resolution,
    decades: [-1, 1],
    couplings: [0, 2],
    asymmetries: [-0.1, 0, 0.1],
  }),
  rowCount: (settings) => numberOf(settings, "resolution"),
  secondsPerRow: (settings) => 0.0006 * numberOf(settings, "resolution"),
  computeRow(settings, row) {
    const resolution = numberOf(settings, "resolution");
    const [low, high] = listOf(settings, "decades");
    const ratio = 10 ** evenlySpaced(low!, high!, resolution)[row]!;
    const rates = { gain: ratio / (1 + ratio), loss: 1 / (1 + ratio) };
    const [from, to] = listOf(settings, "couplings");
    const couplings = evenlySpaced(from!, to!, resolution);
    const { critical, waves } = wavesAlongCoupling({ ...rates, asymmetry: 0 }, couplings);
    return {
      map: couplings.map((coupling, k) => {
        const wave = waves[k];
        const network = groupNetwork({ ...rates, asymmetry: 0, coupling });
        if (wave) return [ratio, coupling, groupAmplitudes(network, wave.state)[0]!.modulus];
        if (coupling <= critical) return [ratio, coupling, 0];
        return [ratio, coupling, longTimeState(network, seededStart(1)).sites[0]!.amplitude];
      }),
      thresholds: listOf(settings, "asymmetries").map((asymmetry) => {
        const [site] = groupNetwork({ ...rates, asymmetry, coupling: 0 }).sites;
        return [ratio, asymmetry, synchronizationThresholds(site!).critical];
      }),
    };
  },
};
