/** One run of `action` for all who ask for it at the same time. */
export function once<T>(running: Map<string, Promise<T>>, key: string, action: () => Promise<T>): Promise<T> {
  const started =
    running.get(key) ??
    action().finally(() => {
      running.delete(key);
    });
  running.set(key, started);
  return started;
}
