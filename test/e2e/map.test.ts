import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { entrain, startEntrain } from "../support/command-line.ts";

const folder = mkdtempSync(join(tmpdir(), "entrain-map-e2e-"));

function request(name: string, points: number): string {
  const path = join(folder, `${name}.yaml`);
  const lines = [
    "gain: 0.5",
    "loss: 1",
    "coupling: 1",
    "inter_coupling: 1",
    `x: { parameter: detuning, from: -20, to: 20, points: ${points} }`,
    `y: { parameter: asymmetry, from: -20, to: 20, points: ${points} }`,
  ];
  writeFileSync(path, `${lines.join("\n")}\n`);
  return path;
}

test("map: pictures and numbers, the same with one worker and with two", () => {
  const file = request("small", 40);
  const one = join(folder, "one");
  const two = join(folder, "two");
  expect(entrain(["map", file, "--out", one, "--workers", "1"]).status).toBe(0);
  const { status, stdout } = entrain(["map", file, "--out", two, "--workers", "2", "--json"]);
  expect(status).toBe(0);
  const answer = JSON.parse(stdout) as {
    points: Record<string, number>;
    planes: { state: (number | null)[]; order_parameter: (number | null)[] };
  };
  expect(Object.values(answer.points).reduce((sum, count) => sum + count, 0)).toBe(1600);
  expect(answer.planes.state).toHaveLength(1600);
  expect(readdirSync(two).sort()).toEqual([".partial", "map-preview.svg", "map.csv", "map.png", "map.svg"]);
  expect(readFileSync(join(two, "map.csv"), "utf8")).toBe(readFileSync(join(one, "map.csv"), "utf8"));
});

test("map: what was solved before a kill is taken up again", async () => {
  const file = request("killed", 150);
  const out = join(folder, "killed");
  const child = startEntrain(["map", file, "--out", out, "--workers", "2"], folder);
  const kept = () => {
    const place = join(out, ".partial");
    if (!existsSync(place)) return 0;
    return readdirSync(place).reduce((sum, name) => sum + readFileSync(join(place, name)).length, 0);
  };
  const tileBytes = 16 + 8 * 13 * 32 * 32;
  const deadline = Date.now() + 25_000;
  while (kept() < 2 * tileBytes && Date.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 20));
  child.kill("SIGKILL");
  await new Promise((resolve) => child.once("exit", resolve));
  expect(existsSync(join(out, "map.csv"))).toBe(false);
  const { status, stdout } = entrain(["map", file, "--out", out, "--workers", "2", "--json"]);
  expect(status).toBe(0);
  const { tiles } = JSON.parse(stdout) as { tiles: { finished: number; of: number; taken_up: number } };
  expect(tiles.taken_up).toBeGreaterThanOrEqual(2);
  expect(tiles.finished).toBe(tiles.of);
});

test.each([
  ["points: 40000", "map.too_large", "x.points"],
  ["points: 1", "map.invalid", "x.points"],
  ["parameter: colour", "map.invalid", "x.parameter"],
])("map: %s is refused, nothing is written", (change, code, path) => {
  const out = join(folder, "refused");
  const text = readFileSync(request("bad", 40_000), "utf8");
  const [name] = change.split(":");
  const file = join(folder, "bad.yaml");
  const changed = change.endsWith("40000")
    ? text
    : text.replaceAll("points: 40000", "points: 20").replace(new RegExp(`${name}: \\w+`), change);
  writeFileSync(file, changed);
  const { status, stdout } = entrain(["map", file, "--out", out, "--json"]);
  expect(status).toBe(2);
  const { error } = JSON.parse(stdout) as { error: { code: string; path: string; expected: string } };
  expect(error).toMatchObject({ code, path });
  expect(error.expected).not.toBe("");
  expect(existsSync(out)).toBe(false);
});
