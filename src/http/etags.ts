import { createHash } from "node:crypto";
import type { FastifyInstance } from "fastify";

/** Answers to GET say what version they are; who has that version already gets none of it again. */
export function addEtags(server: FastifyInstance): void {
  server.addHook("onSend", async (request, reply, payload) => {
    if (request.method !== "GET" || reply.statusCode !== 200 || typeof payload !== "string") return payload;
    if (!String(reply.getHeader("content-type")).startsWith("application/json")) return payload;
    const etag = `"${createHash("sha256").update(payload).digest("base64url").slice(0, 27)}"`;
    reply.header("etag", etag).header("cache-control", "private, no-cache");
    const known = (request.headers["if-none-match"] ?? "").split(",").map((tag) => tag.trim());
    if (!known.some((tag) => tag === "*" || tag.replace(/^W\//, "") === etag)) return payload;
    reply.code(304).removeHeader("content-type").removeHeader("content-length");
    return "";
  });
}
