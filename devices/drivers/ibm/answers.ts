import { z } from "zod";

/**
 * What the service answers, as far as it is used here. Fields that are not named are let through: the service adds
 * some from time to time. A named one that is missing or of another type is refused.
 */

export const versionsSchema = z.looseObject({
  /** Plain texts up to version 2026-02. */
  versions: z.array(
    z.union([
      z.string().transform((version) => ({ version, status: "unknown", sunset_date: undefined })),
      z.looseObject({ version: z.string(), status: z.string(), sunset_date: z.string().nullish() }),
    ]),
  ),
});

export const tokenSchema = z.looseObject({
  access_token: z.string().min(1),
  expires_in: z.number().positive(),
  /** Unix time, s. */
  expiration: z.number().positive(),
});

const waitSchema = z.looseObject({
  average: z.number().nullish(),
  p50: z.number().nullish(),
  p95: z.number().nullish(),
});
export type WaitTimes = z.infer<typeof waitSchema>;

export const backendSchema = z.looseObject({
  name: z.string(),
  status: z.looseObject({ name: z.string(), reason: z.string().nullish() }),
  is_simulator: z.boolean().optional(),
  qubits: z.int().optional(),
  queue_length: z.int(),
  processor_type: z
    .looseObject({ family: z.string().optional(), revision: z.union([z.string(), z.number()]).optional() })
    .optional(),
  wait_time_seconds: waitSchema.nullish(),
});
export type Backend = z.infer<typeof backendSchema>;
export const backendsSchema = z.looseObject({ devices: z.array(backendSchema) });

export const backendStatusSchema = z.looseObject({
  state: z.boolean(),
  status: z.string(),
  message: z.string().nullish(),
  length_queue: z.int(),
  backend_version: z.string().optional(),
});
export type BackendStatus = z.infer<typeof backendStatusSchema>;

/** Times as the service writes them: `dt` in ns, `rep_delay` in µs (a job's option is in s). */
export const configurationSchema = z.looseObject({
  backend_name: z.string(),
  backend_version: z.string(),
  n_qubits: z.int(),
  basis_gates: z.array(z.string()),
  supported_instructions: z.array(z.string()),
  supported_features: z.array(z.string()),
  coupling_map: z.array(z.array(z.int())),
  dt: z.number().optional(),
  default_rep_delay: z.number().optional(),
  rep_delay_range: z.array(z.number()).optional(),
});
export type Configuration = z.infer<typeof configurationSchema>;

const parameterSchema = z.looseObject({
  name: z.string(),
  value: z.number().nullable(),
  unit: z.string(),
  date: z.string(),
});
export const propertiesSchema = z.looseObject({
  backend_name: z.string(),
  backend_version: z.string(),
  last_update_date: z.string(),
  qubits: z.array(z.array(parameterSchema)),
  gates: z.array(
    z.looseObject({ gate: z.string(), qubits: z.array(z.int()), parameters: z.array(parameterSchema) }),
  ),
});
export type Properties = z.infer<typeof propertiesSchema>;

export const createdJobSchema = z.looseObject({ id: z.string().min(1), backend: z.string().optional() });

/** `QUEUED` and `Queued` are one state; one that is not known stays as it came. */
const stateName = z.string().transform((text) => {
  const name = text.slice(0, 1).toUpperCase() + text.slice(1).toLowerCase();
  return name.startsWith("Cancelled") ? "Cancelled" : name;
});

const code = z.union([z.number(), z.string()]).nullish();
export const jobSchema = z
  .looseObject({
    id: z.string().min(1),
    backend: z.string().optional(),
    created: z.string().optional(),
    tags: z.array(z.string()).nullish(),
    session_id: z.string().nullish(),
    state: z.looseObject({
      status: stateName,
      reason: z.string().nullish(),
      reason_code: code,
      reasonCode: code,
      reason_solution: z.string().nullish(),
    }),
    status: z.string().optional(),
  })
  .transform((job) => ({
    ...job,
    state: {
      status: job.state.status,
      reason: job.state.reason ?? null,
      code: textOf(job.state.reason_code ?? job.state.reasonCode),
      solution: job.state.reason_solution ?? null,
      ran_too_long:
        textOf(job.state.reason_code ?? job.state.reasonCode) === "1305" ||
        /ran too long/i.test(job.status ?? ""),
    },
  }));
export type Job = z.output<typeof jobSchema>;
export type JobState = Job["state"];

function textOf(value: string | number | null | undefined): string | null {
  return value === null || value === undefined ? null : String(value);
}

export const jobsSchema = z.looseObject({
  jobs: z.array(jobSchema),
  count: z.int().optional(),
  limit: z.int().optional(),
  offset: z.int().optional(),
});

/** Version 2026-04-15; the usage is a lower bound until its status is `complete`. */
export const metricsSchema = z.looseObject({
  timestamps: z.looseObject({
    created: z.string().nullish(),
    running: z.string().nullish(),
    finished: z.string().nullish(),
  }),
  usage: z.looseObject({ qpu_charge_time_seconds: z.number().nullish(), status: z.string() }),
});
export type Metrics = z.infer<typeof metricsSchema>;

export const sessionSchema = z.looseObject({
  id: z.string().min(1),
  backend_name: z.string().optional(),
  mode: z.string(),
  state: z.string(),
  accepting_jobs: z.boolean().optional(),
  max_ttl: z.number().nullish(),
  interactive_ttl: z.number().nullish(),
});
export type Session = z.infer<typeof sessionSchema>;

export const usageSchema = z
  .looseObject({
    instance_id: z.string(),
    usage_consumed_seconds: z.number(),
    usage_limit_seconds: z.number().nullish(),
    usage_allocation_seconds: z.number().nullish(),
    usage_limit_reached: z.boolean().nullish(),
  })
  .transform((usage) => {
    const limit = usage.usage_limit_seconds ?? usage.usage_allocation_seconds ?? null;
    return {
      ...usage,
      /** Seconds left; null where the plan has no limit. */
      remaining_s: limit === null ? null : Math.max(limit - usage.usage_consumed_seconds, 0),
    };
  });
export type Usage = z.output<typeof usageSchema>;
