/** Self-attention of SAGAN (Zhang et al., ICML 2019) between the pixels of a feature map. */
import { constant, type Initialiser, type Mode, type Scope } from "../../base/module.ts";
import { tf } from "../../base/tf.ts";
import { biasAdd } from "../../native/kernels.ts";
import { spectralNorm } from "./spectral_norm.ts";

/** Options of `selfAttention`. */
export interface SelfAttentionOptions {
  /** Of the map; queries and keys have an eighth of them (at least 1), values half. */
  readonly channels: number;
  /** Of the four spectrally normalised 1 x 1 convolutions. */
  readonly weightInit: (size: { in: number; out: number }) => Initialiser;
  /** Biases of the four convolutions; none without. */
  readonly biasInit?: Initialiser;
  /** Floor of the norms in the power iteration. */
  readonly epsilon: number;
}

/**
 * out = x + a · W_o(softmax(q kᵀ) v) with queries q of every pixel, keys k and values v max-pooled 2 x 2,
 * and a learnable scalar a that starts at 0, so that the layer starts as the identity.
 *
 * Source: method specification 2.3 and 2.7 (UTKFace: convolutions with biases).
 *
 * @returns A function on maps `[batch, height, width, channels]` with even height and width.
 */
export function selfAttention(
  scope: Scope,
  options: SelfAttentionOptions,
): (x: tf.Tensor4D, mode: Mode) => tf.Tensor4D {
  const { channels } = options;
  const narrow = Math.max(1, Math.floor(channels / 8));
  const half = Math.max(1, Math.floor(channels / 2));
  const query = pixelwise(scope.at("query"), { ...options, in: channels, out: narrow });
  const key = pixelwise(scope.at("key"), { ...options, in: channels, out: narrow });
  const value = pixelwise(scope.at("value"), { ...options, in: channels, out: half });
  const output = pixelwise(scope.at("output"), { ...options, in: half, out: channels });
  const gain = scope.weight<tf.Rank.R0>("gain", [], constant(0));
  return (x, mode) => {
    const [batch, height, width] = x.shape;
    const pixels = height * width;
    const pooled = (map: tf.Tensor4D) =>
      tf.maxPool(map, 2, 2, "valid").reshape<tf.Tensor3D>([batch, pixels / 4, map.shape[3]]);
    const q = query(x, mode).reshape<tf.Tensor3D>([batch, pixels, narrow]);
    const attention = tf.softmax(tf.matMul(q, pooled(key(x, mode)), false, true));
    const seen = tf.matMul(attention, pooled(value(x, mode))) // [batch, pixels, half]
      .reshape<tf.Tensor4D>([batch, height, width, half]);
    return x.add(output(seen, mode).mul(gain));
  };
}

/** A spectrally normalised 1 x 1 convolution. */
function pixelwise(
  scope: Scope,
  { in: channelsIn, out, weightInit, biasInit, epsilon }:
    & Omit<SelfAttentionOptions, "channels">
    & { in: number; out: number },
): (x: tf.Tensor4D, mode: Mode) => tf.Tensor4D {
  const weight = spectralNorm<tf.Rank.R4>(scope, {
    shape: [1, 1, channelsIn, out],
    init: weightInit({ in: channelsIn, out }),
    epsilon,
  });
  const bias = biasInit && scope.weight<tf.Rank.R1>("bias", [out], biasInit);
  return (x, mode) => {
    const y = tf.conv2d(x, weight(mode), 1, "same");
    return bias === undefined ? y : biasAdd(y, bias);
  };
}
