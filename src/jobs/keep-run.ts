import { createHash } from "node:crypto";
import { EntrainError } from "#core/errors";
import { createDriver, type DriverServices } from "#devices/drivers/registry";
import type { Plan } from "#ir/plan";
import type { Program } from "#ir/program";
import type { RunManifest } from "#ir/run";
import { infeasible } from "#planning/infeasible";
import { completeLayout, type LaidOutExperiment } from "#planning/lay-out";
import type { RunStore } from "#store/run-store";

export interface KeepRunOptions {
  /** Text of the experiment as it was given. */
  readonly text: string;
  /** What runs the program; default: the experiment's. */
  readonly driver?: string | undefined;
  /** What that may need. */
  readonly services?: DriverServices;
  /** Text that is run in the place of the compiled program. */
  readonly program?: string | undefined;
  readonly force?: boolean | undefined;
  /** Of Entrain. */
  readonly version: string;
  readonly predict?: (designed: LaidOutExperiment) => Plan | Promise<Plan>;
}

/**
 * Checks, predicts and keeps a new run, which the store then owns; nothing is written before everything about it is
 * known to be sound.
 *
 * @throws EntrainError `plan.infeasible` unless forced, `program.refused` with everything the driver would refuse
 */
export async function keepRun(
  store: RunStore,
  designed: LaidOutExperiment,
  options: KeepRunOptions,
): Promise<RunManifest> {
  const { experiment } = designed;
  const driverKind = options.driver ?? experiment.driver;
  const driver = createDriver(driverKind, designed.profile, options.services);
  if (!designed.summary.feasible && !options.force) throw infeasible(designed);
  const program =
    options.program === undefined ? designed.program : replaceText(designed.program, options.program);
  const problems = await driver.check(program);
  if (problems.length > 0) throw new EntrainError("program.refused", problems);
  const { points } = await driver.dryRun(program);
  const plan = await (options.predict ?? ((checked) => completeLayout(checked)))(designed);
  return store.create(
    {
      title: experiment.title,
      protocol: plan.protocol,
      profile: plan.profile,
      target: program.target,
      driver: driverKind,
      program_replaced: options.program !== undefined,
      seed: experiment.seed,
      shots: experiment.shots,
      records_expected: points.length,
      versions: { entrain: options.version, node: process.versions.node },
    },
    { experiment: options.text, profile: designed.profile, plan, program },
  );
}

function replaceText(compiled: Program, text: string): Program {
  return { ...compiled, text, sha256: createHash("sha256").update(text, "utf8").digest("hex") };
}
