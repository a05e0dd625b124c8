import { inspect } from "node:util";

const shown = "[secret]";

/** A value that shows itself only on demand: not in logs, JSON, template strings or error messages. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return shown;
  }

  toJSON(): string {
    return shown;
  }

  [inspect.custom](): string {
    return shown;
  }
}

/**
 * Takes secrets out of text that came from elsewhere: a service may echo what it was sent in its error message.
 * Knows the key and each token from the moment it is issued.
 */
export class Redactor {
  readonly #known = new Set<string>();

  learn(secret: string): void {
    // Shorter than this it would take ordinary words out.
    if (secret.length >= 8) this.#known.add(secret);
  }

  clean(text: string): string {
    let clean = text.replace(/\b(bearer|apikey)[ =:]+[\w.~+/=-]{8,}/gi, `$1 ${shown}`);
    for (const secret of this.#known) {
      clean = clean.replaceAll(secret, shown).replaceAll(encodeURIComponent(secret), shown);
    }
    return clean;
  }
}
