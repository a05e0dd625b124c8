import { z } from "zod";

/**
 * What is written down about submissions, in the order it happens. Each entry is durable before the step that
 * follows it is taken; that is all that exactly-once rests on.
 */
const head = { tag: z.string(), at_ms: z.number() };
export const journalEntrySchema = z.discriminatedUnion("kind", [
  /** Somebody wants this request run under this key; its body is kept in `request`. */
  z.strictObject({
    kind: z.literal("intent"),
    ...head,
    key: z.string(),
    request: z.string(),
    request_sha256: z.string(),
    /** Of the parts that the caller gave; tells the same wish from another one under the same key. */
    batch_sha256: z.string(),
    backend: z.string(),
    /** Fingerprint of the instance: a job is looked for where it was sent, never elsewhere. */
    instance: z.string(),
    private: z.boolean(),
  }),
  /** The request is about to leave. */
  z.strictObject({ kind: z.literal("attempt"), ...head }),
  /** It came back without an answer that settles whether a job exists. */
  z.strictObject({ kind: z.literal("unclear"), ...head, reason: z.string() }),
  /** It was turned away for certain, and may be sent again. */
  z.strictObject({ kind: z.literal("turned_away"), ...head, reason: z.string() }),
  /** It was refused for certain, and sending it again is of no use. */
  z.strictObject({ kind: z.literal("refused"), ...head, code: z.string(), reason: z.string() }),
  /** A job exists: the service said so, or it was found by its tag. */
  z.strictObject({ kind: z.literal("accepted"), ...head, job: z.string(), found_by_tag: z.boolean() }),
  /** Another job with our tag turned up and was cancelled. */
  z.strictObject({ kind: z.literal("surplus"), ...head, job: z.string() }),
  z.strictObject({ kind: z.literal("cancel_asked"), ...head }),
  /** The job reached a final state. */
  z.strictObject({
    kind: z.literal("ended"),
    ...head,
    state: z.enum(["Completed", "Failed", "Cancelled"]),
    reason: z.string().nullable(),
    code: z.string().nullable(),
  }),
  /** The results are on disk, as the service wrote them. */
  z.strictObject({
    kind: z.literal("stored"),
    ...head,
    file: z.string(),
    sha256: z.string(),
    bytes: z.int(),
  }),
  /** The service has no results, and there never will be any. */
  z.strictObject({ kind: z.literal("lost"), ...head, reason: z.string() }),
]);
export type JournalEntry = z.infer<typeof journalEntrySchema>;

/** Where submissions are written down. A submission is done by one process at a time; the journal sees to that. */
export interface Journal {
  entries(): readonly JournalEntry[];
  /** On disk when it returns. */
  append(entry: JournalEntry): void;
  /** Keeps bytes under a name, whole or not at all, on disk when it returns; a name that exists is replaced. */
  keep(name: string, bytes: Uint8Array): void;
  read(name: string): Uint8Array | null;
}

/** Where a submission stands, from its entries. */
export interface Submission {
  readonly tag: string;
  readonly key: string;
  readonly request: string;
  readonly request_sha256: string;
  readonly batch_sha256: string;
  readonly backend: string;
  readonly instance: string;
  readonly private: boolean;
  readonly created_ms: number;
  /** Attempts so far. */
  readonly attempts: number;
  /** Start of an attempt of which no outcome is written down: it runs, or its process died. */
  readonly open_since_ms: number | null;
  /** When the last attempt without a clear outcome ended; stays, whatever later attempts do. */
  readonly unclear_since_ms: number | null;
  readonly job: string | null;
  readonly cancel_asked: boolean;
  readonly refused: { readonly code: string; readonly reason: string } | null;
  readonly ended: {
    readonly state: string;
    readonly reason: string | null;
    readonly code: string | null;
  } | null;
  readonly stored: { readonly file: string; readonly sha256: string; readonly bytes: number } | null;
  readonly lost: string | null;
  readonly surplus: readonly string[];
}

/** All submissions of a journal by tag, oldest first. */
export function submissionsOf(entries: readonly JournalEntry[]): Map<string, Submission> {
  const found = new Map<string, Submission>();
  for (const entry of entries) note(found, entry);
  return found;
}

/** Brings `submissions` up to date with one more entry. */
export function note(submissions: Map<string, Submission>, entry: JournalEntry): void {
  const before = submissions.get(entry.tag);
  if (entry.kind === "intent") submissions.set(entry.tag, fresh(entry));
  else if (before !== undefined) submissions.set(entry.tag, { ...before, ...change(before, entry) });
}

function fresh(entry: Extract<JournalEntry, { kind: "intent" }>): Submission {
  const { tag, key, request, request_sha256, batch_sha256, backend, instance } = entry;
  return {
    ...{ tag, key, request, request_sha256, batch_sha256, backend, instance, private: entry.private },
    created_ms: entry.at_ms,
    attempts: 0,
    open_since_ms: null,
    unclear_since_ms: null,
    job: null,
    cancel_asked: false,
    refused: null,
    ended: null,
    stored: null,
    lost: null,
    surplus: [],
  };
}

function change(before: Submission, entry: JournalEntry): Partial<Submission> {
  switch (entry.kind) {
    case "attempt":
      return {
        attempts: before.attempts + 1,
        open_since_ms: entry.at_ms,
        unclear_since_ms: before.open_since_ms ?? before.unclear_since_ms,
      };
    case "unclear":
      return { open_since_ms: null, unclear_since_ms: entry.at_ms };
    case "turned_away":
      return { open_since_ms: null };
    case "refused":
      return { open_since_ms: null, refused: { code: entry.code, reason: entry.reason } };
    case "accepted":
      return { open_since_ms: null, job: entry.job };
    case "surplus":
      return { surplus: [...before.surplus, entry.job] };
    case "cancel_asked":
      return { cancel_asked: true };
    case "ended":
      return { ended: { state: entry.state, reason: entry.reason, code: entry.code } };
    case "stored":
      return { stored: { file: entry.file, sha256: entry.sha256, bytes: entry.bytes } };
    case "lost":
      return { lost: entry.reason };
    default:
      return {};
  }
}
