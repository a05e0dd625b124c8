import { readFileSync } from "node:fs";
import type { CountTable } from "#analysis/frequencies";
import { EntrainError } from "#core/errors";
import type { CircuitResult } from "#devices/drivers/ibm/circuits";
import { samplerCodec } from "#devices/drivers/ibm/codec";
import { CountCollector, type DataPlan } from "./count-collector.ts";
import { type IbmMapping, own } from "./mapping.ts";
import { indexOfQuantity } from "./matching.ts";
import { unknownNames } from "./read-csv.ts";

/** JSON is read as a whole; a larger file would not leave room for its own bits. */
const largestFile = 1 << 27;

/**
 * Counts the bits of a Sampler job's results.
 *
 * @throws EntrainError `data.ibm` for results of another form, `data.axis`, `data.names`, `data.level`
 */
export function readIbm(path: string, bytes: number, mapping: IbmMapping, plan: DataPlan): CountTable {
  if (bytes > largestFile) {
    throw new EntrainError("data.too_large", {
      path,
      message: "results in JSON are read as a whole, and this file is too large for it",
      found: `${bytes} bytes`,
      expected: `at most ${largestFile} bytes`,
      hint: "Fetch the job's circuits in parts.",
    });
  }
  const collector = new CountCollector(plan);
  unknownNames(Object.keys(mapping.sites), collector.sites, "sites");
  const cells = mapping.circuits.map((entry, c) => collector.cellOf(pointOf(entry, plan, `circuits[${c}]`)));
  const names = mapping.circuits.map((_, c) => `circuit ${c}`);
  const results = decode(path, names, mapping.shots);
  const columns = collector.sites.map((_, s) => s);
  results.forEach((result, c) => {
    const levels = new Uint8Array(mapping.shots * collector.sites.length);
    collector.sites.forEach((id, s) => {
      assign(result, id, s, collector.sites.length, levels, mapping, path);
    });
    const place = (shot?: number, site?: string) => `${path}:${result.name}[shot=${shot},site=${site}]`;
    collector.addShots(cells[c]!, levels, columns, collector.sites.length, place);
  });
  return collector.finish(path, mapping.shots);
}

function decode(path: string, names: readonly string[], shots: number): CircuitResult[] {
  try {
    return samplerCodec().decode(readFileSync(path), names, shots);
  } catch (error) {
    if (!(error instanceof EntrainError)) throw error;
    // Here they are a person's file, not a service's answer.
    const problems = error.problems.map(({ hint: _, ...problem }) => ({
      ...problem,
      path: `${path}:${problem.path}`,
    }));
    throw new EntrainError("data.ibm", problems, { cause: error });
  }
}

function pointOf(
  entry: Readonly<Record<string, string | number>>,
  { axes, measurement }: DataPlan,
  path: string,
): Record<string, number> {
  const settings = measurement.settings.map(({ name }) => name);
  const refuse = (key: string, message: string, found: unknown, expected: string) =>
    new EntrainError("data.names", { path: `${path}.${key}`, message, found, expected });
  const point: Record<string, number> = { setting: 0 };
  for (const axis of axes) {
    const value = own(entry, axis.name);
    if (value === undefined) {
      throw refuse(
        axis.name,
        "the circuit has no value on this axis",
        Object.keys(entry).join(", "),
        axis.name,
      );
    }
    point[axis.name] = indexOfQuantity(axis, value, `${path}.${axis.name}`);
  }
  const setting = entry.setting ?? (settings.length === 1 ? settings[0] : undefined);
  point.setting = settings.indexOf(String(setting));
  if (point.setting < 0) {
    throw refuse("setting", "there is no setting of this name", setting ?? "nothing", settings.join(", "));
  }
  const odd = Object.keys(entry).find((key) => key !== "setting" && !axes.some(({ name }) => name === key));
  if (odd !== undefined)
    throw refuse(odd, "the experiment has no such axis", odd, axes.map(({ name }) => name).join(", "));
  return point;
}

/** Levels of one site of one circuit. */
function assign(
  result: CircuitResult,
  id: string,
  s: number,
  width: number,
  levels: Uint8Array,
  mapping: IbmMapping,
  path: string,
): void {
  const { register: name, bits, levels: meaning } = mapping.sites[id]!;
  const register = own(result.registers, name);
  const beyond = register && bits.find((bit) => bit >= register.num_bits);
  if (register === undefined || beyond !== undefined) {
    throw new EntrainError("data.names", {
      path: `${path}:${result.name}`,
      message: register === undefined ? "there is no such register" : "the register has no such bit",
      found: register === undefined ? Object.keys(result.registers).join(", ") : `${register.num_bits} bits`,
      expected: register === undefined ? name : `bit ${beyond}`,
    });
  }
  for (let shot = 0; shot < mapping.shots; shot++) {
    const text = bits.map((bit) => register.bits[shot * register.num_bits + bit]).join("");
    const level = own(meaning, text);
    if (level === undefined) {
      throw new EntrainError("data.level", {
        path: `${path}:${result.name}[shot=${shot},site=${id}]`,
        message: "the mapping gives these bits no level",
        found: text,
        expected: Object.keys(meaning).join(", "),
        hint: "Leakage has no level of its own: say in the mapping which one it counts as.",
      });
    }
    levels[shot * width + s] = level;
  }
}
