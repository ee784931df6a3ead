/** Where the images and texts of a grid lie. */
import type { ImageShape } from "../../base/contracts.ts";

/** What surrounds the images of a grid. */
export interface ImageGridOptions {
  /** Above the picture. */
  readonly title?: string;
  /** What is to be seen in this very picture, shown below it. */
  readonly finding?: string;
  /** Images per row; default: 10, or all when there are fewer. */
  readonly columns?: number;
  /** Whole-number magnification, nearest neighbour; by default a side becomes about 64 pixels. */
  readonly scale?: number;
  /** White pixels between images; 3. */
  readonly padding?: number;
  /** Below each image, for instance "r = 1.8" or "cat\n→ dog"; a line break starts a new line. */
  readonly captions?: readonly string[];
  /** One line left of each row, for instance the class. */
  readonly rowLabels?: readonly string[];
  /** One line above each column, for instance an angle. */
  readonly columnLabels?: readonly string[];
  /** Right of or above the column labels: what they are, for instance "angle (degrees)". */
  readonly columnTitle?: string;
  /** Headings of blocks of columns, all of one width and set apart, for instance "real", "fake". */
  readonly blocks?: readonly string[];
  /** Rows that lie close together, set apart from the next ones; 1 sets none apart. */
  readonly rowsPerBand?: number;
}

/** Height of a line of a caption in pixels. */
export const LINE_HEIGHT = 14;
const BLOCK_GAP = 14;
const BAND_GAP = 8;

/** The geometry of a grid: sizes and places in pixels of the PNG, which holds only the images. */
export class GridLayout {
  readonly count: number;
  /** Images per row. */
  readonly columns: number;
  readonly rows: number;
  readonly scale: number;
  /** Size of a magnified image. */
  readonly cell: { readonly width: number; readonly height: number };
  /** Size of the PNG. */
  readonly width: number;
  readonly height: number;
  /** Room below each row of images. */
  readonly captionHeight: number;
  readonly #padding: number;
  readonly #blocks: number;
  readonly #band: number;

  /** @throws RangeError if there is no image, or a number or list of texts does not fit. */
  constructor(
    { shape, count }: { readonly shape: ImageShape; readonly count: number },
    options: ImageGridOptions,
  ) {
    if (count === 0) throw new RangeError("Cannot draw images: found 0 images, want at least 1");
    const scale = options.scale ?? Math.max(1, Math.round(64 / shape.height));
    const columns = Math.min(options.columns ?? 10, count);
    const padding = options.padding ?? 3;
    const band = options.rowsPerBand ?? 1;
    checkWhole({ scale, columns, rowsPerBand: band }, 1);
    checkWhole({ padding }, 0);
    const rows = Math.ceil(count / columns);
    checkTexts("captions", options.captions, count);
    checkTexts("row labels", options.rowLabels, rows);
    checkTexts("column labels", options.columnLabels, columns);
    const blocks = options.blocks?.length ?? 1;
    if (columns % blocks !== 0) {
      throw new RangeError(
        `Cannot draw images: found ${blocks} blocks for ${columns} columns, want blocks of one width`,
      );
    }
    this.count = count;
    this.columns = columns;
    this.rows = rows;
    this.scale = scale;
    this.cell = { width: shape.width * scale, height: shape.height * scale };
    this.#padding = padding;
    this.#blocks = blocks;
    this.#band = band;
    const lines = Math.max(0, ...(options.captions ?? []).map((text) => text.split("\n").length));
    this.captionHeight = lines === 0 ? 0 : LINE_HEIGHT * lines + 4;
    this.width = this.left(columns - 1) + this.cell.width;
    this.height = this.top(rows - 1) + this.cell.height;
  }

  /** Left edge of a column; a block starts after a wider gap. */
  left(column: number): number {
    const wide = this.columns / this.#blocks;
    return column * (this.cell.width + this.#padding) + Math.floor(column / wide) * BLOCK_GAP;
  }

  /** Upper edge of a row; a band starts after a wider gap. */
  top(row: number): number {
    const gaps = this.#band === 1 ? 0 : Math.floor(row / this.#band);
    return row * (this.cell.height + this.#padding + this.captionHeight) + gaps * BAND_GAP;
  }

  /** The largest type size, up to `most`, at which the longest text stays within its column. */
  fittingSize(texts: readonly string[], most: number): number {
    const longest = Math.max(
      1,
      ...texts.flatMap((text) => text.split("\n")).map((line) => [...line].length),
    );
    const fitting = Math.floor((this.cell.width + this.#padding) / (0.58 * longest) * 2) / 2;
    return Math.min(most, Math.max(6, fitting));
  }
}

function checkWhole(numbers: Readonly<Record<string, number>>, least: number): void {
  for (const [name, value] of Object.entries(numbers)) {
    if (!Number.isInteger(value) || value < least) {
      throw new RangeError(
        `Cannot draw images: found ${name} ${value}, want an integer of at least ${least}`,
      );
    }
  }
}

function checkTexts(what: string, texts: readonly string[] | undefined, want: number): void {
  if (texts !== undefined && texts.length !== want) {
    throw new RangeError(
      `Cannot draw images: found ${texts.length} ${what}, want ${want}, one for each`,
    );
  }
}
