import { createRandom } from "#core/random";
import { importBackend } from "#devices/digital/import-backend";
import { runProgram } from "#devices/digital/predict/sample";
import { deviceNoise } from "#devices/digital/profile";
import { configurationOf, fakeDevices, propertiesOf } from "./devices.ts";
import type { Sampler } from "./service.ts";

/** Simulates circuits with the noise that the fake service publishes; the same text gives the same bits. */
export const physicalSampler: Sampler = (backend, qasm, shots) => {
  const device = fakeDevices.find(({ name }) => name === backend)!;
  const document = {
    configuration: configurationOf(device),
    properties: propertiesOf(device, "2026-04-17T12:19:24+02:00"),
  };
  const noise = deviceNoise(importBackend(document, { name: "fake" }));
  return runProgram(qasm, noise, shots, createRandom(1, qasm));
};
