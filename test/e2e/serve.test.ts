import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";

const root = resolve(import.meta.dirname, "../..");

it("serve listens, answers, and ends at a signal after what is at work", async () => {
  const store = mkdtempSync(join(tmpdir(), "entrain-serve-"));
  const child = spawn(
    process.execPath,
    [join(root, "bin", "entrain.js"), "serve", "--port", "0", "--json", "--store", store],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  try {
    const ended = new Promise<number | null>((done) => child.once("exit", done));
    let written = "";
    const url = await new Promise<string>((done, fail) => {
      child.stdout.on("data", (chunk: Buffer) => {
        written += chunk.toString();
        if (written.trimEnd().endsWith("}")) done((JSON.parse(written) as { url: string }).url);
      });
      child.once("exit", (code) => fail(new Error(`ended with ${code}: ${written}`)));
    });
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const post = (kind: string, body: object) =>
      fetch(`${url}/v1/simulate/${kind}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    const first = await post("critical-coupling", { gain: 0.5, loss: 1 });
    // V_c = (γ₊ + γ₋)√(γ₊γ₋)/(4|γ₋ − γ₊|), Nadolny & Bruder.
    expect(((await first.json()) as { critical_coupling: number }).critical_coupling).toBeCloseTo(0.53033, 5);
    const working = post("mean-field", { gain: 0.5, loss: 1, coupling: 1, inter_coupling: 1, detuning: 5 });
    let answered = false;
    void working.finally(() => {
      answered = true;
    });
    const atWork = async () => ((await (await fetch(`${url}/healthz`)).json()) as { active: number }).active;
    while (!answered && (await atWork()) === 0) await new Promise((done) => setTimeout(done, 5));
    child.kill("SIGTERM");
    expect((await working).status).toBe(200);
    expect(await ended).toBe(0);
  } finally {
    child.kill("SIGKILL");
    rmSync(store, { recursive: true, force: true });
  }
});
