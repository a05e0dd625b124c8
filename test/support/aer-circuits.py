"""Reads {programs, noise, shots} from standard input: OpenQASM 3 texts and the errors of the qubits they use, or null to
read the texts only.

For each program: load it as the service does, check it against the device's published target, pad waits by Qiskit's
own schedule, add the errors in Aer's terms, and return exact probabilities and counts.
"""
import json
import sys

import qiskit.qasm3
from qiskit import QuantumCircuit
from qiskit.circuit import Delay
from qiskit.circuit.library import Barrier
from qiskit.quantum_info import Kraus
from qiskit.transpiler import InstructionDurations, PassManager
from qiskit.transpiler.passes import ASAPScheduleAnalysis, PadDelay
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel, ReadoutError, RelaxationNoisePass, depolarizing_error

request = json.load(sys.stdin)
noise = request["noise"]
tick = None if noise is None else noise["clock_s"]


def compact(circuit):
    """The circuit on the qubits it uses, in ascending order."""
    used = sorted({circuit.find_bit(q).index for i in circuit.data if i.operation.name != "barrier" for q in i.qubits})
    place = {q: k for k, q in enumerate(used)}
    out = QuantumCircuit(len(used), circuit.num_clbits)
    for item in circuit.data:
        qubits = [circuit.find_bit(q).index for q in item.qubits]
        bits = [circuit.find_bit(c).index for c in item.clbits]
        if item.operation.name == "barrier":
            qubits = [q for q in qubits if q in place]
            out.append(Barrier(len(qubits)), [place[q] for q in qubits])
        else:
            out.append(item.operation, [place[q] for q in qubits], bits)
    return out, used


def problems(circuit):
    """Instructions that the published target of the device does not have."""
    if request.get("fake") is None:
        return []
    import qiskit_ibm_runtime.fake_provider as fake

    target = getattr(fake, request["fake"])().target
    bad = []
    for item in circuit.data:
        qubits = tuple(circuit.find_bit(q).index for q in item.qubits)
        name = item.operation.name
        if name != "barrier" and not target.instruction_supported(name, qubits):
            bad.append([name, list(qubits)])
    return bad


def noisy(circuit, used):
    site = [noise["sites"][str(q)] for q in used]
    ticks = lambda seconds: round(seconds / tick)
    durations = [("barrier", None, 0)]
    for k, s in enumerate(site):
        durations += [(g, [k], ticks(s["pulse_s"])) for g in ("sx", "x")]
        durations += [("rz", [k], 0), ("reset", [k], ticks(s["reset_s"])), ("measure", [k], ticks(s["measure_s"]))]
    model = NoiseModel()
    for pair in noise["edges"]:
        a, b = pair["qubits"]
        if a not in used or b not in used:
            continue
        a, b = used.index(a), used.index(b)
        for order in ([a, b], [b, a]):
            durations.append((pair["gate"], order, ticks(pair["duration_s"])))
            model.add_quantum_error(depolarizing_error(4 / 3 * pair["error"], 2), pair["gate"], order)
    for k, s in enumerate(site):
        model.add_quantum_error(depolarizing_error(2 * s["pulse_error"], 1), ["sx", "x"], [k])
        m, i = s["missed"], s["invented"]
        model.add_readout_error(ReadoutError([[1 - i, i], [m, 1 - m]]), [k])
    table = InstructionDurations(durations, dt=tick)
    padded = PassManager([ASAPScheduleAnalysis(table), PadDelay(durations=table)]).run(circuit)
    relaxing = RelaxationNoisePass([s["t1_s"] for s in site], [s["t2_s"] for s in site], dt=tick, op_types=[Delay])
    relaxed = relaxing(padded)
    # A reset is a measurement with the assignment errors and a flip on 1.
    out = relaxed.copy_empty_like()
    for item in relaxed.data:
        if item.operation.name != "reset":
            out.append(item.operation, item.qubits, item.clbits)
            continue
        s = site[relaxed.find_bit(item.qubits[0]).index]
        m, i = s["missed"] ** 0.5, s["invented"] ** 0.5
        kept, flipped = (1 - s["invented"]) ** 0.5, (1 - s["missed"]) ** 0.5
        kraus = Kraus([[[kept, 0], [0, 0]], [[0, 0], [i, 0]], [[0, flipped], [0, 0]], [[0, 0], [0, m]]])
        out.append(kraus.to_instruction(), item.qubits)
    return out, model


answers = []
for text in request["programs"]:
    loaded = qiskit.qasm3.loads(text)
    answer = {"refused": problems(loaded)}
    circuit, used = compact(loaded)
    if noise is not None:
        circuit, model = noisy(circuit, used)
        simulator = AerSimulator(method="density_matrix", noise_model=model)
        exact = circuit.copy()
        exact.remove_final_measurements(inplace=True)
        measured = [circuit.find_bit(i.qubits[0]).index for i in circuit.data if i.operation.name == "measure"]
        order = [circuit.find_bit(i.clbits[0]).index for i in circuit.data if i.operation.name == "measure"]
        by_bit = [q for _, q in sorted(zip(order, measured))]
        exact.save_probabilities(by_bit)
        result = simulator.run(exact, seed_simulator=1).result()
        answer["probabilities"] = result.data()["probabilities"].tolist()
        counts = simulator.run(circuit, shots=request["shots"], seed_simulator=1).result().get_counts()
        size = 2 ** len(by_bit)
        answer["counts"] = [counts.get(format(k, "0%db" % len(by_bit)), 0) for k in range(size)]
    answers.append(answer)
print(json.dumps(answers))
