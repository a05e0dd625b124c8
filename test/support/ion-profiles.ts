import { designIonChain, type IonDesign } from "#devices/ion-chain/design";
import { type IonProfile, type IonTarget, parseIonProfile } from "#devices/ion-chain/schema";
import { loadProfileDocument } from "#planning/load";

/** A bundled ion profile with parts of it replaced; assumptions by their SI names. */
export function ionProfile(
  name: "calcium-lattice" | "calcium-electrodes",
  changes: {
    readonly assume?: Record<string, unknown>;
    readonly geometry?: Record<string, unknown>;
    readonly anharmonicity?: Record<string, unknown>;
    readonly groups?: string;
    readonly trap_frequency_hz?: number;
    readonly fock_state?: number;
  } = {},
): IonProfile {
  const base = parseIonProfile(loadProfileDocument(name, "."), changes.assume ?? {});
  return parseIonProfile({
    ...base,
    geometry: merged(base.geometry, changes.geometry),
    anharmonicity: merged(base.anharmonicity, changes.anharmonicity),
    ions: { ...base.ions, groups: changes.groups ?? base.ions.groups },
    trap_frequency_hz: changes.trap_frequency_hz ?? base.trap_frequency_hz,
    fock_state: changes.fock_state ?? base.fock_state,
  });
}

/** A part of another kind replaces the whole. */
function merged(base: object, changes: Record<string, unknown> = {}): object {
  return "kind" in changes ? changes : { ...base, ...changes };
}

/** |K|/γ₋ = 26, V = |K|/5, V·K < 0: above the bosonic threshold. */
export const window: IonTarget = {
  gain_ratio: 1,
  asymmetry_ratio: -26,
  detuning_ratio: 0,
  coupling_ratio: 5.2,
  expect: "synchronization",
};

export const design = (
  profile: IonProfile,
  changes: Partial<IonTarget> = {},
  repumpRatio?: number,
): IonDesign => designIonChain(profile, { ...window, ...changes }, repumpRatio);

export const codes = (found: IonDesign): string[] => [...new Set(found.findings.map((f) => f.code))];
