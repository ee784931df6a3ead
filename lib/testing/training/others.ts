/** Trainings between generator and students: label embedding, autoencoders, density ratio. */
import type { LabelledImages } from "../../base/contracts.ts";
import { rngOf } from "../../base/rng.ts";
import { classifierFeatures, type FeatureExtractor } from "../../density_ratio/features.ts";
import { ratioTrainee } from "../../density_ratio/fit.ts";
import { sparseTrainee } from "../../density_ratio/fit_sparse_autoencoder.ts";
import { freshRatioData, type RatioData } from "../../density_ratio/ratio_data.ts";
import { buildRatioNet } from "../../density_ratio/ratio_net.ts";
import { freshScalarRatioData } from "../../density_ratio/scalar_ratio_data.ts";
import {
  autoencoderFeatures,
  buildSparseAutoencoder,
} from "../../density_ratio/sparse_autoencoder.ts";
import { buildAutoencoder } from "../../evaluation/autoencoder.ts";
import { AUTOENCODER_TRAINING, autoencoderTrainee } from "../../evaluation/train_networks.ts";
import { fitLabelEmbedding } from "../../gan/scalar_labels/fit_label_embedding.ts";
import { EMBEDDING_SIZE } from "../../gan/scalar_labels/label_embedding.ts";
import { GANS, NETWORKS } from "../../registry.ts";
import { untrainedEmbedding } from "./generators.ts";
import { type ToySets, type TrainingKind, type TrainingSizes, twoSteps } from "./kind.ts";

/** One of each. */
export function otherKinds(sets: ToySets, sizes: TrainingSizes): TrainingKind[] {
  return [
    embeddingKind(sets.angles, sizes),
    autoencoderKind(sets.angles, sizes),
    sparseKind(sets.angles, sizes),
    classRatioKind(sets.classes, sizes),
    scalarRatioKind(sets.angles, sizes),
  ];
}

function embeddingKind(set: LabelledImages, { batch, width }: TrainingSizes): TrainingKind {
  return {
    name: "label embedding, both trainings",
    async run() {
      // As many epochs as two steps are.
      const images = {
        epochs: 1,
        batch: Math.ceil(set.labels.length / 2),
        learningRate: 0.001,
        milestones: [],
      };
      const { weights } = await fitLabelEmbedding({
        set,
        width: 0.125 * width,
        training: {
          images,
          labels: { ...images, epochs: 2, batch },
          weightDecay: 1e-4,
          noise: 0.2,
          flip: true,
        },
        rng: rngOf(1, "embedding"),
        loop: { stage: "embedding", seed: 1, logEvery: 1 },
      });
      return { embedding: weights };
    },
  };
}

function autoencoderKind(set: LabelledImages, { batch, width }: TrainingSizes): TrainingKind {
  return {
    name: "autoencoder of the Fréchet distance",
    run() {
      const rng = rngOf(1, "autoencoder");
      const autoencoder = buildAutoencoder({
        imageSize: set.images.shape.height,
        width: 0.25 * width,
        rng: rng.child("weights"),
      });
      const training = { ...AUTOENCODER_TRAINING, batch };
      return twoSteps(autoencoderTrainee(autoencoder, training, { train: set, rng }));
    },
  };
}

function sparseKind(set: LabelledImages, { batch, width }: TrainingSizes): TrainingKind {
  return {
    name: "sparse autoencoder",
    run() {
      const rng = rngOf(1, "sparse");
      const autoencoder = buildSparseAutoencoder({
        imageSize: set.images.shape.height,
        width: 0.25 * width,
        rng: rng.child("weights"),
      });
      return twoSteps(sparseTrainee({ autoencoder, set }, {
        epochs: 1,
        batch,
        learningRate: 1e-3,
        decayEvery: 50,
        weightDecay: 1e-4,
        sparsity: 1e-3,
        flip: true,
      }, rng));
    },
  };
}

const RATIO_TRAINING = {
  epochs: 1,
  learningRate: 1e-4,
  milestones: [],
  weightDecay: 1e-4,
  penalty: 1e-3,
};

function classRatioKind(set: LabelledImages, { batch, width }: TrainingSizes): TrainingKind {
  const { task, images: { shape: { height } } } = set;
  return {
    name: "density ratio of classes",
    async run() {
      if (task.kind !== "classification") throw new TypeError("Cannot fit: want classes");
      const rng = rngOf(1, "class ratio");
      const network = NETWORKS.vgg11.build({
        head: "classification",
        outputs: task.classes,
        imageSize: height,
        width: 0.375 * width,
        rng: rng.child("extractor"),
      });
      const extractor = classifierFeatures(network, {
        imageSize: height,
        extractorInput: "standardized",
        normalisation: { mean: [0.5], std: [0.25] },
      });
      const { generator, discriminator } = GANS.biggan.build({
        conditionSize: task.classes,
        imageSize: height,
        width: 0.25 * width,
        rng: rng.child("gan"),
      });
      const data = freshRatioData({ set, generator, extractor }, { batch }, rng.child("data"));
      const state = await fitted({ data, extractor, conditionSize: task.classes }, width);
      for (const { parameters } of [network, generator, discriminator]) parameters.dispose();
      return state;
    },
  };
}

function scalarRatioKind(set: LabelledImages, { batch, width }: TrainingSizes): TrainingKind {
  const { height } = set.images.shape;
  return {
    name: "density ratio of scalar labels",
    async run() {
      const rng = rngOf(1, "scalar ratio");
      const embedding = await untrainedEmbedding(set, rng.child("embedding"));
      const autoencoder = buildSparseAutoencoder({
        imageSize: height,
        width: 0.125 * width,
        rng: rng.child("extractor"),
      });
      const extractor = autoencoderFeatures(autoencoder.encoder);
      const { generator, discriminator } = GANS.sngan.build({
        conditionSize: EMBEDDING_SIZE,
        imageSize: height,
        width: 0.125 * width,
        rng: rng.child("gan"),
      });
      const data = freshScalarRatioData(
        { set, generator, extractor, conditionOf: embedding.conditionOf },
        { batch, vicinity: { radius: 0.1, nu: 100 } },
        rng.child("data"),
      );
      const state = await fitted({ data, extractor, conditionSize: EMBEDDING_SIZE }, width);
      for (const { parameters } of [autoencoder, generator, discriminator]) parameters.dispose();
      embedding.dispose();
      return state;
    },
  };
}

function fitted(
  { data, extractor, conditionSize }: {
    data: RatioData;
    extractor: FeatureExtractor;
    conditionSize: number;
  },
  width: number,
) {
  const rng = rngOf(1, "ratio");
  const net = buildRatioNet({
    featureSize: extractor.size,
    conditionSize,
    embedding: conditionSize === EMBEDDING_SIZE ? "given" : "trainable",
    width: 0.25 * width,
    rng: rng.child("weights"),
  });
  return twoSteps(ratioTrainee({ net, data }, RATIO_TRAINING, rng));
}
