import { EntrainError } from "#core/errors";

/** What the lines of a transmon array do. */
export const portRoles = [
  "drive",
  "flux",
  "flux_gain",
  "flux_loss",
  "coupler",
  "readout_in",
  "readout_out",
] as const;
export type PortRole = (typeof portRoles)[number];

export interface PortAddress {
  readonly role: PortRole;
  /** One site, or the two that a coupler joins. */
  readonly sites: readonly string[];
}

const separator = "__";

/** `q12_drive`; for a coupler `q12__q13_coupler`. */
export function portId({ role, sites }: PortAddress): string {
  return `${sites.join(separator)}_${role}`;
}

/**
 * Inverse of `portId`.
 *
 * @throws EntrainError `program.unknown_port` for a name that is not of that form
 */
export function parsePortId(id: string): PortAddress {
  const role = portRoles
    .toSorted((a, b) => b.length - a.length)
    .find((candidate) => id.endsWith(`_${candidate}`));
  const sites = role === undefined ? [] : id.slice(0, -role.length - 1).split(separator);
  if (role === undefined || sites.length !== (role === "coupler" ? 2 : 1) || sites.includes("")) {
    throw new EntrainError("program.unknown_port", {
      path: id,
      message: `"${id}" is not a port of a transmon array`,
      found: id,
      expected: `SITE_ROLE with a role of ${portRoles.join(", ")}`,
    });
  }
  return { role, sites };
}
