/** Precision, recall, density, coverage and Fréchet distance of a generator: a stage result. */
import { type LabelledImages, selectLabelled } from "../../../base/contracts.ts";
import { meanAbsoluteError } from "../../../base/metrics.ts";
import { countProgress, type CountSink, pieceOf } from "../../../base/progress.ts";
import { rngOf } from "../../../base/rng.ts";
import type { Artifact } from "../../../base/disk/artifact.ts";
import { trainingOnce } from "../../../data/parts/all_images.ts";
import {
  evenlyOf,
  type GeneratorMeasures,
  measureGenerator,
  withoutCopies,
} from "../../../evaluation/measure_generator.ts";
import { sampleImages } from "../../../gan/sample.ts";
import { askTeacher } from "../../../synthesis/teacher_opinion.ts";
import { chainSeed, type Context, runStage } from "../context.ts";
import type { TrainedCondition } from "../generator/condition_stage.ts";
import type { TrainedFeatures } from "../features_stage.ts";
import type { TrainedGan } from "../generator/gan_stage.ts";
import type { TrainedNetwork } from "../network_stage.ts";

/** Measures of one set of images against held-out real ones. */
export interface MeasuredSet extends GeneratorMeasures {
  /**
   * What the judge says of the labels: share that it confirms, in [0, 1], for classes; mean |prediction − label| in
   * the labels' unit for scalar labels.
   */
  readonly labels: number;
}

/** A generator's measures, and what they would be if it drew real images. */
export interface MeasuredGenerator {
  /** The stage result that holds it. */
  readonly artifact: Artifact;
  /** Images straight from the generator. */
  readonly fake: MeasuredSet;
  /** The training images in their place: nothing that learnt from them can be expected to do better. */
  readonly training: MeasuredSet;
  /** What the judge says of the held-out real images; see {@link MeasuredSet.labels}. */
  readonly heldOutLabels: number;
  /** Held-out real images; as many fakes were drawn, for the same labels. */
  readonly images: number;
}

/** Pixels of each side at the most: 5,000 images of 32 x 32 (500 for each of ten classes), 1,250 of 64 x 64. */
const MOST_PIXELS = 5000 * 32 * 32;
/** Images that a range of a scalar label has at least, so that small sets have fewer ranges than ten. */
const RANGE_IMAGES = 50;

/**
 * Draws one fake for the label of each held-out real image and measures them by {@link measureGenerator}. Held out
 * are the images that errors are measured on: test images, or with `split=validation` training images, by which a
 * recipe may be chosen.
 */
export async function generatorMeasureStage(
  context: Context,
  { gan, condition, features, judge }: {
    gan: TrainedGan;
    condition: TrainedCondition;
    features: TrainedFeatures;
    judge: TrainedNetwork;
  },
): Promise<MeasuredGenerator> {
  const { specification, dataset, setting, progress, signal } = context;
  const seed = chainSeed(specification);
  const { height, width } = dataset.test.images.shape;
  const most = Math.floor(MOST_PIXELS / (height * width));
  const title = `measures of the generator of ${setting}`;
  const key = {
    stage: "generator-measure",
    codeVersion: 1,
    specification: { most, seed, split: specification.split },
    inputs: {
      real: dataset.checksum,
      gan: gan.id,
      features: features.artifact.id,
      judge: judge.artifact.id,
    },
  };
  const artifact = await runStage(context, title, key, async () => {
    const { conditionOf, ...embedding } = condition.open();
    const generator = gan.open();
    const { features: extractor, ...extracting } = features.open();
    const network = judge.open();
    try {
      const real = atMost(withoutCopies(dataset.test), most);
      const training = atMost(trainingOnce(dataset), most);
      const fake = await sampleImages(generator, real.labels, {
        task: real.task,
        conditionOf,
        rng: rngOf(seed, "measure", setting),
        chunk: 250,
      });
      const ranges = Math.max(1, Math.min(10, Math.floor(real.labels.length / RANGE_IMAGES)));
      const report = countProgress(title, progress);
      const labelsOf = async (set: LabelledImages): Promise<number> => {
        const { predicted } = await askTeacher(network, set, {
          normalisation: judge.normalisation,
          signal,
        });
        if (set.task.kind === "regression") return meanAbsoluteError(predicted, set.labels);
        const confirmed = set.labels.filter((label, i) => predicted[i] === label).length;
        return confirmed / set.labels.length;
      };
      const measured = async (
        set: LabelledImages,
        onProgress: CountSink,
      ): Promise<MeasuredSet> => ({
        ...await measureGenerator({ real, fake: set }, extractor, { ranges, signal, onProgress }),
        labels: await labelsOf(set),
      });
      const notes = {
        fake: await measured(fake, pieceOf(report, 0, 2)),
        training: await measured(training, pieceOf(report, 1, 2)),
        heldOutLabels: await labelsOf(real),
        images: real.labels.length,
      };
      return { arrays: {}, notes };
    } finally {
      generator.parameters.dispose();
      network.parameters.dispose();
      extracting.dispose();
      embedding.dispose();
    }
  });
  return { artifact, ...artifact.notes as unknown as Omit<MeasuredGenerator, "artifact"> };
}

function atMost(set: LabelledImages, count: number): LabelledImages {
  const all = Uint32Array.from({ length: set.labels.length }, (_, i) => i);
  return all.length <= count ? set : selectLabelled(set, evenlyOf(all, count));
}
