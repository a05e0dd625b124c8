import { EntrainError } from "#core/errors";
import type { Random } from "#core/random";
import { sequenceOfPlayed } from "#protocols/targets/instruments/play";
import type { InstrumentProgram } from "#protocols/targets/instruments/program";
import { linePorts, tonePorts } from "../../ion-chain/control/ports.ts";
import { restingTrap } from "../../ion-chain/control/resting-trap.ts";
import { controlOf } from "../../ion-chain/lower.ts";
import type { IonProfile } from "../../ion-chain/schema.ts";
import { DdsSweeper } from "../dds-sweeper/driver.ts";
import type { ToneLimit } from "../dds-sweeper/settings.ts";
import { drawCounts } from "../emulator/ion-counts.ts";
import { ionShotOf } from "../emulator/ion-shot.ts";
import { EmulatedIonTrap } from "../emulator/ion-trap.ts";
import { timelineOf } from "../emulator/timeline.ts";
import { EmulatedChain } from "../instrument/emulated-chain.ts";
import { ExitGuard } from "../instrument/exit-guard.ts";
import { TriggerChain } from "../instrument/trigger-chain.ts";
import { startWatchdog } from "../instrument/watchdog.ts";
import { createInstrument } from "../instruments.ts";
import { PrawnDo } from "../prawn-do/driver.ts";
import { PrawnBlaster } from "../prawnblaster/driver.ts";
import { IdleClock } from "./idle-clock.ts";

/** Counts of one shot: [ion][window]. */
export type ShotCounts = readonly (readonly number[])[];

/** The boards of a laboratory and what reads its photons. */
export interface SerialLaboratory {
  readonly chain: TriggerChain;
  /** True when nothing physical is behind it. */
  readonly emulated: boolean;
  /** Who answered at each port. */
  snapshot(): Promise<Readonly<Record<string, unknown>>>;
  /** Readies the photon counters for a job. @throws EntrainError `serial.no_counter` where there are none */
  prepare(seed: number): void;
  /** After the boards have run: the counts of so many shots that were alike. */
  counts(program: InstrumentProgram, shots: number, random: Random): ShotCounts[];
  /** True when every output of every board is off, as far as can be told. */
  outputsOff(): boolean;
  release(): Promise<void>;
}

/** What may come out of the boards at a trap: the lines it has, and its tones near the lines they are meant for. */
export function limitsOf(profile: IonProfile): {
  readonly allowedOutputs: number;
  readonly channels: ToneLimit[];
} {
  const control = controlOf(profile);
  const mode_hz = restingTrap(profile).levels.lower_hz;
  const around = (centre_hz: number, by_hz: number) => ({
    lowest_hz: centre_hz - by_hz,
    highest_hz: centre_hz + by_hz,
  });
  const bands = {
    blue: around(control.blue_carrier_hz, 2 * mode_hz),
    red: around(control.red_carrier_hz, 2 * mode_hz),
    drive01: around(mode_hz, 0.2 * mode_hz),
    drive12: around(mode_hz, 0.2 * mode_hz),
  };
  return {
    allowedOutputs: 2 ** linePorts(profile).length - 1,
    channels: tonePorts(profile).map(({ role }, channel) => ({
      channel,
      largestAmplitude: 1,
      ...bands[role],
    })),
  };
}

/**
 * The laboratory that a profile describes: boards at serial ports, or the emulated three on ports in memory, worked by
 * the bytes they are sent, with the emulated trap at their outputs.
 *
 * @throws EntrainError `serial.not_configured` when the profile names no boards
 */
export function laboratoryOf(profile: IonProfile): SerialLaboratory {
  const { boards } = controlOf(profile);
  if (boards === undefined) {
    throw new EntrainError("serial.not_configured", {
      path: "control.boards",
      message: `${profile.name} does not say where its boards are`,
      found: "nothing",
      expected: "`boards: emulated`, or the ports of prawnblaster, prawn-do and dds-sweeper",
    });
  }
  return boards === "emulated" ? emulatedLaboratory(profile) : realLaboratory(profile, boards);
}

function emulatedLaboratory(profile: IonProfile): SerialLaboratory {
  const bench = new EmulatedChain({
    clock: new IdleClock(),
    delays: { digital_ps: 40_000, tone_ps: 16_000 },
  });
  const { allowedOutputs, channels } = limitsOf(profile);
  const chain = bench.chain({ digital: { allowedOutputs }, tones: { channels } });
  let trap: EmulatedIonTrap | undefined;
  return {
    chain,
    emulated: true,
    snapshot: async () => ({ boards: "emulated", faults: [...bench.faults] }),
    prepare: (seed) => {
      trap = new EmulatedIonTrap(profile, seed);
    },
    counts: (program, shots, random) => {
      const seen = sequenceOfPlayed({ ...program, axes: [] }, [
        { edges: bench.edges(), words: bench.words() },
      ]);
      const ions = trap!;
      const ready = ions.ready(ionShotOf(profile, timelineOf(seen, {}), seen.clock_hz, ions.notes));
      return Array.from({ length: shots }, () => drawCounts(ready, random));
    },
    outputsOff: () => [bench.pulses, bench.digital, bench.tones].every((board) => board.outputsOff()),
    release: async () => {},
  };
}

function realLaboratory(
  profile: IonProfile,
  boards: Readonly<Record<"prawnblaster" | "prawn-do" | "dds-sweeper", string>>,
): SerialLaboratory {
  const { allowedOutputs, channels } = limitsOf(profile);
  const places = [
    { kind: "prawnblaster", path: boards.prawnblaster },
    { kind: "prawn-do", path: boards["prawn-do"], settings: { allowedOutputs } },
    { kind: "dds-sweeper", path: boards["dds-sweeper"], settings: { channels } },
  ];
  const [pulses, digital, tones] = places.map((place) => createInstrument(place));
  if (!(pulses instanceof PrawnBlaster && digital instanceof PrawnDo && tones instanceof DdsSweeper)) {
    throw new EntrainError(
      "internal",
      { path: "", message: "drivers of another kind" },
      { kind: "internal" },
    );
  }
  const guard = new ExitGuard();
  for (const instrument of [pulses, digital, tones]) guard.watch(instrument);
  const watchdog = startWatchdog(places);
  return {
    chain: new TriggerChain({ pulses, digital, tones }),
    emulated: false,
    snapshot: async () => ({
      prawnblaster: await pulses.snapshot(),
      "prawn-do": await digital.snapshot(),
      "dds-sweeper": await tones.snapshot(),
    }),
    prepare: () => {
      throw new EntrainError(
        "serial.no_counter",
        {
          path: "control.boards",
          message: "the boards make pulses and count nothing, and no photon counter has a driver yet",
          found: "no counter",
          expected: "`boards: emulated`, or an ARTIQ crate, whose counters are read",
        },
        { kind: "infeasible" },
      );
    },
    counts: () => [],
    outputsOff: () => [pulses, digital, tones].every(({ state }) => state === "safe" || state === "closed"),
    release: async () => {
      guard.dispose();
      await watchdog.release();
    },
  };
}
