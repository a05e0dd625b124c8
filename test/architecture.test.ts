import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, test } from "vitest";

const root = resolve(import.meta.dirname, "..");
const rooms = ["src", "devices", "protocols", "simulators"];

/** Floor of each room; a file may import its own floor or below. The longest matching folder counts. */
const floors: readonly (readonly [folder: string, floor: number])[] = [
  ["src/core", 0],
  ["src/model", 1],
  ["src/ir", 1],
  ["simulators", 2],
  ["devices", 2],
  ["protocols", 3],
  ["src/analysis", 3],
  ["devices/drivers", 4],
  ["devices/transports", 4],
  ["src/planning", 4],
  ["src/store", 5],
  ["src/jobs", 5],
  ["src/report", 5],
  ["src/figures", 5],
  ["src/maps", 5],
  ["src/bench", 5],
  ["src/cli", 6],
  ["src/http", 6],
  ["src/web", 6],
  ["src/entry", 7],
];

/** Rooms on one floor that must not know each other. */
const strangers: readonly (readonly [string, string])[] = [
  ["simulators", "devices"],
  ["protocols", "src/analysis"],
  ["src/cli", "src/http"],
];

/** Packages that belong into one room. */
const packageRooms: Readonly<Record<string, string>> = {
  axios: "devices/transports/http",
  cockatiel: "devices/transports/http",
  serialport: "devices/transports",
  "@serialport": "devices/transports",
  "node:net": "devices/transports",
  "@electric-sql/pglite": "src/store",
  "drizzle-orm": "src/store",
  pg: "src/store",
  h5wasm: "src/store",
  "pg-boss": "src/jobs",
  fastify: "src/http",
  "@fastify": "src/http",
  piscina: "src/http",
  preact: "src/web",
  "@preact": "src/web",
  vite: "src/web",
  commander: "src/cli",
};

const aliases: Readonly<Record<string, string>> = {
  "#core": "src/core",
  "#model": "src/model",
  "#ir": "src/ir",
  "#simulators": "simulators",
  "#devices": "devices",
  "#protocols": "protocols",
  "#analysis": "src/analysis",
  "#planning": "src/planning",
  "#store": "src/store",
  "#jobs": "src/jobs",
  "#report": "src/report",
  "#figures": "src/figures",
  "#maps": "src/maps",
  "#bench": "src/bench",
  "#cli": "src/cli",
  "#http": "src/http",
};

function sourceFiles(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sourceFiles(path);
    return /\.tsx?$/.test(path) && !path.endsWith(".d.ts") ? [path] : [];
  });
}

const files = rooms.flatMap(sourceFiles);

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), "utf8");
  const pattern =
    /(?:^|\n)\s*(?:import|export)\s[^;]*?from\s+"([^"]+)"|import\("([^"]+)"\)|(?:^|\n)import\s+"([^"]+)"/g;
  return [...text.matchAll(pattern)].map((match) => (match[1] ?? match[2] ?? match[3])!);
}

/** Repository path of an imported module, or null for a package. */
function target(file: string, specifier: string): string | null {
  if (specifier.startsWith(".")) return relative(root, resolve(root, dirname(file), specifier));
  const alias = specifier.split("/")[0]!;
  if (!specifier.startsWith("#")) return null;
  const folder = aliases[alias];
  if (folder === undefined) throw new Error(`${file}: unknown alias ${specifier}`);
  return `${folder}${specifier.slice(alias.length)}.ts`;
}

function roomOf(file: string): readonly [string, number] {
  const matching = floors.filter(([folder]) => file.startsWith(`${folder}/`));
  const room = matching.toSorted((a, b) => b[0].length - a[0].length)[0];
  if (!room) throw new Error(`${file} stands in no room`);
  return room;
}

test("there is something to check", () => {
  expect(files.length).toBeGreaterThan(30);
});

test("no import runs up a floor, and strangers do not meet", () => {
  const faults: string[] = [];
  for (const file of files) {
    const [room, floor] = roomOf(file);
    for (const specifier of importsOf(file)) {
      const imported = target(file, specifier);
      if (imported === null) continue;
      const [otherRoom, otherFloor] = roomOf(imported);
      if (otherFloor > floor) faults.push(`${file} (${floor}) imports ${imported} (${otherFloor})`);
      for (const [a, b] of strangers) {
        const meet = (room.startsWith(a) && otherRoom === b) || (room.startsWith(b) && otherRoom === a);
        if (meet && floor === otherFloor) faults.push(`${file} and ${imported} must not know each other`);
      }
    }
  }
  expect(faults).toEqual([]);
});

test("the page knows core and ir only", () => {
  const faults = files
    .filter((file) => file.startsWith("src/web/"))
    .flatMap((file) =>
      importsOf(file)
        .map((specifier) => target(file, specifier))
        .filter((path): path is string => path !== null && !/^src\/(web|core|ir)\//.test(path))
        .map((path) => `${file} imports ${path}`),
    );
  expect(faults).toEqual([]);
});

test("imports name files that exist", () => {
  const missing = files.flatMap((file) =>
    importsOf(file)
      .map((specifier) => target(file, specifier))
      .filter((path): path is string => path !== null)
      .filter((path) => !statSync(join(root, path), { throwIfNoEntry: false })?.isFile())
      .map((path) => `${file} imports ${path}`),
  );
  expect(missing).toEqual([]);
});

test("no import cycles", () => {
  const graph = new Map(
    files.map((file) => [
      file,
      importsOf(file)
        .map((specifier) => target(file, specifier))
        .filter((path): path is string => path !== null),
    ]),
  );
  const state = new Map<string, "open" | "done">();
  const cycles: string[] = [];
  const visit = (file: string, trail: readonly string[]): void => {
    if (state.get(file) === "done") return;
    if (state.get(file) === "open") {
      cycles.push([...trail.slice(trail.indexOf(file)), file].join(" → "));
      return;
    }
    state.set(file, "open");
    for (const next of graph.get(file) ?? []) visit(next, [...trail, file]);
    state.set(file, "done");
  };
  for (const file of files) visit(file, []);
  expect(cycles).toEqual([]);
});

test("packages with a room of their own are imported there only", () => {
  const faults = files.flatMap((file) =>
    importsOf(file).flatMap((specifier) => {
      const name = Object.keys(packageRooms).find((p) => specifier === p || specifier.startsWith(`${p}/`));
      if (name === undefined || file.startsWith(`${packageRooms[name]}/`)) return [];
      return [`${file} imports ${specifier}`];
    }),
  );
  expect(faults).toEqual([]);
});

test("2π is written in core/units only", () => {
  const faults = files.filter((file) => {
    if (file === "src/core/units.ts" || file.startsWith("protocols/targets/")) return false;
    return /2 \* Math\.PI|Math\.PI \* 2|\bTAU\b|6\.283/.test(readFileSync(join(root, file), "utf8"));
  });
  expect(faults).toEqual([]);
});

test("files stay readable: none beyond 450 lines", () => {
  const long = files
    .map((file) => [file, readFileSync(join(root, file), "utf8").split("\n").length] as const)
    .filter(([, lines]) => lines > 450);
  expect(long).toEqual([]);
});
