/** Layers and residual blocks that CcGAN's SNGAN and SAGAN share (method specification 2.6 and 2.7). */
import type { Initialiser, Mode, Scope } from "../../base/module.ts";
import { tf } from "../../base/tf.ts";
import { product } from "../../native/vectors/hidden_layer.ts";
import { biasAdd, relu } from "../../native/maps/activation.ts";
import { biasRelu, joinBranches, reluAndPool } from "../../native/gan/residual.ts";
import { type BranchConvolution, branchConvolution } from "./branch_convolution.ts";
import { conditionalBatchNorm } from "./conditional_batch_norm.ts";
import {
  convAfterUpsample,
  convBeforeDownsample,
  convKeepingSize,
  type Convolution,
} from "./resampling_conv.ts";
import { type NormalisedWeight, spectralNorm } from "./spectral_norm.ts";
import { type GeneratorBlock, upResidual } from "./up_residual.ts";

/** Floor of the norms in the power iteration. */
export const CCGAN_EPSILON = 1e-12;

/** How the weights of one network start, and whether they are spectrally normalised. */
export interface LayerStyle {
  readonly spectral: boolean;
  /** First weights of the two 3 x 3 convolutions of a block. */
  readonly main: FanInit;
  /** First weights of all other convolutions and dense layers. */
  readonly other: FanInit;
  readonly bias: (fanIn: number) => Initialiser;
}

/** An initialiser that looks at how many entries a unit reads and feeds. */
export type FanInit = (fanIn: number, fanOut: number) => Initialiser;

/** A dense layer; weight `[in, out]`. */
export function ccganDense(
  scope: Scope,
  style: LayerStyle,
  size: { in: number; out: number; bias?: boolean },
): (x: tf.Tensor2D, mode: Mode) => tf.Tensor2D {
  const shape = [size.in, size.out];
  const weight = weightOf<tf.Rank.R2>(scope, style, shape, style.other(size.in, size.out));
  const bias = size.bias === false
    ? undefined
    : scope.weight<tf.Rank.R1>("bias", [size.out], style.bias(size.in));
  return (x, mode) => {
    const y = product(x, weight(mode), mode.precision);
    return bias === undefined ? y : biasAdd(y, bias);
  };
}

/**
 * A convolution that keeps height and width, unless `convolve` folds a resampling in. Its bias is left to
 * what comes after it.
 */
export function ccganConv(
  scope: Scope,
  style: LayerStyle,
  size: { in: number; out: number; kernel: 1 | 3; isMain?: boolean },
  convolve: Convolution = convKeepingSize,
): BranchConvolution {
  const area = size.kernel * size.kernel;
  const init = size.isMain ? style.main : style.other;
  const weight = weightOf<tf.Rank.R4>(
    scope,
    style,
    [size.kernel, size.kernel, size.in, size.out],
    init(area * size.in, area * size.out),
  );
  const bias = scope.weight<tf.Rank.R1>("bias", [size.out], style.bias(area * size.in));
  return branchConvolution(
    (x, mode) => convolve(x, weight(mode), mode.precision),
    bias as tf.Tensor1D,
  );
}

function weightOf<R extends tf.Rank>(
  scope: Scope,
  { spectral }: LayerStyle,
  shape: number[],
  init: Initialiser,
): NormalisedWeight<R> {
  if (spectral) return spectralNorm<R>(scope, { shape, init, epsilon: CCGAN_EPSILON });
  const weight = scope.weight<R>("weight", shape, init);
  return () => weight as tf.Tensor as tf.Tensor<R>;
}

/** Options of `upBlock`. */
export interface UpBlockOptions {
  readonly in: number;
  readonly out: number;
  readonly conditionSize: number;
  /** First weights of the maps from condition to scale and offset. */
  readonly normInit: Initialiser;
  /** Weight of the new batch in the running statistics. */
  readonly momentum: number;
}

/** condBN, ReLU, up, conv, condBN, ReLU, conv, plus the up-sampled input after a 1 x 1 convolution. */
export function upBlock(
  scope: Scope,
  style: LayerStyle,
  { in: channelsIn, out, conditionSize, normInit: init, momentum }: UpBlockOptions,
): GeneratorBlock {
  const norm = (name: string, channels: number) =>
    conditionalBatchNorm(scope.at(name), { channels, conditionSize, init, momentum });
  const conv = (name: string, from: number, convolve?: Convolution) =>
    ccganConv(scope.at(name), style, { in: from, out, kernel: 3, isMain: true }, convolve);
  const norm1 = norm("norm1", channelsIn);
  const conv1 = conv("conv1", channelsIn, convAfterUpsample);
  const norm2 = norm("norm2", out);
  const conv2 = conv("conv2", out);
  const shortcut = ccganConv(scope.at("shortcut"), style, { in: channelsIn, out, kernel: 1 });
  return upResidual({ norm1, conv1, norm2, conv2, shortcut });
}

/** Options of `downBlock`. */
export interface DownBlockOptions {
  readonly in: number;
  readonly out: number;
  /** Halve height and width by an average pool. */
  readonly down: boolean;
  /** The block reads the image: nothing is rectified before its first convolution. */
  readonly first?: boolean;
  /** Q13: what the shortcut of a block with a first ReLU reads. */
  readonly shortcutInput: "relu" | "raw";
}

/** [ReLU,] conv, ReLU, conv, [pool], plus the input after a 1 x 1 convolution and the same pool. */
export function downBlock(
  scope: Scope,
  style: LayerStyle,
  { in: channelsIn, out, down, first = false, shortcutInput }: DownBlockOptions,
): (x: tf.Tensor4D, mode: Mode) => tf.Tensor4D {
  const conv = (name: string, from: number, convolve?: Convolution) =>
    ccganConv(scope.at(name), style, { in: from, out, kernel: 3, isMain: true }, convolve);
  const conv1 = conv("conv1", channelsIn);
  const conv2 = conv("conv2", out, down ? convBeforeDownsample : convKeepingSize);
  const shortcut = ccganConv(scope.at("shortcut"), style, { in: channelsIn, out, kernel: 1 });
  return (x, mode) => {
    const { active, kept } = readings(x, { down, first, shortcutInput });
    const hidden = conv1(active, mode);
    const main = conv2(biasRelu(hidden.x, hidden.bias), mode);
    return joinBranches(main, shortcut(kept, mode));
  };
}

/** What the two branches of `downBlock` read. */
function readings(
  x: tf.Tensor4D,
  { down, first, shortcutInput }: Pick<
    Required<DownBlockOptions>,
    "down" | "first" | "shortcutInput"
  >,
): { active: tf.Tensor4D; kept: tf.Tensor4D } {
  // Pooling and 1 x 1 convolution commute; pooling first is four times cheaper.
  if (first) return { active: x, kept: down ? tf.avgPool(x, 2, 2, "valid") : x };
  if (!down) {
    const active = relu(x);
    return { active, kept: shortcutInput === "relu" ? active : x };
  }
  const { active, small } = reluAndPool(x, { pooled: shortcutInput });
  return { active, kept: small };
}
