/** A grid as an SVG document: the PNG, and crisp text around it. */
import { escapeMarkup, toBase64 } from "../display.ts";
import { type GridLayout, type ImageGridOptions, LINE_HEIGHT } from "./layout.ts";

const TITLE_HEIGHT = 24;
const HEADING_HEIGHT = 18;
const FONT = "Helvetica, Arial, 'DejaVu Sans', sans-serif";

/**
 * Title, headings, labels and captions around the images.
 *
 * @param alternative What is read aloud in place of the picture.
 */
export function gridToSVG(
  layout: GridLayout,
  options: ImageGridOptions,
  { png, alternative }: { readonly png: Uint8Array; readonly alternative: string },
): string {
  const { title, captions = [], rowLabels, columnLabels, columnTitle, blocks } = options;
  const left = rowLabels === undefined
    ? 4
    : 14 + Math.ceil(7.6 * Math.max(...rowLabels.map((text) => [...text].length)));
  const headings = [title, blocks, columnTitle, columnLabels];
  const heights = [TITLE_HEIGHT, HEADING_HEIGHT, HEADING_HEIGHT, HEADING_HEIGHT];
  /** Lower edge of a heading, the margin below it taken off. */
  const below = (index: number) =>
    4 + heights.slice(0, index + 1).reduce(
      (sum, height, i) => headings[i] === undefined ? sum : sum + height,
      0,
    );
  const top = below(headings.length - 1);
  const width = left + layout.width + 4;
  const height = top + layout.height + layout.captionHeight + 4;
  const text = (x: number, y: number, content: string, extra: string) =>
    `<text x="${x}" y="${y}" ${extra}>${escapeMarkup(content)}</text>`;
  const centre = (column: number) => left + layout.left(column) + layout.cell.width / 2;
  const captionSize = layout.fittingSize(captions, 11);
  const columnSize = layout.fittingSize(columnLabels ?? [], 12);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ` +
    `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
    `role="img" aria-label="${escapeMarkup(alternative)}" ` +
    `font-family="${FONT}" font-size="11" fill="#222222">`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    title === undefined ? "" : text(left, 18, title, `font-size="14" font-weight="600"`),
    ...(blocks ?? []).map((label, block) => {
      const wide = layout.columns / blocks!.length;
      const middle = (centre(block * wide) + centre((block + 1) * wide - 1)) / 2;
      return text(middle, below(1) - 6, label, `text-anchor="middle" font-size="12"`);
    }),
    columnTitle === undefined
      ? ""
      : text(left, below(2) - 5, columnTitle, `font-size="12" fill="#555555"`),
    ...(columnLabels ?? []).map((label, column) =>
      text(centre(column), below(3) - 5, label, `text-anchor="middle" font-size="${columnSize}"`)
    ),
    ...(rowLabels ?? []).map((label, row) =>
      text(
        left - 6,
        top + layout.top(row) + layout.cell.height / 2 + 4,
        label,
        `text-anchor="end" font-size="12"`,
      )
    ),
    // Both spellings of the link: browsers read the new one, older viewers only the other.
    `<image x="${left}" y="${top}" width="${layout.width}" height="${layout.height}" ` +
    `style="image-rendering:pixelated" ` +
    `xlink:href="data:image/png;base64,${toBase64(png)}"/>`,
    ...captions.flatMap((caption, index) => {
      const edge = top + layout.top(Math.floor(index / layout.columns)) + layout.cell.height;
      return caption.split("\n").map((line, place) =>
        text(
          centre(index % layout.columns),
          edge + LINE_HEIGHT * (place + 1) - 2,
          line,
          `text-anchor="middle" font-size="${captionSize}"`,
        )
      );
    }),
    "</svg>",
  ].filter((part) => part !== "").join("\n");
}
