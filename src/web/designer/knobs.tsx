import { useId, useState } from "preact/hooks";
import { indexed, number } from "../shell/format.ts";
import { type KnobName, knobTexts, spanFor, stepOf } from "./model.ts";
import { asymmetry, knobs, knobValue, move, point, profile, view, xSpan, ySpan } from "./state.ts";

/** One knob: a slider and a number, both for the keyboard too. */
export function Knob({ name }: { name: KnobName }) {
  const id = useId();
  // What is being typed must not give way to an answer that arrives meanwhile.
  const [draft, setDraft] = useState<string | null>(null);
  const { symbol, title, hint } = knobTexts[name];
  const value = knobValue(name);
  const onAxis = name === view.value.x ? xSpan.value : name === view.value.y ? ySpan.value : null;
  const span = onAxis ?? spanFor(name, value, asymmetry.value);
  const step = stepOf(name, span);
  const free = name === "asymmetry" && knobs.value.asymmetry === null;
  const set = (next: number) => {
    if (!Number.isFinite(next)) return;
    move({ [name]: name === "gain" ? Math.max(0.01, next) : next });
  };
  return (
    <div class="knob">
      <div class="head">
        <label for={id}>
          <b>{indexed(symbol).map(({ text, low }) => (low ? <sub key={text}>{text}</sub> : text))}</b> {title}
        </label>
        <input
          class="value"
          type="number"
          aria-label={`${title}, as a number`}
          value={draft ?? Number(value.toPrecision(5))}
          step={step}
          disabled={free}
          onInput={(event) => setDraft(event.currentTarget.value)}
          onChange={(event) => {
            setDraft(null);
            set(event.currentTarget.valueAsNumber);
          }}
        />
      </div>
      <input
        id={id}
        type="range"
        min={span[0]}
        max={span[1]}
        step={step}
        value={value}
        disabled={free}
        aria-valuetext={`${symbol} = ${number(value)}`}
        onInput={(event) => set(event.currentTarget.valueAsNumber)}
      />
      <p class="hint">
        {achievedText(name)}
        {hint}
      </p>
      {name === "asymmetry" && profile.value !== "" && (
        <label class="check">
          <input
            type="checkbox"
            checked={free}
            onChange={(event) =>
              move({ asymmetry: event.currentTarget.checked ? null : Number(asymmetry.value.toPrecision(3)) })
            }
          />
          the device’s own K
        </label>
      )}
    </div>
  );
}

/** What the device makes of it. */
function achievedText(name: KnobName): string {
  const answer = point.value;
  if (answer === null) return "";
  return `device: ${number(answer.achieved[name], 3)} · `;
}
