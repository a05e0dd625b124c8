import { hertz, number, perSecond, quantity } from "../shell/format.ts";
import { Badge, Command, sentence } from "../shell/parts.tsx";
import { type PointAnswer, standingOf, standingTexts } from "./answers.ts";
import { designCommand } from "./model.ts";
import { answered_ms, goalAnswer, knobs, point, profile, view } from "./state.ts";

const tones = { feasible: "good", warned: "open", infeasible: "bad", unknown: "note" } as const;

/** Whether the device makes the model, and what stands in the way. */
export function Verdict() {
  const answer = point.value;
  if (profile.value === "" || answer === null) return null;
  const standing = standingOf(answer);
  const failed = answer.inequalities.filter((i) => !i.satisfied);
  const errors = answer.findings.filter((f) => f.severity === "error");
  return (
    <section class={`verdict ${tones[standing]}`} aria-labelledby="verdict-title">
      <h2 id="verdict-title">
        <span aria-hidden="true">{standingTexts[standing].mark}</span> {standingTexts[standing].text}
      </h2>
      <p>{behaviour(answer)}</p>
      {failed.length + errors.length > 0 && (
        <ul class="plain">
          {failed.map((i) => (
            <li key={i.name}>
              {i.code !== "" && <b>{i.code} </b>}
              {i.text}: {quantity(i.value, i.unit, 3)}, must be {i.relation} {quantity(i.limit, i.unit, 3)}
            </li>
          ))}
          {errors.map((f) => (
            <li key={`${f.code}${f.title}`}>
              <b>{f.code}</b> {sentence(f.message)}{" "}
              {f.help !== "" && <span class="soft">{sentence(f.help)}</span>}
            </li>
          ))}
        </ul>
      )}
      {answer.nearest.distance > 0 && (
        <p>
          Nearest feasible: γ₊/γ₋ {number(answer.nearest.gain, 3)}, K/γ₋ {number(answer.nearest.asymmetry, 3)}
          , V/γ₋ {number(answer.nearest.coupling, 3)}
          {answer.groups.b.length > 0 && `, δ/γ₋ ${number(answer.nearest.detuning, 3)}`}; changed:{" "}
          {answer.nearest.changed.join(", ")}.
        </p>
      )}
      {answered_ms.value !== null && <p class="soft small">answered in {Math.round(answered_ms.value)} ms</p>}
    </section>
  );
}

function behaviour({ stability, synchronized }: PointAnswer): string {
  const { growth_rate, margin, threshold } = stability;
  const rate = `growth rate ${number(growth_rate, 3)} γ₋ with all the device’s channels and scatter`;
  if (growth_rate <= 0) {
    const where = threshold === null ? "" : `; its threshold is V/γ₋ = ${number(threshold, 3)}`;
    return `Stays unsynchronized: ${rate}${where}.`;
  }
  const order = synchronized === null ? "" : ` to |⟨A†⟩| = ${number(synchronized.amplitude, 3)}`;
  return `Synchronizes${order}: ${rate}${margin === null ? "" : `, V ${number(margin, 3)} times its threshold`}.`;
}

/** The operating point in hertz, conditions, findings, and the settings of every site. */
export function PointDetails() {
  const answer = point.value;
  if (profile.value === "" || answer === null) return null;
  const { achieved } = answer;
  const warnings = answer.findings.filter((f) => f.severity !== "error");
  return (
    <div class="details">
      <section aria-labelledby="point-title">
        <h2 id="point-title">Operating point</h2>
        <dl class="tiles">
          <Tile name="γ₋" value={perSecond(achieved.loss_rate_per_s, 3)} />
          <Tile name="γ₊" value={perSecond(achieved.gain_rate_per_s, 3)} />
          <Tile name="K/2π" value={hertz(achieved.asymmetry_hz, 4)} />
          <Tile name="V/2π" value={hertz(achieved.coupling_hz, 3)} />
          {answer.groups.b.length > 0 && <Tile name="δ/2π" value={hertz(achieved.detuning_hz, 3)} />}
          <Tile name="p₀, p₁, p₂" value={achieved.populations.map((p) => p.toFixed(3)).join(", ")} />
        </dl>
        <p class="soft small">
          {sentence(answer.title)} {answer.changes.map(sentence).join(" ")}
        </p>
        <Command text={designCommand(profile.value, { view: view.value, knobs: knobs.value })} />
      </section>
      {goalAnswer.value !== null && <GoalNotes />}
      {warnings.length > 0 && (
        <section aria-labelledby="findings-title">
          <h2 id="findings-title">Findings</h2>
          <ul class="plain findings">
            {warnings.map((f) => (
              <li key={`${f.code}${f.title}`}>
                <Badge tone={f.severity === "warning" ? "open" : "note"}>{f.code}</Badge> <b>{f.title}.</b>{" "}
                {sentence(f.message)} <span class="soft">{f.help === "" ? "" : sentence(f.help)}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
      <details>
        <summary>Conditions ({answer.inequalities.length})</summary>
        <div class="wide">
          <table>
            <thead>
              <tr>
                <th scope="col">Met</th>
                <th scope="col">Condition</th>
                <th scope="col">Value</th>
                <th scope="col">Limit</th>
              </tr>
            </thead>
            <tbody>
              {answer.inequalities.map((i) => (
                <tr key={i.name + i.where.join()}>
                  <td>{i.satisfied ? "✓" : "✕ no"}</td>
                  <td>{i.text}</td>
                  <td class="number">{quantity(i.value, i.unit, 3)}</td>
                  <td class="number">
                    {i.relation} {quantity(i.limit, i.unit, 3)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
      <details>
        <summary>Settings of the sites and bonds</summary>
        <div class="wide">
          <table>
            <thead>
              <tr>
                <th scope="col">Site</th>
                <th scope="col">Flux (Φ₀)</th>
                <th scope="col">f₀₁</th>
                <th scope="col">Gain tone</th>
                <th scope="col">Amplitude</th>
                <th scope="col">Loss tone</th>
                <th scope="col">Amplitude</th>
              </tr>
            </thead>
            <tbody>
              {answer.knobs.sites.map((s) => (
                <tr key={s.site}>
                  <th scope="row">{s.site}</th>
                  <td class="number">{s.flux_quanta.toFixed(4)}</td>
                  <td class="number">{hertz(s.drive01_hz, 5)}</td>
                  <td class="number">{hertz(s.gain_tone_hz, 5)}</td>
                  <td class="number">{s.gain_amplitude.toFixed(3)}</td>
                  <td class="number">{hertz(s.loss_tone_hz, 5)}</td>
                  <td class="number">{s.loss_amplitude.toFixed(3)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <table>
            <thead>
              <tr>
                <th scope="col">Bond</th>
                <th scope="col">J/2π</th>
                <th scope="col">Amplitude</th>
                <th scope="col">Modulated at</th>
              </tr>
            </thead>
            <tbody>
              {answer.knobs.bonds.map((b) => (
                <tr key={b.bond.join()}>
                  <th scope="row">{b.bond.join("–")}</th>
                  <td class="number">{hertz(b.exchange_hz, 3)}</td>
                  <td class="number">{b.amplitude.toFixed(3)}</td>
                  <td class="number">{b.modulation === null ? "–" : hertz(b.modulation.frequency_hz, 4)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </div>
  );
}

function Tile({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function GoalNotes() {
  const { checks, notes, feasible } = goalAnswer.value!;
  return (
    <section aria-labelledby="goal-title">
      <h2 id="goal-title">
        The goal <Badge tone={feasible ? "good" : "bad"}>{feasible ? "reached" : "not reached"}</Badge>
      </h2>
      <ul class="plain">
        {checks.map((check) => (
          <li key={check.text}>
            {check.passed ? "✓" : "✕"} {check.text}: {number(check.value, 3)} {check.relation}{" "}
            {number(check.limit, 3)}
          </li>
        ))}
        {notes.map((note) => (
          <li key={note} class="soft">
            {sentence(note)}
          </li>
        ))}
      </ul>
    </section>
  );
}
