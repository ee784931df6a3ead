/** Layers, residual blocks and the discriminator's projection head that BigGAN has at 32 x 32 and at 64 x 64 pixels. */
import { constant, normal, torchUniform } from "../../base/module.ts";
import type { Mode, Scope } from "../../base/module.ts";
import { passOn } from "../../base/pass_on.ts";
import { tf } from "../../base/tf.ts";
import { biasAdd, relu } from "../../native/maps/activation.ts";
import { convSame } from "../../native/convolution/same_padding.ts";
import { biasRelu, joinBranches, reluAndPool } from "../../native/gan/residual.ts";
import type { DiscriminatorOutput } from "../gan.ts";
import { type BranchConvolution, branchConvolution } from "./branch_convolution.ts";
import { conditionalBatchNorm, type ConditionMap } from "./conditional_batch_norm.ts";
import { convAfterUpsample, convBeforeDownsample } from "./resampling_conv.ts";
import { spectralNorm } from "./spectral_norm.ts";

/** Floor of the norms in the power iteration. */
export const BIGGAN_EPSILON = 1e-8;

/** First weights of convolutions, dense layers and embeddings. */
export const BIGGAN_INIT = normal(0.02);

type Convolution = (x: tf.Tensor4D, kernel: tf.Tensor4D) => tf.Tensor4D;

/**
 * A spectrally normalised convolution, whose resampling is folded into `convolve`. Its bias is left to what
 * comes after it.
 */
export function snConv(
  scope: Scope,
  size: { in: number; out: number; kernel: 1 | 3 },
  convolve: Convolution = convSame,
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
  return branchConvolution((x, mode) => convolve(x, weight(mode)), bias as tf.Tensor1D);
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
    const y: tf.Tensor2D = tf.matMul(x, weight(mode));
    return bias === undefined ? y : biasAdd(y, bias);
  };
}

/** Options of `generatorBlock`. */
export interface GeneratorBlockOptions {
  readonly in: number;
  readonly out: number;
  /** Length of what its norms are conditioned on. */
  readonly conditionSize: number;
  /** Makes the maps from that to scale and offset; default: plain tables. */
  readonly map?: ConditionMap;
}

/** ccBN, ReLU, up, conv, ccBN, ReLU, conv, plus the up-sampled 1 x 1 shortcut. */
export function generatorBlock(
  scope: Scope,
  size: GeneratorBlockOptions,
): (x: tf.Tensor4D, condition: tf.Tensor2D, mode: Mode) => tf.Tensor4D {
  const { conditionSize, map } = size;
  const norm = (name: string, channels: number) =>
    conditionalBatchNorm(scope.at(name), { channels, conditionSize, init: BIGGAN_INIT, map });
  const norm1 = norm("norm1", size.in);
  const conv1 = snConv(scope.at("conv1"), { ...size, kernel: 3 }, convAfterUpsample);
  const norm2 = norm("norm2", size.out);
  const conv2 = snConv(scope.at("conv2"), { in: size.out, out: size.out, kernel: 3 });
  const shortcut = snConv(scope.at("shortcut"), { ...size, kernel: 1 });
  return (x, condition, mode) => {
    const activation = "relu";
    return passOn<tf.Tensor4D>(
      () => norm1(x, condition, mode, { activation }),
      [
        (active) => conv1(active, mode).x,
        (wide) =>
          norm2(wide, condition, mode, { bias: conv1.bias, activation, isLastReader: true }),
        (active) => conv2(active, mode).x,
        // A 1 x 1 convolution commutes with nearest up-sampling, and is four times cheaper before it.
        (main) => joinBranches({ x: main, bias: conv2.bias }, shortcut(x, mode)),
      ],
      { frees: !mode.training },
    );
  };
}

/** [ReLU,] conv, ReLU, conv, [pool], plus a shortcut that reads the raw input. */
export function discriminatorBlock(
  scope: Scope,
  size: { in: number; out: number; down: boolean; first?: boolean },
): (x: tf.Tensor4D, mode: Mode) => tf.Tensor4D {
  const conv1 = snConv(scope.at("conv1"), { in: size.in, out: size.out, kernel: 3 });
  const conv2 = snConv(
    scope.at("conv2"),
    { in: size.out, out: size.out, kernel: 3 },
    size.down ? convBeforeDownsample : convSame,
  );
  const hasShortcut = size.in !== size.out || size.down;
  const shortcut = hasShortcut
    ? snConv(scope.at("shortcut"), { in: size.in, out: size.out, kernel: 1 })
    : undefined;
  return (x, mode) => {
    const { active, kept } = readings(x, size);
    const hidden = conv1(active, mode);
    const main = conv2(biasRelu(hidden.x, hidden.bias), mode);
    return shortcut === undefined
      ? biasAdd(main.x, main.bias).add(kept)
      : joinBranches(main, shortcut(kept, mode));
  };
}

/**
 * What the two branches of a discriminator's block read: the map after a ReLU, unless it is the image, and
 * the raw map, pooled before its 1 x 1 convolution, with which pooling commutes, as that is four times
 * cheaper.
 */
function readings(
  x: tf.Tensor4D,
  { down, first = false }: { down: boolean; first?: boolean },
): { active: tf.Tensor4D; kept: tf.Tensor4D } {
  if (first) return { active: x, kept: down ? tf.avgPool(x, 2, 2, "valid") : x };
  if (!down) return { active: relu(x), kept: x };
  const { active, small } = reluAndPool(x, { pooled: "raw" });
  return { active, kept: small };
}

/** Options of `projectionHead`. */
export interface ProjectionHeadOptions {
  /** Channels of the last maps. */
  readonly features: number;
  readonly conditionSize: number;
  /** With a classifier head. */
  readonly auxiliaryClassifier?: boolean;
}

/** Last maps to D(x, y) = w · h + b + ⟨h, W y⟩ with h = Σ ReLU(x) over the pixels; logits of y where wanted. */
export function projectionHead(
  root: Scope,
  { features, conditionSize, auxiliaryClassifier = false }: ProjectionHeadOptions,
): (x: tf.Tensor4D, condition: tf.Tensor2D, mode: Mode) => DiscriminatorOutput {
  const score = snLinear(root.at("score"), { in: features, out: 1 });
  const projection = snLinear(root.at("projection"), {
    in: conditionSize,
    out: features,
    bias: false,
  });
  const classify = auxiliaryClassifier
    ? snLinear(root.at("classifier"), { in: features, out: conditionSize })
    : undefined;
  const sharpness = auxiliaryClassifier
    ? root.weight<tf.Rank.R0>("classifier/log_scale", [], constant(0))
    : undefined;
  return (x, condition, mode) => {
    const h: tf.Tensor2D = tf.sum(relu(x), [1, 2]);
    const agreement: tf.Tensor2D = tf.sum(h.mul(projection(condition, mode)), 1, true);
    const total = score(h, mode).add<tf.Tensor2D>(agreement);
    if (classify === undefined) return { score: total };
    // Spectral norm bounds the logits; a learnt scale lets the classifier grow sure of itself.
    const logits = classify(h, mode).mul<tf.Tensor2D>(tf.exp(sharpness!));
    return { score: total, classLogits: logits };
  };
}
