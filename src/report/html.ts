/** HTML text that is safe as it stands; made by `html` and `raw` only. */
export interface Html {
  readonly html: string;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text for an element or a quoted attribute; control characters, which HTML forbids, become U+FFFD. */
export function escapeHtml(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to replace
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "\ufffd")
      .replace(/[&<>"']/g, (character) => entities[character]!)
  );
}

/** Markup that the caller answers for. */
export function raw(markup: string): Html {
  return { html: markup };
}

type Part = Html | string | number | readonly Html[];

/** Template whose inserted strings are escaped. */
export function html(template: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return {
    html: template.reduce((text, piece, k) => text + rendered(parts[k - 1]!) + piece),
  };
}

function rendered(part: Part): string {
  if (typeof part === "string") return escapeHtml(part);
  if (typeof part === "number") return String(part);
  if (Array.isArray(part)) return (part as readonly Html[]).map((item) => item.html).join("");
  return (part as Html).html;
}
