export { compileEnsemble, type EnsembleKernel, type EnsembleOptions } from "./compiled/ensemble.ts";
export { createNetworkFlow, type NetworkFlow } from "./compiled/network-flow.ts";
export { evolveCompiledEnsemble } from "./compiled-ensemble/ensemble.ts";
export {
  type BranchPoint,
  type ContinuationOptions,
  continueWave,
  type SpecialPoint,
  type WaveBranch,
} from "./continuation/continue-wave.ts";
export { waveFromOnset } from "./continuation/from-onset.ts";
export {
  type ArrayRun,
  type ArrayState,
  assignOutcomes,
  evolveArray,
  evolveArrays,
  exactSites,
  mapSites,
  outcomesOf,
  uncorrelatedState,
} from "./finite-size/array-state.ts";
export { evolveCumulants } from "./finite-size/cumulant-evolution.ts";
export { phaseDiffusion } from "./finite-size/phase-diffusion.ts";
export { evolveTruncatedWigner } from "./finite-size/truncated-wigner.ts";
export { type IntegrationOptions, integrate, type RightHandSide } from "./kernel/dormand-prince.ts";
export {
  evolveLargeNetwork,
  type LargeCoupling,
  type LargeEvolution,
  type LargeNetwork,
  largeNetworkCost,
} from "./large-network/evolve.ts";
export { type LongTimeState, longTimeState } from "./mean-field/long-time.ts";
export {
  createCoupling,
  type ExternalDrive,
  networkRightHandSide,
  raisingAmplitude,
} from "./mean-field/network.ts";
export { findRotatingWave, type RotatingWave } from "./mean-field/rotating-wave.ts";
export { scaledAmplitude } from "./mean-field/scaled-amplitude.ts";
export { drivenHarmonics, drivenSteadyState } from "./microscopic/driven.ts";
export { pairFirstOrder, pairHarmonics, phaseLockingMap } from "./microscopic/pair.ts";
export { sampleDistribution } from "./microscopic/phase-distribution.ts";
export { type NetworkCumulants, networkCumulants } from "./network-cumulants/evolution.ts";
export {
  type MapMethod,
  planeBytes,
  planesOver,
  type Tile,
  tilesOf,
} from "./phase-diagram/map.ts";
export {
  type MapPlanes,
  mapFlags,
  mapMethods,
  mapStates,
  type PlaneName,
  planeNames,
} from "./phase-diagram/planes.ts";
export { createMapPool, type MapPool, type MapResult, sharedPlanes } from "./pool/map-pool.ts";
export { createTileSolver } from "./pool/tile-solver.ts";
export { simulate, simulationKinds } from "./simulate.ts";
export {
  amplitudeSpectrum,
  dominantFrequency,
  type Spectrum,
  windingRate,
} from "./spectra/spectrum.ts";
export { groupThresholds } from "./stability/group-thresholds.ts";
export { coherenceLinearisation, networkGrowthRate } from "./stability/linearisation.ts";
