import type { FastifyInstance } from "fastify";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Lab } from "#jobs/lab";
import type { TaskPool } from "./tasks/task-pool.ts";

/** What Prometheus asks for, of this server alone. */
export function addMetrics(server: FastifyInstance, pool: TaskPool, lab: Lab): Registry {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Counter({
    name: "entrain_http_requests_total",
    help: "Answers given",
    labelNames: ["method", "route", "status"],
    registers,
  });
  const seconds = new Histogram({
    name: "entrain_http_request_seconds",
    help: "Time to the end of an answer; streams of events not counted",
    labelNames: ["route"],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.5, 2, 10, 60, 600],
    registers,
  });
  server.addHook("onResponse", async ({ method, routeOptions }, reply) => {
    const route = routeOptions.url ?? "none";
    requests.inc({ method, route, status: reply.statusCode });
    if (!route.endsWith("/events")) seconds.observe({ route }, reply.elapsedTime / 1000);
  });
  const gauge = (name: string, help: string, collect: (gauge: Gauge) => void | Promise<void>) =>
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        await collect(this);
      },
    });
  gauge("entrain_tasks_active", "Simulations and plans at work", (g) => g.set(pool.load().active));
  gauge("entrain_tasks_waiting", "Simulations and plans that wait", (g) => g.set(pool.load().waiting));
  gauge("entrain_runs_active", "Runs at work in this process", (g) =>
    g.set(lab.started?.engine.active.length ?? 0),
  );
  gauge("entrain_runs_watched", "Runs that somebody looks at", (g) => g.set(lab.watch.size));
  gauge("entrain_engine_up", "1 while the run engine and its database work", (g) =>
    g.set(lab.started !== undefined && lab.started.engine.fault === null ? 1 : 0),
  );
  const runs = new Gauge({
    name: "entrain_runs",
    help: "Runs that were started through a server, by their state in the queue",
    labelNames: ["state"],
    registers,
    async collect() {
      this.reset();
      if (lab.started === undefined) return;
      // Without a database the other numbers are worth all the more.
      const counts = await lab.started.engine.queue.counts().catch(() => ({}));
      for (const [state, count] of Object.entries(counts)) this.set({ state }, count);
    },
  });
  void runs;
  gauge("entrain_instruments_unsafe", "Instruments whose safe state was not reached", async (g) => {
    const list = await lab.started?.engine.queue.instruments().catch(() => []);
    g.set((list ?? []).filter(({ unsafe }) => unsafe !== null).length);
  });
  gauge("process_resident_memory_bytes", "Memory of this process", (g) => g.set(process.memoryUsage.rss()));
  gauge("process_cpu_seconds_total", "Processor time of this process", (g) => {
    const { user, system } = process.cpuUsage();
    g.set((user + system) / 1e6);
  });
  return registry;
}
