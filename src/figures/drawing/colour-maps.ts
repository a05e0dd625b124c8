/** Red, green, blue, 0 … 255. */
export type Colour = readonly [red: number, green: number, blue: number];
export type ColourMap = (value: number) => Colour;

export const black: Colour = [0, 0, 0];
export const white: Colour = [255, 255, 255];

function parseHex(text: string): Colour {
  const value = Number.parseInt(text.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

/** Stops at even distances from `from` to `to`, straight lines between them; values outside take the end. */
export function colourMap(stops: readonly string[], from: number, to: number): ColourMap {
  const colours = stops.map(parseHex);
  return (value) => {
    const place = Math.min(1, Math.max(0, (value - from) / (to - from))) * (colours.length - 1);
    const index = Math.min(colours.length - 2, Math.floor(place));
    const share = place - index;
    const mix = (c: 0 | 1 | 2) =>
      Math.round(colours[index]![c] * (1 - share) + colours[index + 1]![c] * share);
    return [mix(0), mix(1), mix(2)];
  };
}

/** Blue for negative, white at zero, red for positive values; ColorBrewer RdBu (Harrower & Brewer 2003). */
export const blueWhiteRed = [
  "#053061",
  "#2166ac",
  "#4393c3",
  "#92c5de",
  "#f7f7f7",
  "#f4a582",
  "#d6604d",
  "#b2182b",
  "#67001f",
] as const;

/** Black through purple and orange to pale yellow, monotone in lightness; after inferno (Smith & van der Walt). */
export const blackToYellow = [
  "#000004",
  "#1b0c41",
  "#4a0c6b",
  "#781c6d",
  "#a52c60",
  "#cf4446",
  "#ed6925",
  "#fb9b06",
  "#f7d13d",
  "#fcffa4",
] as const;

/** White through blue to near-black, monotone in lightness. */
export const whiteToBlue = [
  "#ffffff",
  "#d6e6f4",
  "#abcfe5",
  "#6aaed6",
  "#3787c0",
  "#105ba4",
  "#08306b",
] as const;

export const whiteToBlack = ["#ffffff", "#000000"] as const;

/** Closed circle from −π to π: pale at 0, red at π/2, gold at ±π, blue at −π/2; never near black. */
export const phaseCircle = [
  "#d9a400",
  "#6f9f57",
  "#2b6fb5",
  "#8fb4dc",
  "#f2f2f2",
  "#e39a8c",
  "#c0392f",
  "#d37a1a",
  "#d9a400",
] as const;
