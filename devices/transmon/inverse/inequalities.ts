import { angularFromHz, formatQuantity, hzFromAngular } from "#core/units";
import type { DesignTarget, Inequality } from "#ir/design";
import { fockState } from "../forward.ts";
import { defaultCouplerBand } from "../intent-findings.ts";
import type { TransmonProfile } from "../schema.ts";
import type { GraphFactors } from "./graph.ts";
import { exchangeLimit, type Making } from "./nearest.ts";
import type { Groups, Reach } from "./reach.ts";
import { groupRange } from "./reach.ts";

/** Slack that rounding is allowed. */
const slack = 1 + 1e-9;

function compare(
  name: string,
  code: string,
  text: string,
  value: number,
  relation: "≤" | "≥",
  limit: number,
  unit: string,
  where: readonly string[] = [],
): Inequality {
  const room = Math.abs(limit) * (slack - 1);
  const satisfied = relation === "≤" ? value <= limit + room : value >= limit - room;
  return { name, code, text, relation, value, limit, unit, satisfied, where };
}

/**
 * Every condition on a wanted model, each with its numbers, at one γ₋.
 *
 * @param loss_per_s - γ₋; for the natural K, that at which K/γ₋ is what is wanted
 */
export function inequalitiesAt(
  profile: TransmonProfile,
  groups: Groups,
  reach: Reach,
  factors: GraphFactors,
  making: Making,
  target: DesignTarget,
  loss_per_s: number,
  leakage: number,
): Inequality[] {
  const rates = { gain: (target.gain ?? 1) * loss_per_s, loss: loss_per_s };
  const hz = (inUnits: number) => hzFromAngular(inUnits * loss_per_s);
  const list: Inequality[] = [
    compare(
      "fock-state",
      "T11",
      "Fock state n that forward physics knows",
      target.fock_state,
      "≤",
      fockState,
      "",
    ),
  ];
  for (const reservoir of ["gain", "loss"] as const) {
    const sign = reservoir === "gain" ? "γ+" : "γ−";
    const { low, high } = reach.rate_per_s[reservoir];
    list.push(
      compare(
        `selectivity-${reservoir}`,
        "T01",
        `leakage of the ${reservoir} sideband onto the neighbouring rung, κ/2π = ${formatQuantity(reach.linewidth_hz[reservoir], "frequency", 3)}`,
        reach.leakage[reservoir],
        "≤",
        leakage,
        "",
      ),
      compare(
        `${reservoir}-floor`,
        "T03",
        `${sign} against relaxation, 20n/T1`,
        rates[reservoir],
        "≥",
        low,
        "1/s",
      ),
      compare(
        `${reservoir}-ceiling`,
        "T02",
        `${sign} against the bath, 0.16κ, and the tone's full scale`,
        rates[reservoir],
        "≤",
        high,
        "1/s",
      ),
    );
  }
  list.push(...asymmetryConditions(profile, reach, making, target, loss_per_s));
  const coupling = hz(target.coupling ?? 0);
  const limit = exchangeLimit(reach, making);
  const bonds = [
    ["exchange", factors.within, coupling, "within"],
    ["exchange-between", factors.between, coupling * (target.inter_coupling ?? 1), "between groups"],
  ] as const;
  for (const [name, factor, v, where] of bonds) {
    if (v === 0 || (name === "exchange-between" && groups.b.length === 0)) continue;
    if (factor === 0) {
      // A pair of single sites has no bond within its groups, and needs none.
      if (name === "exchange" && groups.b.length > 0 && profile.sites.length === 2) continue;
      list.push(compare(`${name}-bonds`, "T31", `bonds ${where}`, 0, "≥", 1, ""));
      continue;
    }
    const text =
      making === "natural"
        ? `|J|/2π of a bond ${where}: V over ${factor.toFixed(3)}; couplers, and |α|/10`
        : `|J0|/2π of a bond ${where}: V over ${factor.toFixed(3)}; J1 = 2J0 up to the couplers and |α|/20`;
    list.push(
      compare(name, making === "natural" ? "T11" : "T12", text, Math.abs(v / factor), "≤", limit, "Hz"),
    );
  }
  if (groups.b.length > 0) {
    const detuning = hz(target.detuning ?? 0);
    const { low, high } = reach.detuning_hz;
    list.push(
      compare("detuning-low", "T16", "δ/2π that flux gives the groups", detuning, "≥", low, "Hz"),
      compare("detuning-high", "T16", "δ/2π that flux gives the groups", detuning, "≤", high, "Hz"),
    );
  }
  const strongest = Math.max(
    Math.abs(coupling) * (factors.within === 0 ? 0 : 1),
    Math.abs(coupling * (target.inter_coupling ?? 1)) * (factors.between === 0 ? 0 : 1),
  );
  if (strongest > 0) {
    for (const group of [groups.a, groups.b]) {
      if (group.length < 2) continue;
      const { low, high } = groupRange(profile, group);
      list.push(
        compare(
          "common-frequency",
          "T16",
          "frequencies that a group's sites cannot bring together, against V/2π",
          Math.max(0, low - high),
          "≤",
          strongest,
          "Hz",
          group.map((i) => profile.sites[i]!.id),
        ),
      );
    }
  }
  return list;
}

function asymmetryConditions(
  profile: TransmonProfile,
  reach: Reach,
  making: Making,
  target: DesignTarget,
  loss_per_s: number,
): Inequality[] {
  if (making === "k-synthesis") {
    const wanted = hzFromAngular((target.asymmetry ?? 0) * loss_per_s);
    const [low, high] = profile.assumptions.coupler_band_hz?.value ?? defaultCouplerBand;
    const modulation = Math.abs(wanted - reach.asymmetry_hz);
    const detuning = Math.abs(hzFromAngular((target.detuning ?? 0) * loss_per_s));
    return [
      compare(
        "modulation-separation",
        "T12",
        "|δ|/2π against |α|/2, where J0 alone would begin to do what J1 is for",
        detuning,
        "≤",
        reach.smallestAsymmetry_hz / 2,
        "Hz",
      ),
      compare(
        "modulation-low",
        "T12",
        "ω_m/2π = |α − K_eff|/2π on the couplers' lines",
        modulation,
        "≥",
        low,
        "Hz",
      ),
      compare(
        "modulation-high",
        "T12",
        "ω_m/2π = |α − K_eff|/2π on the couplers' lines",
        modulation,
        "≤",
        high,
        "Hz",
      ),
    ];
  }
  if (target.asymmetry === undefined) return [];
  const natural = angularFromHz(reach.asymmetry_hz) / loss_per_s;
  const signed = Math.sign(target.asymmetry) * Math.sign(reach.asymmetry_hz);
  const size = Math.abs(target.asymmetry);
  return [
    compare("sign-of-k", "T08", "sign of the wanted K times that of α", signed, "≥", 0, ""),
    compare(
      "k-over-loss",
      "T01",
      "|K|/γ− that single-pole ancillas allow at this leakage, √((1 − L)/L)/(2 × 0.16)",
      size,
      "≥",
      reach.smallestRatio,
      "",
    ),
    compare("k-high", "", "|K|/γ− against |α| at this γ−", size, "≤", Math.abs(natural), ""),
    compare("k-low", "", "|K|/γ− against |α| at this γ−", size, "≥", Math.abs(natural), ""),
  ];
}
