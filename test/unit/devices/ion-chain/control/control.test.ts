import { describe, expect, it } from "vitest";
import { expm } from "#core/expm";
import { fullTurn } from "#core/units";
import {
  detuningOfWord,
  exchangeOfWord,
  fullExchange,
  wellShifts,
  wordOfDetuning,
  wordOfExchange,
} from "#devices/ion-chain/control/exchange-table";
import {
  assignmentOfMapping,
  brightProbability,
  flipProbability,
  mappedLevels,
  mappingPulses,
} from "#devices/ion-chain/control/read-out";
import { ionResponse } from "#devices/ion-chain/control/response";
import { restingTrap } from "#devices/ion-chain/control/resting-trap";
import { exchangeMatrix, motionDirection } from "#devices/ion-chain/crystal/exchange";
import { designIonChain } from "#devices/ion-chain/design";
import { networkOf } from "#devices/ion-chain/forward";
import { ionChain } from "#devices/ion-chain/index";
import { parseIonProfile } from "#devices/ion-chain/schema";
import { loadProfileDocument } from "#planning/load";
import { refusal } from "../../../../support/refusal.ts";

const profile = parseIonProfile(loadProfileDocument("calcium-array", "."));
const control = profile.control!;
const { levels, lattice, heating_per_s } = restingTrap(profile);

describe("exchange by stored voltages", () => {
  it("nothing in set 0, in the last one e²/(8πε₀mωd³), evenly between", () => {
    // e²/(4πε₀) = 2.30708e-28 J m, mass of 40Ca+ 6.63591e-26 kg, 25 µm.
    const omega = fullTurn * levels.lower_hz;
    const full_hz = 2.30708e-28 / (2 * 6.63591e-26 * omega * 25e-6 ** 3) / fullTurn;
    const at = (word: number) => exchangeOfWord(profile, control, levels.lower_hz, word);
    expect(at(0)).toBe(0);
    expect(at(255) / full_hz).toBeCloseTo(1, 4);
    expect(at(51) / at(255)).toBeCloseTo(0.2, 12);
    expect(wordOfExchange(profile, control, levels.lower_hz, 0.2 * full_hz)).toBe(51);
    expect(wordOfExchange(profile, control, levels.lower_hz, 2 * full_hz)).toBe(255);
    expect(wordOfExchange(profile, control, levels.lower_hz, -100)).toBe(0);
  });

  it("set w is the motion at cos² = (1 − w/W)/3 from the line, for every pair at once", () => {
    const positions = [0, 1, 2].map((i) => [i * 25e-6, 0, 0] as const);
    const full = fullExchange(profile, levels.lower_hz);
    const angle = Math.acos(Math.sqrt((1 - 51 / 255) / 3));
    const turned = exchangeMatrix(
      positions,
      motionDirection(angle),
      6.63591e-26,
      positions.map(() => levels.lower_hz),
    );
    for (const [i, j] of [
      [0, 1],
      [1, 2],
      [0, 2],
    ] as const) {
      expect(turned[i]![j]! / full[i]![j]!).toBeCloseTo(0.2, 4);
    }
  });
});

describe("detuning of two wells", () => {
  const pair = parseIonProfile(loadProfileDocument("calcium-pair", ".")).control!;

  it("two's complement of 128 Hz, half to each ion; clipped at its ends", () => {
    expect(wordOfDetuning(pair, 10_000)).toBe(78);
    expect(wordOfDetuning(pair, -10_000)).toBe(256 - 78);
    expect(detuningOfWord(pair, 256 - 78)).toBe(-78 * 128);
    expect(wordOfDetuning(pair, 1e6)).toBe(127);
    expect(wordOfDetuning(pair, -1e6)).toBe(128);
    expect(detuningOfWord(pair, 128)).toBe(-128 * 128);
    expect(wellShifts(1000, 2)).toEqual([500, -500]);
  });

  it("a scan beyond the lines is an error of the plan", () => {
    const wide = parseIonProfile(loadProfileDocument("calcium-pair", "."));
    const wanted = { gain_rate_per_s: 1500, loss_rate_per_s: 1500, exchange_hz: [500] };
    const codes = (detuning_hz: number[]) =>
      ionChain.design(wide, { ...wanted, detuning_hz }).findings.map(({ code }) => code);
    expect(codes([-16_000, 16_000])).not.toContain("DETUNING_OUT_OF_REACH");
    expect(codes([-17_000, 16_000])).toContain("DETUNING_OUT_OF_REACH");
  });
});

describe("exchange out of reach", () => {
  const codes = (exchange_hz: number[]) =>
    ionChain
      .design(profile, { gain_rate_per_s: 1500, loss_rate_per_s: 1500, exchange_hz })
      .findings.filter(({ severity }) => severity === "error")
      .map(({ code }) => code);

  it("what no stored set makes, stronger or of the other sign, is an error of the plan", () => {
    expect(codes([0, 1300])).toEqual([]);
    expect(codes([700, 1450])).toContain("EXCHANGE_OUT_OF_REACH");
    expect(codes([-1000, 1000])).toContain("EXCHANGE_OUT_OF_REACH");
  });
});

describe("read-out by shelving", () => {
  it("a rectangular pulse flips as the Schrödinger equation has it", () => {
    for (const [rabi, detuning, time] of [
      [3, 0, 0.7],
      [2, 5, 1.3],
      [1, -0.4, 9],
    ] as const) {
      // H = (Ω/2)X + (Δ/2)Z is real: exp(−iHt) as the exponential of a real matrix of twice the size.
      const h = [detuning / 2, rabi / 2, rabi / 2, -detuning / 2];
      const real = new Float64Array(16);
      for (let r = 0; r < 2; r++) {
        for (let c = 0; c < 2; c++) {
          real[4 * r + c + 2] = h[2 * r + c]! * time;
          real[4 * (r + 2) + c] = -h[2 * r + c]! * time;
        }
      }
      const u = expm(real, 4);
      const flipped = u[4]! ** 2 + u[12]! ** 2;
      expect(flipProbability(rabi, detuning, time)).toBeCloseTo(flipped, 10);
    }
  });

  it("Poisson counts beyond a threshold", () => {
    // 1 − e^{−2}(1 + 2 + 2) and 1 − e^{−½}.
    expect(brightProbability(2, 3)).toBeCloseTo(1 - 5 * Math.exp(-2), 12);
    expect(brightProbability(0.5, 1)).toBeCloseTo(1 - Math.exp(-0.5), 12);
    expect(brightProbability(40, 1)).toBeCloseTo(1, 12);
  });

  const [top, middle, back] = mappingPulses(profile, control, levels);
  const mapped = (pulses: Parameters<typeof mappedLevels>[2]) => mappedLevels(profile, levels, pulses, 0);

  it("levels 0, 1, 2 are bright first, bright second, dark; K keeps the pulses apart", () => {
    const [zero, one, two] = mapped({ before: [top, middle], between: [back] });
    expect(zero!.first).toBeGreaterThan(0.999);
    // The neighbouring line is K = 10 kHz away: (Ω/K)² of a 400 µs π pulse at most.
    const wrong = (Math.PI / 400e-6 / Math.SQRT2 / (fullTurn * 10e3)) ** 2;
    expect(one!.second).toBeGreaterThan(1 - 2 * wrong);
    expect(two!.dark).toBeGreaterThan(1 - 4 * wrong);
    for (const row of assignmentOfMapping([zero!, one!, two!], control))
      expect(Math.min(...row)).toBeGreaterThanOrEqual(0);
  });

  it("without the first pulse level 2 passes for 0, without the return level 1 for 2", () => {
    const [, , two] = mapped({ before: [middle], between: [back] });
    expect(two!.first).toBeGreaterThan(0.97);
    const [, one] = mapped({ before: [top, middle], between: [] });
    expect(one!.dark).toBeGreaterThan(0.99);
  });

  it("every column of the platform's matrices adds up to one", () => {
    const probes = (["01", "12", "23"] as const).map((line) =>
      ionChain.probe!(profile, { line, duration_s: 3e-4 }),
    );
    for (const matrix of [...ionChain.assignment(profile), ...probes]) {
      for (const level of [0, 1, 2]) {
        expect(matrix.reduce((sum, row) => sum + row[level]!, 0)).toBeCloseTo(1, 12);
      }
    }
  });

  it("a probe's π pulse on a line darkens its lower level alone", () => {
    const dark = (line: "01" | "12" | "23", duration_s: number) =>
      ionChain.probe!(profile, { line, duration_s })
        .map((row) => row)[0]!
        .map((bright) => 1 - bright);
    // π on 0→1 takes the mapping pulse; 1→2 and 2→3 are faster by the square roots of 2 and 3 but for η² terms.
    expect(dark("01", 400e-6)[0]).toBeGreaterThan(0.95);
    expect(dark("12", 400e-6 / Math.SQRT2)[1]).toBeGreaterThan(0.95);
    expect(dark("23", 400e-6 / Math.sqrt(3))[2]).toBeGreaterThan(0.95);
    expect(dark("12", 400e-6 / Math.SQRT2)[0]).toBeLessThan(0.05);
  });
});

describe("what beams do to an ion", () => {
  const { knobs, figures } = designIonChain(
    profile,
    {
      gain_ratio: 1,
      asymmetry_ratio: -(fullTurn * 10e3) / 1500,
      detuning_ratio: 0,
      coupling_ratio: 8,
      expect: "synchronization",
    },
    6,
  );
  const tones = [
    { beam: "blue" as const, ...knobs.blue },
    { beam: "red" as const, ...knobs.red },
  ];

  it("as designed: the rates of the design's network", () => {
    const [site] = networkOf(figures, knobs, { gain: true, loss: true, exchange: 0 }).sites;
    const response = ionResponse(profile, levels, lattice, tones, knobs.repump_rate_per_s);
    expect(response.gain / site!.gain).toBeCloseTo(1, 3);
    expect(response.loss / site!.loss).toBeCloseTo(1, 3);
    for (const name of ["relaxation10", "relaxation21", "heating01", "heating12", "dephasing"] as const) {
      expect(response.channels[name] / site!.channels[name]).toBeCloseTo(1, 2);
    }
  });

  it("a tone on the other sideband pumps the other way, none without repump, less off resonance", () => {
    const flipped = { ...tones[0]!, offset_hz: -tones[0]!.offset_hz };
    const wrong = ionResponse(profile, levels, lattice, [flipped], 9000);
    expect(wrong.gain).toBeLessThan(1);
    expect(wrong.channels.relaxation10).toBeGreaterThan(1000);
    expect(ionResponse(profile, levels, lattice, tones, 0).gain).toBe(0);
    const off = { ...tones[0]!, offset_hz: tones[0]!.offset_hz + 2000 };
    // Γ/(1 + 4Δ²/(γ_rp² + 2Ω²)) with Ω² = Γγ_rp²/(γ_rp − 2Γ), Γ = 1500/s, γ_rp = 9000/s.
    const width = 9000 ** 2 * (1 + (2 * 1500) / (9000 - 3000));
    const expected = 1500 / (1 + (4 * (fullTurn * 2000) ** 2) / width);
    const alone = ionResponse(profile, levels, lattice, [off, tones[1]!], 9000);
    expect(alone.gain / (1 - figures.recoil.down) / expected).toBeCloseTo(1, 2);
  });

  it("heating of the trap is that of the profile and the lattice", () => {
    expect(heating_per_s).toBeGreaterThan(10);
    expect(ionResponse(profile, levels, lattice, [], 0).channels.heating12).toBeCloseTo(2 * heating_per_s, 9);
  });
});

describe("what cannot be lowered", () => {
  const wanted = { gain_rate_per_s: 1500, loss_rate_per_s: 1500, exchange_hz: [1000] };
  const scan = { axes: [], operations: [{ kind: "prepare" as const }] };

  it("a trap that does not say how it is worked", () => {
    const { control: _, ...rest } = profile;
    const { knobs } = ionChain.design(profile, wanted);
    expect(refusal(() => ionChain.lower(rest, knobs, scan, 1)).code).toBe("platform.cannot_lower");
  });

  it("rotations of single ions, and exchange of single pairs", () => {
    const { knobs } = ionChain.design(profile, wanted);
    const rotation = { transition: "01" as const, angle_rad: 1, phase_rad: 0, sites: ["i0"] };
    const operations = [{ kind: "rotate" as const, rotation, stabilised: false }];
    expect(refusal(() => ionChain.lower(profile, knobs, { axes: [], operations }, 1)).code).toBe(
      "platform.cannot_lower",
    );
    const bonds: [string, string][] = [["i0", "i1"]];
    const coupled = [{ kind: "couple" as const, duration_s: 1e-3, bonds }];
    expect(refusal(() => ionChain.lower(profile, knobs, { axes: [], operations: coupled }, 1)).code).toBe(
      "platform.cannot_design",
    );
  });

  it("a control on a trap whose motion cannot be turned is refused", () => {
    const geometry = { ...profile.geometry, motion_angle_tunable: false };
    expect(refusal(() => parseIonProfile({ ...profile, geometry })).code).toBe("profile.invalid");
  });
});
