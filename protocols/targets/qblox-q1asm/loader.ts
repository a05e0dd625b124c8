/**
 * Loads the emitted files into a Cluster and fetches every shot. Works with qblox-instruments and, for a rehearsal,
 * with q1simulator, whose Cluster has the same parameters.
 */
export const loaderText = `"""Loads a compiled sequence into a Qblox Cluster, runs it and keeps every shot.

usage: python load.py NAME ADDRESS RESULT.json     a Cluster (qblox-instruments)
       python load.py --simulate RESULT.json       a rehearsal without hardware (q1simulator)

Settings, wiring and assumptions are in settings.json, one sequence for each sequencer in sequences/.
RESULT.json: for each frame that is read, I and Q by [shot][point], the last axis fastest.
"""

import json
import pathlib
import sys

folder = pathlib.Path(__file__).parent
settings = json.loads((folder / "settings.json").read_text())


def connect(arguments):
    if arguments[0] == "--simulate":
        from q1simulator import Cluster

        kinds = {"QCM": "QCM", "QCM_RF": "QCM-RF", "QRM_RF": "QRM-RF"}
        return Cluster("rehearsal", {m["slot"]: kinds[m["type"]] for m in settings["modules"]})
    from qblox_instruments import Cluster

    return Cluster(arguments[0], arguments[1])


def main(arguments):
    if any(module["cluster"] > 1 for module in settings["modules"]):
        raise SystemExit("this sequence needs more than one Cluster; load each with its own modules")
    cluster = connect(arguments)
    cluster.reset()
    modules = {m["name"]: getattr(cluster, f"module{m['slot']}") for m in settings["modules"]}
    for module in settings["modules"]:
        modules[module["name"]].disconnect_outputs()
        for name, value in module["settings"].items():
            modules[module["name"]].set(name, value)
    for s in settings["sequencers"]:
        sequencer = modules[s["module"]].sequencers[s["index"]]
        sequencer.set("sequence", json.loads((folder / s["sequence"]).read_text()))
        for name, value in s["settings"].items():
            sequencer.set(name, value)
    for s in settings["sequencers"]:
        modules[s["module"]].arm_sequencer(s["index"])
    cluster.start_sequencer()
    result = {}
    for s in settings["sequencers"]:
        status = modules[s["module"]].get_sequencer_status(s["index"], timeout=10)
        if "OKAY" not in str(status.status):
            raise SystemExit(f"{s['name']}: {status}")
        if s["captures"] is None:
            continue
        modules[s["module"]].get_acquisition_status(s["index"], timeout=10)
        read = modules[s["module"]].get_acquisitions(s["index"])
        points = 1
        for axis in settings["axes"]:
            points *= axis["size"]
        integration = s["settings"]["integration_length_acq"]
        bins = read["capture_0"]["acquisition"]["bins"]
        result[s["captures"]] = {
            path: [
                [value / integration for value in bins["integration"][path][k * points : (k + 1) * points]]
                for k in range(settings["shots"])
            ]
            for path in ("path0", "path1")
        }
        result[s["captures"]]["counts"] = sorted(set(bins["avg_cnt"]))
    pathlib.Path(arguments[-1]).write_text(json.dumps(result))
    return cluster


if __name__ == "__main__":
    main(sys.argv[1:])
`;
