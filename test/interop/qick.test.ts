import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { designExperiment } from "#planning/plan";
import { supposedBoard } from "#protocols/targets/qick/board";
import { findTarget } from "#protocols/targets/registry";
import { programFiles } from "#protocols/targets/target";
import { smallExperiment, smallProfile } from "../support/profiles.ts";
import { pythonEnvironment, runPython } from "../support/python.ts";
import { restrict } from "../unit/protocols/targets/sequences.ts";

const environment = pythonEnvironment("qick", ["qick==0.2.436", "numpy==2.2.6"]);

/** Compiles config.json with the emitted program and says what came out, in the units of the board. */
const script = `
import json, logging, runpy, sys
logging.basicConfig(level=logging.WARNING, stream=sys.stdout)
folder = sys.argv[1]
sys.argv = ["program.py"]
module = runpy.run_path(folder + "/program.py", run_name="emitted")
compiled = module["main"]([folder + "/board.json"])
config = json.load(open(folder + "/config.json"))
gens = {g["ch"]: g for g in config["generators"]}
report = []
for program in compiled:
    soc = program.soccfg
    pulses = []
    for start, name, ch, _ in sorted(program.timeline, key=lambda e: e[0]):
        if name is None:
            pulses.append(["trigger", ch, start])
            continue
        wave = program._get_wave(program.pulses[name].get_wavenames()[0])
        gain = wave.gain
        swept = hasattr(gain, "is_sweep") and gain.is_sweep()
        gain = [int(gain.start), int(gain.start + sum(gain.spans.values()))] if swept else int(gain)
        pulses.append([
            name.split('"')[1], ch, start,
            float(soc.reg2freq(int(wave.freq), gen_ch=ch)), int(wave.phase) / 2**32,
            gain, int(wave.length) / soc["gens"][ch]["f_fabric"] * 1e3,
        ])
    report.append({
        "pmem": len(program.binprog["pmem"]), "wmem": len(program.binprog["wmem"]),
        "loops": [[n, c] for n, c, _, _ in program.loops], "pulses": pulses,
        "envelopes": {ch: [list(e["data"][:, 0].astype(float)) for e in envs["envs"].values()] for ch, envs in enumerate(program.envelopes)},
    })
print("REPORT" + json.dumps(report))
`;

interface Compiled {
  pmem: number;
  wmem: number;
  loops: [string, number][];
  pulses: (
    | ["trigger", number, number]
    | [string, number, number, number, number, number | [number, number], number]
  )[];
  envelopes: Record<string, number[][]>;
}

const full = designExperiment(smallExperiment(), smallProfile()).sequence;
const pair = restrict(full, (id) => /^q[01]_/.test(id) || id === "q0__q1_j");
const settings = { external_lo_hz: { q0_flux_gain: 7e9, q1_flux_gain: 7e9 } };

function compile(program: ReturnType<ReturnType<typeof findTarget>["emit"]>): Compiled[] {
  if ("missing" in environment) throw new Error(environment.missing);
  const folder = mkdtempSync(join(tmpdir(), "entrain-qick-"));
  try {
    for (const { name, text } of programFiles(findTarget("qick"), program))
      writeFileSync(join(folder, name), text);
    writeFileSync(join(folder, "board.json"), JSON.stringify(supposedBoard()));
    const output = runPython(environment.python, script, [folder]);
    // qick warns, and compiles all the same, when pulses of a generator overlap.
    expect(output).not.toMatch(/WARNING/);
    return JSON.parse(/REPORT(.*)/.exec(output)![1]!) as Compiled[];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test.skipIf("missing" in environment)("qick compiles the emitted program to the planned pulses", () => {
  const program = findTarget("qick").emit(pair, settings);
  const compiled = compile(program);
  expect(compiled.length).toBe(4);
  const config = JSON.parse(program.text) as {
    frames: { id: string; port: string; frequency_hz: number }[];
    generators: { ch: number; external_lo_hz: number; nqz: number }[];
    runs: {
      events: {
        frame: string;
        kind: string;
        start_ns: number;
        duration_ns: number;
        phase_rad: number;
        amplitude: number | { from: number; to: number };
      }[];
    }[];
  };
  compiled.forEach((run, r) => {
    expect(run.loops).toEqual([
      ["reps", full.shots],
      ["exchange", 4],
    ]);
    expect(run.pmem).toBeLessThan(200);
    expect(run.wmem).toBeLessThan(60);
    const { events } = config.runs[r]!;
    const plays = events.filter(({ kind }) => kind !== "capture");
    const found = run.pulses.filter((pulse) => pulse[0] !== "trigger");
    expect(found.length).toBe(plays.length);
    expect(run.pulses.length - found.length).toBe(2);
    for (const event of plays) {
      const pulse = found.find(([frame, , start]) => frame === event.frame && start === event.start_ns)!;
      const [, ch, , mhz, phase, gain, length_ns] = pulse as [
        string,
        number,
        number,
        number,
        number,
        number | [number, number],
        number,
      ];
      const frame = config.frames.find(({ id }) => id === event.frame)!;
      const lo = config.generators.find((g) => g.ch === ch)!.external_lo_hz;
      // DDS of 32 bits over 9.58 GHz: steps of 2.23 Hz.
      expect(Math.abs(mhz * 1e6 - (frame.frequency_hz - lo))).toBeLessThan(1.2);
      expect(Math.abs(Math.sin(Math.PI * phase - event.phase_rad / 2))).toBeLessThan(1e-8);
      expect(Math.abs(length_ns - event.duration_ns)).toBeLessThan(0.9);
      if (typeof event.amplitude === "number") expect(gain).toBe(Math.trunc(event.amplitude * 32_766));
      else {
        const [from, to] = gain as [number, number];
        expect(Math.abs(from - event.amplitude.from * 32_766)).toBeLessThanOrEqual(1);
        expect(Math.abs(to - event.amplitude.to * 32_766)).toBeLessThanOrEqual(4);
      }
    }
    // The Gaussian of the drive: 40 ns at 9.58 GS/s, σ of 10 ns.
    const envelope = run.envelopes[0]![0]!;
    const height = Math.max(...envelope);
    expect(envelope.length).toBe(384);
    expect(envelope[0]! / height).toBeCloseTo(Math.exp(-((191.5 / 95.8464) ** 2) / 2), 2);
  });
});

test.skipIf("missing" in environment)("tones longer than 65 535 cycles compile too, in pieces", () => {
  const long = {
    ...pair,
    tables: {},
    body: [
      { kind: "reset" as const, duration_ticks: 2000 },
      {
        kind: "play" as const,
        frame: "q0_loss",
        waveform: { kind: "constant" as const, duration_ticks: 300_000 },
        amplitude: 0.5,
      },
    ],
  };
  const compiled = compile(findTarget("qick").emit(long, settings));
  const pieces = compiled[0]!.pulses as [string, number, number, number, number, number, number][];
  expect(pieces.map(([, , start]) => start)).toEqual([2000, 102_000, 202_000]);
  expect(pieces.reduce((sum, [, , , , , , length]) => sum + length, 0)).toBeCloseTo(300_000, -1);
});
