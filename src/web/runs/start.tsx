import { useId, useState } from "preact/hooks";
import { type ProblemDetails, postJson, problemOf } from "../shell/api.ts";
import { ProblemPanel } from "../shell/parts.tsx";

const example = `title: Onset of synchronization on a 3 × 3 lattice
device:
  profile: square-3x3
protocol:
  kind: onset
`;

/** An experiment, pasted or written, to be planned and carried out. */
export function StartRun() {
  const id = useId();
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ProblemDetails | null>(null);
  const start = async () => {
    setBusy(true);
    try {
      const run = await postJson<{ readonly id: string }>("v1/runs", { experiment: text });
      location.hash = `#/runs/${run.id}`;
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <details class="start">
      <summary>Start a run</summary>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void start();
        }}
      >
        <div class="field">
          <label for={id}>Experiment, as its file holds it; the server plans it and carries it out</label>
          <textarea
            id={id}
            rows={10}
            spellcheck={false}
            value={text}
            placeholder={example}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </div>
        <p class="actions">
          <button type="submit" class="main" disabled={busy || text.trim() === ""}>
            {busy ? "Planning…" : "Plan and run"}
          </button>
        </p>
      </form>
      {problem !== null && <ProblemPanel problem={problem} />}
    </details>
  );
}
