import { request } from "./api.ts";
import { parseEvent, type ServerEvent } from "./event-block.ts";

/**
 * Server-sent events over fetch, which, unlike EventSource, carries the token.
 *
 * @returns when the stream ends
 * @throws Problem where the server has no such stream
 */
export async function readEvents(
  path: string,
  onEvent: (event: ServerEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const response = await request(path, { headers: { accept: "text/event-stream" }, signal });
  if (!response.body || !response.headers.get("content-type")?.includes("text/event-stream")) {
    throw new TypeError("the server does not stream here");
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value.replaceAll("\r\n", "\n");
    const blocks = text.split("\n\n");
    text = blocks.pop()!;
    for (const block of blocks) {
      const event = parseEvent(block);
      if (event) onEvent(event);
    }
  }
}

/** Seconds between looks where there is no stream. */
const pollSeconds = 2;

/**
 * Follows something that changes: by events where the server sends them, by looking every two seconds where it does not.
 *
 * @param look - brings the present state; answers false when nothing will change any more
 */
export function follow(
  path: string,
  onEvent: (event: ServerEvent) => void,
  look: () => Promise<boolean>,
): () => void {
  const controller = new AbortController();
  const { signal } = controller;
  const poll = async () => {
    while (!signal.aborted) {
      const goesOn = await look().catch(() => true);
      if (!goesOn) return;
      await new Promise((done) => setTimeout(done, 1000 * pollSeconds));
    }
  };
  readEvents(path, onEvent, signal).then(poll, () => (signal.aborted ? undefined : poll()));
  return () => controller.abort();
}
