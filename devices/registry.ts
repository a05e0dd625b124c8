import { EntrainError } from "#core/errors";
import type { CircuitPlatform } from "#ir/circuits";
import type { Platform } from "#ir/platform";
import { digital } from "./digital/index.ts";
import { ionChain } from "./ion-chain/index.ts";
import { transmon } from "./transmon/index.ts";

/** A platform with its own types hidden: profile and knobs are passed back to it unread. */
export type AnyPlatform = Platform<unknown, unknown>;

/** All platforms; a new one is a folder and a line here. */
export const platforms: readonly AnyPlatform[] = [transmon as AnyPlatform, ionChain as AnyPlatform];

export type AnyCircuitPlatform = CircuitPlatform<unknown>;

/** Platforms that run circuits instead of timed signals. */
export const circuitPlatforms: readonly AnyCircuitPlatform[] = [digital as AnyCircuitPlatform];

export function findCircuitPlatform(kind: string): AnyCircuitPlatform | undefined {
  return circuitPlatforms.find((candidate) => candidate.kind === kind);
}

/** A platform of either sort. @throws EntrainError `platform.unknown` with the list */
export function findAnyPlatform(kind: string): AnyPlatform | AnyCircuitPlatform {
  return findCircuitPlatform(kind) ?? findPlatform(kind);
}

/** @throws EntrainError `platform.unknown` with the list */
export function findPlatform(kind: string): AnyPlatform {
  const platform = platforms.find((candidate) => candidate.kind === kind);
  if (platform) return platform;
  throw new EntrainError("platform.unknown", {
    path: "kind",
    message: `there is no platform "${kind}"`,
    found: kind,
    expected: `one of ${[...platforms, ...circuitPlatforms].map((p) => p.kind).join(", ")}`,
  });
}
