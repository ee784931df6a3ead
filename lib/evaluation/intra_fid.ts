/** Intra-FID: the Fréchet distance between real and fake images of one label, over all labels. */
import { checkInteger } from "../base/check.ts";
import type { LabelledImages } from "../base/contracts.ts";
import type { ProgressSink } from "../base/progress.ts";
import { tf } from "../base/tf.ts";
import { batchTensors, makeBatch, MINUS_ONE_TO_ONE } from "../data/batches/batches.ts";
import type { FeatureExtractor } from "../density_ratio/features.ts";
import { type FrechetDistance, frechetDistance, type FrechetOptions } from "./frechet.ts";
import { groupByLabel, type GroupOptions, type OverLabels, overLabels } from "./label_groups.ts";
import { FeatureMoments } from "./moments.ts";

/** How images become features. */
export interface EncodeOptions {
  /** Images of one forward pass; default: 200. */
  readonly batch?: number;
  /**
   * Q16. Default: "encode"; "zeros" counts the images of an incomplete last batch as zero vectors,
   * as the reference does with a batch of 49: of 200 fakes of an angle 4 are zeros.
   */
  readonly remainder?: "encode" | "zeros";
  /** Stops between two batches with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Gaussian fit of the features of some images, batch by batch.
 *
 * @param positions In the set.
 */
export async function momentsOf(
  extractor: FeatureExtractor,
  { set, positions }: { readonly set: LabelledImages; readonly positions: ArrayLike<number> },
  options: EncodeOptions = {},
): Promise<FeatureMoments> {
  const { batch = 200, remainder = "encode", signal } = options;
  checkInteger(batch, "batch");
  const moments = new FeatureMoments(extractor.size);
  for (let start = 0; start < positions.length; start += batch) {
    signal?.throwIfAborted();
    const size = Math.min(batch, positions.length - start);
    if (size < batch && remainder === "zeros") {
      moments.add(new Float32Array(size * extractor.size));
      continue;
    }
    const indices = Uint32Array.from({ length: size }, (_, i) => positions[start + i]!);
    const features = tf.tidy(() => {
      const { x } = batchTensors(makeBatch(set, indices, { normalisation: MINUS_ONE_TO_ONE }));
      return extractor.extract(x);
    });
    try {
      moments.add(await features.data());
    } finally {
      features.dispose();
    }
  }
  return moments;
}

/** What is compared. */
export interface ComparedImages {
  /** Held to be the truth; the paper takes all 49 images per angle, trained on or not. */
  readonly real: LabelledImages;
  /** With the labels that they were drawn for. */
  readonly fake: LabelledImages;
}

/** Options of `intraFid`. */
export interface IntraFidOptions extends GroupOptions, FrechetOptions, EncodeOptions {
  readonly progress?: ProgressSink;
}

/** Real against fake images of one label. */
export interface LabelDistance extends FrechetDistance {
  /** In dataset units. */
  readonly label: number;
  /** Real images of this label. */
  readonly realCount: number;
  /** Fake images of this label. */
  readonly fakeCount: number;
}

/** Intra-FID with its spread over labels. */
export interface IntraFid extends OverLabels {
  /** In the order of the centres. */
  readonly perLabel: readonly LabelDistance[];
}

/**
 * For every label the Fréchet distance between the features of its real and its fake images; then
 * mean, standard deviation and extremes over labels (method specification 7.4).
 *
 * With few images per label (49 in RC-49 for 512 features) the distance is biased upwards: compare
 * generators at the same numbers of real and fake images.
 *
 * @throws {RangeError} A label has fewer than two real or fake images; names it.
 */
export async function intraFid(
  { real, fake, extractor }: ComparedImages & { readonly extractor: FeatureExtractor },
  options: IntraFidOptions = {},
): Promise<IntraFid> {
  const reals = groupByLabel(real.labels, fake.task, options);
  const fakes = groupByLabel(fake.labels, fake.task, options);
  reals.forEach(({ label, positions }, k) => {
    const counts = [positions.length, fakes[k]!.positions.length];
    if (counts.every((count) => count >= 2)) return;
    throw new RangeError(
      `Cannot compare images of label ${label}: found ${counts[0]} real and ${counts[1]} fake, ` +
        "want at least 2 of each; compare fewer labels (evaluation.labels), or images within a " +
        "distance of each (evaluation.radius)",
    );
  });
  const perLabel: LabelDistance[] = [];
  const startedAt = performance.now();
  for (const [k, { label, positions }] of reals.entries()) {
    const near = fakes[k]!.positions;
    const truth = await momentsOf(extractor, { set: real, positions }, options);
    const drawn = await momentsOf(extractor, { set: fake, positions: near }, options);
    perLabel.push({
      label,
      realCount: positions.length,
      fakeCount: near.length,
      ...frechetDistance(truth, drawn, options),
    });
    options.progress?.({
      stage: "Intra-FID",
      step: k + 1,
      total: reals.length,
      metrics: { distance: perLabel[k]!.distance },
      elapsedSeconds: (performance.now() - startedAt) / 1000,
      stepsHere: k + 1,
      state: k + 1 === reals.length ? "done" : "training",
    });
    await nextTask();
  }
  return { ...overLabels(perLabel.map(({ distance }) => distance)), perLabel };
}

/** Lets signals, timers and the kernel's messages in; reads of the native backend do not. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
