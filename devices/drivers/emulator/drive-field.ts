import { formatQuantity, fullTurn } from "#core/units";
import type { ExternalDrive } from "#simulators/index";
import { gaussianEnvelope, rabiFrequency } from "../../transmon/pulses.ts";
import type { TransmonAssumptions, TransmonSite } from "../../transmon/schema.ts";
import type { Signal } from "./timeline.ts";

/** A site with its transitions as they are at its bias. */
export interface DrivenSite {
  readonly site: TransmonSite;
  readonly f01_hz: number;
  readonly f12_hz: number;
}

/** A signal on its way to a site. */
export interface Drive {
  readonly site: number;
  readonly signal: Signal;
  /** It was meant for another site. */
  readonly stray?: boolean;
}

export interface DriveSurroundings {
  readonly sites: readonly DrivenSite[];
  readonly assumptions: TransmonAssumptions;
  /** Frequency at which the frame of the states turns. */
  readonly reference_hz: number;
  readonly clock_hz: number;
}

/**
 * Field of resonant pulses. A signal cos(2πft + θ) reaches level m+1 through its e^{−i(2πft+θ)} part; it acts on the
 * transition that it is nearest to, the other one being protected by the pulse's shape.
 *
 * @param start_s - time of the field's zero since the shot began
 * @param note - told of drives that are resonant with nothing
 */
export function driveField(
  { sites, assumptions, reference_hz, clock_hz }: DriveSurroundings,
  drives: readonly Drive[],
  start_s: number,
  note: (text: string) => void,
): ExternalDrive {
  const fields = drives.flatMap(({ site, signal, stray }) => {
    const { f01_hz, f12_hz, site: described } = sites[site]!;
    const to01 = Math.abs(signal.frequency_hz - f01_hz);
    const to12 = Math.abs(signal.frequency_hz - f12_hz);
    const transition = to01 <= to12 ? "01" : "12";
    if (Math.min(to01, to12) > Math.abs(f01_hz - f12_hz) / 2) {
      if (!stray) {
        const frequency = formatQuantity(signal.frequency_hz, "frequency", 6);
        note(`${described.id}: a drive at ${frequency} is resonant with nothing`);
      }
      return [];
    }
    const begin_s = signal.start / clock_hz;
    return [
      {
        offset: 4 * site + (transition === "01" ? 0 : 2),
        rabi: rabiFrequency(assumptions, transition, signal.amplitude),
        detuning: fullTurn * (signal.frequency_hz - reference_hz),
        // Phase of the reference frame at the signal's start.
        phase: signal.phase_rad - fullTurn * ((reference_hz * begin_s) % 1),
        begin_s,
        duration_s: signal.waveform.duration_ticks / clock_hz,
        sigma_s: signal.waveform.kind === "gaussian" ? signal.waveform.sigma_ticks / clock_hz : Infinity,
      },
    ];
  });
  return (t, out) => {
    for (const field of fields) {
      const since = start_s + t - field.begin_s;
      const envelope =
        field.sigma_s === Infinity ? 1 : gaussianEnvelope(since, field.duration_s, field.sigma_s);
      const half = (field.rabi / 2) * envelope;
      const angle = field.phase + field.detuning * since;
      out[field.offset]! += half * Math.cos(angle);
      out[field.offset + 1]! -= half * Math.sin(angle);
    }
  };
}
