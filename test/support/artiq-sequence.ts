import type { ArtiqSequence } from "#protocols/targets/artiq/sequence";

/** Two tones on one Urukul, a coherent pair on one channel, a TTL pulse and two counting windows; two points. */
export function artiqSequence(shots = 3): ArtiqSequence {
  const point = (index: number): ArtiqSequence["points"][number] => ({
    at: { phase: index },
    duration_s: 300e-6,
    tones: [
      {
        channel: "dds_red",
        frequency_hz: 80e6,
        amplitude: 0.5,
        phase_turns: 0,
        start_s: 20e-6,
        duration_s: 30e-6,
      },
      {
        channel: "dds_red",
        frequency_hz: 82e6,
        amplitude: 0.25,
        phase_turns: 0.25 * index,
        start_s: 80e-6,
        duration_s: 30e-6,
      },
      {
        channel: "dds_blue",
        frequency_hz: 110e6,
        amplitude: 1,
        phase_turns: -0.125,
        start_s: 20e-6,
        duration_s: 40e-6,
      },
    ],
    edges: [
      { channel: "shutter", time_s: 5e-6, level: true },
      { channel: "shutter", time_s: 250e-6, level: false },
    ],
    detections: [
      { site: "ion0", counter: "pmt", start_s: 150e-6, duration_s: 30e-6 },
      { site: "ion1", counter: "pmt", start_s: 200e-6, duration_s: 30e-6 },
    ],
  });
  const site = (id: string) => ({ id, threshold: 2, bright_level: 1, dark_level: 0 });
  return {
    device: "trap",
    shots,
    dds: ["dds_red", "dds_blue"].map((name) => ({
      name,
      bus: "urukul0_cpld",
      sysclk_hz: 1e9,
      attenuation_db: 10,
    })),
    ttl: [{ name: "shutter", safe: false }],
    counters: ["pmt"],
    sites: [site("ion0"), site("ion1")],
    axes: [{ name: "phase", size: 2 }],
    points: [point(0), point(1)],
  };
}
