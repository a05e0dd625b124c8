export { integrate } from "./kernel/dormand-prince.ts";
export { type ExternalDrive, networkRightHandSide, raisingAmplitude } from "./mean-field/network.ts";
