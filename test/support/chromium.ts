import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

const root = resolve(import.meta.dirname, "../..");
const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
  (path) => existsSync(path),
);

/** Whether tests of the page can run here; says so when they cannot. */
export const hasChromium = executablePath !== undefined;
if (!hasChromium) {
  process.stderr.write(
    "skipped: tests of the page need Chromium (apt-get install chromium fonts-dejavu-core)\n",
  );
}

export async function startChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: executablePath!,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
}

export interface ServedPage {
  readonly url: string;
  readonly store: string;
  close(): Promise<void>;
}

/** `entrain serve` as a child, with a store of its own and the built page. */
export async function servePage(store = mkdtempSync(join(tmpdir(), "entrain-page-"))): Promise<ServedPage> {
  const child = spawn(
    process.execPath,
    [join(root, "bin", "entrain.js"), "serve", "--port", "0", "--json", "--store", store],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  const ended = new Promise<number | null>((done) => child.once("exit", done));
  let written = "";
  const url = await new Promise<string>((done, fail) => {
    child.stdout.on("data", (chunk: Buffer) => {
      written += chunk.toString();
      if (written.trimEnd().endsWith("}")) done((JSON.parse(written) as { url: string }).url);
    });
    child.stderr.on("data", (chunk: Buffer) => {
      written += chunk.toString();
    });
    child.once("exit", (code) => fail(new Error(`serve ended with ${code}: ${written}`)));
  });
  return {
    url,
    store,
    async close() {
      child.kill("SIGTERM");
      await ended;
      rmSync(store, { recursive: true, force: true });
    },
  };
}

export interface WatchedPage {
  readonly page: Page;
  /** Requests that left the server's own origin. */
  readonly outside: string[];
  /** Errors of the console and uncaught ones. */
  readonly errors: string[];
  /** Bytes of the page's own files as they came over the wire. */
  readonly bytes: () => number;
  close(): Promise<void>;
}

/** A page of its own context, everything it asks for and complains about written down. */
export async function openPage(
  browser: Browser,
  url: string,
  hash: string,
  options: BrowserContextOptions = {},
  prepare: (page: Page) => Promise<void> = async () => {},
): Promise<WatchedPage> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  const outside: string[] = [];
  const errors: string[] = [];
  const sizes: number[] = [];
  page.on("request", (request) => {
    if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(url)) outside.push(request.url());
  });
  page.on("requestfinished", (request) => {
    if (/\/v1\//.test(request.url())) return;
    void request.sizes().then(
      ({ responseBodySize }) => sizes.push(responseBodySize),
      () => {},
    );
  });
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  page.on("pageerror", (error) => errors.push(error.message));
  await prepare(page);
  await page.goto(`${url}/${hash}`);
  return {
    page,
    outside,
    errors,
    bytes: () => sizes.reduce((sum, size) => sum + size, 0),
    async close() {
      await page.unrouteAll({ behavior: "ignoreErrors" });
      await context.close();
    },
  };
}
