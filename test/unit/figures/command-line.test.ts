import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { entrain } from "../../support/command-line.ts";

const folders: string[] = [];
function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "figure-cli-"));
  folders.push(folder);
  return folder;
}
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

describe("entrain figure", () => {
  it("two worker threads and none give the same files", () => {
    const [one, two] = ["1", "2"].map((workers) => {
      const folder = temporaryFolder();
      const { status, stdout, stderr } = entrain([
        "figure",
        "4a",
        "--out",
        folder,
        "--resolution",
        "7",
        "--workers",
        workers,
        "--json",
      ]);
      expect(stderr).toContain("7 rows");
      expect(status).toBe(0);
      const [figure] = (JSON.parse(stdout) as { figures: { svg: string; csv: string[] }[] }).figures;
      return [figure!.svg, ...figure!.csv].map((path) => readFileSync(path, "utf8"));
    });
    expect(two).toEqual(one);
  });

  it("refuses an unknown figure and a resolution that makes no map, status 2", () => {
    const folder = temporaryFolder();
    const unknown = entrain(["figure", "9z", "--out", folder, "--json"]);
    expect(unknown.status).toBe(2);
    expect((JSON.parse(unknown.stdout) as { error: { code: string } }).error.code).toBe("figure.unknown");
    expect(entrain(["figure", "2a", "--out", folder, "--resolution", "2"]).status).toBe(2);
  });
});
