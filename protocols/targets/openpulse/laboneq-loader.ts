/** Makes a LabOne Q experiment of the emitted programs. */
export const loaderText = `"""Makes a LabOne Q experiment of the programs beside this file.

    from load import sections, inputs
    sections(transpiler, elements, ports)     # one section for each program, to be placed in an averaging loop

elements: QuantumElement by name, qubits and couplers; ports: laboneq.openqasm3.device.Port by name, for every
port of the programs (q0_f01_port and so on).
"""

import pathlib
import re

from laboneq.simple import pulse_library

folder = pathlib.Path(__file__).parent
pattern = re.compile(r"\\b(constant|gaussian)_([0-9p]+)ns(?:_sigma_([0-9p]+)ns)?\\b")


def inputs(text):
    """The waveforms that a program names."""
    pulses = {}
    for match in pattern.finditer(text):
        length = float(match[2].replace("p", ".")) * 1e-9
        if match[1] == "constant":
            pulses[match[0]] = pulse_library.const(uid=match[0], length=length, amplitude=1.0)
        else:
            # LabOne Q counts the width of a Gaussian in halves of its length.
            sigma = float(match[3].replace("p", ".")) * 1e-9 / (length / 2)
            pulses[match[0]] = pulse_library.gaussian(uid=match[0], length=length, amplitude=1.0, sigma=sigma)
    return pulses


def sections(transpiler, elements, ports):
    """One section for each program, in the order of their names."""
    made = {}
    for path in sorted(folder.glob("program*.qasm")):
        text = path.read_text()
        wanted = re.findall(r"port (\\w+);", text)
        made[path.stem] = transpiler.section(
            text,
            qubit_map=elements,
            inputs=inputs(text),
            externs={name: ports[name] for name in wanted},
        )
    return made
`;
