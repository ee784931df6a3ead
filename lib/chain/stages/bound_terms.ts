/** What of the error bound has to be measured on the fakes of a run: a stage result. */
import {
  disagreement,
  type IntervalEstimate,
  totalVariationLowerBound,
  totalVariationPlugIn,
} from "../../bound/estimators.ts";
import { chooseAtMost, halves, withPartners, withSharedLabels } from "../../bound/compared_sets.ts";
import type { LabelledImages } from "../../base/contracts.ts";
import { quantile } from "../../base/metrics.ts";
import { join } from "../../base/disk/path.ts";
import { countProgress } from "../../base/progress.ts";
import { type Rng, rngOf } from "../../base/rng.ts";
import type { Artifact } from "../../base/disk/artifact.ts";
import { stepsPerEpoch } from "../../data/batches/batches.ts";
import { densityRatio, ratiosOf } from "../../density_ratio/density_ratio.ts";
import { fitRatio } from "../../density_ratio/fit.ts";
import { fixedRatioData } from "../../density_ratio/fixed_ratio_data.ts";
import { buildRatioNet } from "../../density_ratio/ratio_net.ts";
import { askTeacher } from "../../synthesis/teacher_opinion.ts";
import { chainSeed, type Context, loopOf, runStage } from "./context.ts";
import type { TrainedCondition } from "./generator/condition_stage.ts";
import type { ProcessedFakes } from "./fakes/process_fakes.ts";
import type { TrainedFeatures } from "./features_stage.ts";
import type { TrainedNetwork } from "./network_stage.ts";

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
}

/** How the ratio of the bound is fitted; short, since its set is small. */
const FIT = { epochs: 40, learningRate: 1e-3, milestones: [25], weightDecay: 1e-4, penalty: 1e-3 };
const BATCH = 256;
/** More images of each side would only cost time: the interval is below 0.01 from here on. */
const MOST_IMAGES = 4000;

/** TV of sets without a label in common. */
const NOTHING_SHARED: IntervalEstimate = { value: 1, low: 1, high: 1 };

/** What the bound is measured with. */
export interface BoundParts {
  readonly processed: Pick<ProcessedFakes, "id" | "set">;
  /** Of the ratio between processed fakes and real images. */
  readonly features: TrainedFeatures;
  readonly condition: TrainedCondition;
  /** A network that learnt real images, no part of generator, filter and labels; for classes, the extractor of M1. */
  readonly judge: TrainedNetwork;
}

/**
 * Length and largest batch of a bound's two ratio fits, at the most: test images of labels that the fakes do not
 * have are left out.
 */
export function boundFits(testImages: number): { readonly steps: number; readonly batch: number } {
  const half = Math.floor(Math.min(testImages, MOST_IMAGES) / 2);
  const batchOf = (count: number) => Math.max(1, Math.min(BATCH, count));
  const perEpoch = [half, Math.floor(half / 2)].map((count) =>
    stepsPerEpoch({ count, batch: batchOf(count) })
  );
  return {
    steps: FIT.epochs * perEpoch.reduce((sum, steps) => sum + steps, 0),
    batch: batchOf(half),
  };
}

/**
 * Measures the terms on test images and processed fakes that no earlier part was fitted to. (Generator, ratio
 * and teacher saw the real training images, which the bound's independence does not allow for.) What comes back
 * holds {@link MeasuredTerms} as its notes.
 */
export async function measuredTerms(
  context: Context,
  { processed, features: trained, condition, judge }: BoundParts,
): Promise<Artifact> {
  const { specification, dataset, setting, signal } = context;
  const { task } = dataset.train;
  const seed = chainSeed(specification);
  const rng = rngOf(seed, "bound", setting);
  const key = {
    stage: "bound",
    codeVersion: 1,
    specification: {
      fit: FIT,
      batch: BATCH,
      most: MOST_IMAGES,
      seed,
      width: specification.ratio.width,
    },
    inputs: {
      real: dataset.checksum,
      fakes: processed.id,
      extractor: trained.artifact.id,
      ...(judge.artifact.id !== trained.artifact.id && { judge: judge.artifact.id }),
    },
  };
  const title = `error bound of ${setting}`;
  return await runStage(context, title, key, async (folder) => {
    const network = judge.open();
    const { features, ...extractor } = trained.open();
    const { conditionOf, ...labels } = condition.open();
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
      const onProgress = countProgress(`features for the ${title}, ${name}`, context.progress);
      const data = await fixedRatioData(
        { real: fitFirst, fake: fitSecond, extractor: features, conditionOf, signal, onProgress },
        { batch: Math.min(BATCH, fitFirst.labels.length) },
        draws.child("data"),
      );
      const fit = await fitRatio({
        data,
        build: (stream) =>
          buildRatioNet({
            conditionSize: condition.size,
            featureSize: features.size,
            embedding: task.kind === "classification" ? "trainable" : "given",
            width: specification.ratio.width,
            rng: stream,
          }),
      }, {
        training: FIT,
        loop: {
          ...loopOf(context, { title: `${title}, ${name}`, seed }),
          // Fits of few steps.
          logEvery: 10,
          checkpointPath: join(folder, `${name}.safetensors`),
        },
      }, draws);
      const model = densityRatio({ extractor: features, net: fit.net });
      try {
        // A fixed classifier for the two-sample test: its threshold comes from the fitted halves.
        const ask = (set: LabelledImages) => ratiosOf(model, set, { conditionOf });
        const fitted = [await ask(fitFirst), await ask(fitSecond)];
        return {
          first: await ask(testFirst),
          second: await ask(testSecond),
          threshold: quantile([...fitted[0]!, ...fitted[1]!], 0.5),
        };
      } finally {
        fit.net.parameters.dispose();
      }
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
        real: Array.from(against.first, (ratio) => ratio > against.threshold),
        fake: Array.from(against.second, (ratio) => ratio <= against.threshold),
      });
      const variation = (compared: typeof against, draws: Rng): IntervalEstimate =>
        compared === undefined
          ? NOTHING_SHARED
          : totalVariationPlugIn(normalised(compared.second), { rng: draws });
      const notes = {
        totalVariation: variation(against, rng.child("plug-in")),
        floor: variation(floor, rng.child("plug-in floor")),
        certified: certified?.low ?? 0,
        labelTerm: disagreement(judged.predicted, processed.set.labels, {
          rng: rng.child("label"),
          ...(task.kind === "regression" && { range: task.scale }),
        }),
      };
      return { arrays: {}, notes };
    } finally {
      network.parameters.dispose();
      extractor.dispose();
      labels.dispose();
    }
  });
}

/** Ratios over their mean: E_g[r] is 1 for the true ratio, and a short fit stays below it. */
function normalised(ratios: Float32Array): Float32Array {
  const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
  return mean === 0 ? ratios : ratios.map((ratio) => ratio / mean);
}
