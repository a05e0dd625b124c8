import { invalidInput } from "#core/errors";
import { parseWith } from "#core/schema";
import { findPlatform } from "#devices/registry";
import { parseTransmonProfile } from "#devices/transmon/schema";
import type { DesignRequest } from "#ir/design";
import { profileHeadSchema } from "#ir/profile";
import { reachGoal } from "./goals.ts";
import { createWorkbench, type DesignedPoint, type GoalCheck } from "./workbench.ts";

/** Answer of `design`. */
export interface DesignReport {
  readonly profile: string;
  readonly title: string;
  readonly goal: DesignRequest["goal"] | null;
  readonly points: readonly DesignedPoint[];
  readonly checks: readonly GoalCheck[];
  /** What the goal found on the way, e.g. windows of δ. */
  readonly notes: readonly string[];
  readonly feasible: boolean;
}

/**
 * Inverse design on a device: knobs for a target or a goal, and what the model that they make really does.
 *
 * @throws EntrainError for an invalid profile, a platform that cannot be designed backwards, or unknown groups
 */
export function designDevice(request: DesignRequest, profileDocument: unknown): DesignReport {
  const head = parseWith(profileHeadSchema, profileDocument, "profile.invalid");
  const platform = findPlatform(head.kind);
  if (platform.kind !== "transmon") {
    throw invalidInput(
      {
        path: "device.profile",
        message: `${platform.title} cannot be designed backwards`,
        found: platform.kind,
        expected: "a profile of kind transmon",
      },
      "design.invalid",
    );
  }
  const profile = parseTransmonProfile(profileDocument, request.device.assume);
  const bench = createWorkbench(profile, request);
  const { points, checks, notes } =
    request.goal === undefined
      ? { points: [bench.point("target", request.target!)], checks: [], notes: [] }
      : reachGoal(bench, request.goal);
  return {
    profile: profile.name,
    title: request.title,
    goal: request.goal ?? null,
    points,
    checks,
    notes,
    feasible: points.every((point) => point.outcome.feasible) && checks.every((check) => check.passed),
  };
}
