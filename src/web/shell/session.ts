import { effect, signal } from "@preact/signals";

/** What this tab knows of its reader: the bearer token, and light or dark. The token ends with the tab. */

const tokenKey = "entrain.token";
const themeKey = "entrain.theme";

export const token = signal(sessionStorage.getItem(tokenKey) ?? "");
export const tokenAsked = signal(false);

effect(() => {
  if (token.value === "") sessionStorage.removeItem(tokenKey);
  else sessionStorage.setItem(tokenKey, token.value);
});

export type Theme = "system" | "light" | "dark";
export const themes: readonly Theme[] = ["system", "light", "dark"];

function storedTheme(): Theme {
  const stored = localStorage.getItem(themeKey);
  return stored === "light" || stored === "dark" ? stored : "system";
}

export const theme = signal<Theme>(storedTheme());
const systemDark = matchMedia("(prefers-color-scheme: dark)");
const systemIsDark = signal(systemDark.matches);
systemDark.addEventListener("change", (event) => {
  systemIsDark.value = event.matches;
});

/** True while the page is dark; canvases are painted anew when it changes. */
export const dark = signal(false);

effect(() => {
  localStorage.setItem(themeKey, theme.value);
  dark.value = theme.value === "system" ? systemIsDark.value : theme.value === "dark";
  document.documentElement.dataset.theme = dark.value ? "dark" : "light";
});

/** The place in the page, from the part of the address behind #. */
export const route = signal(readRoute());
addEventListener("hashchange", () => {
  route.value = readRoute();
});

export interface Route {
  readonly view: string;
  readonly name: string;
}

function readRoute(): Route {
  const [view = "", name = ""] = location.hash.replace(/^#\/?/, "").split("/");
  return { view: view === "" ? "designer" : view, name: decodeURIComponent(name) };
}
