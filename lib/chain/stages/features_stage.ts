/** What the density ratio sees of an image: a frozen network trained on the real images, not the teacher. */
import type { History } from "../../base/disk/checkpoint.ts";
import { join } from "../../base/disk/path.ts";
import { rngOf } from "../../base/rng.ts";
import type { Artifact } from "../../base/disk/artifact.ts";
import { classifierFeatures, type FeatureExtractor } from "../../density_ratio/features.ts";
import { fitSparseAutoencoder } from "../../density_ratio/fit_sparse_autoencoder.ts";
import {
  autoencoderFeatures,
  buildSparseAutoencoder,
  buildSparseEncoder,
} from "../../density_ratio/sparse_autoencoder.ts";
import type {
  AutoencoderSpecification,
  ClassifierSpecification,
} from "../../experiments/specification/schema.ts";
import { asParameters, chainSeed, CHECKPOINT, type Context, loopOf, runStage } from "./context.ts";
import type { TrainedNetwork } from "./network_job.ts";
import { networkStage } from "./network_stage.ts";

/** A trained feature extractor. */
export interface TrainedFeatures {
  /** The stage result that holds it. */
  readonly artifact: Artifact;
  /** Builds it; the caller calls `dispose`. */
  open(): { readonly features: FeatureExtractor; dispose(): void };
}

/** Trains the network whose features the ratio reads, or resumes or reuses it. */
export async function featuresStage(context: Context): Promise<TrainedFeatures> {
  const { extractor } = context.specification.ratio;
  if ("autoencoder" in extractor) return await autoencoderStage(context, extractor);
  return featuresOf(context, await extractorStage(context, extractor));
}

/** Trains a classifier whose features the ratio reads. */
export function extractorStage(
  context: Context,
  { training, ...sized }: ClassifierSpecification,
): Promise<TrainedNetwork> {
  const { specification, dataset } = context;
  return networkStage(context, {
    role: "extractor",
    sized,
    training,
    train: dataset.train,
    inputs: { real: dataset.checksum },
    seed: chainSeed(specification),
  });
}

/** A classifier's features; default for its input: what the specification says. */
export function featuresOf(
  { specification, dataset }: Context,
  extractor: TrainedNetwork,
  extractorInput = specification.compat.extractorInput,
): TrainedFeatures {
  return {
    artifact: extractor.artifact,
    open() {
      const network = extractor.open();
      const features = classifierFeatures(network, {
        imageSize: dataset.train.images.shape.height,
        extractorInput,
        normalisation: extractor.normalisation,
      });
      return { features, dispose: () => network.parameters.dispose() };
    },
  };
}

/** A sparse autoencoder; its encoder is kept. */
async function autoencoderStage(
  context: Context,
  { autoencoder: kind, width, ...training }: AutoencoderSpecification,
): Promise<TrainedFeatures> {
  const { specification, dataset, setting } = context;
  const seed = chainSeed(specification);
  const imageSize = dataset.train.images.shape.height;
  const key = {
    stage: "autoencoder",
    codeVersion: 1,
    specification: { kind, width, training, seed },
    inputs: { real: dataset.checksum },
  };
  const title = `sparse autoencoder on ${setting}`;
  const rng = rngOf(seed, "autoencoder", setting);
  const artifact = await runStage(context, title, key, async (folder) => {
    const { autoencoder, ...fit } = await fitSparseAutoencoder(
      {
        set: dataset.train,
        build: (stream) => buildSparseAutoencoder({ imageSize, width, rng: stream }),
      },
      {
        training,
        loop: { ...loopOf(context, { title, seed }), checkpointPath: join(folder, CHECKPOINT) },
      },
      rng,
    );
    const arrays = await autoencoder.encoder.parameters.read();
    autoencoder.parameters.dispose();
    const { history, seconds, deadNetworks } = fit;
    return { arrays, notes: { history: history as History, seconds, deadNetworks } };
  });
  return {
    artifact,
    open() {
      const encoder = buildSparseEncoder({ imageSize, width, rng });
      encoder.parameters.write(asParameters(artifact.arrays));
      return {
        features: autoencoderFeatures(encoder),
        dispose: () => encoder.parameters.dispose(),
      };
    },
  };
}
