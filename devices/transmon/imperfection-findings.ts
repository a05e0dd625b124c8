import { formatQuantity, fullTurn, hzFromAngular } from "#core/units";
import { finding, hz, type Rule } from "./finding-rule.ts";

/** Exchange of idle couplers beyond this part of γ/2π moves the unsynchronized state. */
const idleLimit = 0.1;

const residualExchange: Rule = ({ profile, spectrum, smallestRate_per_s }) => {
  const residual = profile.assumptions.exchange_residual_hz?.value ?? 0;
  const strongest = Math.abs(residual) * Math.max(0, ...spectrum.map(Math.abs));
  const limit = idleLimit * hzFromAngular(smallestRate_per_s);
  if (strongest <= limit) return [];
  return [
    finding(
      "T37",
      "warning",
      "idle couplers",
      `Couplers that are off leave J/2π = ${hz(residual)}, together ${hz(strongest)}, more than a tenth of γ/2π: sites act on each other during seeds, waits and read-out pulses. The prediction takes them as uncoupled then; the emulator does not.`,
      { residual_hz: residual, collective_hz: strongest, limit_hz: limit },
      "Bias the couplers at the zero of their exchange, or detune the sites while they idle.",
    ),
  ];
};

/** Part of a drive on a neighbour that turns it by as much as calibrations do not see. */
const crosstalkLimit = 0.02;

const driveCrosstalk: Rule = ({ profile, frequencies }) => {
  const part = Math.abs(profile.assumptions.drive_crosstalk?.value ?? 0);
  if (part <= crosstalkLimit) return [];
  const { pulse_duration_s } = profile.assumptions;
  const place = new Map(profile.sites.map(({ id }, i) => [id, i]));
  // A neighbour further off than a pulse is wide is hardly turned.
  const reached = profile.bonds.filter(([a, b]) => {
    const apart = Math.abs(frequencies[place.get(a)!]! - frequencies[place.get(b)!]!);
    return apart * pulse_duration_s.value < 1;
  });
  if (reached.length === 0) return [];
  return [
    finding(
      "T38",
      "warning",
      "drive cross-talk",
      `${(100 * part).toFixed(0)} % of every drive reach neighbours of the same frequency: a pulse by π/2 turns them by ${(90 * part).toFixed(1)}°. The prediction does not know; the emulator does.`,
      { part, limit: crosstalkLimit },
      "Cancel the cross-talk with a counter-drive, or pulse neighbours one after the other, detuned.",
      [...new Set(reached.flat())],
    ),
  ];
};

/** Loss of coherence within 1/γ. */
const dephasingLimit = 0.01;

const wander: Rule = ({ profile, smallestRate_per_s }) => {
  const deviation = profile.assumptions.frequency_wander_hz?.value ?? 0;
  const loss = 1 - Math.exp(-((fullTurn * deviation) ** 2) / (2 * smallestRate_per_s ** 2));
  if (loss <= dephasingLimit) return [];
  return [
    finding(
      "T39",
      "warning",
      "wandering frequencies",
      `Frequencies wander by σ = ${hz(deviation)} from shot to shot: averages lose ${(100 * loss).toFixed(1)} % of a coherence within 1/γ, and reservoirs cannot bring it back. The prediction has T2 alone; the emulator wanders.`,
      { deviation_hz: deviation, loss, limit: dephasingLimit },
      "Bias nearer to the sweet spot, raise γ, or post-select by interleaved Ramsey shots.",
    ),
  ];
};

/** Angle of exchange, rad, that is still to come when a pulse on the coupler ends. */
const tailLimit = 0.05;

const slowCouplers: Rule = ({ profile, spectrum, largestExchange_hz }) => {
  const rise_s = profile.assumptions.coupler_rise_s?.value ?? 0;
  const strongest = largestExchange_hz * Math.max(0, ...spectrum.map(Math.abs));
  const angle = fullTurn * strongest * rise_s;
  if (angle <= tailLimit) return [];
  return [
    finding(
      "T40",
      "warning",
      "slow couplers",
      `Couplers follow with a time constant of ${formatQuantity(rise_s, "time", 3)}: after they are switched off the exchange goes on by ${angle.toFixed(2)} rad, into the read-out pulses. The prediction switches at once; the emulator does not.`,
      { rise_s, angle_rad: angle, limit_rad: tailLimit },
      "Predistort the couplers' pulses, or wait a few time constants before the read-out pulses.",
    ),
  ];
};

export const imperfectionRules: readonly Rule[] = [residualExchange, driveCrosstalk, wander, slowCouplers];
