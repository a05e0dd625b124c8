import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasChromium, openPage, type ServedPage, servePage, startChromium } from "../support/chromium.ts";

const root = resolve(import.meta.dirname, "../..");

/** A page with the designer's map, a list and a story, each by what shows that it is there. */
const views = [
  ["#/designer", "canvas[data-preview^=state]"],
  ["#/runs", "table.list a"],
  ["#/runs/latest", ".verdict"],
  ["#/devices", ".cards a"],
  ["#/devices/ibm-sherbrooke-ring", ".graph circle"],
  ["#/devices/calcium-lattice", "table"],
  ["#/sweeps", ".empty"],
] as const;

describe.skipIf(!hasChromium)("the page in Chromium", () => {
  let browser: Browser;
  let served: ServedPage;
  beforeAll(async () => {
    const store = mkdtempSync(join(tmpdir(), "entrain-page-"));
    const run = spawnSync(
      process.execPath,
      [join(root, "bin", "entrain.js"), "run", "examples/transmon-dissipator.yaml", "--store", store],
      { cwd: root, encoding: "utf8" },
    );
    expect([run.status, run.stderr.slice(-500)]).toEqual([0, expect.any(String)]);
    [browser, served] = await Promise.all([startChromium(), servePage(store)]);
  });
  afterAll(async () => {
    await browser?.close();
    await served?.close();
  });

  const open = (hash: string, options = {}, prepare?: (page: Page) => Promise<void>) =>
    openPage(browser, served.url, hash, options, prepare);
  const serious = async (page: Page) =>
    (await new AxeBuilder({ page }).analyze()).violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);

  it.each(
    views.flatMap(([hash, there]) =>
      (["light", "dark"] as const).map((colorScheme) => [hash, colorScheme, there] as const),
    ),
  )("%s in %s has nothing serious for axe", async (hash, colorScheme, there) => {
    const { page, outside, close } = await open(hash, {
      colorScheme,
      viewport: { width: 1280, height: 900 },
    });
    await page.waitForSelector(there);
    // What is folded away has to be readable too.
    for (const summary of await page.locator("summary").all()) await summary.click();
    expect(await serious(page)).toEqual([]);
    expect(outside).toEqual([]);
    await close();
  });

  it.each(views)("%s fits a phone", async (hash, there) => {
    const { page, close } = await open(hash, {
      viewport: { width: 360, height: 720 },
      hasTouch: true,
      isMobile: true,
    });
    await page.waitForSelector(there);
    const excess = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
    expect(await page.evaluate<number>(excess)).toBe(0);
    await close();
  });

  it("goes all the way by keyboard: skip link, places, knobs, diagram, each with a focus to be seen", async () => {
    const { page, close } = await open("#/designer", { viewport: { width: 1280, height: 900 } });
    await page.waitForSelector("canvas[data-preview^=state]");
    const seen: string[] = [];
    for (let k = 0; k < 32; k++) {
      await page.keyboard.press("Tab");
      const [name, outline] = await page.evaluate<[string, string]>(
        `(() => { const e = document.activeElement; const s = getComputedStyle(e);
          return [e.getAttribute("aria-label") ?? e.labels?.[0]?.textContent ?? e.textContent, s.outlineStyle]; })()`,
      );
      seen.push(name.trim());
      expect([name, outline]).not.toEqual([name, "none"]);
      if (/^Operating point/.test(name)) break;
    }
    const order = [
      "Skip to content",
      "Entrain",
      "Designer",
      "Runs",
      "Device",
      "Diagram",
      "γ₊/γ₋ gain over loss",
    ];
    const places = order.map((name) => seen.findIndex((text) => text.startsWith(name)));
    expect(places.every((place) => place >= 0)).toBe(true);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(seen.at(-1)).toMatch(/^Operating point, γ₊\/γ₋ = 0\.5, V\/γ₋ = 30: Feasible/);
    await close();
  });

  it("tells the story of a run, with its numbers and files", async () => {
    const { page, errors, close } = await open("#/runs");
    await page.locator("table.list a").first().click();
    await page.locator(".verdict", { hasText: "Consistent with the prediction" }).waitFor();
    await page.getByRole("heading", { name: "One shot" }).waitFor();
    for (const name of ["Data against prediction", "Operating point", "Findings", "Provenance"]) {
      expect(await page.getByRole("heading", { name }).count()).toBe(1);
    }
    // As many dots as there are numbers in the table of the first figure.
    const figure = page.locator("figure").first();
    await figure.locator("summary").click();
    const rows = await figure.locator("tbody tr").count();
    expect(rows).toBeGreaterThan(3);
    expect(await figure.locator("svg[role=img]").first().locator(".bar").count()).toBe(rows);
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download the records" }).click();
    const file = await download;
    expect(file.suggestedFilename()).toMatch(/^run-\d+\.records\.ndjson$/);
    const lines = readFileSync(await file.path(), "utf8")
      .trimEnd()
      .split("\n");
    const { manifest } = (await (await fetch(`${served.url}/v1/runs/latest`)).json()) as {
      manifest: { records_expected: number };
    };
    expect(lines.length).toBe(manifest.records_expected);
    for (const line of lines) expect(JSON.parse(line)).toHaveProperty("record.levels");
    expect(errors).toEqual([]);
    await close();
  });

  /** The kept run as if it were still being carried out, until `done` answers true. */
  async function asLive(page: Page, done: () => boolean): Promise<void> {
    await page.route(/\/v1\/runs\/[^/?]+$/, async (route) => {
      const response = await route.fetch();
      const answer = (await response.json()) as { manifest: object; estimates: unknown; verdict: unknown };
      const live = {
        ...answer,
        manifest: { ...answer.manifest, state: "collecting" },
        estimates: null,
        verdict: null,
      };
      await route.fulfill({ response, json: done() ? answer : live });
    });
  }

  it("follows a run by its events", async () => {
    let looks = 0;
    const events = [
      ": a comment\n\n",
      'event: state\ndata: {"state": "collecting"}\n\n',
      'event: progress\ndata: {"recorded": 3, "expected": 8}\n\n',
      'event: judged\ndata: {"outcome": "consistent"}\n\n',
    ].join("");
    const { page, close } = await open("#/runs/latest", {}, async (prepared) => {
      await asLive(prepared, () => looks > 0);
      await prepared.route(/\/events$/, (route) => {
        expect(route.request().headers().accept).toBe("text/event-stream");
        looks++;
        return route.fulfill({ contentType: "text/event-stream", body: events });
      });
    });
    await page.locator(".verdict", { hasText: "Consistent with the prediction" }).waitFor();
    expect(looks).toBe(1);
    await close();
  });

  it("shows how far a run is, and looks again where there are no events", async () => {
    let asked = 0;
    const { page, close } = await open("#/runs/latest", {}, async (prepared) => {
      await asLive(prepared, () => ++asked > 2);
      await prepared.route(/\/events$/, (route) => route.fulfill({ status: 404, body: "" }));
    });
    await page.locator(".verdict", { hasText: "collecting" }).waitFor();
    await page.getByRole("button", { name: "Cancel the run" }).waitFor();
    await page.locator(".verdict", { hasText: "Consistent with the prediction" }).waitFor();
    expect(asked).toBe(3);
    await close();
  });

  it("fills a sweep in as its tiles arrive, each read once", async () => {
    const edge = 4;
    let arrived = 1;
    const read: number[] = [];
    const axis = (parameter: string) => ({ parameter, from: 0, to: 1, points: edge });
    const { page, close } = await open("#/sweeps/sweep-7", {}, async (prepared) => {
      await prepared.route(/\/v1\/sweeps\/sweep-7$/, (route) =>
        route.fulfill({
          json: {
            id: "sweep-7",
            state: arrived < edge ? "running" : "done",
            failure: null,
            tiles: { done: arrived, total: edge },
            map: { x: axis("detuning"), y: axis("asymmetry"), gain: 0.5 },
          },
        }),
      );
      // A tile is a row; they come one by one.
      await prepared.route(/\/planes\?/, (route) => {
        const from = Number(new URL(route.request().url()).searchParams.get("from"));
        const here = from < arrived;
        if (here) read.push(from);
        const full = (value: number) => Array.from({ length: edge }, () => value);
        const planes = { state: full(2), flags: full(0), order_parameter: full(0.2 * (from + 1)) };
        const tile = { index: from, column: 0, row: from, columns: edge, rows: 1, planes };
        const next = from + 1 < arrived ? from + 1 : null;
        return route.fulfill({ json: { total: edge, from, next, tiles: here ? [tile] : [] } });
      });
      await prepared.route(/\/events$/, (route) => {
        arrived = edge;
        const data = JSON.stringify({ done: 4, total: 4, index: 3 });
        const end = 'event: end\ndata: {"state": "done", "failure": null}\n\n';
        return route.fulfill({
          contentType: "text/event-stream",
          body: `event: tile\ndata: ${data}\n\n${end}`,
        });
      });
    });
    await page.locator(".progress", { hasText: "4 of 4 tiles" }).waitFor();
    await page.locator(".badge.good", { hasText: "done" }).waitFor();
    await page.locator(".legend", { hasText: "locked" }).waitFor();
    expect(read).toEqual([0, 1, 2, 3]);
    const brightness = (y: number) =>
      page.evaluate<number>(
        `(() => { const c = document.querySelector(".diagram canvas");
          const [r, g] = c.getContext("2d").getImageData(c.width >> 1, Math.round(${y} * (c.height - 1)), 1, 1).data;
          return r + g; })()`,
      );
    // The order parameter grows upwards.
    expect(await brightness(0)).toBeGreaterThan((await brightness(0.5)) + 20);
    expect(await brightness(0.5)).toBeGreaterThan((await brightness(1)) + 20);
    await close();
  });

  it("says what is wrong and asks for a token, which stays in the tab", async () => {
    let bearer: string | undefined;
    const { page, close } = await open("#/runs", {}, async (prepared) => {
      await prepared.route(/\/v1\/runs\?/, (route) => {
        bearer = route.request().headers().authorization;
        if (bearer === "Bearer secret-1") return route.continue({ headers: {} });
        const problem = {
          title: "Not authenticated",
          status: 401,
          code: "http.unauthenticated",
          message: "a token is needed",
          path: "Authorization",
          found: "nothing",
          expected: "Authorization: Bearer TOKEN",
        };
        return route.fulfill({ status: 401, contentType: "application/problem+json", json: problem });
      });
    });
    const alert = page.getByRole("alert");
    await alert.waitFor();
    expect(await alert.textContent()).toMatch(
      /Not authenticated.*A token is needed\..*http\.unauthenticated \(401\)/,
    );
    expect(bearer).toBeUndefined();
    await alert.getByRole("button", { name: "Enter a token" }).click();
    await page.getByLabel("Bearer token").fill("secret-1");
    await page.keyboard.press("Enter");
    await page.locator("table.list a").first().waitFor();
    expect(await page.evaluate<string>("sessionStorage.getItem('entrain.token')")).toBe("secret-1");
    expect(await page.evaluate<string>("JSON.stringify({ ...localStorage })")).not.toMatch(/secret/);
    await close();
  });
});
