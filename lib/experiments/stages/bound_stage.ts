/** The terms of the error bound (`bound/error_bound.ts`), measured on the fakes of a run. */
import { boundRows, type BoundTerms, boundTerms } from "../../bound/error_bound.ts";
import {
  disagreement,
  type Estimate,
  totalVariationLowerBound,
  totalVariationPlugIn,
} from "../../bound/estimators.ts";
import { chooseAtMost, halves, withPartners, withSharedLabels } from "../../bound/compared_sets.ts";
import type { LabelledImages, Task } from "../../base/contracts.ts";
import { quantile } from "../../base/metrics.ts";
import { join } from "../../base/path.ts";
import { countProgress } from "../../base/progress.ts";
import { type Rng, rngOf } from "../../base/rng.ts";
import { densityRatio, ratiosOf } from "../../density_ratio/density_ratio.ts";
import { fitRatio } from "../../density_ratio/fit.ts";
import { fixedRatioData } from "../../density_ratio/fixed_ratio_data.ts";
import { buildRatioNet } from "../../density_ratio/ratio_net.ts";
import { DEFAULT_B } from "../../synthesis/verdict.ts";
import { askTeacher } from "../../synthesis/teacher_opinion.ts";
import { chainSeed, type Context, runStage } from "./context.ts";
import type { TrainedCondition } from "./condition_stage.ts";
import type { ProcessedFakes } from "./fakes_stage.ts";
import type { TrainedFeatures } from "./features_stage.ts";
import type { TrainedNetwork } from "./network_stage.ts";

/** Measured terms, each with a bootstrap interval; losses are 0-1, or |error| / label scale. */
export interface MeasuredBound {
  /**
   * TV(p_r, p_g) plug-in from a ratio fitted to held-out real against processed fake images; 1 where no label
   * of the real images is found among the fakes, as with a teacher that gives all of them one.
   */
  readonly totalVariation: Estimate;
  /** The same between two halves of the real images: what noise in the ratio alone gives. */
  readonly floor: Estimate;
  /** TV is at least this, with probability 95 %. */
  readonly certified: number;
  /** Λ by proxy: disagreement of the fakes' labels with an independent network. */
  readonly labelTerm: Estimate;
  /** The right side with these terms and b = `b`. */
  readonly terms: BoundTerms;
  readonly b: number;
}

/** How the ratio of the bound is fitted; short, since its set is small. */
const FIT = { epochs: 40, learningRate: 1e-3, milestones: [25], weightDecay: 1e-4, penalty: 1e-3 };
const BATCH = 256;
/** More images of each side would only cost time: the interval is below 0.01 from here on. */
const MOST_IMAGES = 4000;

/** TV of sets without a label in common. */
const NOTHING_SHARED: Estimate = { value: 1, low: 1, high: 1 };

/** What the bound is measured with. */
export interface BoundParts {
  readonly processed: ProcessedFakes;
  /** Of the ratio between processed fakes and real images. */
  readonly features: TrainedFeatures;
  readonly condition: TrainedCondition;
  /** A network that learnt real images and has no part in the chain. */
  readonly judge: TrainedNetwork;
}

/**
 * Measures the terms on test images and processed fakes that no earlier part was fitted to. (Generator, ratio
 * and teacher saw the real training images, which the bound's independence does not allow for.)
 */
export async function boundStage(
  context: Context,
  { processed, features: trained, condition, judge }: BoundParts,
): Promise<MeasuredBound> {
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
  const artifact = await runStage(context, title, key, async (folder) => {
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
      // A rare label may have fallen into one half alone, and each image needs a partner.
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
          stage: `${title}, ${name}`,
          seed,
          logEvery: 10,
          checkpointPath: join(folder, `${name}.safetensors`),
          progress: context.progress,
          signal,
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
      const variation = (compared: typeof against, draws: Rng): Estimate =>
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
  const b = boundFactor(task);
  const notes = artifact.notes as unknown as Omit<MeasuredBound, "terms" | "b">;
  const terms = boundTerms({
    real: dataset.train.labels.length,
    fakes: processed.set.labels.length,
    rademacher: (n) => b / (4 * Math.sqrt(n)),
    // A ratio from a short fit is too flat, and its plug-in too low: what is certified counts then.
    totalVariation: Math.min(1, Math.max(notes.totalVariation.value, notes.certified)),
    labelTerm: notes.labelTerm.value,
  });
  return { ...notes, terms, b };
}

/**
 * b of scalar labels, with losses relative to the label scale: least squares of the paper's NOKD errors (Table
 * 7) on a + b / √N over gives 1.38 (ShuffleNetV2), 1.09 (MobileNetV2) and 0.88
 * (EfficientNet-B0); their mean, rounded.
 */
const REGRESSION_B = 1.1;

/** b of the bound's b / √N, from the paper's tables. */
export function boundFactor(task: Task): number {
  return task.kind === "classification" ? DEFAULT_B : REGRESSION_B;
}

/** Rows of the stacked chart: with these fakes, and without any. */
export function boundComparison(
  bound: MeasuredBound,
  real: number,
): { cell: string; term: string; value: number }[] {
  const rademacher = (n: number) => bound.b / (4 * Math.sqrt(n));
  const alone = boundTerms({ real, fakes: 0, rademacher, totalVariation: 0, labelTerm: 0 });
  return [...boundRows("real only", alone), ...boundRows("cGAN-KD", bound.terms)];
}

/** Ratios over their mean: E_g[r] is 1 for the true ratio, and a short fit stays below it. */
function normalised(ratios: Float32Array): Float32Array {
  const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
  return mean === 0 ? ratios : ratios.map((ratio) => ratio / mean);
}
