import { afterAll, beforeAll, expect, it } from "vitest";
import { parseDesignRequest } from "#ir/design";
import { decodePreview, pointKinds } from "#ir/preview";
import { designDevice } from "#planning/inverse/design-device";
import { designDocument } from "#planning/inverse/design-document";
import { loadProfileDocument } from "#planning/load";
import { ask, startTestServer, type TestServer } from "../../support/http.ts";

let api: TestServer;
beforeAll(async () => {
  api = await startTestServer();
});
afterAll(() => api.close());

const designer = (path: string, headers: Record<string, string> = {}) =>
  ask(api, "GET", `/v1/designer/${path}`, undefined, headers);

async function preview(path: string) {
  const { statusCode, headers, rawPayload } = await designer(path);
  expect([statusCode, headers["content-type"]]).toEqual([200, "application/octet-stream"]);
  return decodePreview(Uint8Array.from(rawPayload).buffer);
}

it("a point is what `design` answers for the same target", async () => {
  const target = { gain: 0.5, coupling: 30 };
  const { statusCode, json } = await designer("point?profile=square-3x3&gain=0.5&coupling=30");
  expect(statusCode).toBe(200);
  const request = parseDesignRequest({ device: { profile: "square-3x3" }, target });
  const report = designDocument(designDevice(request, loadProfileDocument("square-3x3", "")));
  expect(json()).toEqual(JSON.parse(JSON.stringify({ ...report.points[0], feasible: report.feasible })));
});

it("a growth map is bounded by the threshold in closed form", async () => {
  const { columns, rows, planes } = await preview(
    "map?preview=growth&ladder=spin-1&asymmetry=0&x=gain&x_from=0.1&x_to=0.9&y=coupling&y_from=0.1&y_to=4&points=33",
  );
  expect([columns, rows, planes.length]).toEqual([33, 33, 2]);
  let growing = 0;
  for (let k = 0; k < 33 * 33; k++) {
    const gain = 0.1 + (0.8 * (k % 33)) / 32;
    const coupling = 0.1 + (3.9 * Math.floor(k / 33)) / 32;
    // V_c = (γ₊ + γ₋)√(γ₊γ₋)/(4|γ₋ − γ₊|) at K = 0, Nadolny & Bruder.
    const critical = ((gain + 1) * Math.sqrt(gain)) / (4 * Math.abs(1 - gain));
    if (Math.abs(coupling / critical - 1) < 1e-6) continue;
    expect([gain, coupling, pointKinds[planes[0]![k]!]]).toEqual([
      gain,
      coupling,
      coupling > critical ? "growing" : "none",
    ]);
    expect(planes[1]![k]! > 0).toBe(coupling > critical);
    if (coupling > critical) growing++;
  }
  expect(growing).toBeGreaterThan(200);
});

it("a map of states has the same boundary, and the order parameter of `simulate`", async () => {
  const { columns, planes } = await preview(
    "map?preview=state&asymmetry=-4&x=gain&x_from=0.3&x_to=0.7&y=coupling&y_from=0&y_to=6&points=5",
  );
  const place = 4 * columns + 1;
  const one = await ask(api, "POST", "/v1/simulate/mean-field", {
    gain: 0.4,
    loss: 1,
    asymmetry: -4,
    coupling: 6,
    ladder: { boson: 1 },
  });
  expect(pointKinds[planes[0]![place]!]).toBe("locked");
  expect(planes[2]![place]).toBeCloseTo(one.json().order_parameter, 5);
  planes[0]!.forEach((kind, k) => {
    expect(kind === 0).toBe(!(planes[1]![k]! > 0));
  });
});

it("reach and region agree on how far the couplers go", async () => {
  const { planes } = await preview(
    "reach?profile=square-3x3&gain=0.5&asymmetry=-135&strategy=natural&x=gain&x_from=0.4&x_to=0.6&y=coupling&y_from=30&y_to=45&points=16",
  );
  const region = (await designer("region?profile=square-3x3&gain=0.5")).json();
  const { reach_hz } = region.rows[0];
  planes[0]!.forEach((within, k) => {
    // K is α: γ₋ = α/135 and V/γ₋ = 135·V/α.
    const most = (135 * reach_hz) / Math.abs(region.natural_hz);
    expect(within).toBe(30 + Math.floor(k / 16) <= most ? 1 : 0);
  });
});

interface GoalAnswer {
  readonly feasible: boolean;
  readonly points: { readonly achieved: { gain: number; coupling_hz: number; asymmetry_hz: number } }[];
  readonly checks: { readonly text: string; readonly passed: boolean }[];
}

const goal = async (query: string) => {
  const { statusCode, payload, json } = await designer(`goal?${query}`);
  expect(statusCode, payload).toBe(200);
  return json() as GoalAnswer;
};

it("a goal keeps the margin that is asked for from its threshold, and is what `design --goal` answers", async () => {
  const answer = await goal("profile=square-3x3&goal=synchronization&margin=1.5");
  const request = parseDesignRequest({
    device: { profile: "square-3x3" },
    goal: "synchronization",
    margin: 1.5,
  });
  const report = designDocument(designDevice(request, loadProfileDocument("square-3x3", "")));
  expect(answer).toEqual(JSON.parse(JSON.stringify(report)));
  expect([answer.feasible, answer.checks.every(({ passed }) => passed)]).toEqual([true, true]);
  const ratio = ({ points: [point] }: GoalAnswer) =>
    Math.abs(point!.achieved.coupling_hz / point!.achieved.asymmetry_hz);
  // Threshold at 0.1716 |α|, the tip of the Mott lobe, to the size of γ/|K|.
  expect(Math.abs(ratio(answer) / (1.5 * 0.1716) - 1)).toBeLessThan(0.03);
  const usual = await goal("profile=square-3x3&goal=synchronization");
  expect(ratio(answer) / ratio(usual)).toBeCloseTo(1.5 / 1.3, 2);
});

it("a blockade by interference is a point at γ+ = γ−, with a control outside of its window at the same V", async () => {
  const { feasible, points } = await goal("profile=square-3x3&goal=interference-blockade");
  expect(feasible).toBe(true);
  const [blocked, control] = points.map(({ achieved }) => achieved);
  expect(blocked!.gain).toBeCloseTo(1, 2);
  // The window of a boson at n = 1: 1/2 ≤ γ+/γ− ≤ 2.
  expect(control!.gain < 0.5 || control!.gain > 2).toBe(true);
  expect(control!.coupling_hz / blocked!.coupling_hz).toBeCloseTo(1, 3);
});

it("a goal that a device cannot reach is an answer too, with what fails", async () => {
  // Its one bond would have to carry what four do in a lattice.
  const { feasible, checks } = await goal("profile=transmon-pair&goal=synchronization");
  expect(feasible).toBe(false);
  expect(checks.filter(({ passed }) => !passed).map(({ text }) => text)).toContainEqual(
    expect.stringContaining("V over its threshold"),
  );
});

it.each([
  ["no goal", "goal?profile=square-3x3", 422, "http.invalid"],
  ["an unknown goal", "goal?profile=square-3x3&goal=fame", 422, "http.invalid"],
  ["a margin inside", "goal?profile=square-3x3&goal=lifetime&margin=0.9", 422, "http.invalid"],
  ["an endless margin", "goal?profile=square-3x3&goal=lifetime&margin=Infinity", 422, "http.invalid"],
  ["a goal with a target", "goal?profile=square-3x3&goal=lifetime&gain=1", 422, "http.invalid"],
  ["a goal of no profile", "goal?profile=none&goal=lifetime", 404, "profile.not_found"],
  ["a goal of a path", "goal?profile=..%2Fsecret.yaml&goal=lifetime", 404, "profile.not_found"],
  ["an unknown profile", "point?profile=none", 404, "profile.not_found"],
  ["a path", "point?profile=..%2Fsecret.yaml", 404, "profile.not_found"],
  ["ions", "point?profile=calcium-lattice&gain=1", 422, "design.invalid"],
  ["no number", "point?profile=square-3x3&gain=much", 422, "http.invalid"],
  ["a negative rate", "point?profile=square-3x3&gain=-1", 422, "http.invalid"],
  ["an unknown knob", "point?profile=square-3x3&gian=1", 422, "http.invalid"],
  ["an unknown axis", "map?x=charm&x_from=0&x_to=1&y=coupling&y_from=0&y_to=1", 422, "map.invalid"],
  ["one axis twice", "map?x=gain&x_from=1&x_to=2&y=gain&y_from=1&y_to=2", 422, "map.invalid"],
  [
    "too many points",
    "map?x=gain&x_from=1&x_to=2&y=coupling&y_from=0&y_to=1&points=999",
    422,
    "http.invalid",
  ],
  [
    "an axis without reach",
    "reach?profile=square-3x3&x=dephasing&x_from=0&x_to=1&y=coupling&y_from=0&y_to=1",
    422,
    "http.invalid",
  ],
])("refuses %s", async (_, path, status, code) => {
  const { statusCode, json } = await designer(path);
  expect([statusCode, json().code]).toEqual([status, code]);
});

it("gives a thread back when whoever asked has gone", async () => {
  const url = await api.server.listen({ host: "127.0.0.1", port: 0 });
  // Two groups at K = −135 turn so fast that this takes minutes.
  const hard =
    "groups=2&asymmetry=-135&gain=0.5&coupling=30&x=detuning&x_from=-180&x_to=180&y=inter_coupling&y_from=0&y_to=90&points=65";
  const gone = new AbortController();
  const asked = fetch(`${url}/v1/designer/map?${hard}`, { signal: gone.signal });
  setTimeout(() => gone.abort(), 300);
  await expect(asked).rejects.toThrow(/abort/i);
  const { planes } = await preview(
    "map?asymmetry=0&x=gain&x_from=0.3&x_to=0.7&y=coupling&y_from=0&y_to=2&points=3",
  );
  expect(planes.length).toBe(4);
});

it("asks for a designer's token once there are tokens", async () => {
  const viewer = api.tokens.add("wall", "viewer", new Date(0));
  const bench = api.tokens.add("bench", "designer", new Date(0));
  const path = "region?profile=transmon-single";
  expect((await designer(path)).statusCode).toBe(401);
  expect((await designer(path, { authorization: `Bearer ${viewer}` })).statusCode).toBe(403);
  expect((await designer(path, { authorization: `Bearer ${bench}` })).statusCode).toBe(200);
  const wanted = "goal?profile=square-3x3&goal=lifetime";
  expect((await designer(wanted, { authorization: `Bearer ${viewer}` })).statusCode).toBe(403);
});

it("is described, but for the bytes", async () => {
  const bench = api.tokens.add("reader", "viewer", new Date(0));
  const { paths } = (
    await ask(api, "GET", "/v1/openapi.json", undefined, { authorization: `Bearer ${bench}` })
  ).json();
  for (const name of ["point", "reach", "map", "region", "goal"]) {
    expect(paths[`/v1/designer/${name}`].get.summary.length).toBeGreaterThan(10);
  }
});
