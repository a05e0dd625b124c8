export { integrate } from "./kernel/dormand-prince.ts";
export { networkRightHandSide, raisingAmplitude } from "./mean-field/network.ts";
