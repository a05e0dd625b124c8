export { type IntegrationOptions, integrate, type RightHandSide } from "./kernel/dormand-prince.ts";
export { type LongTimeState, longTimeState } from "./mean-field/long-time.ts";
export {
  createCoupling,
  type ExternalDrive,
  networkRightHandSide,
  raisingAmplitude,
} from "./mean-field/network.ts";
export { findRotatingWave, type RotatingWave } from "./mean-field/rotating-wave.ts";
export { simulate, simulationKinds } from "./simulate.ts";
export {
  amplitudeSpectrum,
  dominantFrequency,
  type Spectrum,
  windingRate,
} from "./spectra/spectrum.ts";
export { groupThresholds } from "./stability/group-thresholds.ts";
export { coherenceLinearisation, networkGrowthRate } from "./stability/linearisation.ts";
