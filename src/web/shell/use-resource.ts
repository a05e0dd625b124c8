import { useEffect, useState } from "preact/hooks";
import { getJson, isAbort, type ProblemDetails, problemOf } from "./api.ts";
import { token } from "./session.ts";

export interface Resource<T> {
  readonly value: T | null;
  readonly problem: ProblemDetails | null;
  reload(): void;
}

/** What stands at a path of the API; asked anew when the path or the token changes. */
export function useResource<T>(path: string): Resource<T> {
  const [count, setCount] = useState(0);
  const [state, setState] = useState<{ path: string; value: T | null; problem: ProblemDetails | null }>({
    path,
    value: null,
    problem: null,
  });
  const bearer = token.value;
  useEffect(() => {
    const controller = new AbortController();
    getJson<T>(path, controller.signal).then(
      (value) => setState({ path, value, problem: null }),
      (error) => {
        if (!isAbort(error))
          setState((before) => ({
            path,
            value: before.path === path ? before.value : null,
            problem: problemOf(error),
          }));
      },
    );
    return () => controller.abort();
  }, [path, count, bearer]);
  const current = state.path === path;
  return {
    value: current ? state.value : null,
    problem: current ? state.problem : null,
    reload: () => setCount((n) => n + 1),
  };
}
