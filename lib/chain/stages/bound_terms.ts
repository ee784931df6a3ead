/** What of the error bound has to be measured on the fakes of a run: a stage result. */
import {
  disagreement,
  type IntervalEstimate,
  totalVariationLowerBound,
  totalVariationOfBoth,
} from "../../bound/estimators.ts";
import { chooseAtMost, halves, withPartners, withSharedLabels } from "../../bound/compared_sets.ts";
import type { LabelledImages } from "../../base/contracts.ts";
import { countProgress } from "../../base/progress.ts";
import { type Rng, rngOf } from "../../base/rng.ts";
import type { Artifact } from "../../base/disk/artifact.ts";
import { type FeatureSet, fitTwoSample, labelWeights } from "../../bound/two_sample.ts";
import { featuresOfImages } from "../../evaluation/features_of_images.ts";
import { askTeacher } from "../../synthesis/teacher_opinion.ts";
import { chainSeed, type Context, runStage } from "./context.ts";
import type { ProcessedFakes } from "./fakes/process_fakes.ts";
import type { TrainedFeatures } from "./features_stage.ts";
import type { TrainedNetwork } from "./network_job.ts";

/** Measured terms, each with a bootstrap interval; losses are 0-1, or |error| / label scale. */
export interface MeasuredTerms {
  /**
   * TV(p_r, p_g) plug-in from a ratio fitted to held-out real against processed fake images; 1 where no label
   * of the real images is found among the fakes, as with a teacher that gives all of them one.
   */
  readonly totalVariation: IntervalEstimate;
  /** The same between two halves of the real images: what noise in the ratio alone gives. */
  readonly floor: IntervalEstimate;
  /**
   * TV of images with their labels is at least this, with probability 95 %. The classifier sees the label, so wrong
   * labels count here and in Λ: put in place of TV, it makes the right side looser, never too small.
   */
  readonly certified: number;
  /** Λ by proxy: disagreement of the fakes' labels with the judge, a second network trained on real images. */
  readonly labelTerm: IntervalEstimate;
  /** What measuring took; the networks and the fakes were there before. */
  readonly seconds: number;
}

/** More images of each side would only cost time: the interval is below 0.01 from here on. */
const MOST_IMAGES = 4000;

/** TV of sets without a label in common. */
const NOTHING_SHARED: IntervalEstimate = { value: 1, low: 1, high: 1 };

/** What the bound is measured with. */
export interface BoundParts {
  readonly processed: Pick<ProcessedFakes, "id" | "set">;
  /** Of the ratio between processed fakes and real images. */
  readonly features: TrainedFeatures;
  /** A network that learnt real images, no part of generator, filter and labels; for classes, the extractor of M1. */
  readonly judge: TrainedNetwork;
}

/** Images whose features a bound reads, at the most. */
export function boundImages(testImages: number, fakes: number): number {
  return Math.min(testImages, MOST_IMAGES) + Math.min(fakes, MOST_IMAGES);
}

/**
 * Measures the terms on test images and processed fakes that no earlier part was fitted to. (Generator, ratio
 * and teacher saw the real training images, which the bound's independence does not allow for.) What comes back
 * holds {@link MeasuredTerms} as its notes.
 */
export async function measuredTerms(
  context: Context,
  { processed, features: trained, judge }: BoundParts,
): Promise<Artifact> {
  const { specification, dataset, setting, signal } = context;
  const { task } = dataset.train;
  const seed = chainSeed(specification);
  const rng = rngOf(seed, "bound", setting);
  const key = {
    stage: "bound",
    // 2: the ratio is a logistic regression; the network before it stayed near 1 whatever the fakes.
    codeVersion: 2,
    specification: { most: MOST_IMAGES, seed },
    inputs: {
      real: dataset.checksum,
      ...(dataset.measuredElsewhere && { measuredOn: dataset.measuredElsewhere.id }),
      fakes: processed.id,
      extractor: trained.artifact.id,
      ...(judge.artifact.id !== trained.artifact.id && { judge: judge.artifact.id }),
    },
  };
  const title = `error bound of ${setting}`;
  return await runStage(context, title, key, async () => {
    const start = performance.now();
    const network = judge.open();
    const { features, ...extractor } = trained.open();
    const featuresOf = async (set: LabelledImages): Promise<FeatureSet> => {
      const positions = Uint32Array.from(set.labels, (_, i) => i);
      const rows = await featuresOfImages(features, { set, positions }, { signal });
      return { ...rows, labels: set.labels };
    };
    /**
     * Ratios of the second halves under a model fitted to the first halves; undefined where those have no label
     * in common.
     */
    const compare = async (name: string, first: LabelledImages, second: LabelledImages) => {
      const draws = rng.child(name);
      const [firstHalf, testFirst] = halves(first, draws.child("first"));
      const [fitSecond, testSecond] = halves(second, draws.child("second"));
      // A rare label may have fallen into only one half, and each image needs a partner.
      const fitFirst = withPartners(firstHalf, fitSecond);
      if (fitFirst.labels.length === 0) return undefined;
      const fitted = { real: await featuresOf(fitFirst), fake: await featuresOf(fitSecond) };
      const model = fitTwoSample(fitted, task);
      // A fixed classifier for the two-sample test: real where the ratio is above 1.
      return {
        real: model.ratios(await featuresOf(testFirst)),
        fake: model.ratios(await featuresOf(testSecond)),
        realWeights: labelWeights(testFirst.labels, testSecond.labels),
      };
    };
    try {
      const chosen = chooseAtMost(dataset.test, MOST_IMAGES, rng.child("real"));
      const [real, fake] = withSharedLabels(
        chosen,
        chooseAtMost(processed.set, MOST_IMAGES, rng.child("fake")),
      );
      const measured = real.labels.length > 0 ? real : withSharedLabels(chosen, chosen)[0];
      const [half, otherHalf] = halves(measured, rng.child("floor"));
      const against = await compare("real-against-fake", real, fake);
      const floor = await compare("real-against-real", half, otherHalf);
      const judged = await askTeacher(network, processed.set, {
        normalisation: judge.normalisation,
        signal,
        onProgress: countProgress(`judge on the fakes for the ${title}`, context.progress),
      });
      const certified = against && totalVariationLowerBound({
        real: Array.from(against.real, (ratio) => ratio > 1),
        fake: Array.from(against.fake, (ratio) => ratio <= 1),
      });
      const variation = (compared: typeof against, draws: Rng): IntervalEstimate =>
        compared === undefined ? NOTHING_SHARED : totalVariationOfBoth(compared, { rng: draws });
      const notes = {
        totalVariation: variation(against, rng.child("plug-in")),
        floor: variation(floor, rng.child("plug-in floor")),
        certified: certified?.low ?? 0,
        labelTerm: disagreement(judged.predicted, processed.set.labels, {
          rng: rng.child("label"),
          ...(task.kind === "regression" && { range: task.scale }),
        }),
        seconds: (performance.now() - start) / 1000,
      };
      return { arrays: {}, notes };
    } finally {
      network.parameters.dispose();
      extractor.dispose();
    }
  });
}
