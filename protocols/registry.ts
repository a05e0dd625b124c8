import { EntrainError } from "#core/errors";
import { blockade } from "./experiments/blockade.ts";
import { dissipator } from "./experiments/dissipator.ts";
import { lifetime } from "./experiments/lifetime.ts";
import { onset } from "./experiments/onset.ts";
import { pairCorrelator } from "./experiments/pair-correlator.ts";
import { ramsey } from "./experiments/ramsey.ts";
import { thermometry } from "./experiments/thermometry.ts";
import type { Protocol } from "./protocol.ts";

/** All protocols; a new one is a file in experiments/ and a line here. */
export const protocols: readonly Protocol[] = [
  onset,
  dissipator,
  blockade,
  lifetime,
  pairCorrelator,
  ramsey,
  thermometry,
];

/** @throws EntrainError `protocol.unknown` with the list */
export function findProtocol(kind: string): Protocol {
  const protocol = protocols.find((candidate) => candidate.kind === kind);
  if (protocol) return protocol;
  throw new EntrainError("protocol.unknown", {
    path: "protocol.kind",
    message: `there is no protocol "${kind}"`,
    found: kind,
    expected: `one of ${protocols.map((p) => p.kind).join(", ")}`,
  });
}
