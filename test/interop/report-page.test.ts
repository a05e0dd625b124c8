import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { entrain } from "../support/command-line.ts";
import { smallProfile } from "../support/profiles.ts";

const browser = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) =>
  existsSync(path),
);
if (browser === undefined) console.warn("SKIPPED: no Chromium on this machine");

test.skipIf(browser === undefined)(
  "the report in Chromium: no errors, no requests, every figure visible, fits a phone",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "entrain-page-"));
    try {
      writeFileSync(join(folder, "profile.yaml"), stringify(smallProfile()));
      writeFileSync(
        join(folder, "experiment.yaml"),
        `
title: page
device: { profile: ./profile.yaml }
protocol:
  kind: onset
  gain_rate: 2pi*1.2 MHz
  loss_rate: 2pi*1.2 MHz
  exchange: { from: 14 MHz, to: 20 MHz, points: 4 }
  settle: 1.2 us
  evolve: 1 us
shots: 500
`,
      );
      expect(entrain(["run", "experiment.yaml"], { cwd: folder }).status).toBe(0);
      const instance = await chromium.launch({
        executablePath: browser!,
        args: ["--no-sandbox", "--disable-gpu"],
      });
      try {
        const page = await instance.newPage({ viewport: { width: 1100, height: 900 } });
        const complaints: string[] = [];
        const requests: string[] = [];
        page.on("console", (message) => complaints.push(message.text()));
        page.on("pageerror", (error) => complaints.push(error.message));
        page.on("request", (request) => requests.push(request.url()));
        const url = pathToFileURL(join(folder, ".entrain/runs/run-000001/report.html")).href;
        await page.goto(url);
        expect(complaints).toEqual([]);
        expect(requests).toEqual([url]);
        const figures = page.locator("figure");
        expect(await figures.count()).toBe(6);
        for (const figure of await figures.all()) {
          for (const svg of await figure.locator("svg").all()) {
            const box = await svg.boundingBox();
            expect(box!.width).toBeGreaterThan(300);
            expect(box!.height).toBeGreaterThan(80);
          }
        }
        expect(await page.locator("h1").innerText()).toBe("page");
        await page.setViewportSize({ width: 390, height: 800 });
        const overflow = await page.evaluate(
          "document.documentElement.scrollWidth - document.documentElement.clientWidth",
        );
        expect(overflow).toBeLessThanOrEqual(1);
      } finally {
        await instance.close();
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
