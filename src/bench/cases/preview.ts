import { createMapPool } from "#simulators/index";
import type { BenchCase, BenchContext, CaseOutcome } from "../bench-case.ts";
import { figure4Request } from "../contestants/maps.ts";
import { atMost, type Row } from "../results.ts";
import { summarise } from "../statistics.ts";

/** Points along an edge of the preview. */
const previewEdge = 33;

/**
 * What a person who moves a knob waits for, by the clock: the first points of a full map, and a whole preview after
 * a change of the coupling.
 */
async function run({ short }: BenchContext): Promise<CaseOutcome> {
  const workers = 2;
  const moves = short ? 4 : 12;
  const pool = createMapPool(workers);
  try {
    await pool.compute(figure4Request(previewEdge, 0.9));
    const previews: number[] = [];
    let evaluations = 0;
    for (let move = 0; move < moves; move++) {
      const request = figure4Request(previewEdge, 0.9 + (0.2 * (move + 1)) / moves);
      const started = performance.now();
      evaluations += (await pool.compute(request)).evaluations;
      previews.push((performance.now() - started) / 1000);
    }
    const first: number[] = [];
    for (let request = 0; request < (short ? 1 : 3); request++) {
      const started = performance.now();
      const cancel = new AbortController();
      let seen = Number.NaN;
      await pool.compute(figure4Request(255, 1 + 0.01 * request), {
        signal: cancel.signal,
        onTile: () => {
          if (Number.isNaN(seen)) seen = (performance.now() - started) / 1000;
          cancel.abort();
        },
      });
      first.push(seen);
    }
    const rows: Row[] = [
      {
        name: `preview ${previewEdge} × ${previewEdge} after a move of V`,
        kind: "ours",
        items: moves,
        seconds: summarise(previews),
        work: { evaluations: evaluations / moves / previewEdge ** 2 },
      },
      { name: "first tile of 255 × 255", kind: "ours", items: first.length, seconds: summarise(first) },
    ];
    return {
      item: "request, by the clock",
      rows,
      goals: [
        {
          name: "a preview after a move of a knob",
          bound: "at most",
          target: 0.1,
          unit: "s",
          measured: rows[0]!.seconds!.median,
        },
        {
          name: "first points of a full map",
          bound: "at most",
          target: 0.5,
          unit: "s",
          measured: rows[1]!.seconds!.median,
        },
      ],
      checks: [
        atMost("right-hand sides a point of a preview", evaluations / moves / previewEdge ** 2, 20_000),
      ],
      notes: [
        `Wall-clock times with ${workers} workers, which a busy machine lengthens; Fig. 4 at V = V_AB from 0.9 to 1.1 γ₋.`,
      ],
    };
  } finally {
    await pool.close();
  }
}

export const previewCase: BenchCase = {
  name: "preview",
  title: "Waiting times at the desk",
  run,
};
