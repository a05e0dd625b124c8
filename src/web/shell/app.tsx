import { useEffect, useRef } from "preact/hooks";
import { DesignerView } from "../designer/view.tsx";
import { DeviceView } from "../devices/device.tsx";
import { DeviceList } from "../devices/list.tsx";
import { RunList } from "../runs/list.tsx";
import { RunStory } from "../runs/story.tsx";
import { SweepList } from "../sweeps/list.tsx";
import { SweepMap } from "../sweeps/sweep-map.tsx";
import { route, theme, themes, token, tokenAsked } from "./session.ts";

const places = [
  ["designer", "Designer"],
  ["runs", "Runs"],
  ["sweeps", "Sweeps"],
  ["devices", "Devices"],
] as const;

const themeTexts = { system: "Auto colours", light: "Light", dark: "Dark" } as const;

export function App() {
  const { view, name } = route.value;
  const title = places.find(([place]) => place === view)?.[1] ?? "Entrain";
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  useEffect(() => {
    document.title = `${name === "" ? title : name} · Entrain`;
    if (!first.current) main.current?.focus();
    first.current = false;
  }, [view, name]);
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to content
      </button>
      <header class="top">
        <a class="brand" href="#/designer">
          <img src="./icon.svg" width="26" height="26" alt="" />
          Entrain
        </a>
        <nav aria-label="Places">
          {places.map(([place, text]) => (
            <a key={place} href={`#/${place}`} aria-current={place === view ? "page" : undefined}>
              {text}
            </a>
          ))}
        </nav>
        <div class="tools">
          <label>
            <span class="unseen">Colours</span>
            <select
              value={theme.value}
              onChange={(event) => {
                theme.value = event.currentTarget.value as (typeof themes)[number];
              }}
            >
              {themes.map((name) => (
                <option key={name} value={name}>
                  {themeTexts[name]}
                </option>
              ))}
            </select>
          </label>
          <button type="button" onClick={() => (tokenAsked.value = true)}>
            {token.value === "" ? "Token" : "Token ✓"}
          </button>
        </div>
      </header>
      <main id="content" ref={main} tabIndex={-1} class={view}>
        <Place view={view} name={name} />
      </main>
      <TokenDialog />
    </>
  );
}

function Place({ view, name }: { view: string; name: string }) {
  switch (view) {
    case "designer":
      return <DesignerView />;
    case "runs":
      return name === "" ? <RunList /> : <RunStory key={name} id={name} />;
    case "sweeps":
      return name === "" ? <SweepList /> : <SweepMap key={name} id={name} />;
    case "devices":
      return name === "" ? <DeviceList /> : <DeviceView key={name} name={name} />;
    default:
      return (
        <section class="empty">
          <h1>There is nothing here</h1>
          <p>
            <a href="#/designer">To the designer</a>
          </p>
        </section>
      );
  }
}

/** Asks for a bearer token; it is kept until the tab is closed. */
function TokenDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const asked = tokenAsked.value;
  useEffect(() => {
    if (asked && !dialog.current?.open) {
      if (field.current) field.current.value = token.value;
      dialog.current?.showModal();
    }
  }, [asked]);
  const keep = (text: string) => {
    token.value = text.trim();
    dialog.current?.close();
  };
  return (
    <dialog ref={dialog} aria-labelledby="token-title" onClose={() => (tokenAsked.value = false)}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          keep(field.current?.value ?? "");
        }}
      >
        <h2 id="token-title">Token</h2>
        <p>
          A server that others can reach asks who you are. <code>entrain token add NAME --role designer</code>{" "}
          makes a token; it is kept here until this tab is closed, and sent to this server only.
        </p>
        <label>
          Bearer token
          <input ref={field} type="password" autocomplete="off" spellcheck={false} />
        </label>
        <p class="actions">
          <button type="submit" class="main">
            Use it
          </button>
          <button type="button" onClick={() => keep("")}>
            Forget
          </button>
          <button type="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
        </p>
      </form>
    </dialog>
  );
}
