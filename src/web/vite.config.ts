import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

/** Compressed copies beside the files, for @fastify/static. */
const compressed: Plugin = {
  name: "compressed",
  enforce: "post",
  generateBundle(_, bundle) {
    for (const [name, file] of Object.entries(bundle)) {
      if (!/\.(js|css|html|svg)$/.test(name)) continue;
      const source = file.type === "chunk" ? file.code : file.source;
      this.emitFile({ type: "asset", fileName: `${name}.gz`, source: gzipSync(source, { level: 9 }) });
    }
  },
};

const root = resolve(import.meta.dirname);

/** The page: built offline from what is installed, into dist/web. */
export default defineConfig({
  root,
  base: "./",
  resolve: { conditions: ["source", "browser", "module"] },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: join(root, "..", "..", "dist", "web"),
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    assetsInlineLimit: 0,
  },
  plugins: [compressed],
});
