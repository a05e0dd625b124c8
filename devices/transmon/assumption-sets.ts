import type { TransmonAssumptions } from "./schema.ts";

/**
 * What no calibration snapshot of a gate-based chip knows, because the chip does not have it: lossy ancillas,
 * tunable couplers, a flux line. Each value is a present-day number with its source; profiles carry a copy that
 * their owner edits.
 */
const retrofit: TransmonAssumptions = {
  flux_tuning_range_hz: { value: 0, source: "fixed-frequency transmons, as fabricated" },
  squid_asymmetry: { value: 0.5, source: "assumed; sets the flux only, not the reachable model" },
  frequency_calibration_error_hz: {
    value: 5e3,
    source: "assumed: Ramsey calibration over 30 µs just before the run",
  },
  t2_tuned_s: { value: 5e-6, source: "typical away from the sweet spot; arXiv:2503.14798 for the upper end" },
  relaxation_ratio_21: { value: 2, source: "bosonic scaling m/T1; Peterer et al., PRL 114, 010501 (2015)" },
  thermal_population: { value: 0.01, source: "0.1 % (Jin et al., arXiv:1412.2772) to 5 %; typical 1 %" },
  third_level_assignment: {
    value: [0.01, 0.04, 0.95],
    source: "mean three-level assignment fidelity 0.96; Kehrer, Nadolny & Bruder, arXiv:2307.13504",
  },
  exchange_max_hz: { value: 45e6, source: "tunable couplers reach 40–50 MHz; arXiv:2506.14128" },
  exchange_per_amplitude_hz: { value: 45e6, source: "assumed linear calibration of the coupler's flux line" },
  gain_ancilla_frequency_hz: { value: 6.2e9, source: "assumed; keeps the blue sideband near 10.9 GHz" },
  gain_ancilla_linewidth_hz: { value: 20e6, source: "broad-band resonators 0.5–50 MHz; arXiv:2411.02950" },
  gain_ancilla_thermal_population: { value: 0.003, source: "6.2 GHz at 50 mK: 1/(e^{hf/kT} − 1)" },
  gain_sideband_per_amplitude_hz: {
    value: 5e6,
    source: "within the 10 MHz estimated for flux-driven blue sidebands",
  },
  loss_ancilla_frequency_hz: { value: 7.1e9, source: "assumed; keeps the red sideband near 2.7 GHz" },
  loss_ancilla_linewidth_hz: { value: 20e6, source: "broad-band resonators 0.5–50 MHz; arXiv:2411.02950" },
  loss_ancilla_thermal_population: { value: 0.001, source: "7.1 GHz at 50 mK: 1/(e^{hf/kT} − 1)" },
  loss_sideband_per_amplitude_hz: {
    value: 5e6,
    source: "red sidebands reach 85 MHz; Strand et al., arXiv:1301.0535",
  },
  drive_rabi_per_amplitude_hz: { value: 50e6, source: "assumed: π pulse of 40 ns at 0.42 of full scale" },
  pulse_duration_s: { value: 40e-9, source: "typical 0↔1 and 1↔2 pulses of 30–40 ns" },
  pulse_sigma_s: { value: 10e-9, source: "a quarter of the pulse" },
  readout_frequency_hz: { value: 6.9e9, source: "typical read-out resonator" },
  reset_duration_s: { value: 2e-6, source: "the stabiliser resets; 2 µs for the resonators to empty" },
  drive_band_hz: { value: [3e9, 7.5e9], source: "usual microwave drive chain" },
  flux_band_hz: {
    value: [0.05e9, 12e9],
    source: "blue sideband demonstrated through a flux line at 10.3 GHz; arXiv:2605.12429",
  },
  clock_hz: { value: 1e9, source: "1 ns grid of common controllers" },
  granularity_ticks: { value: 4, source: "4 ns grid of common controllers" },
};

/** Named starting points for an import. */
export const assumptionSets: Readonly<Record<string, TransmonAssumptions>> = {
  "fixed-frequency": retrofit,
  "flux-tunable": {
    ...retrofit,
    flux_tuning_range_hz: {
      value: 300e6,
      source: "assumed: junctions replaced by asymmetric SQUIDs; 0–300 MHz is usual",
    },
  },
};
