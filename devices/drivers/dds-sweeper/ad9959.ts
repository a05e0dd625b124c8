/** Words that a channel of the synthesiser works with. */
export interface ToneWords {
  /** Frequency: f = ftw · f_sys / 2³². */
  readonly ftw: number;
  /** Amplitude scale, 0…1023 of 1024. */
  readonly asf: number;
  /** Phase offset in turns / 2¹⁴. */
  readonly pow: number;
}

interface Registers {
  ftw: number;
  pow: number;
  acr: number;
}

/** Bytes after each register address; the AD9959 data sheet's register map. */
const registerLength: Readonly<Record<number, number>> = {
  0: 1,
  1: 3,
  2: 2,
  3: 3,
  4: 4,
  5: 2,
  6: 3,
  7: 2,
  8: 4,
  9: 4,
  10: 4,
};
const amplitudeEnabled = 0x1000;

/** The registers of an AD9959 behind its serial bus: written bytes wait until IO_UPDATE. */
export class Ad9959 {
  readonly #buffered: Registers[] = Array.from({ length: 4 }, () => ({ ftw: 0, pow: 0, acr: 0 }));
  readonly #active: Registers[] = Array.from({ length: 4 }, () => ({ ftw: 0, pow: 0, acr: 0 }));
  #selected = 0xf0;

  write(bytes: Uint8Array): void {
    for (let k = 0; k < bytes.length; ) {
      const register = bytes[k]!;
      const length = registerLength[register];
      if (length === undefined) throw new Error(`no register ${register} at byte ${k}`);
      this.#set(register, bytes.subarray(k + 1, k + 1 + length));
      k += 1 + length;
    }
  }

  update(): void {
    this.#buffered.forEach((registers, channel) => {
      Object.assign(this.#active[channel]!, registers);
    });
  }

  /** What a channel puts out; full scale while the amplitude multiplier is off. */
  tone(channel: number): ToneWords {
    const { ftw, pow, acr } = this.#active[channel]!;
    return { ftw, pow, asf: (acr & amplitudeEnabled) === 0 ? 1023 : acr & 0x3ff };
  }

  /** No channel oscillates: amplitude or frequency is nought. */
  get silent(): boolean {
    return this.#active.every((_, channel) => {
      const { ftw, asf } = this.tone(channel);
      return ftw === 0 || asf === 0;
    });
  }

  clear(): void {
    for (const registers of [...this.#buffered, ...this.#active])
      Object.assign(registers, { ftw: 0, pow: 0, acr: 0 });
  }

  #set(register: number, data: Uint8Array): void {
    if (register === 0) {
      this.#selected = data[0]!;
      return;
    }
    const value = data.reduce((sum, byte) => sum * 256 + byte, 0);
    this.#buffered.forEach((registers, channel) => {
      if ((this.#selected & (1 << (channel + 4))) === 0) return;
      if (register === 4) registers.ftw = value;
      else if (register === 5) registers.pow = value & 0x3fff;
      else if (register === 6) registers.acr = value;
    });
  }
}
