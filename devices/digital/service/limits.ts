/**
 * What the service takes, from IBM Quantum's documentation of job limits (2026) and its schema of POST /jobs.
 */
export const serviceLimits = {
  /** Circuits × shots of one job. */
  executions: 10_000_000,
  /** Control instructions of a job on one qubit, weighted. */
  controlInstructions: 26_800_000,
  rotations: 30_000_000,
  pulses: 20_000_000,
  pairGates: 5_000_000,
  /** Bytes of a job's input. */
  inputBytes: 50_000_000,
  /** Longest a job may run, s. */
  jobSeconds: 10_800,
} as const;

/** Weight of an instruction in the control-instruction limit. */
export const controlWeight = {
  rz: 1,
  delay: 1,
  sx: 2,
  x: 2,
  cz: 5,
  ecr: 5,
  measure: 10,
  reset: 17,
  barrier: 0,
  mark: 0,
} as const;

/** Preparing a qubit at the start of a shot. */
export const initialisationWeight = 50;

/** Names that the service's Python side cannot have as a register. */
export const pythonKeywords: ReadonlySet<string> = new Set(
  (
    "False None True and as assert async await break class continue def del elif else except finally for from global " +
    "if import in is lambda nonlocal not or pass raise return try while with yield"
  ).split(" "),
);
