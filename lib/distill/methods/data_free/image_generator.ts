/** A small generator of images for methods that train one along with the student. */
import type { ImageShape } from "../../../base/contracts.ts";
import { normal, ParameterSet, Scope } from "../../../base/module.ts";
import { normalArray, type Rng } from "../../../base/rng.ts";
import { tf } from "../../../base/tf.ts";
import { convAfterUpsample } from "../../../gan/layers/resampling_conv.ts";
import { batchNorm, conv2d, linear } from "../../../networks/layers.ts";
import { oneHot } from "../../losses.ts";

/** Everything that decides a generator before its first weight. */
export interface ImageGeneratorOptions {
  readonly shape: ImageShape;
  /** Channels of the last map but one; the first has twice as many. */
  readonly width: number;
  /** Numbers of noise of an image. */
  readonly noise: number;
  /** With classes it draws images for given ones; default: 0, for none. */
  readonly classes?: number;
  readonly rng: Rng;
}

/** A generator with its weights; it always runs as in training, on the statistics of its batch. */
export interface ImageGenerator {
  readonly parameters: ParameterSet;
  /**
   * Normalised images `[count, height, width, channels]`: of mean 0 and variance 1 in each channel of the batch.
   *
   * @param of How many, or the class of each where the generator has classes.
   */
  draw(of: number | tf.Tensor1D, rng: Rng): tf.Tensor4D;
}

/** Mode of layers that have no other here. */
const TRAINING = { training: true } as const;

/**
 * Noise through a dense layer to a map of a quarter of the side, batch norm, twice (up-sampling, 3 x 3 convolution,
 * batch norm, leaky ReLU of 0.2), a 3 x 3 convolution, tanh, batch norm without scale and offset. The class of an image
 * adds a channel to the first map: a dense layer of its one-hot row.
 *
 * Source: the 32 x 32 generator of DFAD's public code (method specification F.1); the label's channel as in a public
 * conditional DAFL (F.3).
 *
 * @throws {RangeError} A side of the images is not a multiple of 4.
 */
export function imageGenerator(
  { shape, width, noise, classes = 0, rng }: ImageGeneratorOptions,
): ImageGenerator {
  const { height, width: columns, channels } = shape;
  if (height % 4 !== 0 || columns % 4 !== 0) {
    throw new RangeError(
      `Cannot generate images of ${height} x ${columns}: want sides that are multiples of 4`,
    );
  }
  const [rows, cells] = [height / 4, height / 4 * (columns / 4)];
  const parameters = new ParameterSet();
  const root = new Scope(parameters, rng);
  const start = linear(root.at("start"), { in: noise, out: cells * 2 * width });
  const startNorm = batchNorm(root.at("start_norm"), { channels: 2 * width });
  const label = classes > 0 ? linear(root.at("label"), { in: classes, out: cells }) : undefined;
  const block = (name: string, input: number, output: number) => {
    const kernel = root.at(name).weight<tf.Rank.R4>(
      "weight",
      [3, 3, input, output],
      normal(Math.sqrt(2 / (9 * input))),
    );
    const norm = batchNorm(root.at(name).at("norm"), { channels: output });
    return (x: tf.Tensor4D) =>
      tf.leakyRelu(norm(convAfterUpsample(x, kernel as tf.Tensor4D), TRAINING), 0.2);
  };
  const first = block("first", 2 * width + (label ? 1 : 0), 2 * width);
  const second = block("second", 2 * width, width);
  const last = conv2d(root.at("last"), { in: width, out: channels, kernel: 3 });
  return {
    parameters,
    draw(of, draws) {
      const count = typeof of === "number" ? of : of.size;
      const latent = tf.tensor2d(normalArray(count * noise, draws), [count, noise]);
      const begun = start(latent, TRAINING).reshape<tf.Tensor4D>([count, rows, -1, 2 * width]);
      const map = startNorm(begun, TRAINING);
      const asked = label && typeof of !== "number" &&
        label(oneHot(of, classes), TRAINING).reshape<tf.Tensor4D>([count, rows, -1, 1]);
      const images = tf.tanh(
        last(second(first(asked ? tf.concat([map, asked], 3) : map)), TRAINING),
      );
      const { mean, variance } = tf.moments(images, [0, 1, 2]);
      return images.sub(mean).mul(tf.rsqrt(variance.add(1e-5))) as tf.Tensor4D;
    },
  };
}

/** Classes drawn uniformly, `[count]` int32. */
export function presetLabels(count: number, classes: number, rng: Rng): tf.Tensor1D {
  return tf.tensor1d(Int32Array.from({ length: count }, () => rng.integer(classes)), "int32");
}
