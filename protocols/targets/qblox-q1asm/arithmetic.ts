const word = 2 ** 32;

/** As a 32-bit register holds it. */
export function unsigned(value: number): number {
  return ((value % word) + word) % word;
}

/** The two's complement number in the low bits. */
export function signed(value: number, bits: 16 | 32): number {
  return bits === 16 ? (value << 16) >> 16 : value | 0;
}

/** Two-operand arithmetic of the classical processor. */
export function compute(mnemonic: string, a: number, b: number): number {
  switch (mnemonic) {
    case "add":
      return a + b;
    case "sub":
      return a - b;
    case "and":
      return a & b;
    case "or":
      return a | b;
    case "xor":
      return a ^ b;
    case "asl":
    case "lsl":
      return b >= 32 ? 0 : unsigned(a) * 2 ** b;
    default:
      // Both right shifts fill with zeros in version 1 of the instruction set; 16-bit results do not depend on it.
      return b >= 32 ? 0 : unsigned(a) >>> b;
  }
}
