import { expect, test } from "vitest";
import { measureRounds, processorSeconds } from "#bench/rounds";

/** Contestants that write down when they run. */
function recorded(names: readonly string[], order: string[]) {
  return names.map((name, k) => ({
    name,
    run: () => {
      order.push(name);
      return (k + 1) * order.length;
    },
  }));
}

/** A calibration that gives the listed seconds, one after the other; the first call warms up. */
function calibrations(...seconds: readonly number[]) {
  let call = 0;
  return () => seconds[Math.max(0, call++ - 1)]!;
}

test("contestants run by turns, and each round starts with another one", async () => {
  const order: string[] = [];
  await measureRounds(recorded(["a", "b", "c"], order), 3, () => 1);
  expect(order.join("")).toBe("abcbcacab");
});

test("times stay with their contestant and their round", async () => {
  const order: string[] = [];
  const { seconds, noisyRounds } = await measureRounds(recorded(["a", "b"], order), 2, () => 1);
  // a, b, b, a: a is first and fourth, b second and third at twice the time
  expect(seconds).toEqual([
    [1, 4],
    [4, 6],
  ]);
  expect(noisyRounds).toBe(0);
});

test("a round in which the machine changed its speed is left out", async () => {
  const order: string[] = [];
  const result = await measureRounds(recorded(["a"], order), 3, calibrations(1, 1, 1.05, 1.3, 1, 0.97));
  expect(result).toEqual({ seconds: [[1, 3]], noisyRounds: 1, noisy: false });
});

test("when most rounds are noisy all are kept, and said so", async () => {
  const order: string[] = [];
  const result = await measureRounds(recorded(["a"], order), 3, calibrations(1, 1, 2, 2, 4, 4));
  expect(result.seconds).toEqual([[1, 2, 3]]);
  expect(result).toMatchObject({ noisyRounds: 2, noisy: true });
});

test("processor seconds pass the value through and grow with the work", () => {
  const sumTo = (end: number) =>
    processorSeconds(() => {
      let sum = 0;
      for (let k = 0; k < end; k++) sum += k % 7;
      return sum;
    });
  sumTo(1e6);
  const long = sumTo(3e7);
  // 3·10⁷ = 7·4 285 714 + 2, and the digits of one turn add up to 21.
  expect(long.value).toBe(21 * 4_285_714 + 1);
  expect(long.seconds).toBeGreaterThan(sumTo(1000).seconds);
});
