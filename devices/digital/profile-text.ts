import { stringify } from "yaml";
import type { DigitalProfile } from "./profile.ts";

/** A profile as YAML, one line for each qubit and each edge. */
export function formatDigitalProfile(profile: DigitalProfile): string {
  const { sites, edges, ...head } = profile;
  const line = (value: unknown) =>
    `  - ${stringify(value, { collectionStyle: "flow", lineWidth: 0, flowCollectionPadding: false }).trim()}`;
  return [
    stringify(head, { lineWidth: 110 }).trimEnd(),
    "sites:",
    ...sites.map(line),
    edges.length === 0 ? "edges: []" : "edges:",
    ...edges.map(line),
    "",
  ].join("\n");
}
