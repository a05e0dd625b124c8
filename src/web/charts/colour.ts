export type Colour = readonly [red: number, green: number, blue: number];

/**
 * Cividis in eleven stops: blue to yellow, monotone in lightness, the same to readers with and without red and green.
 * Nuñez, Anderton & Renslow, PLoS ONE 13, e0199239 (2018).
 */
const cividis = [
  "#00224e",
  "#123570",
  "#3b496c",
  "#575d6d",
  "#707173",
  "#8a8678",
  "#a59c74",
  "#c3b369",
  "#e1cc55",
  "#fee838",
].map(parse);

function parse(text: string): Colour {
  const value = Number.parseInt(text.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

/** Colour of a part from 0 to 1. */
export function colourOf(part: number): Colour {
  const position = Math.min(1, Math.max(0, part)) * (cividis.length - 1);
  const index = Math.min(cividis.length - 2, Math.floor(position));
  const share = position - index;
  const mix = (c: 0 | 1 | 2) => cividis[index]![c] * (1 - share) + cividis[index + 1]![c] * share;
  return [mix(0), mix(1), mix(2)];
}

export function css([red, green, blue]: Colour): string {
  return `rgb(${Math.round(red)} ${Math.round(green)} ${Math.round(blue)})`;
}

/** CSS gradient of the whole map, from left to right. */
export const gradient = `linear-gradient(to right, ${cividis.map(css).join(", ")})`;

/** Black or white, whichever is read better on a colour. */
export function inkOn([red, green, blue]: Colour): string {
  return 0.299 * red + 0.587 * green + 0.114 * blue > 140 ? "#111" : "#fff";
}
