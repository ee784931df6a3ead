/**
 * BigGAN for 32 x 32 images as the paper trains it on CIFAR-10 (base width 64, no attention, one latent;
 * reference: `BigGAN/` below each folder of `CIFAR/`). At width 1: G 4,304,387 and D 4,207,361 parameters.
 */
import { constant, normal, ParameterSet, Scope, torchUniform } from "../base/module.ts";
import type { Mode } from "../base/module.ts";
import { tf } from "../base/tf.ts";
import { biasAdd, relu } from "../native/maps/activation.ts";
import { convSame } from "../native/convolution/same_padding.ts";
import { biasRelu, type Branch, joinBranches, reluAndPool } from "../native/gan/residual.ts";
import { checkImageSize } from "../networks/image_sizes.ts";
import { batchNorm } from "../networks/layers.ts";
import { scaleChannels } from "../networks/network.ts";
import { conditionalBatchNorm } from "./layers/conditional_batch_norm.ts";
import type { Discriminator, GanFamily, GanOptions, Generator } from "./gan.ts";
import { convAfterUpsample, convBeforeDownsample } from "./layers/resampling_conv.ts";
import { spectralNorm } from "./layers/spectral_norm.ts";

const EPSILON = 1e-8;
const WEIGHT_INIT = normal(0.02);
const LATENT_SIZE = 128;

type Convolution = (x: tf.Tensor4D, kernel: tf.Tensor4D) => tf.Tensor4D;

/**
 * A spectrally normalised convolution, whose resampling is folded into `convolve`. Its bias is left to what
 * comes after it.
 */
function snConv(
  scope: Scope,
  size: { in: number; out: number; kernel: 1 | 3 },
  convolve: Convolution = convSame,
): (x: tf.Tensor4D, mode: Mode) => Branch {
  const shape = [size.kernel, size.kernel, size.in, size.out];
  const weight = spectralNorm<tf.Rank.R4>(scope, { shape, init: WEIGHT_INIT, epsilon: EPSILON });
  const bias = scope.weight<tf.Rank.R1>(
    "bias",
    [size.out],
    torchUniform(size.kernel * size.kernel * size.in),
  );
  return (x, mode) => ({ x: convolve(x, weight(mode)), bias: bias as tf.Tensor1D });
}

function snLinear(
  scope: Scope,
  size: { in: number; out: number; bias?: boolean },
): (x: tf.Tensor2D, mode: Mode) => tf.Tensor2D {
  const weight = spectralNorm<tf.Rank.R2>(scope, {
    shape: [size.in, size.out],
    init: WEIGHT_INIT,
    epsilon: EPSILON,
  });
  const bias = size.bias ?? true
    ? scope.weight<tf.Rank.R1>("bias", [size.out], torchUniform(size.in))
    : undefined;
  return (x, mode) => {
    const y: tf.Tensor2D = tf.matMul(x, weight(mode));
    return bias === undefined ? y : biasAdd(y, bias);
  };
}

/** ccBN, ReLU, up, conv, ccBN, ReLU, conv, plus the up-sampled 1 x 1 shortcut. */
function generatorBlock(scope: Scope, size: { in: number; out: number; conditionSize: number }) {
  const { conditionSize } = size;
  const norm = (name: string, channels: number) =>
    conditionalBatchNorm(scope.at(name), { channels, conditionSize, init: WEIGHT_INIT });
  const norm1 = norm("norm1", size.in);
  const conv1 = snConv(scope.at("conv1"), { ...size, kernel: 3 }, convAfterUpsample);
  const norm2 = norm("norm2", size.out);
  const conv2 = snConv(scope.at("conv2"), { in: size.out, out: size.out, kernel: 3 });
  const shortcut = snConv(scope.at("shortcut"), { ...size, kernel: 1 });
  return (x: tf.Tensor4D, condition: tf.Tensor2D, mode: Mode): tf.Tensor4D => {
    const activation = "relu";
    const wide = conv1(norm1(x, condition, mode, { activation }), mode);
    const active = norm2(wide.x, condition, mode, { bias: wide.bias, activation });
    // A 1 x 1 convolution commutes with nearest up-sampling, and is four times cheaper before it.
    return joinBranches(conv2(active, mode), shortcut(x, mode));
  };
}

function buildGenerator(options: GanOptions): Generator {
  const { conditionSize, width, taper = false, rng } = options;
  const parameters = new ParameterSet();
  const root = new Scope(parameters, rng.child("generator"));
  const base = scaleChannels(256, width);
  const channels = taper
    ? [base, base, scaleChannels(base, 1 / 2), scaleChannels(base, 1 / 4)]
    : [base, base, base, base];
  const first = snLinear(root.at("linear"), { in: LATENT_SIZE, out: 16 * base });
  const blocks = [0, 1, 2].map((i) =>
    generatorBlock(root.at(`block${i + 1}`), {
      in: channels[i]!,
      out: channels[i + 1]!,
      conditionSize,
    })
  );
  const last = channels.at(-1)!;
  const norm = batchNorm(root.at("norm"), { channels: last });
  const toImage = snConv(root.at("image"), { in: last, out: 3, kernel: 3 });
  return {
    parameters,
    latentSize: LATENT_SIZE,
    forward(latent, condition, mode) {
      let x: tf.Tensor4D = first(latent, mode).reshape([latent.shape[0], 4, 4, base]);
      for (const block of blocks) x = block(x, condition, mode);
      const image = toImage(norm(x, mode, "relu"), mode);
      return tf.tanh(biasAdd(image.x, image.bias));
    },
  };
}

/** [ReLU,] conv, ReLU, conv, [pool], plus a shortcut that reads the raw input. */
function discriminatorBlock(
  scope: Scope,
  size: { in: number; out: number; down: boolean; first?: boolean },
) {
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
  return (x: tf.Tensor4D, mode: Mode): tf.Tensor4D => {
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

function buildDiscriminator(options: GanOptions): Discriminator {
  const { conditionSize, width, taper = false, rng } = options;
  const parameters = new ParameterSet();
  const root = new Scope(parameters, rng.child("discriminator"));
  const base = scaleChannels(256, width);
  const channels = taper
    ? [scaleChannels(base, 1 / 4), scaleChannels(base, 1 / 2), base, base]
    : [base, base, base, base];
  const blocks = [
    { in: 3, down: true, first: true },
    { in: channels[0]!, down: true },
    { in: channels[1]!, down: false },
    { in: channels[2]!, down: false },
  ].map((size, i) => discriminatorBlock(root.at(`block${i + 1}`), { ...size, out: channels[i]! }));
  const features = channels.at(-1)!;
  const score = snLinear(root.at("score"), { in: features, out: 1 });
  const projection = snLinear(root.at("projection"), {
    in: conditionSize,
    out: features,
    bias: false,
  });
  const classify = options.auxiliaryClassifier
    ? snLinear(root.at("classifier"), { in: features, out: conditionSize })
    : undefined;
  const sharpness = options.auxiliaryClassifier
    ? root.weight<tf.Rank.R0>("classifier/log_scale", [], constant(0))
    : undefined;
  return {
    parameters,
    forward(images, condition, mode) {
      let x = images;
      for (const block of blocks) x = block(x, mode);
      const h: tf.Tensor2D = tf.sum(relu(x), [1, 2]);
      const agreement: tf.Tensor2D = tf.sum(h.mul(projection(condition, mode)), 1, true);
      const total = score(h, mode).add<tf.Tensor2D>(agreement);
      if (classify === undefined) return { score: total };
      // Spectral norm bounds the logits; a learnt scale lets the classifier grow sure of itself.
      const logits = classify(h, mode).mul<tf.Tensor2D>(tf.exp(sharpness!));
      return { score: total, classLogits: logits };
    },
  };
}

/** BigGAN for 32 x 32 images. */
export const biggan: GanFamily = {
  kind: "gan",
  name: "biggan",
  title: "BigGAN",
  imageSizes: [32],
  // 2: spectral norms of an averaged generator no longer shrink with its averaged vectors.
  version: 2,
  build(options) {
    checkImageSize(biggan, options.imageSize);
    return { generator: buildGenerator(options), discriminator: buildDiscriminator(options) };
  },
};
