import { FakeLines } from "../instrument/fake-lines.ts";

/** A 9520 as other drivers describe it; swallows every n-th query if told to, as slow units do. */
export class FakeQuantumComposers extends FakeLines {
  readonly values = new Map<string, number>();
  #queries = 0;
  readonly #swallowEvery: number;

  constructor(options: { readonly swallowEvery?: number } = {}) {
    super();
    this.#swallowEvery = options.swallowEvery ?? 0;
    this.values.set(":SPULSE:STATE", 1);
    for (let channel = 1; channel <= 8; channel++) this.values.set(`:PULSE${channel}:STATE`, 1);
  }

  outputsOff(): boolean {
    return [...this.values].every(([name, value]) => !name.endsWith("STATE") || value === 0);
  }

  protected command(line: string) {
    if (line === "") return;
    if (line.endsWith("?")) {
      this.#queries++;
      if (this.#swallowEvery > 0 && this.#queries % this.#swallowEvery === 0) return;
      if (line === "*IDN?") return this.say("QC,9534,11496,2.0.4-1.0.4\r\n");
      return this.say(`${(this.values.get(line.slice(0, -1)) ?? 0).toFixed(11)}\r\n`);
    }
    const set = /^(:(?:PULSE[1-8]|SPULSE):(?:STATE|DELAY|WIDTH)) (\S+)$/.exec(line);
    if (set === null) return this.say("?1\r\n");
    const value = Number(set[2]);
    if (!(value >= 0)) return this.say("?4\r\n");
    this.values.set(set[1]!, value);
    this.say("ok\r\n");
  }
}
