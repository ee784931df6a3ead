/** One measure of a generator that caricatures cannot fool, for class and scalar labels alike. */
import { checkInteger } from "../base/check.ts";
import { type LabelledImages, selectLabelled, type Task } from "../base/contracts.ts";
import type { CountSink } from "../base/progress.ts";
import { shortHashOf } from "../data/files/hash.ts";
import type { FeatureExtractor } from "../density_ratio/features.ts";
import { featuresOfImages } from "./features_of_images.ts";
import { type FrechetDistance, frechetDistance } from "./frechet.ts";
import { FeatureMoments } from "./moments.ts";
import { type NeighbourScores, neighbourScores } from "./neighbours.ts";

/** A range of labels whose images are compared with each other. */
export interface LabelRange {
  /** Name of the class, or "0.1 to 9.1". */
  readonly title: string;
  /** Smallest label that belongs to it, in dataset units. */
  readonly from: number;
  /** Greatest label that belongs to it. */
  readonly to: number;
}

/** Scores of one range. */
export interface RangeScores extends NeighbourScores {
  /** As in `LabelRange`. */
  readonly title: string;
  /** Images of each side that were compared. */
  readonly images: number;
}

/** What a generator is worth against real images that it never saw. */
export interface GeneratorMeasures {
  /** Over all images, with full covariance; lower is better. */
  readonly frechet: FrechetDistance;
  /** Means over the ranges; each counts the same. */
  readonly mean: NeighbourScores;
  /** In the order of the labels. */
  readonly ranges: readonly RangeScores[];
}

/** Options of `measureGenerator`. */
export interface MeasureOptions {
  /** k of the neighbours; default: 5. */
  readonly neighbours?: number;
  /** Ranges of scalar labels, with equal numbers of real images; default: 10. Classes have one range each. */
  readonly ranges?: number;
  /** Images of each side per range at most; default: 1,000. */
  readonly most?: number;
  /** Images of one forward pass; default: 200. */
  readonly batch?: number;
  /** Stops between two batches with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Receives how many images became features. */
  readonly onProgress?: CountSink;
}

/**
 * Fréchet distance over all images, and precision, recall, density and coverage of each class, or of each of ten
 * ranges of a scalar label. Both sides take the same number of images of each range, and copies of a real image
 * count once: at a copy the ball to the nearest neighbour has radius 0 and nothing can lie in it.
 *
 * Give it held-out real images in place of fakes to learn what a perfect generator would get; all figures
 * depend on the features and on the number of images.
 *
 * @param sets.real Images that neither the generator nor the features learnt from.
 * @param sets.fake With the labels that they were drawn for.
 * @throws {RangeError} A class or a range has no more than k images on a side; names it. Ranges have more real ones where all have.
 */
export async function measureGenerator(
  sets: { readonly real: LabelledImages; readonly fake: LabelledImages },
  extractor: FeatureExtractor,
  options: MeasureOptions = {},
): Promise<GeneratorMeasures> {
  const { neighbours = 5, ranges: rangeCount = 10, most = 1000 } = options;
  checkInteger(most, "most");
  const real = withoutCopies(sets.real);
  const ranges = labelRanges(real, rangeCount, neighbours + 1);
  const pairs = ranges.map((range) => {
    const reals = positionsIn(real.labels, range);
    const fakes = positionsIn(sets.fake.labels, range);
    const images = Math.min(reals.length, fakes.length, most);
    if (images <= neighbours) {
      throw new RangeError(
        `Cannot measure the fakes of ${range.title}: found ${reals.length} real and ` +
          `${fakes.length} fake images, want more than ${neighbours} of each`,
      );
    }
    return { range, images, reals: evenlyOf(reals, images), fakes: evenlyOf(fakes, images) };
  });
  const total = 2 * pairs.reduce((sum, { images }) => sum + images, 0);
  let seen = 0;
  const read = async (set: LabelledImages, positions: Uint32Array, moments: FeatureMoments) => {
    const rows = await featuresOfImages(extractor, { set, positions }, options);
    moments.add(rows.values);
    options.onProgress?.(seen += positions.length, total);
    return rows;
  };
  const [truth, drawn] = [new FeatureMoments(extractor.size), new FeatureMoments(extractor.size)];
  const scores: RangeScores[] = [];
  for (const { range, images, reals, fakes } of pairs) {
    const rows = {
      real: await read(real, reals, truth),
      fake: await read(sets.fake, fakes, drawn),
    };
    scores.push({ title: range.title, images, ...await neighbourScores(rows, { neighbours }) });
  }
  const mean = (key: keyof NeighbourScores) =>
    scores.reduce((sum, row) => sum + row[key], 0) / scores.length;
  return {
    frechet: frechetDistance(truth, drawn),
    mean: {
      precision: mean("precision"),
      recall: mean("recall"),
      density: mean("density"),
      coverage: mean("coverage"),
    },
    ranges: scores,
  };
}

/**
 * The ranges over which fakes are compared: every class, or ranges of a scalar label with about equal numbers of
 * images. Images of one label stay together, so that labels with many images can leave fewer ranges.
 *
 * @param least A range of a scalar label with fewer images takes in those of the next labels, and the last one joins the
 *   range before; default: 1.
 */
export function labelRanges(
  { labels, task }: LabelledImages,
  count: number,
  least = 1,
): LabelRange[] {
  if (task.kind === "classification") {
    return task.classNames.map((title, label) => ({ title, from: label, to: label }));
  }
  checkInteger(count, "ranges");
  const ascending = labels.toSorted();
  const starts: number[] = [];
  let start = 0;
  for (let k = 1; k <= count && start < ascending.length; k++) {
    // To the last image of the label at the border.
    const border = ascending[Math.max(start, Math.round(k * ascending.length / count) - 1)]!;
    const end = ascending.findLastIndex((label) => label <= border) + 1;
    if (end - start < least && k < count && end < ascending.length) continue;
    starts.push(start);
    start = end;
  }
  if (starts.length > 1 && ascending.length - starts.at(-1)! < least) starts.pop();
  return starts.map((start, k) => {
    const [from, to] = [ascending[start]!, ascending[(starts[k + 1] ?? ascending.length) - 1]!];
    return { title: titleOf(from, to, task), from, to };
  });
}

/** The images of a set, each once: the first of those with equal pixels, whatever its label. */
export function withoutCopies(set: LabelledImages): LabelledImages {
  const { shape } = set.images;
  const pixels = new Uint8Array(shape.height * shape.width * shape.channels);
  const seen = new Set<string>();
  const first: number[] = [];
  for (let i = 0; i < set.labels.length; i++) {
    set.images.read(i, pixels, 0);
    const hash = shortHashOf(pixels);
    if (seen.has(hash)) continue;
    seen.add(hash);
    first.push(i);
  }
  return first.length === set.labels.length ? set : selectLabelled(set, Uint32Array.from(first));
}

function positionsIn(labels: Float32Array, { from, to }: LabelRange): Uint32Array {
  const positions: number[] = [];
  labels.forEach((label, i) => label >= from && label <= to && positions.push(i));
  return Uint32Array.from(positions);
}

/** `count` of the positions, over their whole length, since sets can be in the order of their labels. */
export function evenlyOf(positions: Uint32Array, count: number): Uint32Array {
  return Uint32Array.from(
    { length: count },
    (_, i) => positions[Math.floor(i * positions.length / count)]!,
  );
}

function titleOf(from: number, to: number, task: Task): string {
  const text = (label: number) => Number(label.toPrecision(4)).toString();
  const unit = task.kind === "regression" ? ` ${task.unit}` : "";
  return from === to ? `${text(from)}${unit}` : `${text(from)} to ${text(to)}${unit}`;
}
