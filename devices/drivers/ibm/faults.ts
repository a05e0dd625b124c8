import { EntrainError, type Problem } from "#core/errors";
import { mayPass, retryAfterOf } from "../../transports/http/resilience.ts";
import { type HttpAnswer, nothingWasSent } from "../../transports/http/transport.ts";
import type { Redactor } from "./secret.ts";

/** What a call was about, for its errors. */
export interface Subject {
  readonly backend?: string;
  readonly job?: string;
  readonly region?: string;
  /** True for the call that creates a job. */
  readonly creates?: boolean;
}

/** A refusal by the service. */
export class IbmFault extends EntrainError {
  readonly status: number;
  /** IBM's own code as text: the service writes numbers and words. */
  readonly service_code: string | null;
  readonly retry_after_ms: number | null;

  constructor(
    code: string,
    problem: Problem,
    details: {
      status: number;
      service_code: string | null;
      retry_after_ms: number | null;
      retryable: boolean;
    },
  ) {
    super(code, problem, { kind: "device", retryable: details.retryable });
    this.status = details.status;
    this.service_code = details.service_code;
    this.retry_after_ms = details.retry_after_ms;
  }
}

/**
 * True when a failed attempt to create a job has certainly created none: it never left, or was turned away with a
 * 4xx. A 5xx, a time-out or a broken connection says nothing: jobs have been seen to exist after each of them.
 */
export function certainlyNoJob(error: unknown): boolean {
  if (error instanceof IbmFault) return error.status >= 400 && error.status < 500 && error.status !== 408;
  return nothingWasSent(error);
}

interface Complaint {
  readonly code: string | null;
  readonly message: string;
}

/** `errors[]`, else `error`, else `message`, else the text; HTML is not quoted. */
export function complaintOf(answer: HttpAnswer, redactor: Redactor): Complaint {
  const text = Buffer.from(answer.body).toString("utf8");
  let code: string | null = null;
  let message = isHtml(answer) ? "a web page instead of an answer" : text;
  try {
    const body = JSON.parse(text) as Record<string, unknown> | null;
    const errors = body?.errors;
    const first = (Array.isArray(errors) ? errors[0] : (body?.error ?? body)) as unknown;
    if (typeof first === "string") message = first;
    else if (first !== null && typeof first === "object") {
      const fields = first as Record<string, unknown>;
      if (typeof fields.code === "string" || typeof fields.code === "number") code = String(fields.code);
      const parts = [fields.message, fields.solution].filter((part) => typeof part === "string");
      if (parts.length > 0) message = parts.join(" ");
    }
  } catch {
    // Not JSON: the text as it is.
  }
  return { code, message: redactor.clean(message.trim().slice(0, 600)) };
}

export function isHtml(answer: HttpAnswer): boolean {
  const type = answer.headers["content-type"] ?? "";
  return (
    /html/i.test(type) ||
    /^\s*<(!doctype|html)/i.test(Buffer.from(answer.body.subarray(0, 64)).toString("latin1"))
  );
}

/** The error of an answer that is not a success, with what can be done about it. */
export function faultOf(
  place: string,
  answer: HttpAnswer,
  subject: Subject,
  redactor: Redactor,
  now_ms: number,
): IbmFault {
  const { status } = answer;
  const { code, message } = complaintOf(answer, redactor);
  const kind = kindOf(status, code, message, subject);
  const heard = `${status}${code === null ? "" : ` (code ${code})`}${message === "" ? "" : `: ${message}`}`;
  return new IbmFault(
    kind,
    { ...advice(kind, place, subject), found: heard },
    {
      status,
      service_code: code,
      retry_after_ms: retryAfterOf(answer, now_ms),
      retryable: mayPass(status) || kind === "ibm.rate_limited",
    },
  );
}

function kindOf(status: number, code: string | null, message: string, subject: Subject): string {
  if (code === "1279") return "ibm.wrong_region";
  if (code === "1202" || status === 429) return "ibm.rate_limited";
  if (code === "1352") return "ibm.session_plan";
  if (code === "5302") return "ibm.result_too_large";
  const known = code === null ? undefined : programFaults[code];
  if (known !== undefined) return known;
  if (status === 401 || code === "1200" || code === "1201") return "ibm.credentials_refused";
  if (status === 403) return "ibm.not_allowed";
  if (status === 413) return "ibm.program_too_large";
  if (status === 409 && subject.creates) return "ibm.usage_exceeded";
  if (status === 409) return "ibm.wrong_state";
  if (code === "1007") return "ibm.unknown_backend";
  if (status === 404 && subject.job !== undefined) return "ibm.job_gone";
  if (subject.backend !== undefined && (status === 404 || /backend.*not found/i.test(message))) {
    return "ibm.unknown_backend";
  }
  if (status >= 500) return "ibm.service_fault";
  return "ibm.refused";
}

/** Codes of programs that the service does not run. */
export const programFaults: Readonly<Record<string, string>> = {
  "1305": "ibm.ran_too_long",
  "1506": "ibm.program_unreadable",
  "1603": "ibm.program_unreadable",
  "1516": "ibm.program_not_native",
  "1517": "ibm.program_not_native",
  "3211": "ibm.program_refused",
};

/** Path, message, what was expected and what to do, for each kind of fault. */
export function advice(kind: string, place: string, subject: Subject): Problem {
  const say = (path: string, message: string, expected: string, hint: string): Problem => ({
    path,
    message,
    expected,
    hint,
  });
  switch (kind) {
    case "ibm.wrong_region":
      return say(
        "instance",
        `the service in region ${subject.region ?? "?"} does not know this instance`,
        "the CRN of an instance in the region that the CRN names",
        "Check that the CRN is complete and copied from the right instance; its sixth field is the region.",
      );
    case "ibm.rate_limited":
      return say(
        place,
        "the service asks for fewer requests",
        "at most 5 new jobs a minute and user",
        "Nothing is lost: wait a minute, then resume. Another program with the same account may be sending too.",
      );
    case "ibm.session_plan":
      return say(
        "session.mode",
        "the instance's plan has no dedicated sessions",
        'mode "batch"',
        "Use a batch, or no session at all; the result is the same, only the waiting differs.",
      );
    case "ibm.result_too_large":
      return say(
        "circuits",
        "the results of this job are larger than the service hands out",
        "fewer shots, circuits or bits a job",
        "Split the circuits over several jobs, and measure only the bits that are read.",
      );
    case "ibm.ran_too_long":
      return say(
        "options.max_seconds",
        "the job was stopped because it ran longer than it was allowed to",
        "a limit above the time the circuits need",
        "Raise max_seconds, or use fewer shots. The time used is charged.",
      );
    case "ibm.program_unreadable":
      return say(
        "circuits",
        "the service could not read the OpenQASM text",
        "OpenQASM 3 that qiskit.qasm3 loads, hardware qubits $k",
        "Compile again with this version; if the text is your own, load it with qiskit.qasm3.loads first.",
      );
    case "ibm.program_not_native":
      return say(
        "circuits",
        "an instruction is not available on these qubits of this device",
        "the device's own gates on coupled qubits",
        "The service does not transpile. Fetch the device's data anew and compile again.",
      );
    case "ibm.program_refused":
      return say(
        "circuits",
        "the service calls the job invalid",
        "a job within the service's limits",
        "Check the limits with a dry run; the service does not say more than what was found here.",
      );
    case "ibm.credentials_refused":
      return say(
        "credentials.api_key",
        "IBM does not accept the API key: it is wrong, expired or deleted",
        "a living IBM Cloud API key of an account with this instance",
        "Make a new key at cloud.ibm.com/iam/apikeys and put it where the old one is.",
      );
    case "ibm.not_allowed":
      return say(
        place,
        "the key is known, but may not do this",
        "the actions quantum-computing.device.read, job.*, session.*, instance.read and instance-usage.read",
        "Ask the account's administrator for the role on this instance.",
      );
    case "ibm.program_too_large":
      return say(
        "circuits",
        "the job is larger than the service takes",
        "at most 50 MB",
        "Split the circuits over several jobs.",
      );
    case "ibm.usage_exceeded":
      return say(
        "instance",
        "the instance has used up its time",
        "seconds left on the instance",
        "Wait for the next usage period (28 days on the open plan), raise the limit, or use another instance.",
      );
    case "ibm.wrong_state":
      return say(
        place,
        "the job or session is past the state in which this is possible",
        "an earlier state",
        "Poll it to see where it stands.",
      );
    case "ibm.job_gone":
      return say(
        "job",
        `the service has no job ${subject.job ?? ""}: it was deleted, or belongs to another instance`,
        "a job of this instance",
        "What was fetched before is in the journal's folder; what was not has to be measured again.",
      );
    case "ibm.unknown_backend":
      return say(
        "backend",
        `this instance has no backend ${subject.backend ?? ""}`,
        "a name from the list of backends",
        "List them with the client's backends(); names change when devices retire.",
      );
    case "ibm.service_fault":
      return say(
        place,
        "the service failed",
        "an answer",
        "Nothing is lost: resume later. quantum.cloud.ibm.com has a status page.",
      );
    default:
      return say(place, "the service refused the request", "a request it accepts", "See what was found.");
  }
}
