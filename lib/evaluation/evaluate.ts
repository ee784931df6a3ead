/** All measures of a generator of continuous labels at once. */
import type { LabelledImages } from "../base/contracts.ts";
import type { FeatureExtractor } from "../density_ratio/features.ts";
import { MINUS_ONE_TO_ONE } from "../data/batches/batches.ts";
import type { Network } from "../networks/network.ts";
import { askTeacher } from "../synthesis/teacher_opinion.ts";
import { type Diversity, diversity, predictTypes } from "./diversity.ts";
import { type ComparedImages, type IntraFid, intraFid, type IntraFidOptions } from "./intra_fid.ts";
import { type LabelScore, labelScore } from "./label_score.ts";

/** The networks that judge; all take images in [−1, 1]. */
export interface Judges {
  /** Features of the Fréchet distance: `autoencoderFeatures`. */
  readonly features: FeatureExtractor;
  /** Reads labels off images. */
  readonly regressor: Network;
  /** Reads types off images; without, nothing is said about diversity. */
  readonly types?: { readonly classifier: Network; readonly count: number };
}

/** What a generator is worth. */
export interface GeneratorScore {
  /** Lower is better. */
  readonly intraFid: IntraFid;
  /** In the unit of the labels; lower is better. */
  readonly labelScore: LabelScore;
  /** In nats; higher is better, real images reach `limit` at the most. */
  readonly diversity?: Diversity;
  /**
   * The regressor's score on the real images, in the unit of the labels: what of the label score is
   * the regressor's own error.
   */
  readonly realLabelScore: LabelScore;
}

/**
 * Intra-FID, label score and diversity of fakes against real images (method specification 7.4; the paper's
 * protocol has 200 fakes at each of the 899 angles of RC-49, and all 44,051 real images).
 *
 * Fakes are what the caller drew. Q18: the reference always measures plain samples of the generator,
 * `evaluation.compat.sampler=raw`, under a name that speaks of subsampling; for `configured` hand in the images
 * that the sampler in use has kept, with the labels that they were drawn for.
 *
 * @throws {RangeError} A label has fewer than two real or fake images, or a network is not finite.
 */
export async function evaluateGenerator(
  { real, fake }: ComparedImages,
  judges: Judges,
  options: IntraFidOptions = {},
): Promise<GeneratorScore> {
  const { features: extractor, regressor, types } = judges;
  const scoreOf = async (set: LabelledImages) => {
    const { predicted } = await askTeacher(regressor, set, {
      normalisation: MINUS_ONE_TO_ONE,
      batch: options.batch,
      signal: options.signal,
    });
    return labelScore({ predicted, labels: set.labels, task: fake.task }, options);
  };
  const distances = await intraFid({ real, fake, extractor }, options);
  const scores = { labelScore: await scoreOf(fake), realLabelScore: await scoreOf(real) };
  if (types === undefined) return { intraFid: distances, ...scores };
  const seen = await predictTypes(types.classifier, fake.images, options);
  return {
    intraFid: distances,
    ...scores,
    diversity: diversity({ types: seen, labels: fake.labels, task: fake.task }, {
      ...options,
      typeCount: types.count,
    }),
  };
}
