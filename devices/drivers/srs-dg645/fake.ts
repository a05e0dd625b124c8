import { FakeLines } from "../instrument/fake-lines.ts";

/** A DG645 as another driver describes it: set commands are silent, errors are queued. */
export class FakeDg645 extends FakeLines {
  readonly delays = new Map<number, readonly [from: number, delay_s: number]>();
  burst = 1;
  /** Internal triggers, as after power-up. */
  source = 0;
  shots = 0;
  readonly errors: number[] = [];

  outputsOff(): boolean {
    return this.burst === 0 && this.source === 5;
  }

  protected command(line: string) {
    if (line === "") return;
    if (line === "*IDN?") return this.say("Stanford Research Systems,DG645,s/n003160,ver1.15\r\n");
    if (line === "LERR?") return this.say(`${this.errors.shift() ?? 0}\r\n`);
    if (line === "BURM?") return this.say(`${this.burst}\r\n`);
    if (line === "TSRC?") return this.say(`${this.source}\r\n`);
    const query = /^DLAY\?(\d)$/.exec(line);
    if (query !== null) {
      const [from, delay_s] = this.delays.get(Number(query[1])) ?? [0, 0];
      return this.say(`${from},${delay_s < 0 ? "-" : "+"}${Math.abs(delay_s).toFixed(12)}\r\n`);
    }
    const set = /^(DLAY|TSRC|BURM) (\S+)$/.exec(line);
    if (line === "*TRG") this.shots++;
    else if (set === null) this.errors.push(10);
    else if (set[1] === "TSRC") this.source = Number(set[2]);
    else if (set[1] === "BURM") this.burst = Number(set[2]);
    else {
      const [edge, from, delay_s] = set[2]!.split(",").map(Number);
      if (!(delay_s! <= 2000)) this.errors.push(11);
      else this.delays.set(edge!, [from!, delay_s!]);
    }
  }
}
