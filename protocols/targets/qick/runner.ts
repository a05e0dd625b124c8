/** The program that plays a configuration: one AveragerProgramV2 for each run. */
export const runnerText = `"""Plays config.json on a QICK board with tProcessor v2.

usage: python program.py BOARD.json              compile only; BOARD.json from QickConfig.dump_cfg()
       python program.py --run RESULT.json       on the board: I and Q by [run][readout][shot][point]

Phases of all generators are reset when a shot begins, and every phase in config.json is counted from there.
"""

import json
import math
import pathlib
import sys

from qick import QickConfig
from qick.asm_v2 import AveragerProgramV2, QickSweep1D

MAX_CYCLES = 65535
config = json.loads((pathlib.Path(__file__).parent / "config.json").read_text())
frames = {frame["id"]: frame for frame in config["frames"]}
generators = {generator["port"]: generator for generator in config["generators"]}
readouts = {readout["frame"]: readout for readout in config["readouts"]}


class Shot(AveragerProgramV2):
    def _initialize(self, cfg):
        for generator in config["generators"]:
            self.declare_gen(ch=generator["ch"], nqz=generator["nqz"])
            self.add_raw_pulse(f"reset_{generator['ch']}", ["phrst"], gen_ch=generator["ch"])
        for readout in config["readouts"]:
            ch = readout["ch"]
            self.declare_readout(ch=ch, length=readout["length_ns"] / 1e3)
            options = {} if readout["generator"] is None else {"gen_ch": readout["generator"]}
            self.add_readoutconfig(ch=ch, name=f"listen_{ch}", freq=self.mhz(readout["frame"]), **options)
        size = next((axis["size"] for axis in config["axes"] if axis["name"] == config["swept"]), None)
        if size is not None:
            self.add_loop(config["swept"], size)
        self.timeline = []
        for event in sorted(cfg["run"]["events"], key=lambda event: event["start_ns"]):
            if event["kind"] == "capture":
                at = event["start_ns"] + config["trigger_offset_ns"]
                self.timeline.append((at, None, readouts[event["frame"]]["ch"], 0))
                continue
            ch = generators[frames[event["frame"]]["port"]]["ch"]
            for start, name, cycles in self.pulses_of(event, ch):
                self.timeline.append((start, name, ch, cycles))

    def mhz(self, frame):
        """Frequency that the converter makes, in MHz."""
        port = frames[frame]["port"]
        lo = generators[port]["external_lo_hz"] if port in generators else 0
        return (frames[frame]["frequency_hz"] - lo) / 1e6

    def pulses_of(self, event, ch):
        """Start in ns, name and fabric cycles of the pulses that make an event; long tones are played in pieces."""
        gain = event["amplitude"]
        if isinstance(gain, dict):
            gain = QickSweep1D(config["swept"], gain["from"], gain["to"])
        common = {"freq": self.mhz(event["frame"]), "phase": math.degrees(event["phase_rad"]), "gain": gain}
        key = json.dumps([ch, event["frame"], event["phase_rad"], event["amplitude"], event["duration_ns"], event.get("sigma_ns")])
        if event["kind"] == "gaussian":
            envelope = f"gauss_{event['duration_ns']}_{event['sigma_ns']}"
            if envelope not in self.envelopes[ch]["envs"]:
                self.add_gauss(ch=ch, name=envelope, sigma=event["sigma_ns"] / 1e3, length=event["duration_ns"] / 1e3)
            if key not in self.pulses:
                self.add_pulse(ch=ch, name=key, style="arb", envelope=envelope, **common)
            return [(event["start_ns"], key, self.us2cycles(gen_ch=ch, us=event["duration_ns"] / 1e3))]
        pieces = math.ceil(self.us2cycles(gen_ch=ch, us=event["duration_ns"] / 1e3) / MAX_CYCLES)
        each = event["duration_ns"] / pieces
        cycles = self.us2cycles(gen_ch=ch, us=each / 1e3)
        if key not in self.pulses:
            self.add_pulse(ch=ch, name=key, style="const", length=each / 1e3, **common)
        return [(event["start_ns"] + k * each, key, cycles) for k in range(pieces)]

    def _body(self, cfg):
        for readout in config["readouts"]:
            self.send_readoutconfig(ch=readout["ch"], name=f"listen_{readout['ch']}", t=0)
        for generator in config["generators"]:
            self.pulse(ch=generator["ch"], name=f"reset_{generator['ch']}", t=0)
        free = {}
        for start, name, ch, cycles in sorted(self.timeline, key=lambda entry: entry[0]):
            if name is None:
                self.trigger(ros=[ch], t=start / 1e3)
                continue
            # A pulse whose length was rounded up holds the next one back by a part of a cycle.
            begin = max(start / 1e3, free.get(ch, 0.0))
            self.pulse(ch=ch, name=name, t=begin)
            free[ch] = begin + cycles / self.soccfg["gens"][ch]["f_fabric"]
        self.delay(cfg["run"]["shot_ns"] / 1e3)


def programs(soccfg):
    """One compiled program for each run."""
    return [Shot(soccfg, reps=config["shots"], final_delay=None, cfg={"run": run}) for run in config["runs"]]


def main(arguments):
    if arguments[0] != "--run":
        compiled = programs(QickConfig(arguments[0]))
        for run, program in zip(config["runs"], compiled):
            used = {memory: len(program.binprog[memory] or []) for memory in ("pmem", "wmem")}
            print(json.dumps({"at": run["at"], **used}))
        return compiled
    from qick import QickSoc

    soc = QickSoc()
    result = []
    for program in programs(soc):
        program.acquire(soc, progress=False)
        result.append([raw.tolist() for raw in program.get_raw()])
    pathlib.Path(arguments[1]).write_text(json.dumps(result))


if __name__ == "__main__":
    main(sys.argv[1:])
`;
