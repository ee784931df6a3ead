/** Grids put together from images of several sets, with places that stay white. */
import type { ArgumentKind } from "../../base/check_argument.ts";
import {
  type Images,
  type ImageShape,
  imagesInMemory,
  type LabelledImages,
} from "../../base/contracts.ts";
import type { ImageGridOptions } from "./layout.ts";

/** Some labelled images under a name, for instance "real". */
export interface GridGroup {
  /** Heading of the images. */
  readonly name: string;
  /** Where images are taken from. */
  readonly set: LabelledImages;
}

/** Words of the sets of a grid. */
export const GROUPS = 'a list of sets, such as [{ name: "real", set: run.dataset.test }]';

/** One set of a grid. */
export const LABELLED: ArgumentKind = {
  want: "labelled images, such as run.dataset.test",
  fits: (value) => "images" in value && "labels" in value,
};

/**
 * The common shape of several sets.
 *
 * @throws RangeError if there is no set or the shapes differ.
 */
export function commonShape(groups: readonly GridGroup[]): ImageShape {
  const first = groups[0];
  if (first === undefined) {
    throw new RangeError("Cannot draw images: found 0 sets, want at least 1");
  }
  const { shape } = first.set.images;
  for (const { name, set } of groups) {
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
  }
  return shape;
}

/**
 * At most `count` of some entries, evenly from first to last but one step. Files often lie sorted (UTKFace: by sex
 * and ethnicity), so that the first ones would show a part of the set for the whole.
 */
export function evenlyOf<T>(entries: readonly T[], count: number): T[] {
  if (entries.length <= count) return [...entries];
  return Array.from({ length: count }, (_, i) => entries[Math.floor(i * entries.length / count)]!);
}

/** At most `count` of some labels, evenly spaced along the list, ends included. */
export function spreadLabels(labels: readonly number[], count: number): number[] {
  if (labels.length <= count) return [...labels];
  const step = (labels.length - 1) / (count - 1);
  return Array.from({ length: count }, (_, i) => labels[Math.round(i * step)]!);
}

/** An image of a set, or a white place. */
export type Piece = { readonly images: Images; readonly index: number } | undefined;

/** The images of the pieces in their order, copied. */
export function gather(pieces: readonly Piece[], shape: ImageShape): Images {
  const size = shape.height * shape.width * shape.channels;
  const bytes = new Uint8Array(pieces.length * size).fill(255);
  pieces.forEach((piece, place) => piece?.images.read(piece.index, bytes, place * size));
  return imagesInMemory(bytes, shape);
}

/** The options that every grid takes, by name. */
export const HEAD: Readonly<Record<"title" | "finding" | "scale", true>> = {
  title: true,
  finding: true,
  scale: true,
};

/** The options that every grid takes, without those that are left out. */
export function headOf(
  { title, finding, scale }: Pick<ImageGridOptions, "title" | "finding" | "scale">,
): ImageGridOptions {
  return {
    ...(title === undefined ? {} : { title }),
    ...(finding === undefined ? {} : { finding }),
    ...(scale === undefined ? {} : { scale }),
  };
}
