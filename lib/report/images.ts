/** Grids of images as PNG: real beside fake, accepted beside rejected, relabelled fakes. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { type Images, type LabelledImages, selectImages } from "../base/contracts.ts";
import { encodePng } from "../data/image_file.ts";
import {
  type Displayable,
  escapeMarkup,
  JUPYTER_DISPLAY,
  type MimeBundle,
  toBase64,
} from "./display.ts";

/** What surrounds the images of a grid. */
export interface ImageGridOptions {
  readonly title?: string;
  /** Images a row; 10, or all when there are fewer. */
  readonly columns?: number;
  /** Whole-number magnification, nearest neighbour; by default a side becomes about 64 pixels. */
  readonly scale?: number;
  /** White pixels between images; 3. */
  readonly padding?: number;
  /** Below each image, for instance "r = 1.8" or "cat\n→ dog"; a line break starts a new line. */
  readonly captions?: readonly string[];
  /** One line left of each row, for instance the class. */
  readonly rowLabels?: readonly string[];
  /** Headings of blocks of columns, all of one width and set apart, for instance "real", "fake". */
  readonly blocks?: readonly string[];
}

const LINE_HEIGHT = 14;
const BLOCK_GAP = 14;
const TITLE_HEIGHT = 24;
const FONT = "Helvetica, Arial, 'DejaVu Sans', sans-serif";

/**
 * Images in rows and columns, magnified without smoothing. The PNG holds the images alone; titles,
 * captions and labels are crisp text of an SVG around it, and part of the text form.
 */
export class ImageGrid implements Displayable {
  /** Images a row. */
  readonly columns: number;
  readonly rows: number;
  /** Size of the PNG in pixels. */
  readonly width: number;
  readonly height: number;
  /** Pixels of the whole grid [height, width, 3]. */
  readonly pixels: Uint8Array;
  readonly #images: Images;
  readonly #options: ImageGridOptions;
  readonly #cell: { readonly width: number; readonly height: number };
  readonly #padding: number;
  readonly #captionLines: number;

  /**
   * @param images 1 or 3 channels, values 0 … 255.
   * @throws RangeError if there is no image, or captions or labels do not fit the grid.
   */
  constructor(images: Images, options: ImageGridOptions = {}) {
    const { shape, count } = images;
    if (count === 0) throw new RangeError("Cannot draw images: found 0 images, want at least 1");
    if (shape.channels !== 1 && shape.channels !== 3) {
      throw new RangeError(`Cannot draw images: found ${shape.channels} channels, want 1 or 3`);
    }
    const scale = options.scale ?? Math.max(1, Math.round(64 / shape.height));
    const columns = Math.min(options.columns ?? 10, count);
    const padding = options.padding ?? 3;
    for (
      const [name, value, least] of [
        ["scale", scale, 1],
        ["columns", columns, 1],
        ["padding", padding, 0],
      ] as const
    ) {
      if (!Number.isInteger(value) || value < least) {
        throw new RangeError(
          `Cannot draw images: found ${name} ${value}, want an integer of at least ${least}`,
        );
      }
    }
    const rows = Math.ceil(count / columns);
    checkCount("captions", options.captions, count);
    checkCount("row labels", options.rowLabels, rows);
    const blocks = options.blocks?.length ?? 1;
    if (columns % blocks !== 0) {
      throw new RangeError(
        `Cannot draw images: found ${blocks} blocks for ${columns} columns, want blocks of one width`,
      );
    }
    this.columns = columns;
    this.rows = rows;
    this.#images = images;
    this.#options = options;
    this.#padding = padding;
    this.#cell = { width: shape.width * scale, height: shape.height * scale };
    this.#captionLines = Math.max(0, ...(options.captions ?? []).map(countLines));
    this.width = this.#columnLeft(columns - 1) + this.#cell.width;
    this.height = rows * this.#rowHeight() - padding - this.#captionHeight();
    this.pixels = this.#draw(scale);
  }

  /** The grid without its texts as a PNG file. */
  toPNG(): Uint8Array {
    return encodePng({ width: this.width, height: this.height, pixels: this.pixels });
  }

  /** The grid with title, labels and captions as an SVG document that holds the PNG. */
  toSVG(): string {
    const { title, captions, rowLabels, blocks } = this.#options;
    const left = rowLabels === undefined
      ? 4
      : 14 + Math.ceil(7.6 * Math.max(...rowLabels.map((text) => [...text].length)));
    const top = 4 + (title === undefined ? 0 : TITLE_HEIGHT) +
      (blocks === undefined ? 0 : 18);
    const width = left + this.width + 4;
    const height = top + this.height + this.#captionHeight() + 4;
    const text = (x: number, y: number, content: string, extra: string) =>
      `<text x="${x}" y="${y}" ${extra}>${escapeMarkup(content)}</text>`;
    const centre = (index: number) =>
      left + this.#columnLeft(index % this.columns) + this.#cell.width / 2;
    const rowTop = (row: number) => top + row * this.#rowHeight();
    const size = this.#captionSize();
    return [
      `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ` +
      `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
      `font-family="${FONT}" font-size="11" fill="#222222">`,
      `<rect width="${width}" height="${height}" fill="white"/>`,
      title === undefined ? "" : text(left, 18, title, `font-size="14" font-weight="600"`),
      ...(blocks ?? []).map((label, block) => {
        const wide = this.columns / blocks!.length;
        const middle = (centre(block * wide) + centre((block + 1) * wide - 1)) / 2;
        return text(middle, top - 6, label, `text-anchor="middle" font-size="12"`);
      }),
      ...(rowLabels ?? []).map((label, row) =>
        text(
          left - 6,
          rowTop(row) + this.#cell.height / 2 + 4,
          label,
          `text-anchor="end" font-size="12"`,
        )
      ),
      // Both spellings of the link: browsers read the new one, older viewers only the other.
      `<image x="${left}" y="${top}" width="${this.width}" height="${this.height}" ` +
      `style="image-rendering:pixelated" ` +
      `xlink:href="data:image/png;base64,${toBase64(this.toPNG())}"/>`,
      ...(captions ?? []).flatMap((caption, index) => {
        const below = rowTop(Math.floor(index / this.columns)) + this.#cell.height;
        return caption.split("\n").map((line, place) =>
          text(
            centre(index),
            below + LINE_HEIGHT * (place + 1) - 2,
            line,
            `text-anchor="middle" font-size="${size}"`,
          )
        );
      }),
      "</svg>",
    ].filter((part) => part !== "").join("\n");
  }

  /** Title, size and captions, as a reader without graphics needs them. */
  toText(): string {
    const { title, captions, rowLabels, blocks } = this.#options;
    const { height, width } = this.#images.shape;
    const lines = [
      `[images] ${title === undefined ? "" : `${title}: `}${this.#images.count} images of ` +
      `${height}x${width} pixels, ${this.rows} rows of ${this.columns}`,
    ];
    if (blocks !== undefined) lines.push(`  blocks: ${blocks.join(", ")}`);
    if (captions !== undefined) {
      for (let row = 0; row < this.rows; row++) {
        const own = captions.slice(row * this.columns, (row + 1) * this.columns)
          .map((text) => text.replaceAll("\n", " ")).join(", ");
        lines.push(`  ${rowLabels === undefined ? "" : `${rowLabels[row]}: `}${own}`);
      }
    } else if (rowLabels !== undefined) lines.push(`  rows: ${rowLabels.join(", ")}`);
    return lines.join("\n");
  }

  bundle(): MimeBundle {
    const { title, captions, rowLabels, blocks } = this.#options;
    const hasText = [title, captions, rowLabels, blocks].some((part) => part !== undefined);
    return {
      ...(hasText ? { "image/svg+xml": this.toSVG() } : {}),
      "image/png": toBase64(this.toPNG()),
      "text/plain": this.toText(),
    };
  }

  [JUPYTER_DISPLAY](): MimeBundle {
    return this.bundle();
  }

  #rowHeight(): number {
    return this.#cell.height + this.#padding + this.#captionHeight();
  }

  #captionHeight(): number {
    return this.#captionLines === 0 ? 0 : LINE_HEIGHT * this.#captionLines + 4;
  }

  /** Left edge of a column; a block starts after a wider gap. */
  #columnLeft(column: number): number {
    const wide = this.columns / (this.#options.blocks?.length ?? 1);
    return column * (this.#cell.width + this.#padding) + Math.floor(column / wide) * BLOCK_GAP;
  }

  /** The largest size, up to 11, at which the longest caption stays within its column. */
  #captionSize(): number {
    const longest = Math.max(
      1,
      ...(this.#options.captions ?? []).flatMap((text) => text.split("\n"))
        .map((line) => [...line].length),
    );
    const fitting = Math.floor((this.#cell.width + this.#padding) / (0.58 * longest) * 2) / 2;
    return Math.min(11, Math.max(6, fitting));
  }

  #draw(scale: number): Uint8Array {
    const { shape, count } = this.#images;
    const pixels = new Uint8Array(this.height * this.width * 3).fill(255);
    const image = new Uint8Array(shape.height * shape.width * shape.channels);
    for (let index = 0; index < count; index++) {
      this.#images.read(index, image, 0);
      const left = this.#columnLeft(index % this.columns);
      const top = Math.floor(index / this.columns) * this.#rowHeight();
      for (let y = 0; y < this.#cell.height; y++) {
        const sourceRow = Math.floor(y / scale) * shape.width;
        for (let x = 0; x < this.#cell.width; x++) {
          const source = (sourceRow + Math.floor(x / scale)) * shape.channels;
          const target = ((top + y) * this.width + left + x) * 3;
          for (let channel = 0; channel < 3; channel++) {
            pixels[target + channel] = image[source + (shape.channels === 3 ? channel : 0)]!;
          }
        }
      }
    }
    return pixels;
  }
}

/**
 * Images in rows and columns.
 *
 * @param images 1 or 3 channels, values 0 … 255, in reading order of the grid.
 * @throws RangeError if there is no image, or captions or labels do not fit the grid.
 */
export function imageGrid(images: Images, options: ImageGridOptions = {}): ImageGrid {
  return new ImageGrid(images, options);
}

/** One column block of {@link gridByLabel}. */
export interface GridGroup {
  /** Heading of the block, for instance "real". */
  readonly name: string;
  readonly set: LabelledImages;
}

/**
 * A row for each label with the first images of each set that carry it, for instance real beside
 * fake by class. Places without an image stay white.
 *
 * @param groups Sets to show beside each other, all of one image shape.
 * @param options `labels`: the rows, at most 10 classes by default, or six spread over the range of
 *   continuous labels, where the nearest images are taken; `each`: images a label and set (5).
 * @throws RangeError if there is no set or the shapes differ.
 */
export function gridByLabel(
  groups: readonly GridGroup[],
  options: { labels?: readonly number[]; each?: number; title?: string; scale?: number } = {},
): ImageGrid {
  const first = groups[0];
  if (first === undefined) {
    throw new RangeError("Cannot draw images: found 0 sets, want at least 1");
  }
  const { shape } = first.set.images;
  const size = shape.height * shape.width * shape.channels;
  const task = first.set.task;
  const each = options.each ?? 5;
  const labels = options.labels ??
    (task.kind === "classification"
      ? Array.from({ length: Math.min(10, task.classes) }, (_, label) => label)
      : Array.from({ length: 6 }, (_, i) => task.minimum + (task.maximum - task.minimum) * i / 5));
  const columns = each * groups.length;
  const bytes = new Uint8Array(labels.length * columns * size).fill(255);
  for (const [block, { name, set }] of groups.entries()) {
    const found = set.images.shape;
    if (
      found.height !== shape.height || found.width !== shape.width ||
      found.channels !== shape.channels
    ) {
      throw new RangeError(
        `Cannot draw "${name}" beside "${first.name}": found images of ${found.height}x` +
          `${found.width}x${found.channels}, want ${shape.height}x${shape.width}x${shape.channels}`,
      );
    }
    for (const [row, label] of labels.entries()) {
      for (const [place, index] of pickByLabel(set, label, each).entries()) {
        set.images.read(index, bytes, (row * columns + block * each + place) * size);
      }
    }
  }
  const count = labels.length * columns;
  return new ImageGrid({
    count,
    shape,
    read(index, target, offset) {
      target.set(bytes.subarray(index * size, (index + 1) * size), offset);
    },
  }, {
    columns,
    ...(options.title === undefined ? {} : { title: options.title }),
    ...(options.scale === undefined ? {} : { scale: options.scale }),
    rowLabels: labels.map((label) =>
      task.kind === "classification"
        ? task.classNames[label] ?? String(label)
        : `${Math.round(10 * label) / 10} ${task.unit}`
    ),
    blocks: groups.map(({ name }) => name),
  });
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

/** Positions of the first `count` images of a class, or of those nearest to a continuous label. */
function pickByLabel(set: LabelledImages, label: number, count: number): number[] {
  const { labels, task } = set;
  const places = Array.from(labels, (_, index) => index);
  if (task.kind === "classification") {
    return places.filter((index) => labels[index] === label).slice(0, count);
  }
  const distance = (index: number) => Math.abs(labels[index]! - label);
  return places.sort((a, b) => distance(a) - distance(b) || a - b).slice(0, count);
}

function countLines(text: string): number {
  return text.split("\n").length;
}

function checkCount(what: string, texts: readonly string[] | undefined, want: number): void {
  if (texts !== undefined && texts.length !== want) {
    throw new RangeError(
      `Cannot draw images: found ${texts.length} ${what}, want ${want}, one for each`,
    );
  }
}
