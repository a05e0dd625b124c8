import type { FastifyInstance, FastifyRequest } from "fastify";
import { EntrainError } from "#core/errors";
import { allows, type Identity, type Role, type TokenFile } from "#store/token-file";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Least role of the route; default viewer. `open`: no token at all. */
    readonly role?: Role | "open";
  }
  interface FastifyRequest {
    identity: Identity | null;
  }
}

/** Who the only person at this machine is, while no token exists. */
const localUser: Identity = { name: "local", role: "operator" };

export interface GuardOptions {
  readonly tokens: TokenFile;
  /** Names under which this server may be addressed; undefined: any. */
  readonly hosts: readonly string[] | undefined;
}

/**
 * Who may ask what. Without tokens the server only listens on this machine and trusts whoever asks by one of its own
 * names: a page from elsewhere that has its name resolve to 127.0.0.1, or posts across origins, is turned away.
 */
export function addGuard(server: FastifyInstance, { tokens, hosts }: GuardOptions): void {
  server.decorateRequest("identity", null);
  server.addHook("onRequest", async (request) => {
    const needed = request.routeOptions.config.role ?? "viewer";
    checkHost(request, hosts);
    if (needed === "open") return;
    request.identity = identityOf(request, tokens);
    if (!allows(request.identity.role, needed)) throw forbidden(request.identity, needed);
  });
}

function checkHost(request: FastifyRequest, hosts: readonly string[] | undefined): void {
  if (hosts !== undefined && !hosts.includes(request.hostname)) {
    throw new EntrainError("http.host", {
      path: "Host",
      message: "this server does not go by that name",
      found: request.hostname,
      expected: hosts.join(", "),
    });
  }
  const { origin } = request.headers;
  if (origin === undefined || origin === `${request.protocol}://${request.host}`) return;
  throw new EntrainError("http.origin", {
    path: "Origin",
    message: "requests from pages of other origins are not answered",
    found: origin,
    expected: `${request.protocol}://${request.host}`,
  });
}

function identityOf(request: FastifyRequest, tokens: TokenFile): Identity {
  const header = request.headers.authorization;
  if (header === undefined && tokens.list().length === 0) return localUser;
  const text = /^Bearer ([\w-]{1,200})$/i.exec(header ?? "")?.[1];
  const identity = text === undefined ? undefined : tokens.identify(text);
  if (identity) return identity;
  throw new EntrainError("http.unauthenticated", {
    path: "Authorization",
    message: header === undefined ? "a token is needed" : "that token is not known",
    found: header === undefined ? "nothing" : "a header that is not shown",
    expected: "Authorization: Bearer TOKEN, with a token of `entrain token add`",
  });
}

function forbidden({ name, role }: Identity, needed: Role): EntrainError {
  return new EntrainError("http.forbidden", {
    path: "Authorization",
    message: `the token "${name}" is a ${role}'s`,
    found: role,
    expected: `the role ${needed}`,
  });
}
