import type { Finding } from "#ir/finding";
import type { Sequence } from "#ir/sequence";
import { amplitudeFindings, finding } from "../findings.ts";
import { limits } from "./limits.ts";
import { type ClusterPlan, type PlannedSequencer, planCluster } from "./plan.ts";
import { minSigma_ns } from "./waveforms.ts";

/** Everything about a sequence that a Cluster would refuse or be strained by; `settings` as for `emitQ1asm`. */
export function checkQ1asm(sequence: Sequence, settings?: unknown): Finding[] {
  return checkPlan(planCluster(sequence, settings));
}

export function checkPlan(plan: ClusterPlan): Finding[] {
  return [
    ...bands(plan),
    ...oscillators(plan),
    ...amplitudeFindings(plan.sequence),
    ...grid(plan),
    ...spacing(plan),
    ...plan.sequencers.flatMap((sequencer) => [...memory(sequencer, plan), ...acquisition(sequencer, plan)]),
    ...channels(plan),
    ...crowded(plan),
  ];
}

function bands({ wiring }: ClusterPlan): Finding[] {
  return wiring.sequencers.flatMap(({ name, type, lo_hz, nco_hz }) => {
    if (Math.abs(nco_hz) <= limits.nco_hz) return [];
    const frequency_hz = lo_hz + nco_hz;
    const reach =
      type === "QCM"
        ? "baseband outputs reach 500 MHz"
        : `an RF output reaches its local oscillator (${limits.lo_hz[0] / 1e9} to ${limits.lo_hz[1] / 1e9} GHz) ± 500 MHz`;
    const message = `${name} at ${frequency_hz / 1e9} GHz is ${nco_hz / 1e6} MHz from its local oscillator; ${reach}.`;
    return [
      finding("T14", "error", message, {
        numbers: { frequency_hz, lo_hz, nco_hz, nco_limit_hz: limits.nco_hz },
        help: "Give the port another local oscillator (lo_hz), bring its frames closer together, or move the tone.",
        where: [name],
      }),
    ];
  });
}

/** Oscillators turn on from shot to shot: sites keep their relative phase only when a shot lasts whole turns. */
function oscillators({ wiring, shots }: ClusterPlan): Finding[] {
  const driven = wiring.sequencers.filter(({ plays, captures }) => plays !== null && captures === null);
  const oscillators = [...new Set(driven.map(({ lo_hz }) => lo_hz).filter((hz) => hz > 0))];
  const turns = (hz: number, ns: number) =>
    Number((BigInt(Math.round(hz)) * BigInt(ns)) % 1_000_000_000n) / 1e9;
  const reference = oscillators[0];
  if (reference === undefined) return [];
  for (const hz of oscillators) {
    for (const { duration } of shots) {
      const slip = turns(Math.abs(hz - reference), duration);
      if (slip === 0) continue;
      const message = `Local oscillators of ${reference / 1e9} and ${hz / 1e9} GHz slip by ${slip.toFixed(3)} turns in a shot of ${duration} ns: the relative phase of their frames differs from shot to shot.`;
      return [
        finding("C04", "warning", message, {
          numbers: {
            lo_a_hz: reference,
            lo_b_hz: hz,
            shot_s: duration / limits.sample_rate_hz,
            slip_turns: slip,
          },
          help: "Use one frequency for all drive oscillators, or multiples of 250 MHz (the default).",
        }),
      ];
    }
  }
  return [];
}

function grid({ quantiser }: ClusterPlan): Finding[] {
  const moved = quantiser.report.find(({ quantity, moved: count }) => quantity === "time" && count > 0);
  if (!moved) return [];
  return [
    finding(
      "T23",
      "info",
      `${moved.moved} of ${moved.count} times were moved to the 1 ns grid, by ${(moved.largest_error * 1e9).toFixed(3)} ns at most (${moved.where}).`,
      {
        numbers: { moved: moved.moved, largest_error_s: moved.largest_error, grid_s: moved.step },
        where: [moved.where],
      },
    ),
  ];
}

function spacing({ crowded, shots }: ClusterPlan): Finding[] {
  const out = crowded.slice(0, 5).map(({ sequencer, at, gap }) =>
    finding(
      "C01",
      "error",
      `${sequencer} has two things to do within ${gap} ns, at ${at} ns; a sequencer needs ${limits.min_wait_ns} ns.`,
      {
        numbers: { at_s: at / limits.sample_rate_hz, gap_s: gap / limits.sample_rate_hz, limit_s: 4e-9 },
        help: "Put the clock's granularity at 4 ns or more, or the signals on frames of their own.",
        where: [sequencer],
      },
    ),
  );
  const captures = shots.map(({ events }) => events.filter(({ kind }) => kind === "capture"));
  const close = captures.flatMap((list) =>
    list.flatMap((capture, k) => {
      const next = list.slice(k + 1).find(({ frame }) => frame === capture.frame);
      const needs = Math.max(limits.acquisition_spacing_ns, capture.end - capture.start);
      return next && next.start - capture.start < needs
        ? [{ capture, needs, gap: next.start - capture.start }]
        : [];
    }),
  )[0];
  if (!close) return out;
  const { capture, needs, gap } = close;
  return [
    ...out,
    finding(
      "C01",
      "error",
      `${capture.frame} acquires again after ${gap} ns; acquisitions need ${needs} ns.`,
      {
        numbers: { gap_s: gap / limits.sample_rate_hz, limit_s: needs / limits.sample_rate_hz },
        help: "Leave more time between captures.",
        where: [capture.frame],
      },
    ),
  ];
}

function memory(
  { slot, program, waveforms, captures }: PlannedSequencer,
  { shots, bins }: ClusterPlan,
): Finding[] {
  const out: Finding[] = [];
  const over = (what: string, needs: number, limit: number, help: string) => {
    if (needs <= limit) return;
    const message = `${slot.name} needs ${needs.toLocaleString("en")} ${what}; a ${slot.type} sequencer has ${limit.toLocaleString("en")}.`;
    out.push(finding("C02", "error", message, { numbers: { needs, limit }, help, where: [slot.name] }));
  };
  const samples = Object.values(waveforms).reduce((sum, { data }) => sum + data.length, 0);
  over(
    "waveform samples",
    samples,
    limits.waveform_samples,
    "Shorten shaped pulses; long constant tones need no memory.",
  );
  over("waveforms", Object.keys(waveforms).length, limits.waveforms, "Use fewer different pulse shapes.");
  over(
    "instructions",
    program.instructions,
    limits.instructions[slot.type],
    "Use fewer points with uneven amplitudes, or fewer settings.",
  );
  over("registers", program.registers, limits.registers, "Sweep fewer amplitudes in one program.");
  over("acquisitions", captures, limits.acquisitions, "Capture less often in a shot.");
  if (captures > 0)
    over(
      "bins",
      captures * bins,
      limits.bins,
      "Take fewer shots or points in one program: every shot has a bin of its own.",
    );
  if (captures * bins > limits.bins_before_0_13 && captures * bins <= limits.bins) {
    out.push(
      finding(
        "C02",
        "info",
        `${slot.name} needs ${(captures * bins).toLocaleString("en")} bins: firmware 0.13 or later.`,
        {
          numbers: { needs: captures * bins, limit_before_0_13: limits.bins_before_0_13 },
          where: [slot.name],
        },
      ),
    );
  }
  const narrow = shots
    .flatMap(({ events }) => events)
    .find((event) => event.kind === "gaussian" && event.frame === slot.plays && event.sigma_ns < minSigma_ns);
  if (narrow?.kind === "gaussian") {
    out.push(
      finding(
        "T23",
        "error",
        `${slot.name} plays a Gaussian with σ = ${narrow.sigma_ns} ns; samples are 1 ns apart.`,
        {
          numbers: {
            sigma_s: narrow.sigma_ns / limits.sample_rate_hz,
            limit_s: minSigma_ns / limits.sample_rate_hz,
          },
          help: "Use a longer pulse.",
          where: [slot.name],
        },
      ),
    );
  }
  const shortest = Math.min(...shots.map(({ duration }) => duration));
  if (program.classical_ns > shortest) {
    out.push(
      finding(
        "C05",
        "warning",
        `${slot.name}: its processor may need ${program.classical_ns} ns for a point that lasts ${shortest} ns and fall behind.`,
        {
          numbers: {
            processor_s: program.classical_ns / limits.sample_rate_hz,
            point_s: shortest / limits.sample_rate_hz,
          },
          help: "Lengthen the passive reset, or space the scanned amplitudes evenly.",
          where: [slot.name],
        },
      ),
    );
  }
  return out;
}

function acquisition({ slot, integrations_ns }: PlannedSequencer, { bins }: ClusterPlan): Finding[] {
  if (slot.captures === null || bins === 0) return [];
  const [first, second] = integrations_ns;
  const wrong =
    second !== undefined
      ? `captures of ${first} and ${second} ns, but one integration length`
      : first! % limits.integration_step_ns !== 0 ||
          first! > limits.max_integration_ns ||
          first! < limits.integration_step_ns
        ? `a capture of ${first} ns; windows are multiples of 4 ns up to 16.8 ms`
        : undefined;
  if (wrong === undefined) return [];
  return [
    finding("C06", "error", `${slot.captures} has ${wrong}.`, {
      numbers: { first_s: first! / limits.sample_rate_hz },
      help: "Give all captures of a site the same length, a multiple of 4 ns.",
      where: [slot.captures],
    }),
  ];
}

function channels({ wiring }: ClusterPlan): Finding[] {
  const modules = wiring.modules.length;
  if (modules <= limits.slots) return [];
  return [
    finding(
      "C03",
      "warning",
      `The sequence needs ${modules} modules; a Cluster has ${limits.slots} slots: ${wiring.clusters} Clusters that share clock and synchronisation.`,
      {
        numbers: { modules, slots: limits.slots, clusters: wiring.clusters },
        help: "Run fewer sites at once, or join Clusters.",
      },
    ),
  ];
}

/** Every frame on an output is a sequencer, and a module has few. */
function crowded({ wiring }: ClusterPlan): Finding[] {
  return wiring.modules.flatMap(({ name }) => {
    const slots = wiring.sequencers.filter(({ module }) => module === name);
    if (slots.length <= limits.sequencers_per_module) return [];
    return [
      finding(
        "C03",
        "error",
        `${slots.length} frames share the outputs of ${name}, which has ${limits.sequencers_per_module} sequencers: ${slots.map((slot) => slot.name).join(", ")}.`,
        {
          numbers: { frames: slots.length, sequencers: limits.sequencers_per_module },
          help: "Scan fewer points in one program: each has tones of its own.",
          where: slots.map((slot) => slot.name),
        },
      ),
    ];
  });
}
