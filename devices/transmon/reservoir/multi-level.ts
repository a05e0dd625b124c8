import { type ComplexMatrix, zeros } from "#core/complex-matrix";
import { EntrainError, invalidInput } from "#core/errors";
import { angularFromHz } from "#core/units";
import { uncoupledPopulations } from "#model/oscillator";
import { asymmetryAt, type EnergyLadder, modelLadder, transitionFrequency } from "../circuit/ladder.ts";
import { type Ancilla, type LadderEffects, type SidebandTone, toneOnLadder } from "../sidebands.ts";
import { type ProductBasis, productBasis, SteadyStateSystem } from "./liouvillian.ts";

/** A lossy ancilla and the tone that couples a site to it. */
export interface DrivenAncilla {
  readonly tone: SidebandTone;
  readonly ancilla: Ancilla;
}

/** One site with everything that acts on its levels, before any reduction to three of them. */
export interface MultiLevelSite {
  /** As many levels as are to be kept. */
  readonly ladder: EnergyLadder;
  /** Blue sideband, g(a†b† + h.c.). */
  readonly gain: DrivenAncilla;
  /** Red sideband, g(a c† + h.c.). */
  readonly loss: DrivenAncilla;
  /** Rate m+1 → m of each rung from the site's own losses, 1/s. */
  readonly relaxation_per_s: readonly number[];
  /** Rate m → m+1 of each rung from a warm environment, 1/s. */
  readonly heating_per_s: readonly number[];
  /** 1/T_φ: ρ_mm' decays at (m − m')²/T_φ beyond the decay of its levels. */
  readonly dephasing_per_s: number;
}

/** Rates of each rung for the lifetime T1 of |1⟩: (m+1)/T1 down, that times p/(1−p) up. */
export function bosonicRelaxation(
  levels: number,
  t1_s: number,
  thermalPopulation = 0,
): Pick<MultiLevelSite, "relaxation_per_s" | "heating_per_s"> {
  const relaxation_per_s = Array.from({ length: levels - 1 }, (_, m) => (m + 1) / t1_s);
  const boltzmann = thermalPopulation / (1 - thermalPopulation);
  return { relaxation_per_s, heating_per_s: relaxation_per_s.map((rate) => rate * boltzmann) };
}

/** Steady state of site and ancillas. */
export interface MultiLevelState {
  /** p_m of the site's levels. */
  readonly populations: readonly number[];
  /** ⟨b†b⟩ and ⟨c†c⟩. */
  readonly ancillaPhotons: readonly [gain: number, loss: number];
  /** ρ of site × gain ancilla × loss ancilla, the last index fastest. */
  readonly density: ComplexMatrix;
}

/**
 * Steady state of a multi-level site driven through two lossy ancillas.
 *
 * In the frame in which level m turns at m·ω₀, b at ω_blue − ω₀ and c at ω₀ ± ω_red, both sidebands are constant,
 * whatever their detuning from any rung; ω₀ = ω_blue − ω_b, so b stands still. H conserves Q = m − n_b + n_c and
 * every jump moves Q alike on both sides of ρ, so the blocks of equal Q close among themselves and hold all
 * populations: about 80 real unknowns for six levels and two-level ancillas, solved directly.
 *
 * The site's decay is one jump operator Σ√Γ_m |m⟩⟨m+1|, as for a bath that is flat over the ladder. Sidebands of
 * the other kind (the blue tone as a red one and vice versa) are rotating away at GHz and left out.
 *
 * @param ancillaLevels - Fock states kept of each ancilla, default 2: at G/κ = 0.14 that is 1 % off in p_{n±1} and
 *   6 % (too high) in p_{n+2}, and rates come out 3·n_th too low when an ancilla is warm; 3 takes forty times as
 *   long
 * @throws EntrainError `transmon.no_steady_state` when the rates leave the steady state undefined
 * @accuracy residual of the full Liouvillian below 1e-12 of its norm
 * (test/unit/devices/transmon/reservoir/multi-level.test.ts)
 */
export function multiLevelSteadyState(site: MultiLevelSite, ancillaLevels = 2): MultiLevelState {
  const levels = site.ladder.energies_hz.length;
  checkRungs(site, levels);
  const basis = productBasis(levels, ancillaLevels);
  const system = new SteadyStateSystem(basis.charges);
  addEnergies(system, site, basis);
  addSidebands(system, site, basis);
  addJumps(system, site, basis);
  const density = system.solve();
  if (density === null) {
    throw new EntrainError(
      "transmon.no_steady_state",
      {
        path: "",
        message: "some levels have no rate in or out: the steady state is not unique",
        hint: "Switch on both tones, or give the site a finite T1.",
      },
      { kind: "infeasible" },
    );
  }
  return summarise(basis, density);
}

function checkRungs(site: MultiLevelSite, levels: number): void {
  for (const field of ["relaxation_per_s", "heating_per_s"] as const) {
    const rates = site[field];
    if (rates.length !== levels - 1 || rates.some((rate) => !(rate >= 0))) {
      throw invalidInput({
        path: field,
        message: "must hold one rate for each rung, none negative",
        found: rates.length,
        expected: `${levels - 1} rates ≥ 0`,
      });
    }
  }
}

function addEnergies(system: SteadyStateSystem, site: MultiLevelSite, basis: ProductBasis): void {
  const turning = site.gain.tone.frequency_hz - site.gain.ancilla.frequency_hz;
  const { tone, ancilla } = site.loss;
  // The red tone supplies the difference when the ancilla lies above the transition, and takes it otherwise.
  const miss = (supplied: number) =>
    Math.min(
      ...site.ladder.elements.map((_, m) =>
        Math.abs(ancilla.frequency_hz - transitionFrequency(site.ladder, m) - supplied),
      ),
    );
  const supplied =
    miss(tone.frequency_hz) <= miss(-tone.frequency_hz) ? tone.frequency_hz : -tone.frequency_hz;
  const offset = ancilla.frequency_hz - turning - supplied;
  basis.states.forEach(({ level, loss }, k) => {
    system.addEnergy(k, angularFromHz(site.ladder.energies_hz[level]! - level * turning + loss * offset));
  });
}

function addSidebands(system: SteadyStateSystem, site: MultiLevelSite, basis: ProductBasis): void {
  const { elements } = site.ladder;
  const blue = angularFromHz(site.gain.tone.sideband_hz);
  const red = angularFromHz(site.loss.tone.sideband_hz);
  basis.states.forEach(({ level, gain, loss }, k) => {
    const raised = basis.find(level + 1, gain + 1, loss);
    if (raised !== undefined) system.addCoupling(raised, k, blue * elements[level]! * Math.sqrt(gain + 1));
    const lowered = level === 0 ? undefined : basis.find(level - 1, gain, loss + 1);
    if (lowered !== undefined)
      system.addCoupling(lowered, k, red * elements[level - 1]! * Math.sqrt(loss + 1));
  });
}

function addJumps(system: SteadyStateSystem, site: MultiLevelSite, basis: ProductBasis): void {
  const jump = (to: (state: ProductBasis["states"][number]) => readonly [number | undefined, number]) => {
    system.addJump(
      basis.states.map((state) => {
        const [target, rate] = to(state);
        return target === undefined ? null : { target, amplitude: Math.sqrt(rate) };
      }),
    );
  };
  for (const which of ["gain", "loss"] as const) {
    const { linewidth_hz, thermal_population: thermal } = site[which].ancilla;
    const kappa = angularFromHz(linewidth_hz);
    const moved = ({ level, gain, loss }: ProductBasis["states"][number], by: 1 | -1) =>
      which === "gain" ? basis.find(level, gain + by, loss) : basis.find(level, gain, loss + by);
    jump((state) => [moved(state, -1), kappa * (1 + thermal) * state[which]]);
    if (thermal > 0) jump((state) => [moved(state, 1), kappa * thermal * (state[which] + 1)]);
  }
  jump(({ level, gain, loss }) => [basis.find(level - 1, gain, loss), site.relaxation_per_s[level - 1] ?? 0]);
  jump(({ level, gain, loss }) => [basis.find(level + 1, gain, loss), site.heating_per_s[level] ?? 0]);
  system.addDephasing(
    basis.states.map(({ level }) => level),
    site.dephasing_per_s,
  );
}

function summarise(basis: ProductBasis, density: { re: Float64Array; im: Float64Array }): MultiLevelState {
  const size = basis.states.length;
  const populations = Array.from({ length: basis.levels }, () => 0);
  const photons: [number, number] = [0, 0];
  basis.states.forEach(({ level, gain, loss }, k) => {
    const p = density.re[k * size + k]!;
    populations[level]! += p;
    photons[0] += gain * p;
    photons[1] += loss * p;
  });
  const matrix = zeros(size);
  matrix.re.set(density.re);
  matrix.im.set(density.im);
  return { populations, ancillaPhotons: photons, density: matrix };
}

/** How well three levels stand for a site. */
export interface ReductionCheck {
  /** [p_{n−1}, p_n, p_{n+1}] of the three-level model with eliminated ancillas. */
  readonly predicted: readonly [number, number, number];
  /** p_m of all levels kept, ancillas included. */
  readonly populations: readonly number[];
  /** Population outside the three levels. */
  readonly leakage: number;
  /** Largest difference between prediction and the three populations. */
  readonly discrepancy: number;
}

/**
 * Measures the reduction of a site to three levels: its steady state by the model that plans use (ancillas
 * eliminated, levels n − 1, n, n + 1) against that of the whole ladder with its ancillas.
 *
 * @param fockState - n, at least 1; the ladder needs two levels above it
 */
export function reductionCheck(site: MultiLevelSite, fockState: number, ancillaLevels = 2): ReductionCheck {
  const { ladder } = site;
  // As plans do it: rates at the levels that the tones have shifted, rung n+1 ↔ n+2 taken along for its shift.
  const rungs = [fockState - 1, fockState, fockState + 1];
  const bare = rungs.map((m) => transitionFrequency(ladder, m));
  const squared = rungs.map((m) => ladder.elements[m]! ** 2);
  const elements = modelLadder(ladder, fockState);
  const under = (transitions: readonly number[]) =>
    ([site.gain, site.loss] as const).map(({ tone, ancilla }) =>
      toneOnLadder(tone, ancilla, transitions, squared),
    ) as [LadderEffects, LadderEffects];
  const first = under(bare);
  const [blue, red] = under(
    bare.map((f, m) =>
      first.reduce((sum, { levelShift_hz }) => sum + levelShift_hz[m + 1]! - levelShift_hz[m]!, f),
    ),
  );
  const predicted = uncoupledPopulations({
    gain: blue.up[0]! + red.up[0]!,
    loss: blue.down[1]! + red.down[1]!,
    asymmetry: angularFromHz(asymmetryAt(ladder, fockState)),
    detuning: 0,
    ladder: elements,
    channels: {
      relaxation10: blue.down[0]! + red.down[0]! + site.relaxation_per_s[fockState - 1]!,
      relaxation21: site.relaxation_per_s[fockState]!,
      heating01: site.heating_per_s[fockState - 1]!,
      heating12: blue.up[1]! + red.up[1]! + site.heating_per_s[fockState]!,
      dephasing: 2 * site.dephasing_per_s,
    },
  });
  const { populations } = multiLevelSteadyState(site, ancillaLevels);
  const kept = populations.slice(fockState - 1, fockState + 2);
  return {
    predicted,
    populations,
    leakage: populations.reduce((sum, p, m) => sum + (Math.abs(m - fockState) > 1 ? p : 0), 0),
    discrepancy: Math.max(...kept.map((p, k) => Math.abs(p - predicted[k]!))),
  };
}
