/**
 * What a command may be answered with. A grammar sees everything that has arrived since the command was sent, and
 * accepts the whole of it or nothing: a reply that merely contains what was hoped for is not accepted.
 */
export interface ReplyGrammar {
  /** For messages: what was expected. */
  readonly expected: string;
  /** Captures when `text` is a whole, accepted reply. */
  accept(text: string): readonly string[] | undefined;
  /** True when a pause inside the reply is normal, so that only the deadline ends the waiting. */
  readonly patient?: boolean;
}

/** A reply that fits `pattern` from its first byte to its last; the captures are returned. */
export function reply(expected: string, pattern: RegExp, options: { patient?: boolean } = {}): ReplyGrammar {
  const whole = new RegExp(`^(?:${pattern.source})$`, pattern.flags);
  return {
    expected,
    accept(text) {
      const match = whole.exec(text);
      return match === null ? undefined : match.slice(1).map((capture) => capture ?? "");
    },
    ...options,
  };
}

/** Exactly one line with this pattern, ended by `\n` or `\r\n`. */
export function line(expected: string, pattern: RegExp): ReplyGrammar {
  return reply(expected, new RegExp(`${pattern.source}\\r?\\n`));
}

/** `ok` and nothing before it: some firmware prints an error and then `ok` all the same. */
export const ok: ReplyGrammar = line("ok", /ok/);

/** For commands that are never answered. */
export const silence: ReplyGrammar = { expected: "no reply", accept: () => undefined };
