import { EntrainError } from "#core/errors";
import { blockade } from "./experiments/blockade.ts";
import { circuitChain } from "./experiments/circuit-chain.ts";
import { circuitDriven } from "./experiments/circuit-driven.ts";
import { circuitMeanField } from "./experiments/circuit-mean-field.ts";
import { dissipator } from "./experiments/dissipator.ts";
import { interference } from "./experiments/interference.ts";
import { lifetime } from "./experiments/lifetime.ts";
import { onset } from "./experiments/onset.ts";
import { pairCorrelator } from "./experiments/pair-correlator.ts";
import { ramsey } from "./experiments/ramsey.ts";
import { thermometry } from "./experiments/thermometry.ts";
import type { CircuitProtocol, Protocol } from "./protocol.ts";

/** All protocols; a new one is a file in experiments/ and a line here. */
export const protocols: readonly Protocol[] = [
  onset,
  dissipator,
  blockade,
  interference,
  lifetime,
  pairCorrelator,
  ramsey,
  thermometry,
];

/** Protocols for devices that run circuits. */
export const circuitProtocols: readonly CircuitProtocol[] = [circuitDriven, circuitMeanField, circuitChain];

export const allProtocols: readonly (Protocol | CircuitProtocol)[] = [...protocols, ...circuitProtocols];

/** @throws EntrainError `protocol.unknown` with the list */
export function findAnyProtocol(kind: string): Protocol | CircuitProtocol {
  const protocol = allProtocols.find((candidate) => candidate.kind === kind);
  if (protocol) return protocol;
  throw new EntrainError("protocol.unknown", {
    path: "protocol.kind",
    message: `there is no protocol "${kind}"`,
    found: kind,
    expected: `one of ${allProtocols.map((p) => p.kind).join(", ")}`,
  });
}

/** @throws EntrainError `protocol.unknown`, `protocol.signals` for one whose device runs circuits */
export function findProtocol(kind: string): Protocol {
  return oneOf(protocols, kind, "timed signals");
}

/** @throws EntrainError `protocol.unknown`, `protocol.signals` for one whose device runs timed signals */
export function findCircuitProtocol(kind: string): CircuitProtocol {
  return oneOf(circuitProtocols, kind, "circuits");
}

function oneOf<P extends { readonly kind: string }>(some: readonly P[], kind: string, signals: string): P {
  const protocol = some.find((candidate) => candidate.kind === kind);
  if (protocol) return protocol;
  findAnyProtocol(kind);
  throw new EntrainError("protocol.signals", {
    path: "protocol.kind",
    message: `the device runs ${signals}, and the protocol "${kind}" is not made for that`,
    found: kind,
    expected: `one of ${some.map((p) => p.kind).join(", ")}`,
  });
}
