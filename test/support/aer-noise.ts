import type { DigitalProfile } from "#devices/digital/profile";

/** The profile's numbers of some qubits, for aer-circuits.py. */
export function numbersOf(profile: DigitalProfile, layout: readonly number[]) {
  const sites = Object.fromEntries(
    layout.map((q) => {
      const { t1_s, t2_s, pulse_error, pulse_s, prob_meas0_prep1, prob_meas1_prep0, measure_s, reset_s } =
        profile.sites[q]!;
      return [
        q,
        {
          t1_s,
          t2_s,
          pulse_error,
          pulse_s,
          missed: prob_meas0_prep1,
          invented: prob_meas1_prep0,
          measure_s,
          reset_s,
        },
      ];
    }),
  );
  const edges = profile.edges
    .filter(({ qubits }) => qubits.every((q) => layout.includes(q)))
    .map(({ qubits, error, duration_s }) => ({ qubits, error, duration_s, gate: profile.pair_gate }));
  return { clock_s: profile.clock_s, sites, edges };
}
