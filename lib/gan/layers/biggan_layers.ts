/** Spectrally normalised convolutions and dense layers, as BigGAN starts them. */
import { normal, torchUniform } from "../../base/module.ts";
import type { Mode, Scope } from "../../base/module.ts";
import { tf } from "../../base/tf.ts";
import { biasAdd } from "../../native/maps/activation.ts";
import { product } from "../../native/vectors/hidden_layer.ts";
import { type BranchConvolution, branchConvolution } from "./branch_convolution.ts";
import { convKeepingSize, type Convolution } from "./resampling_conv.ts";
import { spectralNorm } from "./spectral_norm.ts";

/** Floor of the norms in the power iteration. */
export const BIGGAN_EPSILON = 1e-8;

/** First weights of convolutions, dense layers and embeddings. */
export const BIGGAN_INIT = normal(0.02);

/**
 * A spectrally normalised convolution, whose resampling is folded into `convolve`. Its bias is left to what
 * comes after it.
 */
export function snConv(
  scope: Scope,
  size: { in: number; out: number; kernel: 1 | 3 },
  convolve: Convolution = convKeepingSize,
): BranchConvolution {
  const shape = [size.kernel, size.kernel, size.in, size.out];
  const weight = spectralNorm<tf.Rank.R4>(scope, {
    shape,
    init: BIGGAN_INIT,
    epsilon: BIGGAN_EPSILON,
  });
  const bias = scope.weight<tf.Rank.R1>(
    "bias",
    [size.out],
    torchUniform(size.kernel * size.kernel * size.in),
  );
  return branchConvolution(
    (x, mode) => convolve(x, weight(mode), mode.precision),
    bias as tf.Tensor1D,
  );
}

/** A spectrally normalised dense layer; weight `[in, out]`. */
export function snLinear(
  scope: Scope,
  size: { in: number; out: number; bias?: boolean },
): (x: tf.Tensor2D, mode: Mode) => tf.Tensor2D {
  const weight = spectralNorm<tf.Rank.R2>(scope, {
    shape: [size.in, size.out],
    init: BIGGAN_INIT,
    epsilon: BIGGAN_EPSILON,
  });
  const bias = size.bias ?? true
    ? scope.weight<tf.Rank.R1>("bias", [size.out], torchUniform(size.in))
    : undefined;
  return (x, mode) => {
    const y = product(x, weight(mode), mode.precision);
    return bias === undefined ? y : biasAdd(y, bias);
  };
}
