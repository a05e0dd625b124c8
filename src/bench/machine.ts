import { cpus, loadavg, release, type as system, totalmem } from "node:os";
import { buildPeer, type Found, runPeer, type Tools } from "./tools.ts";

/** What a table was measured on. */
export interface MachineDescription {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  readonly v8: string;
  readonly compilers: readonly string[];
  readonly python: string;
  readonly instructions: readonly string[];
  readonly loadBefore: number;
  readonly loadAfter: number;
}

const tellingInstructions = ["sse4_2", "avx", "avx2", "fma", "avx512f", "neon", "asimd"];

export function describeMachine(tools: Tools, loadBefore: number): MachineDescription {
  const processors = cpus();
  const python =
    tools.python.missing ??
    Object.entries(tools.python.packages)
      .map(([name, version]) => `${name} ${version ?? "not found"}`)
      .join(", ");
  return {
    processor: processors[0]?.model.trim() ?? "unknown",
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${system()} ${release()}`,
    node: process.version,
    v8: process.versions.v8 ?? "unknown",
    compilers: [tools.c, tools.cxx].map((compiler) => compiler.missing ?? compiler.version),
    python,
    instructions: tellingInstructions.filter((name) => tools.instructions.has(name)),
    loadBefore,
    loadAfter: loadavg()[0]!,
  };
}

/** Measured limits of one core. */
export interface MachineLimits {
  /** Fused multiply-add in 256-bit registers, flop/s. */
  readonly fma_256_flops: number;
  readonly multiply_add_256_flops: number;
  readonly multiply_add_128_flops: number;
  readonly multiply_add_scalar_flops: number;
  readonly read_bytes_per_s: number;
  readonly triad_bytes_per_s: number;
}

/** Peaks and bandwidth by a small C program. */
export async function measureLimits(tools: Tools): Promise<Found<{ readonly limits: MachineLimits }>> {
  const built = buildPeer(tools, {
    source: "machine.c",
    language: "c",
    flags: ["-O3", "-march=native"],
  });
  if (built.missing !== undefined) return built;
  return { limits: await runPeer<MachineLimits>(built.program, ["256"]) };
}
