/** Pictures as PNG, for papers and slides: an SVG drawn by resvg (MPL 2.0), a native library that is loaded when it is asked for. */
import { checkFraction } from "../../base/check.ts";

/** Words that show whether any font is there. */
const SAMPLE =
  '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="20"><text x="2" y="15" font-size="14">Mm</text></svg>';

/**
 * Draws an SVG document as PNG.
 *
 * @param scale Pixels of the PNG for each of the SVG; default: 3, about 300 dots an inch at the width of a column.
 * @throws {Error} This machine has no font that resvg finds: words would be missing.
 */
export async function renderPNG(svg: string, scale = 3): Promise<Uint8Array> {
  checkFraction(scale, "scale", 0, 20);
  const { Resvg } = await import("@resvg/resvg-js");
  const font = { loadSystemFonts: true, defaultFontFamily: "DejaVu Sans" };
  const sample = new Resvg(SAMPLE, { font }).render();
  if (!sample.pixels.some((value: number) => value > 0)) {
    throw new Error(
      "Cannot draw a PNG: found no font on this machine, want one such as DejaVu Sans (Debian: fonts-dejavu-core); " +
        "SVG needs none",
    );
  }
  const drawing = new Resvg(svg, {
    font,
    background: "#ffffff",
    fitTo: { mode: "zoom", value: scale },
  });
  return drawing.render().asPng();
}
