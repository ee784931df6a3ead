/** Step 2a of the chain: how much likelier an image is under the real than under the fake images. */
import type { History } from "../../base/disk/checkpoint.ts";
import { join } from "../../base/disk/path.ts";
import { countProgress } from "../../base/progress.ts";
import { rngOf } from "../../base/rng.ts";
import type { Artifact } from "../../base/disk/artifact.ts";
import { type DensityRatio, densityRatio } from "../../density_ratio/density_ratio.ts";
import { fitRatio } from "../../density_ratio/fit.ts";
import { freshRatioData, pooledRatioData } from "../../density_ratio/ratio_data.ts";
import {
  freshScalarRatioData,
  pooledScalarRatioData,
} from "../../density_ratio/scalar_ratio_data.ts";
import { buildRatioNet } from "../../density_ratio/ratio_net.ts";
import { asParameters, chainSeed, CHECKPOINT, type Context, loopOf, runStage } from "./context.ts";
import type { TrainedCondition } from "./generator/condition_stage.ts";
import type { TrainedFeatures } from "./features_stage.ts";
import type { TrainedGan } from "./generator/gan_stage.ts";

/** A fitted density-ratio model. */
export interface FittedRatio {
  /** The stage result that holds it. */
  readonly artifact: Artifact;
  /** Losses by step. */
  readonly history: History;
  /** Builds the model; the caller calls `dispose`. */
  open(): DensityRatio & { dispose(): void };
}

/** Frozen parts that the fit reads. */
export interface RatioParts {
  readonly gan: TrainedGan;
  readonly features: TrainedFeatures;
  readonly condition: TrainedCondition;
}

/** Fits the density-ratio network on real images and fresh fakes (cDRE-F-cSP). */
export async function ratioStage(
  context: Context,
  { gan, features: trained, condition }: RatioParts,
): Promise<FittedRatio> {
  const { specification, setting, dataset, progress, signal } = context;
  const { ratio, compat } = specification;
  const seed = chainSeed(specification);
  const { extractor: _extractor, width, batch, pool, ...training } = ratio;
  const rng = rngOf(seed, "ratio", setting);
  const title = `density ratio on ${setting}`;
  const key = {
    stage: "ratio",
    codeVersion: 1,
    specification: {
      width,
      batch,
      training,
      pool,
      seed,
      extractorInput: compat.extractorInput,
      flipFakes: compat.flipFakes,
    },
    inputs: { real: dataset.checksum, gan: gan.id, extractor: trained.artifact.id },
  };
  const buildNet = (features: number, stream = rng) =>
    buildRatioNet({
      conditionSize: condition.size,
      featureSize: features,
      embedding: dataset.train.task.kind === "classification" ? "trainable" : "given",
      width,
      rng: stream,
    });
  const artifact = await runStage(context, title, key, async (folder) => {
    const { features, ...extractor } = trained.open();
    const { conditionOf, ...embedding } = condition.open();
    const generator = gan.open();
    const sources = { set: dataset.train, generator, extractor: features, conditionOf };
    const batching = { batch, flipFakes: compat.flipFakes };
    const draws = rng.child("data");
    try {
      const isScalar = dataset.train.task.kind === "regression";
      const scalar = { ...batching, flipReals: specification.gan.embedding?.flip };
      const pooled = {
        pool: {
          perLabel: pool === "fresh" ? 0 : pool,
          signal,
          onProgress: countProgress(`features for the ${title}`, progress),
        },
      };
      const data = pool === "fresh"
        ? isScalar
          ? freshScalarRatioData(sources, scalar, draws)
          : freshRatioData(sources, batching, draws)
        : isScalar
        ? await pooledScalarRatioData(sources, { ...scalar, ...pooled }, draws)
        : await pooledRatioData(sources, { ...batching, ...pooled }, draws);
      const fit = await fitRatio(
        {
          build: (stream) => buildNet(features.size, stream),
          data,
        },
        {
          training,
          loop: { ...loopOf(context, { title, seed }), checkpointPath: join(folder, CHECKPOINT) },
        },
        rng,
      );
      const arrays = await fit.net.parameters.read();
      fit.net.parameters.dispose();
      const { history, seconds, deadNetworks } = fit;
      return { arrays, notes: { history, seconds, deadNetworks, featureSize: features.size } };
    } finally {
      extractor.dispose();
      embedding.dispose();
      generator.parameters.dispose();
    }
  });
  return {
    artifact,
    history: artifact.notes.history as History,
    open() {
      const { features, ...extractor } = trained.open();
      const net = buildNet(features.size);
      net.parameters.write(asParameters(artifact.arrays));
      return {
        ...densityRatio({ extractor: features, net }),
        dispose() {
          extractor.dispose();
          net.parameters.dispose();
        },
      };
    },
  };
}
