/** JSON that a person can read: two spaces, lists of numbers on one line, lists of names in full lines. */
export function writeJson(value: unknown, indent = ""): string {
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    if (value.every((item) => item === null || typeof item === "number")) {
      return `[${value.map((item) => JSON.stringify(item)).join(", ")}]`;
    }
    if (value.every((item) => typeof item === "string" && /^[\w.-]+$/.test(item))) {
      return wrapped(value, indent);
    }
    return `[\n${value.map((item) => `${indent}  ${writeJson(item, `${indent}  `)}`).join(",\n")}\n${indent}]`;
  }
  if (value !== null && typeof value === "object") {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    if (entries.length === 0) return "{}";
    const flat = entries.every(([, item]) => item === null || typeof item !== "object");
    const parts = entries.map(([key, item]) => `${JSON.stringify(key)}: ${writeJson(item, `${indent}  `)}`);
    if (flat && parts.join(", ").length + indent.length < 100) return `{ ${parts.join(", ")} }`;
    return `{\n${parts.map((part) => `${indent}  ${part}`).join(",\n")}\n${indent}}`;
  }
  return JSON.stringify(value);
}

function wrapped(names: readonly string[], indent: string): string {
  const lines: string[] = [];
  for (const name of names) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + name.length < 96) lines[lines.length - 1] = `${last}, "${name}"`;
    else lines.push(`"${name}"`);
  }
  return `[\n${lines.map((line) => `${indent}  ${line}`).join(",\n")}\n${indent}]`;
}
