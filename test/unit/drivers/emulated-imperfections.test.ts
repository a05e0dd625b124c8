import { beforeAll, describe, expect, test } from "vitest";
import { fullTurn } from "#core/units";
import { EmulatorDriver } from "#devices/drivers/emulator/driver";
import type { Signal, Timeline } from "#devices/drivers/emulator/timeline";
import { EmulatedTransmonArray } from "#devices/drivers/emulator/transmon";
import { biasedLevels } from "#devices/transmon/forward";
import { parseTransmonProfile, type TransmonProfile } from "#devices/transmon/schema";
import type { Sequence } from "#ir/sequence";
import { loadProfileDocument } from "#planning/load";
import { findTarget } from "#protocols/targets/registry";

const clock_hz = 1e9;
const f01_hz = 4.8e9;
const readout_hz = 6.9e9;
/** 4 ns at full scale of 2π·50 MHz: an angle of 0.4π. */
const angle = 0.4 * Math.PI;
const turned = Math.sin(angle / 2) ** 2;

/** Two equal sites that hardly relax in a microsecond, read out without error. */
function pair(
  assumptions: Record<string, unknown> = {},
  site: Record<string, unknown> = {},
): TransmonProfile {
  const document = structuredClone(loadProfileDocument("transmon-pair", ".")) as {
    sites: Record<string, unknown>[];
    assumptions: Record<string, { value: unknown; source: string }>;
  };
  document.sites = document.sites.map(({ id, position }) => ({
    id,
    position,
    frequency_hz: f01_hz,
    anharmonicity_hz: -200e6,
    t1_s: 20e-3,
    t2_s: 40e-3,
    readout: { duration_s: 1e-6, prob_meas0_prep1: 0, prob_meas1_prep0: 0 },
    ...site,
  }));
  const ideal = {
    frequency_calibration_error_hz: 0,
    thermal_population: 0,
    third_level_assignment: [0, 0, 1],
  };
  for (const [name, value] of Object.entries({ ...ideal, ...assumptions })) {
    delete document.assumptions[name.replace(/_(hz|s)$/, "")];
    document.assumptions[name] = { value, source: "test" };
  }
  return parseTransmonProfile(document);
}

const ports = ["q0_drive", "q1_drive", "q0__q1_coupler", "q0_flux", "q0_readout_in", "q0_readout_out"];
const sequence: Sequence = {
  device: "transmon-pair",
  clock_hz,
  shots: 1_000_000,
  ports,
  frames: [],
  biases: [],
  axes: [],
  tables: {},
  body: [],
};

const square = (port: string, start: number, ticks: number, amplitude: number, frequency_hz = 0): Signal => ({
  port,
  start,
  amplitude,
  frequency_hz,
  // Phases of a frame that has turned since the shot began.
  phase_rad: fullTurn * ((frequency_hz * (start / clock_hz)) % 1),
  waveform: { kind: "constant", duration_ticks: ticks },
});
const pulse = (site: string, start: number, ticks = 4) => square(`${site}_drive`, start, ticks, 1, f01_hz);

/** Long enough for whatever the shot before left. */
const longWait = 400_000_000;

/** Populations of level 1 of both sites at a tick after the wait before the shot, from which signals count as well. */
function seenAt(profile: TransmonProfile, given: readonly Signal[], after: number, reset: number = longWait) {
  const tick = reset + after;
  const signals = given.map((signal) => ({
    ...signal,
    start: reset + signal.start,
    phase_rad: signal.phase_rad + fullTurn * ((signal.frequency_hz * (reset / clock_hz)) % 1),
  }));
  const timeline: Timeline = {
    signals: [
      ...signals,
      ...["q0", "q1"].map((id) => square(`${id}_readout_in`, tick, 1000, 0.1, readout_hz)),
    ],
    captures: ["q0", "q1"].map((id) => ({
      port: `${id}_readout_out`,
      frequency_hz: readout_hz,
      start: tick,
      duration: 1000,
    })),
    reset,
    end: tick + 1000,
  };
  const [joint] = new EmulatedTransmonArray(profile, sequence, 1).probabilities(timeline);
  const sum = (of: (k: number) => boolean) => joint!.reduce((total, p, k) => total + (of(k) ? p : 0), 0);
  return { q0: sum((k) => Math.floor(k / 3) === 1), q1: sum((k) => k % 3 === 1) };
}

describe("imperfections that a profile states", () => {
  test("exchange that an idle coupler leaves: sin²(Jt) of a quantum goes over", () => {
    const profile = pair({ exchange_residual_hz: 2e5 });
    for (const tick of [504, 1004]) {
      // On average the quantum is there from the middle of its pulse on.
      const over = Math.sin(fullTurn * 2e5 * ((tick - 2) / clock_hz)) ** 2;
      expect(seenAt(profile, [pulse("q0", 0)], tick).q1).toBeCloseTo(turned * over, 4);
      expect(seenAt(pair(), [pulse("q0", 0)], tick).q1).toBeCloseTo(0, 7);
    }
  });

  test("a slow coupler: late, and the same area in the end", () => {
    const [rise, length] = [10, 60];
    const profile = pair({ coupler_rise_s: rise / clock_hz });
    const exchange = fullTurn * 30e6 * 0.1;
    const play = [pulse("q0", 0), square("q0__q1_coupler", 4, length, 0.1)];
    // ∫(1 − e^{−t/τ}) over the pulse.
    const late = length - rise * (1 - Math.exp(-length / rise));
    for (const [tick, area] of [
      [4 + length, late],
      [4 + length + 10 * rise, length],
    ] as const) {
      const expected = turned * Math.sin(exchange * (area / clock_hz)) ** 2;
      expect(seenAt(profile, play, tick).q1).toBeCloseTo(expected, 4);
    }
    expect(seenAt(pair(), play, 4 + length).q1).toBeCloseTo(
      turned * Math.sin(exchange * (length / clock_hz)) ** 2,
      4,
    );
  });

  test("a slow bias line: the phase of the levels on its way", () => {
    const [rise, length, height] = [10, 100, 0.05];
    const profile = pair({ flux_rise_s: rise / clock_hz, t2_tuned_s: 40e-3 });
    const tick = 4 + length + 10 * rise;
    const phase = (follows: (t: number) => number) => {
      const steps = 20_000;
      const step_s = tick / clock_hz / steps;
      return Array.from({ length: steps }, (_, k) => {
        const flux = height * follows(((k + 0.5) * tick) / steps - 4);
        const { frequency_hz } = biasedLevels(profile, profile.sites[0]!, flux);
        return fullTurn * (frequency_hz - f01_hz) * step_s;
      }).reduce((a, b) => a + b);
    };
    const level = (t: number) => (t < 0 ? 0 : 1 - Math.exp(-t / rise));
    const slow = phase((t) => (t < length ? level(t) : level(length) * Math.exp((length - t) / rise)));
    const quick = phase((t) => (t >= 0 && t < length ? 1 : 0));
    // Turned by θ, by φ about z, and by θ again: cos² and sin² of the halves interfere.
    const expected = (phi: number) => (Math.sin(angle) ** 2 * (1 + Math.cos(phi))) / 2;
    const play = [pulse("q0", 0), square("q0_flux", 4, length, height), pulse("q0", tick)];
    expect(Math.abs(slow - quick)).toBeGreaterThan(0.3);
    expect(seenAt(profile, play, tick + 4).q0).toBeCloseTo(expected(slow), 2);
    expect(seenAt(pair({ t2_tuned_s: 40e-3 }), play, tick + 4).q0).toBeCloseTo(expected(quick), 2);
  });

  test("a drive that reaches the neighbour: sin²(εθ/2)", () => {
    const part = 0.15;
    const { q0, q1 } = seenAt(pair({ drive_crosstalk: part }), [pulse("q0", 0)], 4);
    expect(q0).toBeCloseTo(turned, 5);
    expect(q1).toBeCloseTo(Math.sin((part * angle) / 2) ** 2, 5);
  });

  test("what the shot before left: the fixed point of shot after shot", () => {
    const wait = 60_000;
    const t1_s = 100e-6;
    const profile = pair({}, { t1_s, t2_s: 2 * t1_s });
    const kept = Math.exp(-(wait + 1000) / clock_hz / t1_s);
    // p′ = s + p(1 − 2s) after the pulse, p = e·p′ before the next one.
    const left = (kept * turned) / (1 - kept * (1 - 2 * turned));
    const { q0 } = seenAt(profile, [pulse("q0", 0)], 4, wait);
    expect(q0).toBeCloseTo(left / kept, 4);
    expect(Math.abs(q0 - turned)).toBeGreaterThan(0.03);
  });
});

describe("frequencies that wander from shot to shot", () => {
  const wander_hz = 2e5;
  let shown: number;

  const ramsey_s = 1e-6;
  beforeAll(async () => {
    const shots = 40_000;
    const frame = (site: string, role: string, frequency_hz: number) => ({
      id: `${site}_${role}`,
      port: `${site}_${role}`,
      frequency_hz,
      phase_rad: 0,
    });
    const frames = ["q0", "q1"].flatMap((site) => [
      frame(site, "drive", f01_hz),
      frame(site, "readout_in", readout_hz),
      frame(site, "readout_out", readout_hz),
    ]);
    const ids = frames.map(({ id }) => id);
    const quarterTurn = (site: string) => ({
      kind: "play" as const,
      frame: `${site}_drive`,
      waveform: { kind: "constant" as const, duration_ticks: 8 },
      // 2π·50 MHz·a·8 ns = π/2.
      amplitude: 1 / (4 * 50e6 * 8e-9),
    });
    const program = findTarget("openpulse").emit({
      ...sequence,
      shots,
      ports: frames.map(({ port }) => port),
      frames,
      body: [
        { kind: "reset", duration_ticks: 1_000_000 },
        { kind: "barrier", frames: ids },
        ...["q0", "q1"].map(quarterTurn),
        { kind: "delay", frames: ids, duration_ticks: ramsey_s * clock_hz },
        { kind: "barrier", frames: ids },
        ...["q0", "q1"].map(quarterTurn),
        { kind: "barrier", frames: ids },
        ...["q0", "q1"].map((site) => ({
          kind: "play" as const,
          frame: `${site}_readout_in`,
          waveform: { kind: "constant" as const, duration_ticks: 1000 },
          amplitude: 0.1,
        })),
        ...["q0", "q1"].map((site) => ({
          kind: "capture" as const,
          frame: `${site}_readout_out`,
          duration_ticks: 1000,
        })),
      ],
    });
    const driver = new EmulatorDriver(
      pair({ frequency_wander_hz: wander_hz }, { t1_s: 100e-6, t2_s: 200e-6 }),
    );
    const job = await driver.submit(program, { seed: 3, skip: new Set() });
    let ones = 0;
    for await (const record of driver.fetch(job)) {
      for (const level of Buffer.from(record.levels, "base64")) if (level === 1) ones++;
    }
    shown = ones / shots / 2;
  });

  test("a Ramsey signal decays as a Gaussian, e^{−(2πσt)²/2}", () => {
    const time_s = ramsey_s + 4e-9 + 4e-9;
    const coherence = Math.exp(-((fullTurn * wander_hz * time_s) ** 2) / 2);
    // Without wander it would be near one; at worst level 1 has lost 1 % to relaxation.
    expect(coherence).toBeLessThan(0.5);
    expect(Math.abs(shown - (1 + coherence) / 2)).toBeLessThan(0.015);
  });
});
