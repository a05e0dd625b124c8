/**
 * Devices of the fake service in the form of the service's answers. Names, features and instructions are those of the
 * calibration snapshots of April 2026 (boston, kingston, miami) and February 2025 (torino); five qubits on a line
 * stand for the whole device.
 */
const heron = {
  instructions: ["cz", "id", "delay", "measure", "measure_2", "reset", "rz", "sx", "x", "if_else", "store"],
  features: ["qobj", "qasm3", "dynamic_circuits", "parameters"],
};
const nighthawk = { instructions: ["cz", "id", "delay", "measure", "rz", "sx", "x"], features: ["qobj"] };

export interface FakeDevice {
  readonly name: string;
  readonly status: { readonly name: "online" | "paused" | "offline"; readonly reason?: string };
  readonly instructions: readonly string[];
  readonly features: readonly string[];
  readonly rep_delay_us: readonly [shortest: number, usual: number, longest: number];
}

export const fakeDevices: readonly FakeDevice[] = [
  { name: "ibm_boston", status: { name: "online" }, ...heron, rep_delay_us: [0, 250, 2000] },
  { name: "ibm_kingston", status: { name: "online" }, ...heron, rep_delay_us: [0, 250, 2000] },
  {
    name: "ibm_torino",
    status: { name: "paused", reason: "maintenance" },
    ...heron,
    rep_delay_us: [0, 250, 2000],
  },
  { name: "ibm_miami", status: { name: "online" }, ...nighthawk, rep_delay_us: [1000, 4000, 4000] },
];

const edges = [0, 1, 2, 3].flatMap((i) => [
  [i, i + 1],
  [i + 1, i],
]);

export function listingOf(device: FakeDevice, queue_length: number, withWaits: boolean): object {
  return {
    name: device.name,
    status: device.status,
    is_simulator: false,
    qubits: 5,
    clops: { type: "hardware", value: 200_000 },
    processor_type: { family: "Heron", revision: "3" },
    queue_length,
    ...(withWaits ? { wait_time_seconds: { average: 41.5, p50: 30, p95: 120 } } : {}),
  };
}

export function configurationOf(device: FakeDevice): object {
  const [shortest, usual, longest] = device.rep_delay_us;
  return {
    backend_name: device.name,
    backend_version: "1.0.0",
    n_qubits: 5,
    basis_gates: ["cz", "id", "rz", "sx", "x"],
    supported_instructions: device.instructions,
    supported_features: device.features,
    coupling_map: edges,
    dt: 4,
    default_rep_delay: usual,
    rep_delay_range: [shortest, longest],
  };
}

export function propertiesOf(device: FakeDevice, date: string): object {
  const value = (name: string, number: number, unit: string) => ({ name, value: number, unit, date });
  return {
    backend_name: device.name,
    backend_version: "1.0.0",
    last_update_date: date,
    qubits: [0, 1, 2, 3, 4].map(() => [
      value("T1", 292, "us"),
      value("T2", 353, "us"),
      value("readout_error", 5.1e-3, ""),
      value("prob_meas0_prep1", 6.2e-3, ""),
      value("prob_meas1_prep0", 4e-3, ""),
      value("readout_length", 1700, "ns"),
    ]),
    gates: [
      ...edges.map((qubits) => ({
        gate: "cz",
        qubits,
        parameters: [value("gate_error", 1.27e-3, ""), value("gate_length", 68, "ns")],
      })),
      ...[0, 1, 2, 3, 4].flatMap((q) => [
        {
          gate: "sx",
          qubits: [q],
          parameters: [value("gate_error", 1.9e-4, ""), value("gate_length", 32, "ns")],
        },
        { gate: "measure", qubits: [q], parameters: [value("gate_length", 1700, "ns")] },
        { gate: "reset", qubits: [q], parameters: [value("gate_length", 2260, "ns")] },
      ]),
    ],
    general: [],
    general_qlists: [],
  };
}
