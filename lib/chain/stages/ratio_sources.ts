/** What the density ratio is fitted on: features of real images and of fakes, fresh ones or a pool of them. */
import { countProgress } from "../../base/progress.ts";
import type { Rng } from "../../base/rng.ts";
import {
  freshRatioData,
  pooledRatioData,
  type RatioBatching,
  type RatioData,
  type RatioSources,
} from "../../density_ratio/ratio_data.ts";
import {
  freshScalarRatioData,
  pooledScalarRatioData,
  type ScalarBatching,
} from "../../density_ratio/scalar_ratio_data.ts";
import type { Context } from "./context.ts";
import type { TrainedFeatures } from "./features_stage.ts";
import type { TrainedCondition } from "./generator/condition_stage.ts";
import type { TrainedGan } from "./generator/gan_stage.ts";

/** Frozen parts that the fit reads. */
export interface RatioParts {
  readonly gan: TrainedGan;
  readonly features: TrainedFeatures;
  readonly condition: TrainedCondition;
}

/** Opens the frozen parts; the caller calls `dispose`. */
export function openSources(
  { dataset }: Context,
  { gan, features: trained, condition }: RatioParts,
): { readonly sources: RatioSources; dispose(): void } {
  const { features, ...extractor } = trained.open();
  const { conditionOf, ...embedding } = condition.open();
  const generator = gan.open();
  return {
    sources: { set: dataset.train, generator, extractor: features, conditionOf },
    dispose() {
      extractor.dispose();
      embedding.dispose();
      generator.parameters.dispose();
    },
  };
}

/**
 * Batches as the specification asks for them: of classes or of scalar labels, with fakes that each step draws or from a
 * pool of them.
 *
 * @param title Of the fit, for whoever watches the pool being drawn.
 */
export async function ratioData(
  context: Context,
  sources: RatioSources,
  { rng, title }: { readonly rng: Rng; readonly title: string },
): Promise<RatioData> {
  const { ratio: { pool } } = context.specification;
  const isScalar = sources.set.task.kind === "regression";
  const [classes, scalars] = [classBatching(context), scalarBatching(context)];
  if (pool === "fresh") {
    return isScalar
      ? freshScalarRatioData(sources, scalars, rng)
      : freshRatioData(sources, classes, rng);
  }
  const drawn = {
    perLabel: pool,
    signal: context.signal,
    onProgress: countProgress(`features for the ${title}`, context.progress),
  };
  return isScalar
    ? await pooledScalarRatioData(sources, { ...scalars, pool: drawn }, rng)
    : await pooledRatioData(sources, { ...classes, pool: drawn }, rng);
}

function classBatching({ specification: { ratio, compat } }: Context): RatioBatching {
  return { batch: ratio.batch, flipFakes: compat.flipFakes };
}

function scalarBatching(context: Context): ScalarBatching {
  return {
    ...classBatching(context),
    flipReals: context.specification.gan.embedding?.flip,
  };
}
