import { describe, expect, test } from "vitest";
import { EntrainError } from "#core/errors";
import { emitQ1asm } from "#protocols/targets/qblox-q1asm/emit";
import { prepareSmall, runAndJudge } from "../support/experiments.ts";

/**
 * The same as sabotage.test.ts for Q1ASM: the emulator reads tampered instructions and settings and either finds the
 * data inconsistent with the plan or refuses the program, because sequencers fall out of step or would raise a flag.
 */
// The tampered lines wait 2 µs.
const compiled = prepareSmall({ shots: 4000 }, {});
const prepared = {
  ...compiled,
  designed: { ...compiled.designed, program: emitQ1asm(compiled.designed.sequence) },
};
const { text } = prepared.designed.program;

interface Sequencer {
  name: string;
  settings: Record<string, unknown>;
  sequence: {
    program: string[];
    waveforms: Record<string, { data: number[] }>;
    acquisitions: Record<string, { num_bins: number }>;
  };
}
interface Bundle {
  static_flux: Record<string, number>;
  axes: { size: number }[];
  modules: { name: string; settings: Record<string, number> }[];
  sequencers: (Sequencer & { module: string })[];
}

/** Text with a change to the document. */
function changed(change: (bundle: Bundle) => void): string {
  const bundle = JSON.parse(text) as Bundle;
  change(bundle);
  return JSON.stringify(bundle);
}

function sequencer(bundle: Bundle, name: string): Bundle["sequencers"][number] {
  const found = bundle.sequencers.find((s) => s.name === name);
  expect(found, name).toBeDefined();
  return found!;
}

/** Changes the k-th line of a sequencer that matches; null drops it. */
function line(name: string, pattern: RegExp, change: (line: string) => string | null, k = 0): () => string {
  return () =>
    changed((bundle) => {
      const { program } = sequencer(bundle, name).sequence;
      const hits = program.flatMap((source, i) => (pattern.test(source) ? [i] : []));
      expect(hits.length, `${pattern} in ${name}`).toBeGreaterThan(k);
      const after = change(program[hits[k]!]!);
      program.splice(hits[k]!, 1, ...(after === null ? [] : [after]));
    });
}

/** Changes a line of every sequencer in which it occurs. */
function everywhere(pattern: RegExp, change: (line: string) => string, only = /./): () => string {
  return () =>
    changed((bundle) => {
      for (const s of bundle.sequencers.filter(({ name }) => only.test(name))) {
        s.sequence.program = s.sequence.program.map((source) =>
          pattern.test(source) ? change(source) : source,
        );
      }
    });
}

const scaled = (factor: number) => (source: string) =>
  source.replace(/(set_awg_(?:gain|offs)\s+)(-?\d+)/, (_, head: string, code: string) => {
    expect(Number(code)).not.toBe(0);
    return `${head}${Math.round(Number(code) * factor)}`;
  });

const setting = (name: string, change: (settings: Record<string, unknown>) => void) => () =>
  changed((bundle) => change(sequencer(bundle, name).settings));

test("the untouched program is consistent", async () => {
  const { verdict, notes } = await runAndJudge(prepared, text, 1);
  expect(verdict.outcome).toBe("consistent");
  expect(verdict.synchronized).toBe("yes");
  expect(notes).toEqual([]);
});

const seen: Record<string, () => string> = {
  "NCO of a 1↔2 drive with the wrong sign": setting("q1_f12", (s) => {
    s.nco_freq = -Number(s.nco_freq);
  }),
  "a gain tone 40 MHz off": setting("q1_gain", (s) => {
    s.nco_freq = Number(s.nco_freq) + 40e6;
  }),
  "local oscillator of a loss tone at another multiple of the grid": () =>
    changed((bundle) => {
      const { module } = sequencer(bundle, "q0_loss");
      const { settings } = bundle.modules.find(({ name }) => name === module)!;
      const key =
        sequencer(bundle, "q0_loss").settings.connect_out0 === undefined ? "out1_lo_freq" : "out0_lo_freq";
      settings[key] = settings[key]! + 250e6;
    }),
  "no gain on one site": line("q1_gain", /tone on/, scaled(1e-9)),
  "an output that is not connected": setting("q3_loss", (s) => {
    for (const key of Object.keys(s)) if (key.startsWith("connect_out")) s[key] = "off";
  }),
  "a coupler that is never switched on": line("q0__q1_j", /tone on/, () => "      set_awg_offs 0,0"),
  "the exchange ramp at half its step": everywhere(
    /add\s+R\d+,\d{5,}/,
    (source) => source.replace(/,(\d{5,}),/, (_, step: string) => `,${Math.round(Number(step) / 2)},`),
    /_j$/,
  ),
  "all couplers weaker by √2": everywhere(
    /amplitude along/,
    (source) => source.replace(/asr(\s+)(R\d+),16,(R\d+).*/, "asr$1$2,17,$3"),
    /_j$/,
  ),
  "one tone stronger by √2": line("q1_gain", /tone on/, scaled(Math.SQRT2)),
  "a tomography pulse at half its gain": line("q3_f12", /set_awg_gain/, scaled(0.5), 2),
  "a tomography pulse dropped, its time kept": line(
    "q3_f12",
    /^ +play/,
    (source) => source.replace(/play\s+0,0,(\d+).*/, "upd_param    $1"),
    2,
  ),
  "a tomography phase dropped": line("q0_f01", /set_ph /, () => null),
  "a tomography phase turned by half a turn": line("q4_f12", /set_ph /, (source) =>
    source.replace("750000000", "250000000"),
  ),
  "a drive frame that is not reset when its pulses begin": line("q0_f12", /reset_ph/, () => null, 1),
  "gain on the wrong path: a pulse about the other axis": everywhere(
    /set_awg_gain/,
    (source) => source.replace(/(set_awg_gain )(\d+),0/, "$10,$2"),
    /^q1_f12$/,
  ),
  "a read-out tone that is not there": line("q0_tx", /tone on/, () => "      set_awg_offs 0,0"),
  "a seed pulse with other samples": () =>
    changed((bundle) => {
      for (const s of bundle.sequencers.filter(({ name }) => name.endsWith("_f01"))) {
        for (const wave of Object.values(s.sequence.waveforms)) wave.data = wave.data.map((d) => d * 0.5);
      }
    }),
  "couplers on for 1100 ns instead of 1000, everything else later": () =>
    changed((bundle) => {
      for (const { name, sequence } of bundle.sequencers) {
        if (!name.endsWith("_j")) continue;
        sequence.program = sequence.program.map((source, k) =>
          /tone on/.test(sequence.program[k - 1] ?? "")
            ? source.replace(
                /upd_param(\s+)(\d+)/,
                (_, gap: string, w: string) => `upd_param${gap}${Number(w) + 100}`,
              )
            : /tone off/.test(sequence.program[k - 1] ?? "")
              ? source.replace(
                  /upd_param(\s+)(\d+)/,
                  (_, gap: string, w: string) => `upd_param${gap}${Number(w) - 100}`,
                )
              : source,
        );
      }
    }),
  "a site's static flux forgotten": () =>
    changed((bundle) => {
      const port = Object.keys(bundle.static_flux).find((name) => bundle.static_flux[name]! > 0.05)!;
      bundle.static_flux[port] = 0;
    }),
};

describe.each(Object.keys(seen))("%s", (name) => {
  test("turns the verdict negative", async () => {
    const tampered = seen[name]!();
    expect(JSON.parse(tampered)).not.toEqual(JSON.parse(text));
    const { verdict } = await runAndJudge(prepared, tampered, 1);
    expect(verdict.outcome).toBe("inconsistent");
    expect(verdict.p_value).toBeLessThan(1e-4);
  });
});

const refused: Record<string, readonly [code: string, path: RegExp, tamper: () => string]> = {
  "a wait 4 ns longer": [
    "program.lock_step",
    /q1_gain/,
    line("q1_gain", /upd_param\s+2000/, (source) => source.replace("2000", "2004")),
  ],
  "a dropped pulse": ["program.lock_step", /q3_f12/, line("q3_f12", /^ +play/, () => null)],
  "a dropped wait for the others": ["program.lock_step", /q0_f01/, line("q0_f01", /wait_sync/, () => null)],
  "a shot less on one sequencer": [
    "program.lock_step",
    /q4_loss/,
    line("q4_loss", /# shots/, (source) => source.replace("4000", "3999")),
  ],
  "a point less": [
    "program.lock_step",
    /q0_gain/,
    line("q0_gain", /# exchange/, (source) => source.replace("move         4,", "move         3,")),
  ],
  "a sequencer that does not synchronise": [
    "program.lock_step",
    /sync_en/,
    setting("q0_gain", (s) => {
      s.sync_en = false;
    }),
  ],
  "a tone that is never switched off": [
    "program.tone_left_on",
    /q0_gain/,
    line("q0_gain", /tone off/, () => null),
  ],
  "the bin not counted up": ["program.bins", /q1_tx/, line("q1_tx", /add\s+R0,1/, () => null)],
  "bins written backwards": [
    "program.bins",
    /q1_tx/,
    line("q1_tx", /add\s+R0,1/, (source) => source.replace("R0,1,R0", "R0,2,R0")),
  ],
  "too few bins": [
    "program.bins",
    /q0_tx/,
    () =>
      changed((bundle) => {
        sequencer(bundle, "q0_tx").sequence.acquisitions.capture_0!.num_bins = 100;
      }),
  ],
  "a frame reset only in the first shot": [
    "program.shots_differ",
    /q0_f01/,
    () =>
      changed((bundle) => {
        const s = sequencer(bundle, "q0_f01").sequence;
        s.program = s.program.filter((source) => !/reset_ph/.test(source));
      }),
  ],
  "samples that are no pulse": [
    "program.waveform",
    /q0_f01/,
    () =>
      changed((bundle) => {
        const [wave] = Object.values(sequencer(bundle, "q0_f01").sequence.waveforms);
        wave!.data[5] = 1;
      }),
  ],
  "signals 2 ns apart": [
    "program.spacing",
    /q0_gain, line \d+/,
    line("q0_gain", /upd_param\s+2000/, (source) => source.replace("2000", "2")),
  ],
  "a misspelt instruction": [
    "program.syntax",
    /q0_f01, line \d+/,
    line("q0_f01", /reset_ph/, (source) => source.replace("reset_ph", "reset_phase")),
  ],
  "a missing label": ["program.undefined", /q0_f01/, line("q0_f01", /^point:/, () => null)],
  "an unknown setting": [
    "program.invalid",
    /gain_awg_path0/,
    setting("q0_f01", (s) => {
      s.gain_awg_path0 = 0.5;
    }),
  ],
};

describe.each(Object.keys(refused))("%s", (name) => {
  test("is refused", async () => {
    const [code, path, tamper] = refused[name]!;
    const tampered = tamper();
    expect(JSON.parse(tampered)).not.toEqual(JSON.parse(text));
    const error = await runAndJudge(prepared, tampered, 1).then(
      () => undefined,
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(EntrainError);
    const { code: found, problems } = error as EntrainError;
    expect(`${found} at ${problems.map((p) => p.path).join("; ")}`).toMatch(
      new RegExp(`^${code.replace(".", "\\.")} at .*${path.source}`),
    );
  });
});
