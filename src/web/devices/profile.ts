import { type Dimension, parseQuantity } from "#core/units";

/** A profile document as people write it: quantities with units, or numbers in SI fields. */
export type ProfileDocument = Readonly<Record<string, unknown>> & {
  readonly name: string;
  readonly title: string;
  readonly kind: string;
  readonly provenance?: readonly { readonly source: string; readonly detail?: string }[];
  readonly assumptions?: Readonly<Record<string, { readonly value: unknown; readonly source: string }>>;
};

export interface DeviceSite {
  readonly id: string;
  readonly position: readonly [number, number];
  readonly values: Readonly<Record<SiteQuantity, number | null>>;
}

export type SiteQuantity = "t1" | "t2" | "frequency" | "anharmonicity" | "error";

export const siteQuantities: Readonly<
  Record<SiteQuantity, { readonly title: string; readonly unit: string }>
> = {
  t1: { title: "T₁", unit: "s" },
  t2: { title: "T₂", unit: "s" },
  frequency: { title: "f₀₁", unit: "Hz" },
  anharmonicity: { title: "anharmonicity", unit: "Hz" },
  error: { title: "read-out error", unit: "" },
};

/** A field with its SI ending or, under its plain name, a quantity with a unit; null for neither. */
function read(
  site: Readonly<Record<string, unknown>>,
  name: string,
  ending: string,
  dimension: Dimension,
): number | null {
  const exact = site[`${name}_${ending}`];
  if (typeof exact === "number") return exact;
  try {
    return site[name] === undefined ? null : parseQuantity(site[name], dimension);
  } catch {
    return null;
  }
}

/** Sites of a transmon profile; none for other kinds. */
export function sitesOf(profile: ProfileDocument): DeviceSite[] {
  const list = Array.isArray(profile.sites) ? (profile.sites as Readonly<Record<string, unknown>>[]) : [];
  return list.map((site) => {
    const readout = (site.readout ?? {}) as { prob_meas0_prep1?: number; prob_meas1_prep0?: number };
    const { prob_meas0_prep1: down, prob_meas1_prep0: up } = readout;
    return {
      id: String(site.id),
      position: site.position as [number, number],
      values: {
        t1: read(site, "t1", "s", "time"),
        t2: read(site, "t2", "s", "time"),
        frequency: read(site, "frequency", "hz", "frequency"),
        anharmonicity:
          read(site, "anharmonicity", "hz", "frequency") ?? read(site, "kerr", "hz", "frequency"),
        error: down === undefined || up === undefined ? null : (down + up) / 2,
      },
    };
  });
}

export function bondsOf(profile: ProfileDocument): (readonly [string, string])[] {
  return Array.isArray(profile.bonds) ? (profile.bonds as [string, string][]) : [];
}
