import { invalidInput } from "#core/errors";
import type { Figure } from "./figure.ts";
import { figureS4 } from "./figures/lifetimes.ts";
import { figure2d, figureS1a, figureS1b, figureS1c, figureS1d } from "./figures/microscopic.ts";
import { figure3d, figure4a, figure4b, figure4c } from "./figures/pair-maps.ts";
import { figure2a, figure2b, figure2c } from "./figures/single-group.ts";
import { figure3a, figure3b, figure3c, figureS2, figureS3 } from "./figures/spectra.ts";

/** Every figure, in the order of the paper. */
export const figures: readonly Figure[] = [
  figure2a,
  figure2b,
  figure2c,
  figure2d,
  figure3a,
  figure3b,
  figure3c,
  figure3d,
  figure4a,
  figure4b,
  figure4c,
  figureS1a,
  figureS1b,
  figureS1c,
  figureS1d,
  figureS2,
  figureS3,
  figureS4,
];

/**
 * Figures by name; `all` is every one.
 *
 * @throws EntrainError `figure.unknown` naming those there are
 */
export function findFigures(name: string): readonly Figure[] {
  if (name === "all") return figures;
  const found = figures.filter((figure) => figure.name === name.toLowerCase());
  if (found.length === 0) {
    throw invalidInput(
      {
        path: "name",
        message: `there is no figure "${name}"`,
        found: name,
        expected: `all, ${figures.map((figure) => figure.name).join(", ")}`,
      },
      "figure.unknown",
    );
  }
  return found;
}
