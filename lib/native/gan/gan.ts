/**
 * Inner loops of conditional GANs that only they have, as kernels of `cpu/`: callers ask `hasGanKernels`
 * and keep a composed form for other backends, against which the kernels are tested.
 */
import * as tf from "@tensorflow/tfjs";
import type { BatchStatistics } from "../normalisation/batch_norm.ts";
import { rawOp } from "../tensorflow/raw_op.ts";

/** Whether the functions of this file can be called. */
export { hasOwnKernels as hasGanKernels } from "../tensorflow/own_kernels.ts";

/** What `conditionalNormTraining` works on. */
export interface ConditionalNormInputs {
  /** `[batch, height, width, channels]`. */
  readonly x: tf.Tensor4D;
  /** `[batch, channels]`. */
  readonly gain: tf.Tensor2D;
  /** `[batch, channels]`. */
  readonly shift: tf.Tensor2D;
  /** Added to the variance. */
  readonly epsilon: number;
  readonly activation: "none" | "relu";
  /** Called once, in the forward pass, with tensors that live until it returns. */
  readonly onStatistics: (statistics: BatchStatistics) => void;
}

/**
 * act((x − mean) / sqrt(variance + epsilon) · (1 + gain) + shift) with the statistics of the batch, and
 * gain and shift of each image. The variance is kept as by `batchNormTraining`.
 */
export function conditionalNormTraining(
  { x, gain, shift, epsilon, activation, onStatistics }: ConditionalNormInputs,
): tf.Tensor4D {
  const kind = { activation: { int: activation === "relu" ? 1 : 0 } } as const;
  return tf.customGrad((input, g, s, save) => {
    const tensors = [input, g, s] as tf.Tensor[];
    const attributes = { epsilon: { float: epsilon }, ...kind };
    const [y, mean, variance, inverse] = rawOp("CganKdConditionalNorm", tensors, attributes, 4);
    onStatistics({ mean: mean as tf.Tensor1D, variance: variance as tf.Tensor1D });
    (save as tf.GradSaveFunc)([...tensors, mean!, inverse!]);
    return {
      value: y!,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        rawOp("CganKdConditionalNormGrad", [dy, ...saved], kind, 3),
    };
  })(x, gain, shift) as tf.Tensor4D;
}

/**
 * W / σ̂ after one power iteration v ← W u / ‖W u‖, u ← Wᵀ v / ‖Wᵀ v‖, σ̂ = vᵀ W u, with W read as a matrix
 * [rest, out]. The gradient holds u and v constant.
 *
 * @param u Of unit length, `[out, 1]`; replaced by the new one.
 * @param epsilon Floor of the norms.
 */
export function spectralNormTraining<R extends tf.Rank>(
  weight: tf.Tensor<R>,
  u: tf.Variable<tf.Rank.R2>,
  epsilon: number,
): tf.Tensor<R> {
  return tf.customGrad((w, save) => {
    const inputs = [w as tf.Tensor, u as tf.Tensor];
    const [value, sigma, v, next] = rawOp("CganKdSpectral", inputs, {
      epsilon: { float: epsilon },
    }, 4);
    // The variable takes a tensor of its own: the gradient may need this one later.
    u.assign(next!.clone() as tf.Tensor2D);
    (save as tf.GradSaveFunc)([w as tf.Tensor, sigma!, v!, next!]);
    return {
      value: value!,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        rawOp("CganKdSpectralGrad", [dy, ...saved], {})[0]!,
    };
  })(weight) as tf.Tensor<R>;
}

/**
 * Colour, translation and cutout of each image, with its gradient.
 *
 * @param x `[batch, height, width, channels]`.
 * @param changes A row of ten numbers per image. The first four make a pixel's colour: its own value times
 * the first, the mean over its channels times the second, the mean of the image times the third, plus the
 * fourth. Then how many pixels below and right of its own place a pixel of the result is read, and the first
 * row, the row after the last, the first column and the column after the last of the hole.
 */
export function changeImages(x: tf.Tensor4D, changes: tf.Tensor2D): tf.Tensor4D {
  return tf.customGrad((input, save) => {
    (save as tf.GradSaveFunc)([changes]);
    return {
      value: rawOp("CganKdAugment", [input as tf.Tensor, changes], {})[0]!,
      gradFunc: (dy: tf.Tensor, [rows]: tf.Tensor[]) =>
        rawOp("CganKdAugmentGrad", [dy, rows!], {})[0]!,
    };
  })(x) as tf.Tensor4D;
}

/**
 * softmax(q kᵀ) v for each image. The weights, `[batch, pixels, keys]`, are never stored, neither here nor
 * for the gradient.
 *
 * @param q `[batch, pixels, narrow]`.
 * @param k `[batch, keys, narrow]`.
 * @param v `[batch, keys, half]`.
 * @returns `[batch, pixels, half]`.
 */
export function attend(q: tf.Tensor3D, k: tf.Tensor3D, v: tf.Tensor3D): tf.Tensor3D {
  return tf.customGrad((queries, keys, values, save) => {
    const inputs = [queries, keys, values] as tf.Tensor[];
    const [out, logs] = rawOp("CganKdAttention", inputs, {}, 2);
    (save as tf.GradSaveFunc)([...inputs, out!, logs!]);
    return {
      value: out!,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        rawOp("CganKdAttentionGrad", [...saved, dy], {}, 3),
    };
  })(q, k, v) as tf.Tensor3D;
}
