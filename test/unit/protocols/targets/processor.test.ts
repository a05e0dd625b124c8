import { describe, expect, test } from "vitest";
import { assemble } from "#protocols/targets/qblox-q1asm/instructions";
import { Processor } from "#protocols/targets/qblox-q1asm/processor";
import { refusal } from "../../../support/refusal.ts";

const setup = {
  where: "s",
  lengths: new Map([[0, 40]]),
  bins: new Map([[0, 100_000]]),
  integration_ns: 400,
  nco_hz: 50e6,
  points: 1,
};

function run(text: string, points = 1) {
  const program = assemble(text.split("\n"), "s");
  return new Processor({ ...setup, program, points }).run();
}

/** Time at the end of a program that leaves a number in R1 and waits for that long. */
const waits = (text: string) => run(`${text}\n nop\n wait R1\n stop`).end;

describe("classical processor", () => {
  test.each([
    ["move 100,R1", 100],
    ["move 100,R0\n nop\n add R0,23,R1", 123],
    ["move 100,R0\n nop\n sub R0,23,R1", 77],
    ["move 5,R0\n nop\n sub R0,6,R1\n nop\n add R1,101,R1", 100],
    ["move 12,R0\n move 10,R2\n nop\n and R0,R2,R1", 8],
    ["move 12,R0\n move 10,R2\n nop\n or R0,R2,R1", 14],
    ["move 12,R0\n move 10,R2\n nop\n xor R0,R2,R1", 6],
    ["move 3,R0\n nop\n asl R0,4,R1", 48],
    ["move 4294967295,R0\n nop\n lsr R0,24,R1", 255],
    ["move 4294967200,R0\n nop\n not R0,R1", 95],
    // 1 + 2 + … + 10, counted by a loop
    ["move 10,R0\n move 0,R1\nl: nop\n add R1,R0,R1\n loop R0,@l", 55],
    // comparisons are of unsigned numbers: −1 is the largest
    ["move 4294967295,R0\n move 9,R1\n jlt R0,5,@less\n jmp @end\nless: move 4,R1\nend: nop", 9],
    ["move 7,R0\n move 9,R1\n jge R0,7,@more\n jmp @end\nmore: move 5,R1\nend: nop", 5],
    ["move 7,R0\n move 9,R1\n cmp R0,7\n jz @same\n jmp @end\nsame: move 6,R1\nend: nop", 6],
  ])("%s leaves %i", (text, value) => {
    expect(waits(text)).toBe(value);
  });
});

describe("real-time processor", () => {
  const shot = (body: string, shots: number) =>
    run(`move ${shots},R0\n wait_sync 4\n upd_param 100\npoint: ${body}\n loop R0,@point\n stop`);
  const once =
    "reset_ph\n upd_param 1000\n set_awg_offs 1000,0\n upd_param 500\n set_awg_offs 0,0\n upd_param 250";

  test("a tone stands from the instruction that latches it to the one that ends it", () => {
    const { windows, end } = shot(once, 1);
    expect(end).toBe(104 + 1750);
    expect(windows).toEqual([
      {
        start: 104,
        duration: 1750,
        events: [
          {
            kind: "offset",
            codes: [1000, 0],
            start: 1000,
            end: 1500,
            frequency: 200e6,
            reference: 0,
            phase: 0,
          },
        ],
      },
    ]);
  });

  test("shots that repeat are not run, and take their time", () => {
    const { windows, repeated, end } = shot(once, 1_000_000);
    expect(windows.length).toBe(2);
    expect(repeated).toBe(999_998);
    expect(end).toBe(104 + 1_000_000 * 1750);
  });

  test("without a phase reset no shot repeats the other: all are run", () => {
    const { windows, repeated } = shot(once.replace("reset_ph\n", ""), 50);
    expect([windows.length, repeated]).toEqual([50, 0]);
    // 50 MHz over 1750 ns are 87.5 turns: the phase at the start alternates.
    expect(windows.slice(0, 3).map(({ events }) => events[0]!.reference)).toEqual([-104, -1854, -3604]);
  });

  test("a phase set in the middle of a tone cuts it in two; a frequency change carries the phase on", () => {
    const cut = shot(
      `${once.slice(0, once.indexOf("500"))}200\n set_ph 250000000\n upd_param 300\n set_awg_offs 0,0\n upd_param 250`,
      1,
    );
    expect(cut.windows[0]!.events.map(({ start, end, phase }) => [start, end, phase])).toEqual([
      [1000, 1200, 0],
      [1200, 1500, 250_000_000],
    ]);
    const tuned = shot(
      "reset_ph\n upd_param 1000\n set_freq 40000000\n set_awg_offs 1,0\n upd_param 500\n set_awg_offs 0,0\n upd_param 4",
      1,
    );
    // 50 MHz for 1000 ns are 50 turns; 10 MHz counted from the reset would be 10: whole turns, so no offset.
    const [event] = tuned.windows[0]!.events;
    expect([event!.frequency, event!.phase % 1e9]).toEqual([40_000_000, 0]);
  });

  test.each([
    ["program.spacing", "wait 3\n stop"],
    ["program.spacing", "wait 65536\n stop"],
    ["program.register", "move 4,R0\n wait R0\n stop"],
    ["program.undefined", "point: play 5,5,100\n stop"],
    ["program.bins", "point: acquire 0,100000,1000\n stop"],
    [
      "program.spacing",
      "point: acquire 0,0,400\n wait 4\n acquire 0,1,400\n acquire 0,2,200\n acquire 0,3,400\n stop",
    ],
    ["program.range", "set_awg_gain 32768,0\n upd_param 4\n stop"],
    ["program.unsupported", "point: play 0,0,20\n play 0,0,100\n stop"],
    ["program.unsupported", "point: play 0,0,20\n set_awg_gain 5,0\n upd_param 100\n stop"],
    ["program.tone_left_on", "point: set_awg_offs 5,0\n upd_param 100\n stop"],
    ["program.outside_point", "set_awg_offs 5,0\n upd_param 100\npoint: nop\n stop"],
    ["program.runs_out", "wait 4"],
    ["program.too_long", "here: jmp @here"],
  ])("%s: %s", (code, text) => {
    const error = refusal(() => run(text));
    expect(error.code).toBe(code);
    expect(error.problems[0]!.path).toMatch(/^s, line \d+$/);
  });
});
