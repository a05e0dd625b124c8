import type { FastifyReply } from "fastify";

/** An event as the HTML standard's EventSource reads it. */
export interface ServerEvent {
  readonly id: string;
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * Sends events until there are no more, the viewer goes, or the server closes.
 *
 * @param source - given a signal that says when to stop
 */
export async function sendEvents(
  reply: FastifyReply,
  source: (signal: AbortSignal) => AsyncIterable<ServerEvent>,
  closing: AbortSignal,
): Promise<void> {
  const gone = new AbortController();
  const leave = () => gone.abort();
  reply.raw.once("close", leave);
  closing.addEventListener("abort", leave);
  const left = new Promise<void>((resolve) => {
    gone.signal.addEventListener("abort", () => resolve());
  });
  if (closing.aborted) leave();
  try {
    reply.sse.sendHeaders();
    for await (const event of source(gone.signal)) {
      // A viewer that goes while it is being written to never takes what is left.
      await Promise.race([reply.sse.send(event), left]);
      if (gone.signal.aborted) break;
    }
  } finally {
    closing.removeEventListener("abort", leave);
    reply.raw.off("close", leave);
  }
}
