/** Self-attention of SAGAN (Zhang et al., ICML 2019) between the pixels of a feature map. */
import { constant, type Initialiser, type Mode, type Scope } from "../../base/module.ts";
import { tf } from "../../base/tf.ts";
import { attend, hasGanKernels } from "../../native/gan/gan.ts";
import { biasAdd } from "../../native/maps/activation.ts";
import { convSame } from "../../native/convolution/same_padding.ts";
import { maxPool2 } from "../../native/maps/maps.ts";
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
      maxPool2(map).reshape<tf.Tensor3D>([batch, pixels / 4, map.shape[3]]);
    const queries = query(x, mode).reshape<tf.Tensor3D>([batch, pixels, narrow]);
    const look = hasGanKernels ? attend : composedAttention;
    const seen = look(queries, pooled(key(x, mode)), pooled(value(x, mode)));
    const maps = seen.reshape<tf.Tensor4D>([batch, height, width, half]);
    return x.add(output(maps, mode).mul(gain));
  };
}

/**
 * softmax(q kᵀ) v for each image, for backends without our kernels, with a gradient that walks less often over the large matrix
 * P = softmax(q kᵀ), `[batch, pixels, keys]`. Since Σ_j P_ij dP_ij = ⟨dO_i, O_i⟩ for O = P v and
 * dP = dO vᵀ, the gradient of the scores is P ∘ ([dO, −⟨dO, O⟩] [v, 1]ᵀ): one product of narrow matrices
 * and one multiplication.
 *
 * @param q `[batch, pixels, narrow]`.
 * @param k `[batch, keys, narrow]`.
 * @param v `[batch, keys, half]`.
 * @returns `[batch, pixels, half]`.
 */
export function composedAttention(q: tf.Tensor3D, k: tf.Tensor3D, v: tf.Tensor3D): tf.Tensor3D {
  return tf.customGrad((queries, keys, values, save) => {
    const weights = tf.softmax(
      tf.matMul(queries as tf.Tensor3D, keys as tf.Tensor3D, false, true),
    );
    const seen = tf.matMul(weights, values as tf.Tensor3D);
    (save as tf.GradSaveFunc)([queries, keys, values, weights, seen] as tf.Tensor[]);
    return {
      value: seen,
      gradFunc: (dy: tf.Tensor, [queries, keys, values, weights, seen]: tf.Tensor[]) => {
        const mean = tf.sum(dy.mul(seen!), 2, true);
        const ones = tf.ones([values!.shape[0]!, values!.shape[1]!, 1]);
        const dScores = weights!.mul(
          tf.matMul(tf.concat([dy, tf.neg(mean)], 2), tf.concat([values!, ones], 2), false, true),
        );
        return [
          tf.matMul(dScores, keys!),
          tf.matMul(dScores, queries!, true, false),
          tf.matMul(weights!, dy, true, false),
        ];
      },
    };
  })(q, k, v) as tf.Tensor3D;
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
    const y = convSame(x, weight(mode), 1, mode.precision);
    return bias === undefined ? y : biasAdd(y, bias);
  };
}
