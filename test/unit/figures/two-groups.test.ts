import { describe, expect, it } from "vitest";
import { fullTurn } from "#core/units";
import { readRun } from "#figures/computations/pair-state";
import { pairSpectra } from "#figures/computations/spectra";
import { asymmetryMap, interCouplingMap } from "#figures/computations/two-group-map";

type Cells = readonly (number | string | null)[];

const column = (name: string) => asymmetryMap.tables.map!.findIndex((c) => c.name === name);
const at = (record: Cells, name: string) => record[column(name)] as number;

/** The row of Fig. 4 at one K, `resolution` points over |δ| ≤ reach. */
function rowAt(K: number, reach: number, resolution: number): readonly Cells[] {
  const settings = { ...asymmetryMap.settings(resolution), delta: [-reach, reach], K: [K, K + 1] };
  return asymmetryMap.computeRow(settings, 0).map!;
}

describe("Fig. 4", () => {
  it("δ = 0: in-phase synchronization for −16.452 < K < 0.452 only (one group with V + V_AB = 2, V_c closed form)", () => {
    // V_c(K) = p(K² + G²/4)/(2[G√(p(K² + D²/4)) − 2Kp]) with γ₊ = 1/2, γ₋ = 1.
    const critical = (K: number) =>
      (0.5 * (K * K + 1.5 ** 2 / 4)) / (2 * (1.5 * Math.sqrt(0.5 * (K * K + 0.25 / 4)) - K));
    for (const K of [-20, -16.46, -16.44, -8, 0.44, 0.46, 10]) {
      const middle = rowAt(K, 20, 3)[1]!;
      expect(at(middle, "amplitude_A") > 0).toBe(critical(K) < 2);
      expect(middle[column("state")]).toBe(critical(K) < 2 ? "full" : "none");
    }
  });

  it("waves mirror under δ → −δ with the groups exchanged", () => {
    // At K = −7, δ = ±9 the growth rate is 3·10⁻⁴: the amplitude would take 10⁴/γ₋ to settle.
    for (const [K, reach, points] of [
      [-12, 20, 41],
      [6, 20, 41],
      [-7, 9, 2],
    ] as const) {
      const row = rowAt(K, reach, points);
      expect(row.some((record) => record[column("method")] === "wave")).toBe(true);
      row.forEach((record, k) => {
        const mirror = row[row.length - 1 - k]!;
        expect(mirror[column("state")]).toBe(record[column("state")]);
        expect(at(mirror, "amplitude_A")).toBeCloseTo(at(record, "amplitude_B"), 9);
        expect(at(mirror, "order_parameter")).toBeCloseTo(at(record, "order_parameter"), 9);
        if (record[column("relative_phase")] === null) return;
        expect(Math.cos(at(mirror, "relative_phase") + at(record, "relative_phase"))).toBeCloseTo(1, 9);
      });
    }
  });

  it("relative phase: positive for K just below δ = −K, near ±π at the upper edge (text of the paper)", () => {
    const row = rowAt(-10, 12, 49).filter((record) => record[column("state")] === "full");
    // K = −10 and δ > 0: below the line K = −δ the phase of B leads or lags by the sign of δ.
    for (const record of row) {
      const delta = record[0] as number;
      if (Math.abs(delta) > 1) expect(Math.sign(at(record, "relative_phase"))).toBe(Math.sign(delta));
    }
    const edge = row.at(-1)!;
    expect(Math.abs(at(edge, "relative_phase"))).toBeGreaterThan(2.4);
  });

  it("partial synchronization: integrated; both frequency differences near δ, one bin from each other", () => {
    const row = rowAt(-3, 16, 3);
    for (const k of [0, 2]) {
      const record = row[k]!;
      expect(record[column("state")]).toBe("partial");
      const bin = fullTurn / (5000 * (500 / 9999));
      expect(Math.abs(at(record, "spectral_difference") - at(record, "winding_difference"))).toBeLessThan(
        1.5 * bin,
      );
      expect(Math.abs(at(record, "winding_difference") / (record[0] as number) - 1)).toBeLessThan(0.03);
    }
  });
});

describe("Fig. 3(d)", () => {
  it("locked below δ_F = 0.0750 at V_AB = V/10 and slipping as √(δ² − δ_F²) above it (Adler; physics notes)", () => {
    const settings = { ...interCouplingMap.settings(9), interCoupling: [0.1, 1], delta: [-0.16, 0.16] };
    const { map } = interCouplingMap.computeRow(settings, 0);
    const edge = 0.075;
    for (const record of map as readonly Cells[]) {
      const delta = record[0] as number;
      const winding = at(record, "winding_difference");
      if (Math.abs(delta) < edge) expect(Math.abs(winding)).toBeLessThan(1e-6);
      else {
        const adler = Math.sign(delta) * Math.sqrt(delta * delta - edge * edge);
        expect(Math.abs(winding - adler)).toBeLessThan(0.15 * Math.abs(adler));
      }
    }
  });

  it("at V_AB = 0 both groups rotate on their own: ω_A − ω_B = δ", () => {
    const settings = { ...interCouplingMap.settings(3), interCoupling: [0, 1] };
    for (const record of interCouplingMap.computeRow(settings, 0).map as readonly Cells[]) {
      expect(at(record, "winding_difference")).toBeCloseTo(record[0] as number, 4);
    }
  });
});

describe("a run read as the paper does", () => {
  const spacing = 0.1;
  const series = (amplitude: number, omega: number) => ({
    re: Float64Array.from({ length: 1000 }, (_, n) => amplitude * Math.cos(omega * n * spacing)),
    im: Float64Array.from({ length: 1000 }, (_, n) => amplitude * Math.sin(omega * n * spacing)),
  });
  const read = (a: ReturnType<typeof series>, b: ReturnType<typeof series>) =>
    readRun({ series: [a, b], spacing, end: new Float64Array(16) }, 100);

  it("two rotations: amplitudes, difference, partial", () => {
    const state = read(series(0.3, 1.2), series(0.1, -0.4));
    expect(state.state).toBe("partial");
    expect(state.amplitudeA).toBeCloseTo(0.3, 12);
    expect(state.amplitudeB).toBeCloseTo(0.1, 12);
    expect(state.windingDifference).toBeCloseTo(1.6, 10);
    expect(Math.abs(state.spectralDifference! - 1.6)).toBeLessThan(fullTurn / 100);
  });

  it("nothing but what is left of a transient is no synchronization", () => {
    const state = read(series(5e-4, 1), series(1e-9, 1));
    expect(state.state).toBe("none");
    expect(state.windingDifference).toBeNull();
    expect(state.relativePhase).toBeNull();
  });
});

describe("Fig. 3(a–c)", () => {
  const settings = pairSpectra.settings(9);
  const rows = Array.from({ length: 9 }, (_, row) => pairSpectra.computeRow(settings, row));
  const name = (table: string, wanted: string) =>
    pairSpectra.tables[table]!.findIndex((c) => c.name === wanted);

  it("locked for |δ| < 0.385 γ₋ (edge of locking at V_AB = V/2, physics notes), apart beyond", () => {
    for (const { frequencies } of rows) {
      const record = frequencies![0]!;
      const delta = record[name("frequencies", "delta")] as number;
      const difference = record[name("frequencies", "difference")] as number;
      const winding = record[name("frequencies", "winding_difference")] as number;
      if (Math.abs(delta) < 0.385) expect(Math.abs(winding)).toBeLessThan(1e-5);
      else expect(winding * Math.sign(delta)).toBeGreaterThan(0.3);
      const bin = fullTurn / (5000 * (1000 / 9999));
      expect(Math.abs(difference - winding)).toBeLessThan(1.5 * bin);
    }
  });

  it("the highest point of each drawn spectrum is the dominant frequency; P_A(δ) = P_B(−δ) there", () => {
    const highest = (row: number, group: "P_A" | "P_B") => {
      const place = name("spectra", group);
      return rows[row]!.spectra!.reduce((a, b) => ((b[place] as number) > (a[place] as number) ? b : a));
    };
    for (let row = 0; row < 9; row++) {
      const a = highest(row, "P_A");
      const b = highest(8 - row, "P_B");
      expect(a[name("spectra", "omega")]).toBeCloseTo(b[name("spectra", "omega")] as number, 10);
      expect(a[name("spectra", "omega")]).toBeCloseTo(
        rows[row]!.frequencies![0]![name("frequencies", "omega_A")] as number,
        4,
      );
      expect(
        Math.abs((a[name("spectra", "P_A")] as number) - (b[name("spectra", "P_B")] as number)),
      ).toBeLessThan(2e-3);
    }
  });
});
