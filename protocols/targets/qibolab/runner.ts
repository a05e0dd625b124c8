/** The platform: channels by what their configuration is; the laboratory puts its controllers here. */
export const platformText = `"""Platform for experiment.json, on qibolab's dummy controller.

Replace DummyInstrument by the laboratory's controllers and give every channel its device and path.
"""

import json
import pathlib

from qibolab import AcquisitionChannel, DcChannel, Hardware, IqChannel, Qubit
from qibolab.instruments.dummy import DummyInstrument

FOLDER = pathlib.Path(__file__).parent


def create():
    configs = json.loads((FOLDER / "parameters.json").read_text())["configs"]
    frames = json.loads((FOLDER / "experiment.json").read_text())["frames"]
    probes = {frame["channel"]: frame["probe"] for frame in frames if "probe" in frame}
    channels = {}
    for name, config in configs.items():
        if config["kind"] == "iq":
            channels[name] = IqChannel(mixer=None, lo=None)
        elif config["kind"] == "acquisition":
            channels[name] = AcquisitionChannel(twpa_pump=None, probe=probes[name])
        else:
            channels[name] = DcChannel()
    qubits = {}
    for acquisition, probe in probes.items():
        site = acquisition.split("/")[0]
        qubits[site] = Qubit(probe=probe, acquisition=acquisition)
    return Hardware(instruments={"controller": DummyInstrument(address="0.0.0.0", channels=channels)}, qubits=qubits)
`;

/** Runs an experiment on a platform. */
export const runnerText = `"""Runs experiment.json on the platform beside it.

usage: python run.py RESULT.json     I and Q by [run][readout][shot][point]
"""

import json
import pathlib
import runpy
import sys

import numpy as np
from qibolab import AcquisitionType, AveragingMode, Parameter, Platform, PulseSequence, Sweeper

folder = pathlib.Path(__file__).parent
experiment = json.loads((folder / "experiment.json").read_text())


def main(result):
    definition = runpy.run_path(str(folder / "platform.py"))
    platform = Platform.load(path=folder, **vars(definition["create"]()))
    platform.connect()
    collected = []
    for run in experiment["runs"]:
        sequence = PulseSequence.load(run["sequence"])
        sweepers = [
            Sweeper(
                parameter=Parameter[sweeper["parameter"]],
                values=np.array(sweeper["values"]),
                pulses=[sequence[k][1] for k in sweeper["elements"]],
            )
            for sweeper in run["sweepers"]
        ]
        measured = platform.execute(
            [sequence],
            [sweepers] if sweepers else [],
            nshots=platform.settings.nshots,
            relaxation_time=platform.settings.relaxation_time,
            acquisition_type=AcquisitionType.INTEGRATION,
            averaging_mode=AveragingMode.SINGLESHOT,
        )
        readouts = [op for _, op in sequence if op.kind == "readout"]
        collected.append([np.asarray(measured[readout.id]).tolist() for readout in readouts])
    platform.disconnect()
    pathlib.Path(result).write_text(json.dumps(collected))


if __name__ == "__main__":
    main(sys.argv[1])
`;
