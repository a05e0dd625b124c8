import { describe, expect, it } from "vitest";
import { asymmetryMap } from "#figures/computations/two-group-map";
import { readReference } from "../support/reference.ts";

interface Microscopic {
  readonly part_b: Readonly<
    Record<
      "grid_R15" | "grid_R30",
      {
        readonly axis: readonly number[];
        /** One string a row, K ascending: S full, p partial, . none. */
        readonly macroscopic_meanfield_V1_VAB1: { readonly rows: readonly string[] };
      }
    >
  >;
}

const reference = readReference("microscopic") as Microscopic | undefined;
const letters = { full: "S", partial: "p", none: "." } as const;

describe("Fig. 4 against an independent integration of the two-group equations (31 × 31 points)", () => {
  it.skipIf(!reference).each(["grid_R15", "grid_R30"] as const)("%s", (grid) => {
    const { axis, macroscopic_meanfield_V1_VAB1 } = reference!.part_b[grid];
    const reach = axis.at(-1)!;
    const settings = { ...asymmetryMap.settings(axis.length), delta: [-reach, reach], K: [-reach, reach] };
    const names = asymmetryMap.tables.map!.map(({ name }) => name);
    const place = (name: string) => names.indexOf(name);
    const different: string[] = [];
    let compared = 0;
    macroscopic_meanfield_V1_VAB1.rows.forEach((letterRow, row) => {
      asymmetryMap.computeRow(settings, row).map!.forEach((record, column) => {
        const amplitudes = [record[place("amplitude_A")] as number, record[place("amplitude_B")] as number];
        // The reference calls a point synchronized when both amplitudes pass 1e-3 after 300/γ₋.
        const silent = Math.min(...amplitudes) < 1e-3;
        const ours = silent ? "." : letters[record[place("state")] as keyof typeof letters];
        compared++;
        if (ours !== letterRow[column]) {
          different.push(`K ${axis[row]} delta ${axis[column]}: ${ours} not ${letterRow[column]}`);
        }
      });
    });
    expect(compared).toBe(31 * 31);
    console.info(`${grid}: ${different.length} of ${compared} differ\n${different.join("\n")}`);
    // Next to a threshold the reference's 300/γ₋ is too short, and at the edge of locking 0.02 does not tell a slow slip.
    expect(different.length).toBeLessThanOrEqual(Math.floor(0.01 * compared));
  });
});
