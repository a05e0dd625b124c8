import type { Problem } from "#core/errors";
import type { Backend, Configuration } from "./answers.ts";
import type { CircuitBatch } from "./circuits.ts";

/** What the service allows, from its documents. */
export const largestRequest_bytes = 50 * 1024 * 1024;
export const mostExecutions = 10_000_000;

/** Words that Python keeps for itself; a register of that name breaks the service. */
const pythonWords = new Set(
  `False None True and as assert async await break class continue def del elif else except finally for from global
  if import in is lambda nonlocal not or pass raise return try while with yield`.split(/\s+/),
);

/** A problem and the code of the error that it makes. */
export interface Finding {
  readonly code: string;
  readonly problem: Problem;
}

export interface TextFacts {
  readonly registers: readonly { readonly name: string; readonly bits: number }[];
  /** Words that begin a statement or stand in an assignment: gates, `reset`, `measure`, `if`. */
  readonly words: ReadonlySet<string>;
  readonly inputs: readonly string[];
}

/** What can be said about an OpenQASM text without compiling it. Comments do not count. */
export function factsOf(qasm: string): TextFacts {
  const text = qasm.replace(/\/\/[^\n]*/g, "").replace(/\/\*[\s\S]*?\*\//g, "");
  const registers = [...text.matchAll(/\bbit(?:\[\s*(\d+)\s*\])?\s+([A-Za-z_]\w*)/g)];
  return {
    registers: registers.map(([, bits, name]) => ({ name: name!, bits: Number(bits ?? 1) })),
    words: new Set([...text.matchAll(/[A-Za-z_]\w*/g)].map(([word]) => word)),
    inputs: [...text.matchAll(/\binput\s+float(?:\[\d+\])?\s+([A-Za-z_]\w*)/g)].map(([, name]) => name!),
  };
}

/**
 * Everything about a batch that this device or the service would refuse, found before anything is sent. Circuits are
 * not verified gate by gate here: that is the compiler's business.
 *
 * @param request_bytes - size of the request as it would be sent
 */
export function findingsOf(
  batch: CircuitBatch,
  device: Backend,
  configuration: Configuration,
  request_bytes: number,
): Finding[] {
  const findings: Finding[] = [];
  const say = (code: string, path: string, message: string, found: unknown, expected: string, hint: string) =>
    findings.push({ code, problem: { path, message, found, expected, hint } });
  if (device.status.name === "offline") {
    const reason = device.status.reason ? ` (${device.status.reason})` : "";
    say(
      "ibm.backend_offline",
      "backend",
      `${device.name} is offline${reason}`,
      "offline",
      "online",
      "Choose another device, or wait.",
    );
  }
  const executions = batch.circuits.length * batch.shots;
  if (executions > mostExecutions) {
    say(
      "ibm.program_too_large",
      "shots",
      "too many executions for one job",
      executions,
      `at most ${mostExecutions}`,
      "Split the job.",
    );
  }
  if (request_bytes > largestRequest_bytes) {
    say(
      "ibm.program_too_large",
      "circuits",
      "the job is larger than the service takes",
      `${request_bytes} bytes`,
      `at most ${largestRequest_bytes} bytes`,
      "Split the circuits over several jobs.",
    );
  }
  const [shortest_us, longest_us] = configuration.rep_delay_range ?? [];
  const delay_us = (batch.options.rep_delay_s ?? 0) * 1e6;
  const named = batch.options.rep_delay_s !== undefined;
  if (named && shortest_us !== undefined && longest_us !== undefined) {
    // A millionth of a µs: what is lost in s → µs.
    if (delay_us < shortest_us - 1e-6 || delay_us > longest_us + 1e-6) {
      say(
        "ibm.batch_refused",
        "options.rep_delay_s",
        `${device.name} does not offer this repetition delay`,
        `${delay_us} µs`,
        `${shortest_us} to ${longest_us} µs`,
        "Leave it out to use the device's own.",
      );
    }
  }
  batch.circuits.forEach((circuit, i) => {
    findings.push(...circuitFindings(circuit, `circuits[${i}]`, device.name, configuration));
  });
  if (!configuration.supported_features.includes("qasm3")) {
    say(
      "ibm.no_qasm3",
      "backend",
      `${device.name} takes no OpenQASM 3`,
      configuration.supported_features.join(", "),
      "a device whose supported_features hold qasm3",
      "Choose another device.",
    );
  }
  return findings;
}

function circuitFindings(
  circuit: CircuitBatch["circuits"][number],
  path: string,
  device: string,
  configuration: Configuration,
): Finding[] {
  const findings: Finding[] = [];
  const add = (problem: Problem, code = "ibm.batch_refused") => findings.push({ code, problem });
  const { registers, words, inputs } = factsOf(circuit.qasm);
  const supported = new Set(configuration.supported_instructions);
  for (const [word, instruction, what] of [
    ["reset", "reset", "reset"],
    ["if", "if_else", "conditional gates"],
  ] as const) {
    if (!words.has(word) || supported.has(instruction)) continue;
    add(
      {
        path: `${path}.qasm`,
        message: `${device} has no ${what}`,
        found: word,
        expected: `a device whose supported_instructions hold ${instruction}`,
        hint:
          word === "reset"
            ? "Gain and loss need reset: choose a device that has it. The service would take the job, charge it, and then fail it."
            : "Choose another device.",
      },
      word === "reset" ? "ibm.no_reset" : "ibm.no_conditions",
    );
  }
  if (registers.length === 0) {
    add({
      path: `${path}.qasm`,
      message: "no classical register: the result would be empty",
      found: "no bit declaration",
      expected: "bit[n] NAME;",
    });
  }
  for (const { name, bits } of registers) {
    if (bits === 0 || pythonWords.has(name)) {
      add({
        path: `${path}.qasm`,
        message: bits === 0 ? "a register without bits" : "the service cannot hold a register of this name",
        found: name,
        expected: bits === 0 ? "at least one bit" : "a name that is not a word of Python",
      });
    }
  }
  const given = Object.keys(circuit.parameters ?? {});
  const wrong = [
    ...given.filter((name) => !inputs.includes(name)),
    ...inputs.filter((name) => !given.includes(name)),
  ];
  if (wrong.length > 0) {
    add({
      path: `${path}.parameters`,
      message: "the parameters are not those that the text declares as input",
      found: given.join(", ") || "none",
      expected: inputs.join(", ") || "none",
    });
  }
  return findings;
}
