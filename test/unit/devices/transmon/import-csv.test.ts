import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chargeBasisLevels } from "#devices/transmon/circuit/charge-basis";
import { importCsv } from "#devices/transmon/import-csv";
import { importIbmSnapshot } from "#devices/transmon/import-ibm";
import { parseTransmonProfile } from "#devices/transmon/schema";
import { refusal } from "../../../support/refusal.ts";

const header = "site,x,y,frequency_GHz,anharmonicity_MHz,T1_us,T2_us,readout_duration_ns,p(0|1),p(1|0)";
const rows = ["q1,0,0,4.812,-204,82,61,900,0.02,0.01", "q2,1,0,4.655,-201,75,70,900,0.025,0.012"];
const file = (text: string) => ({ text, name: "sites.csv" });
const options = { name: "two", assumptionSet: "flux-tunable" };
const load = (lines: readonly string[], couplings?: string) =>
  importCsv(file(lines.join("\n")), {
    ...options,
    ...(couplings === undefined ? {} : { couplings: { text: couplings, name: "couplings.csv" } }),
  });

describe("a table of sites", () => {
  test("gives SI numbers", () => {
    const profile = load([header, ...rows], "site_a,site_b\nq1,q2\n");
    expect(profile.sites[0]).toEqual({
      id: "q1",
      position: [0, 0],
      frequency_hz: 4.812e9,
      anharmonicity_hz: -204e6,
      t1_s: expect.closeTo(82e-6, 12),
      t2_s: expect.closeTo(61e-6, 12),
      readout: { duration_s: expect.closeTo(900e-9, 15), prob_meas0_prep1: 0.02, prob_meas1_prep0: 0.01 },
    });
    expect(profile.bonds).toEqual([["q1", "q2"]]);
    expect(profile.kind).toBe("transmon");
    expect(parseTransmonProfile(profile)).toEqual(profile);
  });

  test("reads the same from brackets, cells with units, semicolons, quotes, comments, a BOM and CRLF", () => {
    const reference = load([header, ...rows]).sites;
    const variants = [
      "\uFEFF# exported\r\nQubit;x;y;Frequency (GHz);Anharmonicity [MHz];T1 (us);T2 (us);Readout length (ns);Prob meas0 prep1;Prob meas1 prep0\r\n" +
        "1;0;0;4.812;-204;82;61;900;0.02;0.01\r\n\r\n2;1;0;4.655;-201;75;70;900;0.025;0.012\r\n",
      "id\tx\ty\tf01\talpha\tt1\tt2\treadout_duration\tp(1|1)\tp(0|0)\n" +
        '"q1"\t0\t0\t4.812 GHz\t-0.204 GHz\t82 us\t61 us\t0.9 us\t0.98\t0.99\n' +
        "q2\t1\t0\t4655 MHz\t-201 MHz\t75 µs\t70 us\t900 ns\t0.975\t0.988",
    ];
    for (const text of variants) {
      const sites = importCsv(file(text), options).sites;
      sites.forEach((site, k) => {
        const expected = reference[k]!;
        expect(site.id).toBe(expected.id);
        expect(site.frequency_hz).toBeCloseTo(expected.frequency_hz, 0);
        expect(site.anharmonicity_hz).toBeCloseTo(expected.anharmonicity_hz, 0);
        expect(site.t1_s).toBeCloseTo(expected.t1_s, 12);
        expect(site.readout.duration_s).toBeCloseTo(expected.readout.duration_s, 15);
        expect(site.readout.prob_meas0_prep1).toBeCloseTo(expected.readout.prob_meas0_prep1, 12);
        expect(site.readout.prob_meas1_prep0).toBeCloseTo(expected.readout.prob_meas1_prep0, 12);
      });
    }
  });

  test("E_C and E_J become levels, averaged over the offset charge, by the charge basis", () => {
    const profile = load([
      "site,E_C (MHz),EJ_GHz,T1_us,T2_us,readout_duration_us,p(0|1),p(1|0)",
      "q7,200,10,80,60,1,0.02,0.01",
    ]);
    const circuit = { charging_hz: 200e6, josephson_hz: 10e9 };
    // Mean over a period of n_g, by sampling
    const mean = [0, 1, 2, 3, 4, 5, 6, 7]
      .map((k) => chargeBasisLevels(circuit, k / 8))
      .reduce((sum, e) => [sum[0]! + (e[1]! - e[0]!) / 8, sum[1]! + (e[2]! - 2 * e[1]! + e[0]!) / 8], [0, 0]);
    expect(Math.abs(profile.sites[0]!.frequency_hz - mean[0]!)).toBeLessThan(10);
    expect(Math.abs(profile.sites[0]!.anharmonicity_hz - mean[1]!)).toBeLessThan(1e3);
    // Koch-type table at E_J/E_C = 50: 3.788 GHz, −1.149 E_C
    expect(profile.sites[0]!.frequency_hz / 1e9).toBeCloseTo(3.788, 3);
    expect(profile.sites[0]!.anharmonicity_hz / 200e6).toBeCloseTo(-1.149, 2);
    expect(profile.sites[0]!.position).toEqual([0, 0]);
  });

  test("a table of what a snapshot holds gives the profile that the snapshot gives", () => {
    const fixture = JSON.parse(
      readFileSync(join(import.meta.dirname, "../../../fixtures/ibm-small.json"), "utf8"),
    );
    const snapshot = importIbmSnapshot(fixture, { ...options, select: [0, 1, 2] });
    const table = [
      "site,x,y,frequency_Hz,anharmonicity_Hz,T1_s,T2_s,readout_duration_s,p(0|1),p(1|0)",
      ...snapshot.sites.map((s) =>
        [
          s.id,
          ...s.position,
          s.frequency_hz,
          s.anharmonicity_hz,
          s.t1_s,
          s.t2_s,
          s.readout.duration_s,
          s.readout.prob_meas0_prep1,
          s.readout.prob_meas1_prep0,
        ].join(","),
      ),
    ];
    // either direction, or both, as coupling maps list them
    const bonds = snapshot.bonds.flatMap(([a, b]) => [`${a},${b}`, `${b},${a}`]);
    const profile = load(table, ["from,to", ...bonds].join("\n"));
    expect(profile.sites).toEqual(snapshot.sites);
    expect(profile.bonds).toEqual(snapshot.bonds);
    expect(profile.assumptions).toEqual(snapshot.assumptions);
  });

  test("caps a T2 that its error bar put above 2·T1", () => {
    expect(load([header, "q1,0,0,4.8,-200,50,110,900,0.02,0.01"]).sites[0]!.t2_s).toBeCloseTo(100e-6, 12);
  });

  test("names the columns that it did not use", () => {
    const profile = load([`${header},Operational`, `${rows[0]},true`]);
    expect(profile.provenance[0]!.detail).toMatch(/columns not used: Operational/);
    expect(profile.provenance[0]!.source).toBe("sites.csv");
  });

  test("any numbers written with a unit come back", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1, max: 20, noNaN: true }),
        fc.double({ min: -400, max: -5, noNaN: true }),
        fc.double({ min: 1, max: 1000, noNaN: true }),
        (f, alpha, t1) => {
          const [site] = load([header, `a,0,0,${f},${alpha},${t1},${t1},900,0.02,0.01`]).sites;
          expect(site!.frequency_hz / (f * 1e9)).toBeCloseTo(1, 12);
          expect(site!.anharmonicity_hz / (alpha * 1e6)).toBeCloseTo(1, 12);
          expect(site!.t1_s / (t1 * 1e-6)).toBeCloseTo(1, 12);
        },
      ),
    );
  });
});

describe("refusals name file, line and column", () => {
  const problemsOf = (lines: readonly string[], couplings?: string) => {
    const error = refusal(() => load(lines, couplings));
    expect(error.code).toBe("import.csv");
    return error.problems;
  };

  test("an empty cell, a number without a unit, a word: all at once", () => {
    const problems = problemsOf([
      header.replace("T2_us", "T2"),
      "q1,0,0,,-204,82,61 us,900,0.02,0.01",
      "# half-way",
      "q2,1,0,4.8,-204,high,61,900,0.02,0.01",
    ]);
    expect(problems.map((p) => p.path)).toEqual([
      'sites.csv line 2, column "frequency_GHz"',
      'sites.csv line 4, column "T1_us"',
      'sites.csv line 4, column "T2"',
    ]);
    expect(problems[0]).toMatchObject({ message: "the cell is empty", found: "nothing" });
    expect(problems[1]!.found).toBe("high");
    expect(problems[2]!.hint).toMatch(/t2_us/);
  });

  test("missing columns", () => {
    const problems = problemsOf(["site,frequency_GHz,T1_us", "q1,4.8,80"]);
    expect(problems.map((p) => p.message)).toEqual([
      "has no column frequency and anharmonicity",
      "has no column t2",
      "has no column readout_duration",
      "has no column p(0|1)",
      "has no column p(1|0)",
    ]);
    expect(problems[0]!.expected).toMatch(/E_C and E_J/);
    expect(problems[0]!.path).toBe("sites.csv line 1");
  });

  test("values that no transmon has: back to the cell", () => {
    const at = (row: string) => problemsOf([header, rows[0]!, row]).map((p) => p.path);
    expect(at("q2,1,0,4.8,204,82,61,900,0.02,0.01")).toEqual([
      'sites.csv line 3, column "anharmonicity_MHz"',
    ]);
    expect(at("q2,1,0,4800,-204,82,61,900,0.02,0.01")).toEqual(['sites.csv line 3, column "frequency_GHz"']);
    expect(at("q2,1,0,4.8,-204,82,250,900,0.02,0.01")).toEqual(['sites.csv line 3, column "T2_us"']);
    expect(at("q2,1,0,4.8,-204,82,61,900,1.2,0.01")).toEqual(['sites.csv line 3, column "p(0|1)"']);
    expect(at("q2,1,0,4.8,-204,82,61,9000000,0.02,0.01")).toEqual([
      'sites.csv line 3, column "readout_duration_ns"',
    ]);
    expect(at("q1,1,0,4.8,-204,82,61,900,0.02,0.01")).toEqual(['sites.csv line 3, column "site"']);
    expect(at("Q 2,1,0,4.8,-204,82,61,900,0.02,0.01")).toEqual(['sites.csv line 3, column "site"']);
  });

  test("levels given twice, a column given twice, a row too long, a decimal comma", () => {
    const both = `${header},EC_MHz,EJ_GHz`;
    expect(problemsOf([both, `${rows[0]},200,10`])[0]!.message).toMatch(/twice/);
    expect(problemsOf([`${header},f01_MHz`, `${rows[0]},4812`])[0]!.message).toMatch(/frequency_GHz/);
    expect(problemsOf([header, `${rows[0]},7`])[0]).toMatchObject({ found: 11, expected: "10 cells" });
    const comma = [header, rows[0]!].map((line) => line.replaceAll(",", ";"));
    expect(problemsOf([comma[0]!, comma[1]!.replace("4.812", "4,812")])[0]!.found).toBe("4,812");
  });

  test("an empty table, an unknown assumption set", () => {
    expect(problemsOf([""])[0]!.message).toMatch(/empty/);
    expect(problemsOf([header])[0]!.found).toBe("a header without rows");
    expect(
      refusal(() => importCsv(file([header, ...rows].join("\n")), { ...options, assumptionSet: "none" }))
        .problems[0]!.path,
    ).toBe("--assume");
  });

  test("couplings: a site that is not there, a loop, missing columns", () => {
    const at = (couplings: string) => problemsOf([header, ...rows], couplings)[0]!;
    expect(at("site_a,site_b\nq1,q9")).toMatchObject({
      path: 'couplings.csv line 2, column "site_b"',
      found: "q9",
      expected: "one of q1, q2",
    });
    expect(at("site_a,site_b\n1,1").message).toMatch(/itself/);
    expect(at("left,right\nq1,q2")).toMatchObject({ path: "couplings.csv line 1", found: "left, right" });
  });
});
