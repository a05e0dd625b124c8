import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { chiSquareSurvival } from "#core/statistics";
import { axesOf, measured } from "#devices/digital/compile/encoded";
import { predictOutcomes } from "#devices/digital/predict/predict";
import { compileSetup, type Setup } from "#devices/digital/problem";
import { emitQasm } from "#devices/digital/qasm/emit";

type QSharp = typeof import("qsharp-lang");

/** The virtual dialect compiled and run, shot by shot, by the simulator of qsharp-lang. */
describe("qsharp-lang", () => {
  let qsharp: QSharp;
  beforeAll(async () => {
    qsharp = await import("qsharp-lang");
    const entry = createRequire(import.meta.url).resolve("qsharp-lang");
    const wasm = readFileSync(join(dirname(entry), "../lib/web/qsc_wasm_bg.wasm"));
    await qsharp.loadWasmModule(
      wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.byteLength) as ArrayBuffer,
    );
  });

  async function run(text: string, shots: number): Promise<string[]> {
    const compiler = await qsharp.getCompiler();
    const events = new qsharp.QscEventTarget(true);
    await compiler.run(
      {
        sources: [["program.qasm", text]],
        languageFeatures: [],
        profile: "unrestricted",
        projectType: "openqasm",
      },
      "",
      shots,
      events,
    );
    return events.getResults().map((shot) => String(shot.result));
  }

  const driven: Setup = {
    kind: "driven",
    site: { detuning: 0.2, asymmetry: -0.1, gain: 0.1, loss: 1 },
    field: { re: 0.5, im: 0 },
    time: 4,
  };

  test.each(["ZZ", "YZ", "ZX"])("six Strang steps, setting %s, within shot noise", async (axes) => {
    const circuit = measured(compileSetup(driven, 6, "strang"), { code: "rest", axes: axesOf(axes) });
    const expected = predictOutcomes(circuit).probabilities;
    const shots = 600;
    const results = await run(emitQasm(circuit, "virtual"), shots);
    expect(results).toHaveLength(shots);
    const counts = [0, 0, 0, 0];
    for (const result of results) {
      // "[Zero, One]": c[0], c[1].
      const bits = [...result.matchAll(/Zero|One/g)].map(([word]) => (word === "One" ? 1 : 0));
      counts[bits[0]! + 2 * bits[1]!]! += 1;
    }
    let chiSquare = 0;
    let cells = 0;
    expected.forEach((p, k) => {
      if (p * shots < 5) {
        expect(counts[k]).toBeLessThan(5);
        return;
      }
      chiSquare += (counts[k]! - p * shots) ** 2 / (p * shots);
      cells++;
    });
    // No seed can be set: refused by chance once in 10⁵ runs.
    expect(chiSquareSurvival(chiSquare, cells - 1)).toBeGreaterThan(1e-5);
  });
});
