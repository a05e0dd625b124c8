import fc from "fast-check";
import { expect, test } from "vitest";
import { RunFollower } from "#devices/drivers/artiq/follow";
import { decodePyon } from "#devices/drivers/artiq/pyon/decode";
import { encodePyon } from "#devices/drivers/artiq/pyon/encode";
import { float64Array, scalarOf, valuesOf } from "#devices/drivers/artiq/pyon/numpy";
import { type NumpyArray, type NumpyScalar, type Pyon, tuple } from "#devices/drivers/artiq/pyon/values";
import { applyMod, type Mod, readMod } from "#devices/drivers/artiq/sync-struct";

const leaf: fc.Arbitrary<Pyon> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.double(),
  fc.integer(),
  fc.bigInt().filter((value) => !Number.isSafeInteger(Number(value))),
  fc.string({ unit: "binary" }),
  fc.uint8Array(),
  fc.record({ kind: fc.constant("complex" as const), re: fc.double(), im: fc.double() }),
  fc.record({
    kind: fc.constant("fraction" as const),
    numerator: fc.bigInt(),
    denominator: fc.bigInt({ min: 1n }),
  }),
  fc.array(fc.double(), { minLength: 1 }).map((values) => float64Array(values)),
);
const value = fc.letrec<{ any: Pyon }>((tie) => ({
  any: fc.oneof(
    { depthSize: "small" },
    leaf,
    fc.array(tie("any")),
    fc.array(tie("any")).map((items) => tuple(...items)),
    fc
      .array(fc.tuple(fc.oneof(fc.integer(), fc.string()), tie("any")))
      .map((pairs) => new Map<Pyon, Pyon>(pairs)),
    fc.array(fc.integer()).map((items) => new Set<Pyon>(items)),
    fc
      .array(fc.tuple(fc.string(), tie("any")))
      .map((pairs): Pyon => ({ kind: "ordered-dict", entries: new Map<Pyon, Pyon>(pairs) })),
    fc
      .tuple(tie("any"), tie("any"), tie("any"))
      .map(([start, stop, step]): Pyon => ({ kind: "slice", start, stop, step })),
  ),
})).any;

test("what is written is read back, on one line of ASCII", () => {
  fc.assert(
    fc.property(value, (wanted) => {
      const text = encodePyon(wanted);
      expect(text).toMatch(/^[\x20-\x7e]*$/);
      expect(decodePyon(text)).toEqual(wanted);
    }),
    { numRuns: 300 },
  );
});

test("what sipyco's encoder wrote is read, and written the same", () => {
  // Printed by pyon.encode of sipyco 1.10.
  const text =
    '{"__jsonclass__":["dict",[[["a",NaN],[3,-0.0],[{"__jsonclass__":["tuple",[[1,2]]]},{"__jsonclass__":["slice",[1,null,null]]}],["b",1e+300],["c",1208925819614629174706176]]]]}';
  const decoded = decodePyon(text) as Map<Pyon, Pyon>;
  expect(decoded.get("a")).toBeNaN();
  expect(decoded.get(3)).toBe(-0);
  expect(decoded.get("c")).toBe(2n ** 80n);
  expect(encodePyon(decoded)).toBe(text);
  expect(encodePyon({ kind: "float", value: 1 })).toBe("1.0");
});

test("{} and a tagged dict are both dictionaries (ion.md D.1)", () => {
  expect(decodePyon("{}")).toEqual(new Map());
  expect(decodePyon('{"__jsonclass__":["dict",[[[3,{"status":"pending"}]]]]}')).toEqual(
    new Map([[3, new Map([["status", "pending"]])]]),
  );
});

test("numpy arrays and scalars by type and byte order", () => {
  const array = (dtype: string, bytes: number[]) =>
    valuesOf({ kind: "nparray", shape: [1], dtype, data: Uint8Array.from(bytes) })[0];
  // IEEE 754: 1.5 as double, single and half; two's complement for integers.
  expect(array("<f8", [0, 0, 0, 0, 0, 0, 0xf8, 0x3f])).toBe(1.5);
  expect(array(">f4", [0x3f, 0xc0, 0, 0])).toBe(1.5);
  expect(array("<f2", [0, 0x3e])).toBe(1.5);
  expect(array("<i8", [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])).toBe(-1);
  expect(array("<u8", [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])).toBe(2n ** 64n - 1n);
  expect(array("|b1", [1])).toBe(true);
  expect(array("<U2", [0x41, 0, 0, 0, 0, 0, 0, 0])).toBe("A");
  expect(() => array("<f8", [0])).toThrow(/8 bytes/);
  expect(() => array("<M8[ns]", [0])).toThrow(/not read/);
  const scalar = decodePyon('{"__jsonclass__":["npscalar",["<i8","KgAAAAAAAAA="]]}');
  expect(scalarOf(scalar as NumpyScalar)).toBe(42);
  expect((float64Array([1, 2]) as NumpyArray).shape).toEqual([2]);
});

test("broken text is refused with its place", () => {
  for (const text of ["", "{3: 4}", "[1,]", '{"a" 1}', "nan", '"x', "1 2", `${"[".repeat(300)}`, "(1, 2)"]) {
    expect(() => decodePyon(text), text).toThrow(expect.objectContaining({ code: "pyon.syntax" }));
  }
  expect(() => decodePyon('{"__jsonclass__":["ndarray",[1]]}')).toThrow(/no PYON type/);
});

const mod = (text: string): Mod => readMod(decodePyon(text));

test("modifications: integer keys, paths through tuples, every action", () => {
  let struct: Pyon = applyMod(null, mod('{"action":"init","struct":{}}'));
  const apply = (text: string) => {
    struct = applyMod(struct, mod(text));
  };
  apply('{"action":"setitem","path":[],"key":"counts","value":{"__jsonclass__":["tuple",[[false,[],{}]]]}}');
  apply('{"action":"append","path":["counts",1],"x":90}');
  apply('{"action":"append","path":["counts",1],"x":91}');
  apply('{"action":"insert","path":["counts",1],"i":-1,"x":7}');
  apply('{"action":"setitem","path":["counts",1],"key":0,"value":1}');
  // [90, 91] → insert(-1, 7) → [90, 7, 91] → [1, 7, 91]
  expect((struct as Map<Pyon, Pyon>).get("counts")).toEqual(tuple(false, [1, 7, 91], new Map()));
  apply('{"action":"pop","path":["counts",1],"i":-1}');
  apply('{"action":"delitem","path":["counts",1],"key":0}');
  expect((struct as Map<Pyon, Pyon>).get("counts")).toEqual(tuple(false, [7], new Map()));
  apply('{"action":"setitem","path":[],"key":3,"value":{"status":"pending"}}');
  apply('{"action":"setitem","path":[3],"key":"status","value":"running"}');
  expect((struct as Map<Pyon, Pyon>).get(3)).toEqual(new Map([["status", "running"]]));
  apply('{"action":"delitem","path":[],"key":3}');
  expect((struct as Map<Pyon, Pyon>).has(3)).toBe(false);
  for (const text of [
    '{"action":"delitem","path":[],"key":3}',
    '{"action":"append","path":["none"],"x":1}',
    '{"action":"pop","path":["counts",1],"i":5}',
    '{"action":"append","path":["counts"],"x":1}',
  ]) {
    expect(() => apply(text), text).toThrow(expect.objectContaining({ code: "artiq.out-of-step" }));
  }
  expect(() => mod('{"action":"clear","path":[]}')).toThrow(/not known/);
});

test("run_done on the way is what tells a run that finished from one that failed", () => {
  const follower = new RunFollower();
  const schedule = new Map<Pyon, Pyon>();
  const step = (change: Mod) => {
    follower.schedule(applyMod(schedule, change), change);
  };
  follower.schedule(schedule, { action: "init", struct: schedule });
  for (const [rid, statuses] of [
    [1, ["pending", "preparing", "running", "run_done", "analyzing", "deleting"]],
    [2, ["pending", "preparing", "deleting"]],
  ] as const) {
    step({ action: "setitem", path: [], key: rid, value: new Map() });
    for (const status of statuses) step({ action: "setitem", path: [rid], key: "status", value: status });
    step({ action: "delitem", path: [], key: rid });
  }
  follower.log({ level: 40, source: "worker(2,x.py)", time_s: 0, message: "why" });
  follower.log({ level: 30, source: "worker(2,x.py)", time_s: 0, message: "a warning" });
  expect(follower.view(1)).toMatchObject({ state: "finished", errors: [] });
  expect(follower.view(2)).toMatchObject({
    state: "vanished",
    status: "deleting",
    gap: false,
    errors: ["why"],
  });
  expect(follower.view(9).state).toBe("waiting");
});
