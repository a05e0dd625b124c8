import { existsSync } from "node:fs";
import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";
import { packageRoot } from "#planning/load";

/** What the page may load: its own files, and nothing from anywhere else. */
export const contentSecurityPolicy = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'", "data:"],
    connectSrc: ["'self'"],
    fontSrc: ["'self'"],
    manifestSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
  },
};

/**
 * The page, from `dist/web`, where it has been built. It is open: it holds no data, and asks for a token where the API
 * wants one.
 */
export async function addPage(server: FastifyInstance): Promise<void> {
  const root = join(packageRoot(), "dist", "web");
  if (!existsSync(join(root, "index.html"))) return;
  await server.register(async (scope) => {
    scope.addHook("onRoute", (route) => {
      route.config = { ...route.config, role: "open" };
      route.schema = { ...route.schema, hide: true };
    });
    await scope.register(fastifyStatic, {
      root,
      wildcard: false,
      preCompressed: true,
      globIgnore: ["**/*.gz"],
      setHeaders: (reply, path) => {
        // Names of assets carry a hash of their content; the page itself must be asked for anew.
        const lasting = /[\\/]assets[\\/]/.test(path);
        reply.header("cache-control", lasting ? "public, max-age=31536000, immutable" : "no-cache");
      },
    });
  });
}
