import { svgToPng } from "#report/svg";

/** True when the PNG renderer finds no font, so that text would silently vanish. */
export function fontsAreMissing(): boolean {
  const picture = (text: string) =>
    Buffer.from(
      svgToPng(
        `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><text x="2" y="16" font-size="16">${text}</text></svg>`,
      ),
    );
  return picture("M").equals(picture(""));
}
