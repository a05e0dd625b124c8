import { z } from "zod";
import type { CircuitEnergies } from "./circuit/charge-basis.ts";
import { chargingEnergy, josephsonEnergy } from "./circuit/elements.ts";
import {
  asymmetryAt,
  type EnergyLadder,
  kerrLadder,
  transitionFrequency,
  transmonLadder,
} from "./circuit/ladder.ts";

const positive = z.number().gt(0);
const probability = z.number().min(0).max(1);

/** Offset charge at which a circuit's levels are quoted: halfway between the extremes of the dispersion. */
const middleCharge = 0.25;

/** Levels that were written beside a circuit must be those of the circuit, to this part. */
const agreement = 1e-3;

const circuitSchema = z
  .strictObject({
    charging_hz: positive.exactOptional().describe("E_C/h"),
    capacitance_f: positive.exactOptional().describe("C_Σ, instead of E_C"),
    josephson_hz: positive.exactOptional().describe("E_J/h at zero flux"),
    critical_current_a: positive.exactOptional().describe("I_c of the whole loop, instead of E_J"),
  })
  .superRefine((circuit, context) => {
    for (const [energy, element] of [
      ["charging_hz", "capacitance_f"],
      ["josephson_hz", "critical_current_a"],
    ] as const) {
      if ((circuit[energy] === undefined) !== (circuit[element] === undefined)) continue;
      context.addIssue({
        code: "custom",
        path: [energy],
        message: `either ${energy} or ${element} is needed, and not both`,
        params: { expected: `one of ${energy} and ${element}` },
      });
    }
  })
  .describe("Circuit of the transmon, from which the levels follow");

/** E_C/h and E_J/h of what a profile says about a circuit. */
export function circuitEnergies(circuit: z.infer<typeof circuitSchema>): CircuitEnergies {
  return {
    charging_hz: circuit.charging_hz ?? chargingEnergy(circuit.capacitance_f!),
    josephson_hz: circuit.josephson_hz ?? josephsonEnergy(circuit.critical_current_a!),
  };
}

/**
 * A site: its levels by measurement (`frequency_hz`, `anharmonicity_hz`), by circuit, or, for an element that is
 * no transmon, by frequency and Kerr shift of either sign. Parsed, it always has the first two.
 */
export const siteSchema = z
  .strictObject({
    id: z.string().regex(/^[a-z][a-z0-9_]*$/, "must be a lower-case identifier such as q12"),
    position: z.tuple([z.number(), z.number()]),
    frequency_hz: positive.exactOptional().describe("f01 at zero flux"),
    anharmonicity_hz: z.number().exactOptional().describe("f12 − f01, negative for a transmon"),
    kerr_hz: z
      .number()
      .exactOptional()
      .describe("K/2π of an element that is no transmon (SNAIL, flux qubit, cavity); not tuned by flux"),
    circuit: circuitSchema.exactOptional(),
    t1_s: positive.describe("Lifetime of |1>"),
    t2_s: positive.describe("Coherence time of |0>, |1>"),
    readout: z.strictObject({
      duration_s: positive,
      prob_meas0_prep1: probability,
      prob_meas1_prep0: probability,
    }),
  })
  .transform((site, context) => {
    const fault = (path: string, message: string, expected: string) => {
      context.addIssue({ code: "custom", path: [path], message, params: { expected } });
      return z.NEVER;
    };
    const { circuit, kerr_hz, frequency_hz, anharmonicity_hz } = site;
    if (circuit !== undefined) {
      if (kerr_hz !== undefined)
        return fault("kerr_hz", "a site has a circuit or a Kerr shift, not both", "one of them");
      const ladder = transmonLadder(circuitEnergies(circuit), 3, middleCharge);
      const levels = {
        frequency_hz: transitionFrequency(ladder, 0),
        anharmonicity_hz: asymmetryAt(ladder, 1),
      };
      for (const field of ["frequency_hz", "anharmonicity_hz"] as const) {
        const given = site[field];
        if (given === undefined || Math.abs(given / levels[field] - 1) < agreement) continue;
        return fault(
          field,
          `differs from that of the circuit, ${levels[field].toPrecision(6)} Hz`,
          "one of the two",
        );
      }
      if (!(levels.anharmonicity_hz < 0)) {
        return fault("circuit", "is no transmon: its anharmonicity is positive", "E_J/E_C above 10");
      }
      return { ...site, ...levels, ...(frequency_hz === undefined ? {} : { frequency_hz }) };
    }
    if (frequency_hz === undefined) {
      return fault("frequency_hz", "must be a number", "a frequency, or a circuit");
    }
    if (kerr_hz !== undefined) {
      if (anharmonicity_hz !== undefined && anharmonicity_hz !== kerr_hz) {
        return fault("anharmonicity_hz", "is given twice, here and as kerr_hz", "one of the two");
      }
      return { ...site, frequency_hz, anharmonicity_hz: kerr_hz };
    }
    if (anharmonicity_hz === undefined) {
      return fault("anharmonicity_hz", "must be a number", "an anharmonicity, a circuit, or kerr_hz");
    }
    if (!(anharmonicity_hz < 0)) {
      return fault(
        "anharmonicity_hz",
        "a transmon's anharmonicity is negative",
        "below 0, or kerr_hz instead",
      );
    }
    return { ...site, frequency_hz, anharmonicity_hz };
  });

export type TransmonSite = z.output<typeof siteSchema>;

/** True for an element known by frequency and Kerr shift alone: no flux law, no charge dispersion. */
export function isKerrElement(site: TransmonSite): boolean {
  return site.kerr_hz !== undefined;
}

/** Levels with their elements, at zero flux: exact where the circuit is known, else Duffing levels of a boson. */
export function siteLadder(site: TransmonSite, levels: number): EnergyLadder {
  return site.circuit === undefined
    ? kerrLadder(site, levels)
    : transmonLadder(circuitEnergies(site.circuit), levels, middleCharge);
}
