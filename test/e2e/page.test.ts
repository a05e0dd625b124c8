import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasChromium, openPage, type ServedPage, servePage, startChromium } from "../support/chromium.ts";

/** A busy machine takes its time. */
const patience = { timeout: 30_000 };

/** Compressed bytes that the page may weigh. */
const heaviest = 300_000;

describe.skipIf(!hasChromium)("the designer in Chromium", () => {
  let browser: Browser;
  let served: ServedPage;
  beforeAll(async () => {
    [browser, served] = await Promise.all([startChromium(), servePage()]);
  });
  afterAll(async () => {
    await browser?.close();
    await served?.close();
  });

  const solved = "canvas[data-preview^=state]";

  it("loads from its own server only, draws, and follows knobs, arrow keys and the hand", async () => {
    const { page, outside, errors, bytes, close } = await openPage(browser, served.url, "", {
      viewport: { width: 1280, height: 900 },
    });
    await page.waitForSelector(solved);
    await page.waitForSelector(".verdict");
    const first = await page.evaluate<number>(
      "performance.getEntriesByName('designer.first-plot')[0].startTime",
    );
    const marker = page.locator(".marker");
    const place = async () => [
      Number(await marker.getAttribute("data-x")),
      Number(await marker.getAttribute("data-y")),
    ];
    const coupling = page.getByRole("slider", { name: /coupling/ });

    // A knob by the keyboard: the point rises.
    const before = await place();
    await coupling.focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    await expect.poll(async () => (await place())[1]! < before[1]!, patience).toBe(true);
    expect((await place())[0]).toBe(before[0]);

    // The diagram by the keyboard: it goes left.
    await page.locator(".diagram").focus();
    const middle = await place();
    await page.keyboard.press("ArrowLeft");
    await expect.poll(async () => (await place())[0]! < middle[0]!, patience).toBe(true);

    // By hand: to a V beyond the couplers, where the device cannot follow.
    const box = (await page.locator(".diagram").boundingBox())!;
    const [fromX, fromY] = await place();
    await page.mouse.move(box.x + fromX!, box.y + fromY!);
    await page.mouse.down();
    for (let k = 1; k <= 20; k++) await page.mouse.move(box.x + fromX! + 6 * k, box.y + fromY! - 2 * k);
    await page.mouse.up();
    await expect.poll(async () => (await place())[0]! > fromX! + 60, patience).toBe(true);
    await expect
      .poll(
        async () => page.evaluate<number>("performance.getEntriesByName('designer.move').length"),
        patience,
      )
      .toBeGreaterThan(2);

    // K = 0, which this device makes by modulated couplers only slowly: the verdict is about the new point.
    await page.getByLabel("the device’s own K").uncheck();
    await page.getByLabel("asymmetry, as a number").fill("-1");
    // What is typed survives answers that arrive meanwhile.
    await page.waitForTimeout(300);
    await page.getByLabel("asymmetry, as a number").press("Enter");
    await page.locator(".details", { hasText: "modulating every coupler" }).waitFor();

    const moves = await page.evaluate<number[]>(
      "performance.getEntriesByName('designer.move').map((e) => e.duration)",
    );
    const sorted = moves.toSorted((a, b) => a - b);
    process.stderr.write(
      `page: first plot after ${first.toFixed(0)} ms, ${moves.length} moves answered, median ${sorted[Math.floor(sorted.length / 2)]!.toFixed(0)} ms, slowest ${sorted.at(-1)!.toFixed(0)} ms, ${bytes()} bytes compressed\n`,
    );
    expect(bytes()).toBeGreaterThan(10_000);
    expect(bytes()).toBeLessThan(heaviest);
    expect(outside).toEqual([]);
    expect(errors).toEqual([]);
    await close();
  }, 120_000);
});
