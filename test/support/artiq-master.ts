import { createServer, type Server, type Socket } from "node:net";

/** What a run of the fake does once it was submitted. */
export type FakeRun = (master: FakeArtiqMaster, rid: number, expid: FakeExpid) => void;

export interface FakeExpid {
  readonly content: string;
  readonly class_name: string;
  readonly arguments: {
    readonly program: string;
    readonly token: string;
    readonly mode: string;
    readonly skip: string;
  };
}

const hello =
  '{"targets":["dataset_db","device_db","experiment_db","interactive_arg_db","master_management","schedule"],"description":null,"features":["pyon_v2"]}';
const methods = '{"__jsonclass__":["set",[["submit","delete","get_status","request_termination"]]]}';

/** Stands for an ARTIQ master: sends the lines that a genuine one was seen to send (ion.md, D.1). */
export class FakeArtiqMaster {
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #listeners = new Map<string, Set<Socket>>();
  readonly ports: { notify: number; control: number; broadcast: number } = {
    notify: 0,
    control: 0,
    broadcast: 0,
  };
  readonly calls: string[] = [];
  readonly statuses = new Map<number, string>();
  readonly expids = new Map<number, FakeExpid>();
  readonly datasets = new Map<string, string>();
  hello = hello;
  run: FakeRun = () => {};
  onTerminate: (rid: number) => void = (rid) => this.remove(rid);
  /** Cuts the control connection instead of answering the next submission, which it has taken. */
  cutNextAnswer = false;
  #rid = 0;

  async start(): Promise<this> {
    this.ports.control = await this.#listen((socket) => this.#control(socket));
    this.ports.notify = await this.#listen((socket) => this.#subscribe(socket, "ARTIQ sync_struct"));
    this.ports.broadcast = await this.#listen((socket) => this.#subscribe(socket, "ARTIQ broadcast"));
    return this;
  }

  async stop(): Promise<void> {
    this.cut();
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }

  /** Ends every connection; new ones are taken. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#listeners.clear();
  }

  send(topic: string, line: string): void {
    for (const socket of this.#listeners.get(topic) ?? []) socket.write(`${line}\n`);
  }

  status(rid: number, status: string): void {
    const path = this.statuses.has(rid) ? `[${rid}]` : "[]";
    const first = !this.statuses.has(rid);
    this.statuses.set(rid, status);
    const value = first
      ? `{"action":"setitem","path":[],"key":${rid},"value":${this.#entry(rid)}}`
      : `{"action":"setitem","path":${path},"key":"status","value":"${status}"}`;
    this.send("schedule", value);
  }

  remove(rid: number): void {
    this.statuses.delete(rid);
    this.send("schedule", `{"action":"delitem","path":[],"key":${rid}}`);
  }

  dataset(key: string, value: string): void {
    const entry = `{"__jsonclass__":["tuple",[[false,${value},{}]]]}`;
    this.datasets.set(key, entry);
    this.send("datasets", `{"action":"setitem","path":[],"key":${JSON.stringify(key)},"value":${entry}}`);
  }

  log(rid: number, level: number, message: string): void {
    this.send(
      "log",
      `{"__jsonclass__":["tuple",[[${level},"worker(${rid},<none>)",1730000000.5,${JSON.stringify(message)}]]]}`,
    );
  }

  async #listen(serve: (socket: Socket) => void): Promise<number> {
    const server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => this.#sockets.delete(socket));
      serve(socket);
    });
    this.#servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as { port: number }).port;
  }

  #entry(rid: number): string {
    const expid = JSON.stringify(this.expids.get(rid) ?? {});
    return `{"pipeline":"main","expid":${expid},"priority":0,"due_date":null,"flush":false,"status":"${this.statuses.get(rid)}","repo_msg":null}`;
  }

  /** An empty dict goes out as {}, one with integer keys as a tagged list of pairs. */
  #struct(topic: string): string {
    if (topic === "datasets")
      return `{${[...this.datasets].map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(",")}}`;
    if (this.statuses.size === 0) return "{}";
    const pairs = [...this.statuses.keys()].map((rid) => `[${rid},${this.#entry(rid)}]`);
    return `{"__jsonclass__":["dict",[[${pairs.join(",")}]]]}`;
  }

  #subscribe(socket: Socket, banner: string): void {
    onLines(socket, (line, index) => {
      if (index === 0 && line !== banner) socket.destroy();
      if (index !== 1) return;
      const known = banner.endsWith("broadcast") ? ["log", "ccb"] : ["schedule", "datasets"];
      if (!known.includes(line)) {
        socket.destroy();
        return;
      }
      if (banner.endsWith("sync_struct")) socket.write(`{"action":"init","struct":${this.#struct(line)}}\n`);
      const listeners = this.#listeners.get(line) ?? new Set();
      this.#listeners.set(line, listeners.add(socket));
    });
  }

  #control(socket: Socket): void {
    onLines(socket, (line, index) => {
      if (index === 0) socket.write(`${this.hello}\n`);
      else if (index === 1) {
        if (line === "schedule pyon_v2") socket.write(`${methods}\n`);
        else socket.destroy();
      } else this.#call(socket, line);
    });
  }

  #call(socket: Socket, line: string): void {
    this.calls.push(line);
    let call: { name: string; args: unknown[] };
    try {
      call = JSON.parse(line);
    } catch {
      socket.destroy();
      return;
    }
    const ok = (ret: string) => socket.write(`{"status":"ok","ret":${ret}}\n`);
    if (call.name === "submit") {
      const rid = this.#rid++;
      const expid = call.args[1] as FakeExpid;
      this.expids.set(rid, expid);
      if (this.cutNextAnswer) {
        this.cutNextAnswer = false;
        socket.destroy();
      } else ok(String(rid));
      this.status(rid, "pending");
      if (expid.arguments?.mode === "safe") finish(this, rid, "safe");
      else this.run(this, rid, expid);
    } else if (call.name === "request_termination") {
      ok("null");
      this.onTerminate(call.args[0] as number);
    } else if (call.name === "delete") {
      ok("null");
      this.remove(call.args[0] as number);
    } else {
      socket.write(
        '{"status":"failed","exception":{"class":"AttributeError","message":"no such thing","traceback":["  File x\\n"]}}\n',
      );
    }
  }
}

/** Ends as a run that finished is seen to. */
export function finish(master: FakeArtiqMaster, rid: number, mode: "run" | "safe"): void {
  const token = master.expids.get(rid)!.arguments.token;
  for (const status of ["preparing", "prepare_done", "running"]) master.status(rid, status);
  master.dataset(`entrain.${token}.done`, `"${mode}"`);
  for (const status of ["run_done", "analyzing", "deleting"]) master.status(rid, status);
  master.remove(rid);
}

function onLines(socket: Socket, take: (line: string, index: number) => void): void {
  let text = "";
  let index = 0;
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString("utf8");
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
      const line = text.slice(0, end);
      text = text.slice(end + 1);
      take(line, index++);
    }
  });
}
