/** Test images that a page shows beside generated ones. */
import type { Dataset, LabelledImages } from "../base/contracts.ts";
import { permutation, rngOf } from "../base/rng.ts";
import { evenly } from "../evaluation/label_groups.ts";

/** Rows of test images: each has one image for every label shown, of the same kind of object where the set knows kinds. */
export interface TestImages {
  /** Of the images, row after row, ascending within a row. */
  readonly labels: readonly (readonly number[])[];
  readonly height: number;
  readonly width: number;
  /** Deflated pixels `[row, label, height, width, 3]`, 0 to 255, in base 64. */
  readonly pixels: string;
}

/** Labels along an axis; a slider of 16 em has a few hundred places. */
const MOST_LABELS = 60;
const ROWS = 4;

/**
 * A few test images of a set whose images may be published: four of every class, or four kinds of object at 60 labels
 * from the least to the greatest.
 *
 * @returns "none" where pictures of the set may not be published.
 */
export async function testImages(
  { test, types, mayBePublished }: Pick<Dataset, "test" | "types" | "mayBePublished">,
): Promise<TestImages | "none"> {
  if (!mayBePublished) return "none";
  const rows = choose(test, types === "none" ? undefined : types.test);
  const { height, width, channels } = test.images.shape;
  const size = height * width * channels;
  const positions = rows.flat();
  const pixels = new Uint8Array(positions.length * size);
  positions.forEach((position, i) => test.images.read(position, pixels, i * size));
  return {
    labels: rows.map((row) => row.map((position) => test.labels[position]!)),
    height,
    width,
    pixels: (await deflate(pixels)).toBase64(),
  };
}

/** Positions of the images, a list for each row. */
function choose(
  { labels, task }: LabelledImages,
  types: ArrayLike<number> | undefined,
): number[][] {
  const order = permutation(labels.length, rngOf(0, "demo", "test images"));
  const kinds = types === undefined ? [] : [...new Set(Array.from(order, (i) => types[i]!))];
  const wanted = task.kind === "classification"
    ? Array.from({ length: task.classes }, (_, label) => label)
    : evenly([...new Set(labels)].sort((a, b) => a - b), MOST_LABELS);
  const taken = new Set<number>();
  return Array.from({ length: ROWS }, (_, row) => {
    const kind = kinds[row % Math.max(1, kinds.length)];
    const found = new Set<number>();
    for (const label of wanted) {
      let best: number | undefined;
      for (const i of order) {
        if (taken.has(i) || (kind !== undefined && types![i] !== kind)) continue;
        const distance = Math.abs(labels[i]! - label);
        if (task.kind === "classification" && distance > 0) continue;
        if (best === undefined || distance < Math.abs(labels[best]! - label)) best = i;
      }
      if (best === undefined) continue;
      taken.add(best);
      found.add(best);
    }
    return [...found].sort((a, b) => labels[a]! - labels[b]!);
  }).filter((row) => row.length > 0);
}

async function deflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
