/**
 * CcGAN's improved label input (method specification 2.5): a network from images to labels, x2y, is cut
 * into x2h and h2y at a space of 128 entries; y2h embeds a label in that space, such that h2y gives it
 * back. Generator, discriminator and ratio network are conditioned on y2h(y) instead of y.
 */
import type { Regression } from "../../base/contracts.ts";
import { meanAbsoluteError } from "../../base/metrics.ts";
import { INFERENCE, type Mode, type NamedArrays, ParameterSet, Scope } from "../../base/module.ts";
import type { Rng } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import { relu } from "../../native/maps/activation.ts";
import {
  batchNormVector,
  groupNormVector,
  linear,
  type VectorLayer,
} from "../../networks/layers.ts";
import { type NetworkOptions, scaleChannels } from "../../networks/network.ts";
import type { SizeTaker } from "../../networks/image_sizes.ts";
import { resnet34, resnet34Body } from "../../networks/resnet.ts";
import type { ConditionOf } from "../sample.ts";
import { checkLabel } from "./vicinity.ts";

/** Entries of h, the embedding of a label or image. */
export const EMBEDDING_SIZE = 128;
const GROUPS = 8;
const HIDDEN_LAYERS = 4;

/** x2h: images to the embedding space. */
export interface ImageEmbedder {
  readonly parameters: ParameterSet;
  /**
   * @param x `[batch, imageSize, imageSize, 3]` in [−1, 1].
   * @returns h >= 0, `[batch, 128]`.
   */
  forward(x: tf.Tensor4D, mode: Mode): tf.Tensor2D;
}

/** h2y or y2h. */
export interface VectorNetwork {
  readonly parameters: ParameterSet;
  /** `[batch, in]` to `[batch, out]`. */
  forward(x: tf.Tensor2D, mode: Mode): tf.Tensor2D;
}

/** The sizes that x2h takes: those of its ResNet-34. */
export const LABEL_EMBEDDING: SizeTaker = {
  title: "the label embedding",
  imageSizes: resnet34.imageSizes,
};

/**
 * x2h: ResNet-34 (64 x 64 images are halved in every stage), global average, then twice [dense, batch
 * normalisation, ReLU] with 512 and 128 outputs. With h2y, x2y has 21,610,945 parameters at width 1.
 *
 * @param options.width Channels and the 512 relative to the paper's; the 128 of the embedding stay.
 */
export function buildX2h(
  options: Pick<NetworkOptions, "imageSize" | "width" | "rng">,
): ImageEmbedder {
  const parameters = new ParameterSet();
  const root = new Scope(parameters, options.rng.child("x2h"));
  const body = resnet34Body(root.at("body"), options);
  const hidden = scaleChannels(512, options.width);
  const layers = [[body.features, hidden], [hidden, EMBEDDING_SIZE]].map(([from, out], i) =>
    denseNormRelu(root.at(`dense${i + 1}`), {
      in: from!,
      out: out!,
      norm: (scope) => batchNormVector(scope, { channels: out! }),
    })
  );
  return {
    parameters,
    forward: (x, mode) => through(layers, body.forward(x, mode).features, mode),
  };
}

/** h2y: dense 128 → 1, ReLU. Frozen once x2y is trained. */
export function buildH2y({ rng }: { readonly rng: Rng }): VectorNetwork {
  const parameters = new ParameterSet();
  const root = new Scope(parameters, rng.child("h2y"));
  const dense = linear(root.at("dense"), { in: EMBEDDING_SIZE, out: 1 });
  return { parameters, forward: (h, mode) => relu(dense(h, mode)) };
}

/**
 * y2h: y + 1e-8, four times [dense, group normalisation in 8 groups, ReLU], dense, ReLU, each with 128
 * outputs; 67,328 parameters. Its input is a label divided by the label scale, its output >= 0.
 */
export function buildY2h({ rng }: { readonly rng: Rng }): VectorNetwork {
  const parameters = new ParameterSet();
  const root = new Scope(parameters, rng.child("y2h"));
  const layers = Array.from(
    { length: HIDDEN_LAYERS },
    (_, i) =>
      denseNormRelu(root.at(`dense${i + 1}`), {
        in: i === 0 ? 1 : EMBEDDING_SIZE,
        out: EMBEDDING_SIZE,
        norm: (scope) => groupNormVector(scope, { features: EMBEDDING_SIZE, groups: GROUPS }),
      }),
  );
  const last = linear(root.at("dense5"), { in: EMBEDDING_SIZE, out: EMBEDDING_SIZE });
  return {
    parameters,
    forward: (y, mode) => relu(last(through(layers, y.add(1e-8), mode), mode)),
  };
}

function denseNormRelu(
  scope: Scope,
  options: { in: number; out: number; norm: (scope: Scope) => VectorLayer },
): VectorLayer {
  const dense = linear(scope, options);
  const norm = options.norm(scope.at("norm"));
  return (x, mode) => relu(norm(dense(x, mode), mode));
}

function through(layers: readonly VectorLayer[], x: tf.Tensor2D, mode: Mode): tf.Tensor2D {
  return layers.reduce((value, layer) => layer(value, mode), x);
}

/** The frozen embedding γ of a task's labels, and its inverse. Nothing here trains or changes. */
export interface LabelEmbedding {
  /** Entries of a condition, 128. */
  readonly size: number;
  /**
   * γ of labels in dataset units, `[batch, 128]`.
   *
   * @throws {RangeError} A label lies outside of the task's range.
   */
  readonly conditionOf: ConditionOf;
  /**
   * The same for every finite label: targets of vicinal losses stray beyond the range of the labels.
   *
   * @throws {RangeError} A label is not finite.
   */
  readonly conditionAnywhere: ConditionOf;
  /** γ of a tensor of labels in dataset units, `[batch, 1]`, unchecked; for graphs that take labels as an input. */
  conditionOfTensor(labels: tf.Tensor2D): tf.Tensor2D;
  /** h2y: labels in dataset units, `[batch]`, of embeddings `[batch, 128]`. */
  labelsOf(embedding: tf.Tensor2D): tf.Tensor1D;
  /** Of both networks, for tests that nothing changes them. */
  readonly parameters: ParameterSet;
  dispose(): void;
}

/**
 * The embedding with stored weights (`FittedEmbedding.weights`). No gradient reaches its weights, since
 * optimisers are given only those of the network that they train.
 *
 * @throws {RangeError} A weight is missing.
 * @throws {TypeError} A weight has another shape.
 */
export function labelEmbedding(weights: NamedArrays, task: Regression): LabelEmbedding {
  const networks = emptyNetworks();
  const parameters = ParameterSet.join({
    h2y: networks.h2y.parameters,
    y2h: networks.y2h.parameters,
  });
  try {
    parameters.write(weights);
  } catch (error) {
    parameters.dispose();
    throw error;
  }
  const embed = (labels: ArrayLike<number>) =>
    tf.tidy(() => {
      const units = Float32Array.from(labels, (label) => label / task.scale);
      return networks.y2h.forward(tf.tensor2d(units, [units.length, 1]), INFERENCE);
    });
  return {
    size: EMBEDDING_SIZE,
    parameters,
    conditionOf(labels) {
      for (let i = 0; i < labels.length; i++) checkLabel(labels[i]!, task, `label ${i}`);
      return embed(labels);
    },
    conditionAnywhere(labels) {
      for (let i = 0; i < labels.length; i++) {
        if (Number.isFinite(labels[i])) continue;
        throw new RangeError(`Cannot embed label ${i}: found ${labels[i]}, want a finite number`);
      }
      return embed(labels);
    },
    conditionOfTensor: (labels) =>
      tf.tidy(() => networks.y2h.forward(labels.div(task.scale), INFERENCE)),
    labelsOf: (embedding) =>
      tf.tidy(() => {
        const units = networks.h2y.forward(embedding, INFERENCE);
        return units.mul(task.scale).reshape([embedding.shape[0]]);
      }),
    dispose: () => parameters.dispose(),
  };
}

/** Networks whose first weights do not matter. */
function emptyNetworks(): { h2y: VectorNetwork; y2h: VectorNetwork } {
  const still: Rng = {
    nextUint32: () => 0,
    uniform: () => 0.5,
    integer: () => 0,
    normal: () => 0,
    child: () => still,
  };
  return { h2y: buildH2y({ rng: still }), y2h: buildY2h({ rng: still }) };
}

/**
 * How well the embedding can be inverted: mean |h2y(y2h(y)) − y| in dataset units.
 *
 * @param labels In dataset units; usually the task's `labels`.
 * @throws {RangeError} There are no labels.
 */
export async function embeddingError(
  embedding: Pick<LabelEmbedding, "conditionOf" | "labelsOf">,
  labels: ArrayLike<number>,
): Promise<number> {
  if (labels.length === 0) {
    throw new RangeError("Cannot measure an embedding: found no labels, want at least one");
  }
  const inverted = tf.tidy(() => embedding.labelsOf(embedding.conditionOf(labels)));
  const values = await inverted.data();
  inverted.dispose();
  return meanAbsoluteError(values, labels);
}
