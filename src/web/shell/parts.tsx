import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import type { ProblemDetails } from "./api.ts";
import { tokenAsked } from "./session.ts";

/** An error as its reader needs it: what, where, what was found, what would do. */
export function ProblemPanel({ problem, retry }: { problem: ProblemDetails; retry?: () => void }) {
  const { title, message, code, path, found, expected, status } = problem;
  const shown =
    found === null || found === undefined
      ? ""
      : typeof found === "object"
        ? JSON.stringify(found)
        : String(found);
  return (
    <section class="problem" role="alert">
      <h2>{title}</h2>
      <p>{sentence(message)}</p>
      <dl>
        {path !== "" && <Row name="Where" value={path} />}
        {shown !== "" && <Row name="Found" value={shown} />}
        {expected !== null && expected !== "" && <Row name="Expected" value={expected} />}
        <Row name="Code" value={status === 0 ? code : `${code} (${status})`} />
      </dl>
      <p class="actions">
        {(status === 401 || status === 403) && (
          <button type="button" onClick={() => (tokenAsked.value = true)}>
            Enter a token
          </button>
        )}
        {retry && (
          <button type="button" onClick={retry}>
            Try again
          </button>
        )}
      </p>
    </section>
  );
}

function Row({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

export function sentence(text: string): string {
  const start = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(start) ? start : `${start}.`;
}

/** Nothing to show yet, and how to change that. */
export function Empty({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section class="empty">
      <h2>{title}</h2>
      {children}
    </section>
  );
}

export function Loading({ what }: { what: string }) {
  return (
    <p class="loading" role="status">
      {what}…
    </p>
  );
}

/** A choice of one among some, with its name above. */
export function Choice({
  name,
  value,
  options,
  onChange,
}: {
  name: string;
  value: string;
  options: readonly (readonly [value: string, text: string])[];
  onChange: (value: string) => void;
}) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{name}</label>
      <select id={id} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

/** A command to copy. */
export function Command({ text }: { text: string }) {
  return (
    <div class="command">
      <code>{text}</code>
      <button type="button" onClick={() => void navigator.clipboard?.writeText(text)}>
        Copy
      </button>
    </div>
  );
}

const marks: Readonly<Record<string, string>> = { good: "✓", bad: "✕", open: "!", note: "i", busy: "…" };

/** A state in a word, with a mark beside the colour. */
export function Badge({
  tone,
  children,
}: {
  tone: "good" | "bad" | "open" | "note" | "busy";
  children: ComponentChildren;
}) {
  return (
    <span class={`badge ${tone}`}>
      <span aria-hidden="true">{marks[tone]}</span> {children}
    </span>
  );
}

export function toneOfOutcome(outcome: string | null | undefined) {
  if (outcome === "consistent") return "good" as const;
  if (outcome === "inconsistent") return "bad" as const;
  return outcome === "inconclusive" ? ("open" as const) : ("note" as const);
}
