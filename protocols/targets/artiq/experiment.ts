/** Which kinds of devices a program has: a kernel cannot hold an empty list, whose type would be unknown. */
export interface ExperimentParts {
  readonly dds: boolean;
  readonly ttl: boolean;
  readonly counters: boolean;
}

export const experimentClass = "EntrainSequence";

/**
 * The experiment that plays a program. Its text depends on nothing but the kinds of devices there are: names and
 * numbers come in through the argument `program`, as JSON, and are data.
 */
export function experimentText(parts: ExperimentParts): string {
  const lines = source.split("\n").flatMap((line) => {
    const match = /^(.*?) {2}# (dds|ttl|counters)$/.exec(line);
    if (!match) return [line];
    return parts[match[2] as keyof ExperimentParts] ? [match[1]!] : [];
  });
  return lines.join("\n");
}

const source = `"""Plays a sequence that Entrain planned: RF tones, TTL edges and counting windows at fixed times of a shot.

Arguments: program (JSON, see below), token (names the datasets), mode ("run" or "safe"), skip (JSON list of points
that are already measured). Counts of a point: dataset entrain.TOKEN.point.INDEX, shots x windows.
"""

import json
import re

import numpy as np
from artiq.experiment import *
from artiq.coredevice.ad9910 import PHASE_MODE_TRACKING  # dds


class EntrainSequence(EnvExperiment):
    def build(self):
        program = self.get_argument("program", StringValue(""))
        token = self.get_argument("token", StringValue(""))
        mode = self.get_argument("mode", StringValue("run"))
        skip = self.get_argument("skip", StringValue("[]"))
        self.setattr_device("core")
        self.setattr_device("scheduler")
        if not program:
            return  # looked at by the repository scan
        if not re.fullmatch("[0-9a-z]{1,40}", token):
            raise ValueError("token must be 1 to 40 digits and small letters")
        if mode not in ("run", "safe"):
            raise ValueError("mode must be run or safe")
        self.text = program
        self.prefix = "entrain." + token + "."
        self.mode = mode
        self.skip = set(json.loads(skip))
        self.program = json.loads(program)
        if self.program["format"] != "entrain artiq" or self.program["version"] != "1":
            raise ValueError("this is no program of version 1")
        self.dds = [self.get_device(self.name(d["name"])) for d in self.program["dds"]]  # dds
        self.cpld = [self.get_device(self.name(n)) for n in sorted({d["bus"] for d in self.program["dds"]})]  # dds
        self.attenuation = [float(d["attenuation_db"]) for d in self.program["dds"]]  # dds
        self.ttl = [self.get_device(self.name(t["name"])) for t in self.program["ttl"]]  # ttl
        self.safe_level = [int(t["safe"]) for t in self.program["ttl"]]  # ttl
        self.counters = [self.get_device(self.name(n)) for n in self.program["counters"]]  # counters

    def name(self, name):
        if not re.fullmatch("[A-Za-z_][A-Za-z0-9_]{0,62}", name):
            raise ValueError("a device name must be an identifier")
        return name

    def run(self):
        try:
            self.start()
            if self.mode == "run":
                self.set_dataset(self.prefix + "program", self.text, archive=True)
                for index, point in enumerate(self.program["points"]):
                    if index not in self.skip:
                        self.measure(index, point)
        finally:
            self.safe()
        self.set_dataset(self.prefix + "done", self.mode, broadcast=True, archive=False)

    def measure(self, index, point):
        events = point["events"]
        self.times = [np.int64(event[0]) for event in events]
        self.kinds = [np.int32(event[1]) for event in events]
        self.devices = [np.int32(event[2]) for event in events]
        self.first = [word(event[3]) for event in events]
        self.second = [word(event[4]) for event in events]
        self.third = [word(event[5]) for event in events]
        self.count = len(events)
        self.slack = np.int64(point["slack_mu"])
        self.duration = np.int64(point["duration_mu"])
        self.windows = [np.int32(event[2]) for event in events if event[1] == 3] or [np.int32(0)]
        self.width = sum(event[1] == 3 for event in events)
        self.shots = self.program["shots"]
        self.chunk = self.program["shots_per_kernel"]
        self.counts = [np.int32(0)] * max(1, self.shots * self.width)
        self.rows = []
        done = 0
        while done < self.shots:
            done = self.play(done)
            if done < self.shots:
                self.core.comm.close()
                self.scheduler.pause()
        counts = np.array(self.rows, dtype=np.int32).reshape((self.shots, self.width))
        self.set_dataset(self.prefix + "point." + str(index), counts, broadcast=True, archive=True)

    def keep(self, counts, rows) -> TNone:
        self.rows.extend(counts[:rows * self.width])

    @kernel
    def start(self):
        self.core.reset()
        for i in range(len(self.cpld)):  # dds
            self.core.break_realtime()  # dds
            self.cpld[i].init()  # dds
        for i in range(len(self.dds)):  # dds
            self.core.break_realtime()  # dds
            self.dds[i].sw.off()  # dds
            self.dds[i].init()  # dds
            self.dds[i].set_att(self.attenuation[i])  # dds
        self.core.break_realtime()

    @kernel
    def play(self, begin: TInt32) -> TInt32:
        done = begin
        while done < self.shots:
            if done != begin and done % self.chunk == 0:
                if self.scheduler.check_pause():
                    break
            self.core.break_realtime()
            delay_mu(self.slack)
            base = now_mu() & ~7
            for i in range(self.count):
                at_mu(base + self.times[i])
                kind = self.kinds[i]
                device = self.devices[i]
                if kind == 0:  # ttl
                    self.ttl[device].set_o(self.first[i] != 0)  # ttl
                if kind == 1:  # dds
                    self.dds[device].set_mu(self.first[i], pow_=self.second[i], asf=self.third[i], phase_mode=PHASE_MODE_TRACKING, ref_time_mu=base)  # dds
                if kind == 2:  # dds
                    self.dds[device].sw.set_o(self.first[i] != 0)  # dds
                if kind == 3:  # counters
                    self.counters[device].gate_rising_mu(np.int64(self.first[i]))  # counters
            at_mu(base + self.duration)
            for i in range(self.width):  # counters
                self.counts[(done - begin) * self.width + i] = self.counters[self.windows[i]].fetch_count()  # counters
            done += 1
        self.core.wait_until_mu(now_mu())
        self.keep(self.counts, done - begin)
        return done

    @kernel
    def safe(self):
        self.core.reset()
        for i in range(len(self.dds)):  # dds
            self.dds[i].sw.off()  # dds
            delay_mu(np.int64(8))  # dds
        for i in range(len(self.ttl)):  # ttl
            self.ttl[i].set_o(self.safe_level[i] != 0)  # ttl
            delay_mu(np.int64(8))  # ttl
        self.core.wait_until_mu(now_mu())


def word(value):
    """An unsigned 32-bit word as the kernel's signed integer."""
    return np.int32(value - 2**32 if value >= 2**31 else value)
`;
