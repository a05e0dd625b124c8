import { Worker } from "node:worker_threads";

/**
 * Starts a thread from a module of the caller's folder, compiled or, where the sources run uncompiled, by way of tsx.
 *
 * @param from - `import.meta.url` of the caller
 * @param name - of the module, without extension
 */
export function startThread(from: string, name: string, workerData: unknown): Worker {
  if (from.endsWith(".js")) return new Worker(new URL(`./${name}.js`, from), { workerData });
  const url = JSON.stringify(new URL(`./${name}.ts`, from).href);
  return new Worker(`import("tsx/esm/api").then(({ register }) => { register(); return import(${url}); })`, {
    eval: true,
    workerData,
    execArgv: ["--conditions=source"],
  });
}
