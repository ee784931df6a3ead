/** Images in rows and columns as PNG, with their texts as SVG, and as plain text. */
import { HEAD, LABELLED } from "./pieces.ts";
import { checkArgument, checkOptionNames } from "../../base/check_argument.ts";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { type Images, type LabelledImages, selectImages } from "../../base/contracts.ts";
import { encodePng } from "../../data/files/image_file.ts";
import {
  type Displayable,
  guardedBundle,
  JUPYTER_DISPLAY,
  type MimeBundle,
  toBase64,
} from "../display.ts";
import { GridLayout, type ImageGridOptions } from "./layout.ts";
import { gridToSVG } from "./svg.ts";

/**
 * Images in rows and columns, magnified without smoothing. The PNG holds only the images; titles,
 * captions and labels are crisp text of an SVG around it, and part of the text form.
 */
export class ImageGrid implements Displayable {
  /** Images per row. */
  readonly columns: number;
  /** Rows of images. */
  readonly rows: number;
  /** Size of the PNG in pixels. */
  readonly width: number;
  /** Pixels of the whole picture. */
  readonly height: number;
  /** Pixels of the whole grid [height, width, 3]. */
  readonly pixels: Uint8Array;
  /** What is to be seen in this very picture; `show` shows it below. */
  readonly finding: string | undefined;
  readonly #shape: Images["shape"];
  readonly #options: ImageGridOptions;
  readonly #layout: GridLayout;

  /**
   * Draws every image, in reading order.
   *
   * @param images 1 or 3 channels, values 0 … 255.
   * @throws RangeError if there is no image, or captions or labels do not fit the grid.
   */
  constructor(images: Images, options: ImageGridOptions = {}) {
    const layout = new GridLayout(images, options);
    const { channels } = images.shape;
    if (channels !== 1 && channels !== 3) {
      throw new RangeError(`Cannot draw images: found ${channels} channels, want 1 or 3`);
    }
    this.columns = layout.columns;
    this.rows = layout.rows;
    this.width = layout.width;
    this.height = layout.height;
    this.finding = options.finding;
    this.#shape = images.shape;
    this.#options = options;
    this.#layout = layout;
    this.pixels = drawPixels(images, layout);
  }

  /** The grid without its texts as a PNG file. */
  toPNG(): Uint8Array {
    return encodePng({ width: this.width, height: this.height, pixels: this.pixels });
  }

  /** The grid with title, labels and captions as an SVG document that holds the PNG. */
  toSVG(): string {
    return gridToSVG(this.#layout, this.#options, {
      png: this.toPNG(),
      alternative: this.alternative,
    });
  }

  /** What stands for the picture where it cannot be seen. */
  get alternative(): string {
    const text = this.toText().replace("[images] ", "").split("\n").map((line) => line.trim());
    return [...text, ...(this.finding === undefined ? [] : [this.finding])].join(". ");
  }

  /** Title, size and captions, as a reader without graphics needs them. */
  toText(): string {
    const { title, captions, rowLabels, columnLabels, columnTitle, blocks } = this.#options;
    const { height, width } = this.#shape;
    const lines = [
      `[images] ${title === undefined ? "" : `${title}: `}${this.#layout.count} images of ` +
      `${height}x${width} pixels, ${this.rows} rows of ${this.columns}`,
    ];
    if (blocks !== undefined) lines.push(`  blocks: ${blocks.join(", ")}`);
    if (columnLabels !== undefined) {
      lines.push(`  ${columnTitle ?? "columns"}: ${columnLabels.join(", ")}`);
    }
    if (captions !== undefined) {
      for (let row = 0; row < this.rows; row++) {
        const own = captions.slice(row * this.columns, (row + 1) * this.columns)
          .map((text) => text.replaceAll("\n", " ")).join(", ");
        lines.push(`  ${rowLabels === undefined ? "" : `${rowLabels[row]}: `}${own}`);
      }
    } else if (rowLabels !== undefined) {
      lines.push(`  rows: ${rowLabels.filter((label) => label !== "").join(", ")}`);
    }
    return lines.join("\n");
  }

  bundle(): MimeBundle {
    const { title, captions, rowLabels, columnLabels, blocks } = this.#options;
    const hasText = [title, captions, rowLabels, columnLabels, blocks].some((part) =>
      part !== undefined
    );
    return {
      ...(hasText ? { "image/svg+xml": this.toSVG() } : {}),
      "image/png": toBase64(this.toPNG()),
      "text/plain": this.toText(),
    };
  }

  /** The same for a cell that ends in the value. */
  [JUPYTER_DISPLAY](): Promise<MimeBundle> {
    return guardedBundle(() => this.bundle());
  }
}

/** The images magnified on a white ground, [height, width, 3]. */
function drawPixels(images: Images, layout: GridLayout): Uint8Array {
  const { shape, count } = images;
  const { scale, cell, width } = layout;
  const pixels = new Uint8Array(layout.height * width * 3).fill(255);
  const image = new Uint8Array(shape.height * shape.width * shape.channels);
  for (let index = 0; index < count; index++) {
    images.read(index, image, 0);
    const left = layout.left(index % layout.columns);
    const top = layout.top(Math.floor(index / layout.columns));
    for (let y = 0; y < cell.height; y++) {
      const sourceRow = Math.floor(y / scale) * shape.width;
      for (let x = 0; x < cell.width; x++) {
        const source = (sourceRow + Math.floor(x / scale)) * shape.channels;
        const target = ((top + y) * width + left + x) * 3;
        for (let channel = 0; channel < 3; channel++) {
          pixels[target + channel] = image[source + (shape.channels === 3 ? channel : 0)]!;
        }
      }
    }
  }
  return pixels;
}

/** Options of every grid but the captions, which have two forms. */
const GRID_OPTIONS: Readonly<Record<Exclude<keyof ImageGridOptions, "captions">, true>> = {
  ...HEAD,
  columns: true,
  padding: true,
  rowLabels: true,
  columnLabels: true,
  columnTitle: true,
  blocks: true,
  rowsPerBand: true,
};

/**
 * Images in rows and columns.
 *
 * @param images 1 or 3 channels, values 0 … 255, in reading order of the grid.
 * @throws RangeError if there is no image, or captions or labels do not fit the grid.
 */
export function imageGrid(images: Images, options: ImageGridOptions = {}): ImageGrid {
  checkArgument("imageGrid()", images, {
    want: "images, such as run.dataset.test.images",
    fits: (value) => "shape" in value && "count" in value,
  });
  checkOptionNames("imageGrid()", options, {
    known: { ...GRID_OPTIONS, captions: true },
    example: "{ columns: 5 }",
  });
  return new ImageGrid(images, options);
}

/**
 * The images at some positions of a set with a caption each, for instance fakes the teacher
 * relabelled ("cat\n→ dog") or rejected fakes with their density ratio.
 *
 * @param indices Positions in the set.
 * @param captionOf The caption of the image at a position.
 */
export function captionedGrid(
  set: LabelledImages,
  indices: ArrayLike<number>,
  options: Omit<ImageGridOptions, "captions"> & { captionOf: (index: number) => string },
): ImageGrid {
  checkArgument("captionedGrid()", set, LABELLED);
  checkOptionNames("captionedGrid()", options, {
    known: { ...GRID_OPTIONS, captionOf: true },
    example: "{ captionOf: (index) => `${index}` }",
  });
  const { captionOf, ...rest } = options;
  return new ImageGrid(selectImages(set.images, indices), {
    ...rest,
    captions: Array.from(indices, (index) => captionOf(index)),
  });
}

/** Writes a grid as PNG, or with its texts as SVG when the path ends so; missing folders are made. */
export async function saveImageGrid(grid: ImageGrid, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, path.endsWith(".svg") ? grid.toSVG() : grid.toPNG());
}
