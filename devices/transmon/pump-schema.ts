import { z } from "zod";
import { assumed } from "#ir/profile";

const positive = z.number().gt(0);
const coupling = z.number().min(0);

/** How a reservoir's tone makes its sideband; see `reservoir/tones.ts`. */
const pumpSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("coupler"),
    static_hz: coupling
      .default(0)
      .describe("Coupling g_s/2π to the ancilla that the modulated coupler leaves"),
  }),
  z.strictObject({
    kind: z.literal("flux"),
    static_hz: positive.describe("g_s/2π to the ancilla, modulated through the site's own flux"),
    lever: z.enum(["slope", "curvature"]).describe("curvature at a sweet spot: tone at half the frequency"),
  }),
  z.strictObject({
    kind: z.literal("charge"),
    static_hz: coupling.default(0).describe("g_s/2π to the ancilla"),
    rabi_hz: positive.describe("Rabi frequency of the tone at full scale; the sideband grows as its square"),
  }),
]);
export type ProfilePump = z.infer<typeof pumpSchema>;

/** g_eff = direct + mediated through a tunable mode, as in `circuit/coupler.ts`. */
const couplerCircuitSchema = z.strictObject({
  mediated_hz: z.tuple([positive, positive]).describe("g1/2π and g2/2π of either site to the coupler"),
  mediated_at_hz: positive.optional().describe("Coupler frequency at which they hold"),
  direct_hz: z.number().describe("g12/2π"),
  lowest_hz: positive.describe("Range of the coupler's frequency"),
  highest_hz: positive,
});

/**
 * Assumptions that not every profile can state. A rule that needs one that is missing says nothing; see
 * docs/findings.md.
 */
export const optionalAssumptionShape = {
  gain_pump: assumed(pumpSchema)
    .exactOptional()
    .describe("How the gain tone acts; default: a modulated coupler"),
  loss_pump: assumed(pumpSchema)
    .exactOptional()
    .describe("How the loss tone acts; default: a modulated coupler"),
  shared_ancilla: assumed(z.boolean())
    .exactOptional()
    .describe("True when gain and loss empty into one and the same mode"),
  flux_noise_quanta: assumed(z.number().min(0)).exactOptional().describe("1/f flux noise A at 1 Hz, in Φ0"),
  coupler_idle_frequency_hz: assumed(positive)
    .exactOptional()
    .describe("Tunable couplers while they are off"),
  coupler_band_hz: assumed(z.tuple([z.number().min(0), positive]))
    .exactOptional()
    .describe("Frequencies at which a coupler's flux line can be modulated"),
  exchange_residual_hz: assumed(z.number())
    .exactOptional()
    .describe("J/2π between the ends of a bond while its coupler is off"),
  coupler_rise_s: assumed(coupling)
    .exactOptional()
    .describe("Time constant with which an exchange follows its coupler's flux line"),
  flux_rise_s: assumed(coupling)
    .exactOptional()
    .describe("Time constant with which a site's flux follows its bias line"),
  drive_crosstalk: assumed(z.number().min(-1).max(1))
    .exactOptional()
    .describe("Part of a drive's amplitude that reaches the other ends of a site's bonds"),
  frequency_wander_hz: assumed(coupling)
    .exactOptional()
    .describe("1σ of a site's frequency from shot to shot, beside its calibration error; not part of t2"),
  coupler_circuit: assumed(couplerCircuitSchema)
    .exactOptional()
    .describe("What makes the exchange, for coupler frequencies in a design"),
};
