/**
 * Limits of Qblox modules. Sources: [Q1] docs.qblox.com, Cluster › "Q1 sequence processor" (v0.16 and later); [M] the
 * module pages and data sheets there; [QL] the checks that qibolab 0.2.17 makes before upload
 * (`qblox/validate.py`), which quote [Q1]; [S] q1simulator 1.3.4.
 */
export const limits = {
  /** Shortest time from one real-time instruction to the next, ns. [Q1] */
  min_wait_ns: 4,
  /** Longest time a real-time instruction takes as a number, ns; a multiple of the 4 ns grid below 65 536. [Q1] */
  max_wait_ns: 65_532,
  /** Output samples a second; the grid of real-time instructions. [Q1] */
  sample_rate_hz: 1e9,
  /** Samples and waveforms a sequencer holds. [Q1] [QL] */
  waveform_samples: 16_384,
  waveforms: 1_024,
  /** Instructions a sequencer holds. [Q1] [QL] */
  instructions: { QCM: 16_384, QCM_RF: 16_384, QRM: 12_288, QRM_RF: 12_288 },
  registers: 64,
  /** Acquisitions of a sequencer and bins of all of them. [QL]; before firmware 0.13 there were 131 072 bins. */
  acquisitions: 32,
  bins: 3_000_000,
  bins_before_0_13: 131_072,
  /** Shortest time between acquisitions that the binning keeps up with, ns. [Q1] [S] */
  acquisition_spacing_ns: 300,
  /** Integration window, ns: multiples of 4. [Q1] */
  integration_step_ns: 4,
  max_integration_ns: 16_777_212,
  /** Range and resolution of the numerically controlled oscillator: ±500 MHz in quarters of a Hz. [Q1] */
  nco_hz: 500e6,
  nco_step_hz: 0.25,
  /** Steps of a turn. [Q1] */
  phase_steps: 1_000_000_000,
  /** Gains and offsets are 16-bit, full scale 2^15. [Q1] */
  full_scale: 32_768,
  /** Range of the local oscillators of RF modules, Hz. [M] */
  lo_hz: [2e9, 18e9],
  /** Slots for modules in a Cluster. [M] */
  slots: 20,
  sequencers_per_module: 6,
  /** Time of one cycle of the classical processor and of a taken jump with its comparison, ns. [S] */
  cycle_ns: 4,
} as const;

export const moduleTypes = ["QCM", "QCM_RF", "QRM_RF"] as const;
export type ModuleType = (typeof moduleTypes)[number];

/** Outputs of a module. [M] */
export const outputsOf: Readonly<Record<ModuleType, number>> = { QCM: 4, QCM_RF: 2, QRM_RF: 1 };
