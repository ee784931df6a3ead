/**
 * The sparse autoencoder whose code is what the density ratio sees of images with scalar labels (method
 * specification 3.2). Its code has to hold enough for the image and for the label, with few large entries.
 */
import { checkInteger } from "../base/check.ts";
import { INFERENCE, type Mode, ParameterSet, Scope } from "../base/module.ts";
import type { Rng } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { relu } from "../native/maps/activation.ts";
import { batchNormVector, conv2d, linear, type VectorLayer } from "../networks/layers.ts";
import { scaleChannels } from "../networks/network.ts";
import type { FeatureExtractor } from "./features.ts";
import { chain, imageDecoder, normRelu } from "./image_decoder.ts";

const ENCODER_CHANNELS = [64, 128, 256, 512];
const CODE_CHANNELS = 768;
const DECODER_CHANNELS = [512, 256, 128, 64];
const LABEL_FEATURES = [2048, 1024, 512, 128];

/** Everything that decides the networks before their first weights. */
export interface SparseAutoencoderOptions {
  /** Side of the square images, a multiple of 16; 64 in the paper. */
  readonly imageSize: number;
  /** Channels and features relative to the paper's; the code shrinks with them. */
  readonly width: number;
  /** Draws of the initial weights. */
  readonly rng: Rng;
}

/** h: images to codes. All that is left of the autoencoder once it is trained. */
export interface SparseEncoder {
  readonly parameters: ParameterSet;
  /** d, entries of a code; 12,288 for 64 x 64 images at width 1. */
  readonly codeSize: number;
  /**
   * @param x `[batch, imageSize, imageSize, 3]` in [−1, 1].
   * @returns h(x) >= 0, `[batch, codeSize]`.
   */
  forward(x: tf.Tensor4D, mode: Mode): tf.Tensor2D;
}

/** What an autoencoder makes of images. */
export interface SparseOutput {
  /** h(x) >= 0, `[batch, codeSize]`. */
  readonly code: tf.Tensor2D;
  /** Images again, in [−1, 1], of the input's shape. */
  readonly copy: tf.Tensor4D;
  /** Labels >= 0 in units of the label scale, `[batch, 1]`. */
  readonly label: tf.Tensor2D;
}

/** Encoder with both decoders, as it is trained. */
export interface SparseAutoencoder {
  readonly encoder: SparseEncoder;
  /** Of all three, under "encoder/…", "image/…" and "label/…"; freeing them frees the encoder. */
  readonly parameters: ParameterSet;
  forward(x: tf.Tensor4D, mode: Mode): SparseOutput;
}

/**
 * Four times [convolution 4 x 4 with stride 2, convolution 3 x 3] with 64, 128, 256, 512 channels, of
 * which the last goes to 768; batch normalisation and ReLU after each, only ReLU after the last.
 * 7,073,664 parameters at width 1.
 *
 * The code is flattened in channels-last order: a permutation of the reference's, which nothing that reads
 * it can tell.
 *
 * @throws {RangeError} `imageSize` is no multiple of 16.
 */
export function buildSparseEncoder(options: SparseAutoencoderOptions): SparseEncoder {
  const { width } = options;
  const parameters = new ParameterSet();
  const root = new Scope(parameters, options.rng.child("encoder"));
  const side = codeSide(options.imageSize);
  let channels = 3;
  const layers = ENCODER_CHANNELS.flatMap((full, i) => {
    const out = scaleChannels(full, width);
    const isLast = i === ENCODER_CHANNELS.length - 1;
    const next = isLast ? scaleChannels(CODE_CHANNELS, width) : out;
    const scope = root.at(`stage${i + 1}`);
    // "same" pads even sizes by one pixel on each side, and oneDNN then does the gradients.
    const halve = conv2d(scope.at("halve"), {
      in: channels,
      out,
      kernel: 4,
      stride: 2,
      padding: "same",
    });
    const conv = conv2d(scope.at("conv"), { in: out, out: next, kernel: 3 });
    channels = next;
    return [
      normRelu(scope.at("halve"), halve, out),
      isLast
        ? (x: tf.Tensor4D, mode: Mode) => relu(conv(x, mode))
        : normRelu(scope.at("conv"), conv, next),
    ];
  });
  const codeSize = side * side * channels;
  return {
    parameters,
    codeSize,
    forward: (x, mode) => chain(layers)(x, mode).reshape([x.shape[0], codeSize]),
  };
}

/**
 * The encoder with two decoders.
 *
 * Image: four times [transposed convolution 4 x 4 with stride 2, convolution 3 x 3, each with batch
 * normalisation and ReLU] with 512, 256, 128, 64 channels; the last convolution goes to 3 channels and
 * tanh. Label: dense to 2048, 1024, 512, 128, each with batch normalisation and ReLU; dense to 1, ReLU.
 */
export function buildSparseAutoencoder(options: SparseAutoencoderOptions): SparseAutoencoder {
  const encoder = buildSparseEncoder(options);
  const side = codeSide(options.imageSize);
  const channels = encoder.codeSize / side ** 2;
  const image = imageFromCode(options, channels);
  const label = labelFromCode(options, encoder.codeSize);
  return {
    encoder,
    parameters: ParameterSet.join({
      encoder: encoder.parameters,
      image: image.parameters,
      label: label.parameters,
    }),
    forward(x, mode) {
      const code = encoder.forward(x, mode);
      const maps = code.reshape<tf.Tensor4D>([x.shape[0], side, side, channels]);
      return { code, copy: image.forward(maps, mode), label: label.forward(code, mode) };
    },
  };
}

/** The code as features of frozen images, in inference mode; nothing changes the weights. */
export function autoencoderFeatures(
  encoder: Pick<SparseEncoder, "codeSize" | "forward">,
): FeatureExtractor {
  return {
    size: encoder.codeSize,
    extract: (images) => tf.tidy(() => encoder.forward(images, INFERENCE)),
  };
}

/** Parts of the loss; the total is `total`. */
export interface SparseLoss {
  readonly total: tf.Scalar;
  /** mean (x̂ − x)² over all values in [−1, 1]. */
  readonly image: tf.Scalar;
  /** mean h: a scaled L1 norm, since h >= 0. */
  readonly sparsity: tf.Scalar;
  /** mean (ŷ − y)², in units of the label scale. */
  readonly label: tf.Scalar;
}

/**
 * mean (x̂ − x)² + sparsity · mean h + mean (ŷ − y)² (method specification 3.2).
 *
 * @param targets.x Images in [−1, 1].
 * @param targets.labels In units of the label scale, `[batch]`.
 * @param sparsity 1e-3 in the paper.
 */
export function sparseLoss(
  { code, copy, label }: SparseOutput,
  targets: { readonly x: tf.Tensor4D; readonly labels: tf.Tensor1D },
  sparsity: number,
): SparseLoss {
  const image: tf.Scalar = tf.mean(tf.squaredDifference(copy, targets.x));
  const size: tf.Scalar = tf.mean(code);
  const off: tf.Scalar = tf.mean(
    tf.squaredDifference(label, targets.labels.reshape([targets.labels.size, 1])),
  );
  return {
    total: image.add(size.mul(sparsity)).add(off),
    image,
    sparsity: size,
    label: off,
  };
}

interface Decoder<T extends tf.Tensor, R extends tf.Tensor> {
  readonly parameters: ParameterSet;
  forward(x: T, mode: Mode): R;
}

function imageFromCode(
  { width, rng }: SparseAutoencoderOptions,
  codeChannels: number,
): Decoder<tf.Tensor4D, tf.Tensor4D> {
  const parameters = new ParameterSet();
  const root = new Scope(parameters, rng.child("image decoder"));
  const channels = DECODER_CHANNELS.map((full) => scaleChannels(full, width));
  return { parameters, forward: imageDecoder(root, codeChannels, channels) };
}

function labelFromCode(
  { width, rng }: SparseAutoencoderOptions,
  codeSize: number,
): Decoder<tf.Tensor2D, tf.Tensor2D> {
  const parameters = new ParameterSet();
  const root = new Scope(parameters, rng.child("label decoder"));
  let size = codeSize;
  const layers = LABEL_FEATURES.map((full, i): VectorLayer => {
    const out = scaleChannels(full, width);
    const scope = root.at(`dense${i + 1}`);
    const dense = linear(scope, { in: size, out });
    const norm = batchNormVector(scope.at("norm"), { channels: out });
    size = out;
    return (x, mode) => relu(norm(dense(x, mode), mode));
  });
  const last = linear(root.at("output"), { in: size, out: 1 });
  return {
    parameters,
    forward: (code, mode) =>
      relu(last(layers.reduce((value, layer) => layer(value, mode), code), mode)),
  };
}

/** Side of the code's maps: four halvings. */
function codeSide(imageSize: number): number {
  const factor = 2 ** ENCODER_CHANNELS.length;
  checkInteger(imageSize, "imageSize", factor);
  if (imageSize % factor !== 0) {
    throw new RangeError(
      `Cannot build an autoencoder for images of side ${imageSize}: want a multiple of ${factor}`,
    );
  }
  return imageSize / factor;
}
