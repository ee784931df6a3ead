/** Spectral normalisation: a weight divided by an estimate of its largest singular value. */
import type { Initialiser, Mode, Scope } from "../../base/module.ts";
import { tf } from "../../base/tf.ts";
import { hasGanKernels, spectralNormTraining } from "../../native/gan/gan.ts";

/** The normalised weight of this forward pass. */
export type NormalisedWeight<R extends tf.Rank> = (mode: Mode) => tf.Tensor<R>;

/** Options of `spectralNorm`. */
export interface SpectralNormOptions {
  /** Shape of the weight; the last axis is the output. */
  readonly shape: number[];
  readonly init: Initialiser;
  /** Floor of the norms in the power iteration: 1e-12 (CcGAN), 1e-8 (BigGAN). */
  readonly epsilon: number;
}

/**
 * W / σ̂ with σ̂ = vᵀ W u, where W is read as a matrix [rest, out].
 *
 * Each forward pass does one power iteration, v ← W u / ‖W u‖ and u ← Wᵀ v / ‖Wᵀ v‖, so that σ̂ = ‖Wᵀ v‖
 * whatever the length of the stored u: a moving average of a network averages its u too, and an average of
 * unit vectors is shorter than 1. Training stores the new u; inference leaves the old one. The gradient flows through σ̂ with u and v held constant:
 * dL/dW = dL/dW̄ / σ̂ − ⟨dL/dW̄, W⟩ / σ̂² · v uᵀ. (Miyato et al., ICLR 2018.)
 *
 * @returns A function that gives W / σ̂ in the weight's own shape.
 */
export function spectralNorm<R extends tf.Rank>(
  scope: Scope,
  { shape, init, epsilon }: SpectralNormOptions,
): NormalisedWeight<R> {
  const out = shape.at(-1)!;
  const rest = shape.reduce((product, side) => product * side, 1) / out;
  const weight = scope.weight<R>("weight", shape, init);
  // [out, 1], kept of unit length
  const left = scope.buffer<tf.Rank.R2>("u", [out, 1], (size, rng) => {
    const values = Float32Array.from({ length: size[0]! }, () => rng.normal());
    const norm = Math.hypot(...values);
    return values.map((value) => value / norm);
  });
  return (mode) => {
    if (mode.training && hasGanKernels) {
      const variable = weight as tf.Tensor as tf.Tensor<R>;
      return spectralNormTraining(variable, left as tf.Variable<tf.Rank.R2>, epsilon);
    }
    return tf.customGrad((w, save) => {
      const tensor = w as tf.Tensor;
      const matrix = tensor.reshape<tf.Tensor2D>([rest, out]);
      const v = unit(tf.matMul(matrix, left as tf.Tensor2D), epsilon);
      const back = tf.matMul(matrix, v, true, false) as tf.Tensor2D;
      const u = unit(back, epsilon);
      const sigma = tf.sum(back.mul(u));
      if (mode.training) left.assign(u);
      (save as tf.GradSaveFunc)([tensor, sigma, v, u.clone()]);
      return {
        value: tensor.div(sigma),
        gradFunc: (dy: tf.Tensor, [x, s, left, right]: tf.Tensor[]) => {
          const share = tf.sum(dy.mul(x!)).div(s!.square());
          const rankOne = tf.matMul(left as tf.Tensor2D, right as tf.Tensor2D, false, true);
          return dy.div(s!).sub(rankOne.mul(share).reshape(shape));
        },
      };
    })(weight) as tf.Tensor<R>;
  };
}

function unit(vector: tf.Tensor2D, epsilon: number): tf.Tensor2D {
  return vector.div(tf.maximum(tf.sqrt(tf.sum(tf.square(vector))), epsilon));
}
