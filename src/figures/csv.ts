import type { Column, Records } from "./computation.ts";

/**
 * A table as CSV: comment lines (#) that say what it is and what each column holds, one line of column names with
 * their units, then the records; an undefined quantity is an empty field.
 */
export function csvText(title: string, columns: readonly Column[], records: Records): string {
  const lines = [
    `# ${title}`,
    ...columns.map(({ name, unit, about }) => `# ${headerOf(name, unit)}: ${about}`),
    columns.map(({ name, unit }) => headerOf(name, unit)).join(","),
  ];
  for (const record of records)
    lines.push(record.map((value) => (value === null ? "" : String(value))).join(","));
  return `${lines.join("\n")}\n`;
}

function headerOf(name: string, unit: string): string {
  return unit === "" || unit === "1" ? name : `${name} [${unit}]`;
}
