import type { z } from "zod";
import { EntrainError, type Problem } from "./errors.ts";

/** `["sites", 3, "t1_s"]` → `sites[3].t1_s`. */
export function formatPath(path: readonly PropertyKey[]): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else text += text === "" ? String(part) : `.${String(part)}`;
  }
  return text;
}

function joinPath(within: string, path: string): string {
  if (within === "" || path === "") return within + path;
  return path.startsWith("[") ? within + path : `${within}.${path}`;
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const part of path) {
    if (value === null || typeof value !== "object") return undefined;
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}

function expectedOf(issue: z.core.$ZodIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return issue.expected;
    case "too_small":
      return `${issue.inclusive ? "at least" : "greater than"} ${issue.minimum}`;
    case "too_big":
      return `${issue.inclusive ? "at most" : "less than"} ${issue.maximum}`;
    case "invalid_value":
      return `one of ${issue.values.map(String).join(", ")}`;
    case "custom":
      return issue.params?.expected === undefined ? undefined : String(issue.params.expected);
    default:
      return undefined;
  }
}

function problemsOf(issue: z.core.$ZodIssue, root: unknown): Problem[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      path: formatPath([...issue.path, key]),
      message: `unknown key "${key}"`,
      found: key,
      expected: "only the keys of the schema",
    }));
  }
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    // The branch that got furthest names the fault best.
    const depth = (list: readonly z.core.$ZodIssue[]) => Math.max(0, ...list.map((i) => i.path.length));
    const best = [...issue.errors].sort((a, b) => depth(b) - depth(a) || a.length - b.length)[0] ?? [];
    if (best.length > 0) {
      return best.flatMap((inner) =>
        problemsOf({ ...inner, path: [...issue.path, ...inner.path] } as z.core.$ZodIssue, root),
      );
    }
  }
  const found =
    issue.code === "custom" && issue.params && "found" in issue.params
      ? issue.params.found
      : valueAt(root, issue.path);
  const expected = expectedOf(issue);
  return [
    {
      path: formatPath(issue.path),
      message: issue.message,
      found: showable(found),
      ...(expected === undefined ? {} : { expected }),
    },
  ];
}

/** JSON has neither undefined nor NaN nor infinities; an error must still say what was found. */
function showable(found: unknown): unknown {
  if (found === undefined) return "nothing";
  return typeof found === "number" && !Number.isFinite(found) ? String(found) : found;
}

/**
 * Checks `input` against `schema` and returns the parsed value.
 *
 * @param code - error code to raise with, e.g. `experiment.invalid`
 * @param within - where `input` stands in the document that a person sees, e.g. `protocol`
 * @throws EntrainError with one problem for every fault found, each with its path
 */
export function parseWith<S extends z.ZodType>(
  schema: S,
  input: unknown,
  code: string,
  within = "",
): z.output<S> {
  const result = schema.safeParse(input, { reportInput: false });
  if (result.success) return result.data;
  throw new EntrainError(
    code,
    result.error.issues
      .flatMap((issue) => problemsOf(issue, input))
      .map((problem) => ({ ...problem, path: joinPath(within, problem.path) })),
  );
}
