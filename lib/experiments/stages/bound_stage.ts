/** The terms of the error bound (`bound/error_bound.ts`), measured on the fakes of a run. */
import { boundRows, type BoundTerms, boundTerms } from "../../bound/error_bound.ts";
import {
  disagreement,
  type Estimate,
  totalVariationLowerBound,
  totalVariationPlugIn,
} from "../../bound/estimators.ts";
import { type LabelledImages, outputsOf, selectLabelled } from "../../base/contracts.ts";
import { quantile } from "../../base/metrics.ts";
import { join } from "../../base/path.ts";
import { permutation, rngOf } from "../../base/rng.ts";
import { densityRatio, ratiosOf } from "../../density_ratio/density_ratio.ts";
import { classifierFeatures } from "../../density_ratio/features.ts";
import { fitRatio } from "../../density_ratio/fit.ts";
import { fixedRatioData } from "../../density_ratio/ratio_data.ts";
import { buildRatioNet } from "../../density_ratio/ratio_net.ts";
import { DEFAULT_B } from "../../synthesis/verdict.ts";
import { askTeacher } from "../../synthesis/teacher_opinion.ts";
import { chainSeed, type Context, runStage } from "./context.ts";
import type { ProcessedFakes } from "./fakes_stage.ts";
import type { TrainedNetwork } from "./network_stage.ts";

/** Measured terms, each with a bootstrap interval; losses are 0-1. */
export interface MeasuredBound {
  /** TV(p_r, p_g) plug-in from a ratio fitted to held-out real against processed fake images. */
  readonly totalVariation: Estimate;
  /** The same between two halves of the real images: what noise in the ratio alone gives. */
  readonly floor: Estimate;
  /** TV is at least this, with probability 95 %. */
  readonly certified: number;
  /** Λ by proxy: disagreement of the fakes' labels with the extractor's classifier. */
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

/**
 * Measures the terms on test images and processed fakes that no earlier part was fitted to. (Generator, ratio
 * and teacher saw the real training images, which the bound's independence does not allow for.)
 */
export async function boundStage(
  context: Context,
  processed: ProcessedFakes,
  extractor: TrainedNetwork,
): Promise<MeasuredBound> {
  const { specification, dataset, setting, signal } = context;
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
    inputs: { real: dataset.checksum, fakes: processed.id, extractor: extractor.artifact.id },
  };
  const title = `error bound of ${setting}`;
  const artifact = await runStage(context, title, key, async (folder) => {
    const network = extractor.open();
    const features = classifierFeatures(network, {
      imageSize: dataset.train.images.shape.height,
      extractorInput: "standardized",
      normalisation: extractor.normalisation,
    });
    /** Ratios of the second halves under a model fitted to the first halves. */
    const compare = async (name: string, first: LabelledImages, second: LabelledImages) => {
      const draws = rng.child(name);
      const [fitFirst, testFirst] = halves(first, draws.child("first"));
      const [fitSecond, testSecond] = halves(second, draws.child("second"));
      const data = await fixedRatioData(
        { real: fitFirst, fake: fitSecond, extractor: features, signal },
        { batch: Math.min(BATCH, fitFirst.labels.length) },
        draws.child("data"),
      );
      const fit = await fitRatio({
        data,
        build: (stream) =>
          buildRatioNet({
            conditionSize: outputsOf(dataset.train.task),
            featureSize: features.size,
            embedding: "trainable",
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
        const fitted = [await ratiosOf(model, fitFirst), await ratiosOf(model, fitSecond)];
        return {
          first: await ratiosOf(model, testFirst),
          second: await ratiosOf(model, testSecond),
          threshold: quantile([...fitted[0]!, ...fitted[1]!], 0.5),
        };
      } finally {
        fit.net.parameters.dispose();
      }
    };
    try {
      const real = atMost(dataset.test, rng.child("real"));
      const fake = atMost(processed.set, rng.child("fake"));
      const [half, otherHalf] = halves(real, rng.child("floor"));
      const against = await compare("real-against-fake", real, fake);
      const floor = await compare("real-against-real", half, otherHalf);
      const judged = await askTeacher(network, processed.set, {
        normalisation: extractor.normalisation,
        signal,
      });
      const certified = totalVariationLowerBound({
        real: Array.from(against.first, (ratio) => ratio > against.threshold),
        fake: Array.from(against.second, (ratio) => ratio <= against.threshold),
      });
      const notes = {
        totalVariation: totalVariationPlugIn(normalised(against.second), {
          rng: rng.child("plug-in"),
        }),
        floor: totalVariationPlugIn(normalised(floor.second), { rng: rng.child("plug-in floor") }),
        certified: certified.low,
        labelTerm: disagreement(judged.predicted, processed.set.labels, {
          rng: rng.child("label"),
        }),
      };
      return { arrays: {}, notes };
    } finally {
      network.parameters.dispose();
    }
  });
  const notes = artifact.notes as unknown as Omit<MeasuredBound, "terms" | "b">;
  const terms = boundTerms({
    real: dataset.train.labels.length,
    fakes: processed.set.labels.length,
    rademacher: (n) => DEFAULT_B / (4 * Math.sqrt(n)),
    // A ratio from a short fit is too flat, and its plug-in too low: what is certified counts then.
    totalVariation: Math.min(1, Math.max(notes.totalVariation.value, notes.certified)),
    labelTerm: notes.labelTerm.value,
  });
  return { ...notes, terms, b: DEFAULT_B };
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

function atMost(set: LabelledImages, rng: ReturnType<typeof rngOf>): LabelledImages {
  return selectLabelled(set, permutation(set.labels.length, rng).slice(0, MOST_IMAGES));
}

/** Ratios over their mean: E_g[r] is 1 for the true ratio, and a short fit stays below it. */
function normalised(ratios: Float32Array): Float32Array {
  const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
  return mean === 0 ? ratios : ratios.map((ratio) => ratio / mean);
}

function halves(
  set: LabelledImages,
  rng: ReturnType<typeof rngOf>,
): [LabelledImages, LabelledImages] {
  const order = permutation(set.labels.length, rng);
  const middle = Math.floor(order.length / 2);
  return [selectLabelled(set, order.slice(0, middle)), selectLabelled(set, order.slice(middle))];
}
