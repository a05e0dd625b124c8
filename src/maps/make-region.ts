import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TransmonProfile } from "#devices/transmon/schema";
import type { Column } from "#figures/computation";
import { csvText } from "#figures/csv";
import { svgToPng } from "#report/svg";
import { createMapPool } from "#simulators/index";
import { drawRegion } from "./draw-region.ts";
import { mapCsv } from "./map-csv.ts";
import { paperMaps, type Region, type RegionOptions, reachableRegion } from "./region-model.ts";

/** Files of a region, and what it says in numbers. */
export interface MadeRegion {
  readonly files: readonly string[];
  readonly region: Region;
}

const columns: readonly Column[] = [
  { name: "loss", unit: "Hz", about: "γ₋/2π" },
  { name: "asymmetry", unit: "", about: "K/γ₋ at the natural anharmonicity" },
  { name: "reach", unit: "Hz", about: "largest V/2π at the natural anharmonicity" },
  {
    name: "threshold",
    unit: "Hz",
    about: "V_c/2π of the mean site, unwanted channels included; empty: none",
  },
  { name: "synthesis", unit: "Hz", about: "largest V/2π with K-synthesis" },
];

/**
 * Computes what a device reaches and the diagrams behind it, and writes region.svg, region.png, region.csv and the
 * numbers of the two diagrams.
 */
export async function makeRegion(
  profile: TransmonProfile,
  options: RegionOptions & { readonly folder: string; readonly workers: number },
): Promise<MadeRegion> {
  const region = reachableRegion(profile, options);
  const requests = paperMaps(options);
  const pool = createMapPool(options.workers);
  try {
    const first = await pool.compute(requests[0], { method: "fast" });
    const second = await pool.compute(requests[1], { method: "fast" });
    const title = `Reachable models of ${profile.name}, γ₊/γ₋ = ${options.gain}, ${options.ladder} ladder`;
    const svg = drawRegion(region, requests, [first.planes, second.planes], title);
    const rows = region.rows.map((row) => [
      row.loss_hz,
      row.asymmetry,
      row.reach_hz,
      row.threshold_hz,
      row.synthesis_hz,
    ]);
    mkdirSync(options.folder, { recursive: true });
    const write = (name: string, content: string | Uint8Array) => {
      const path = join(options.folder, name);
      writeFileSync(path, content);
      return path;
    };
    const files = [
      write("region.svg", svg),
      write("region.png", svgToPng(svg)),
      write("region.csv", csvText(title, columns, rows)),
      write("region-detuning.csv", mapCsv(requests[0], first.planes, `${title}: δ and V_AB at K = 0`)),
      write("region-asymmetry.csv", mapCsv(requests[1], second.planes, `${title}: δ and K at V_AB = V = γ₋`)),
    ];
    return { files, region };
  } finally {
    await pool.close();
  }
}
