/**
 * Generator and discriminator of CcGAN for 64 x 64 images and scalar labels, as far as SNGAN and SAGAN have
 * them in common (method specification 2.6 and 2.7; base width 64). What differs is in `CcganStyle`.
 */
import { type Initialiser, ParameterSet, Scope } from "../../base/module.ts";
import { passOn } from "../../base/pass_on.ts";
import { tf } from "../../base/tf.ts";
import { biasAdd, relu } from "../../native/maps/activation.ts";
import { checkImageSize } from "../../networks/image_sizes.ts";
import { batchNorm } from "../../networks/layers.ts";
import { scaleChannels } from "../../networks/network.ts";
import type { Discriminator, GanOptions, Generator } from "../gan.ts";
import {
  CCGAN_EPSILON,
  ccganConv,
  ccganDense,
  downBlock,
  type LayerStyle,
  upBlock,
} from "./ccgan_blocks.ts";
import { selfAttention } from "./self_attention.ts";

/** What tells one family from the other. */
export interface CcganStyle {
  readonly title: string;
  readonly generator: LayerStyle;
  readonly discriminator: LayerStyle;
  /** First weights of the maps from condition to scale and offset. */
  readonly normInit: (conditionSize: number, channels: number) => Initialiser;
  /** Weight of the new batch in the running statistics of conditional norms, and of the last norm. */
  readonly momentum: { readonly conditional: number; readonly last: number };
  /** Self-attention on the 32 x 32 maps of both networks. */
  readonly hasAttention: boolean;
  /** Q13: what the shortcuts of the discriminator read. */
  readonly shortcutInput: "relu" | "raw";
}

/** Sides of the images of both families: four up blocks from 4 x 4 maps. */
export const CCGAN_SIZES: readonly number[] = [64];

const LATENT_SIZE = 256;
const GENERATOR_CHANNELS = [1024, 512, 256, 128, 64];
const DISCRIMINATOR_CHANNELS = [64, 128, 256, 512, 1024];
/** Blocks after which maps are 32 x 32, counted from 0. */
const ATTENTION = { generator: 2, discriminator: 0 };

/** @throws {RangeError} The options ask for what neither family has. */
export function checkCcganOptions(title: string, options: GanOptions): void {
  const { imageSize, taper, auxiliaryClassifier } = options;
  checkImageSize({ title, imageSizes: CCGAN_SIZES }, imageSize);
  if (auxiliaryClassifier) {
    throw new RangeError(
      `Cannot build ${title} with an auxiliary classifier: its condition embeds scalar labels, want classes`,
    );
  }
  if (taper) {
    throw new RangeError(
      `Cannot taper ${title}: found channels that halve at each up-sampling already, want taper = false`,
    );
  }
}

/** Linear to 4 x 4 maps, four up blocks, then BN, ReLU, conv, tanh. */
export function ccganGenerator(style: CcganStyle, options: GanOptions): Generator {
  const { conditionSize, width, rng } = options;
  const parameters = new ParameterSet();
  const root = new Scope(parameters, rng.child("generator"));
  const channels = GENERATOR_CHANNELS.map((count) => scaleChannels(count, width));
  const base = channels[0]!;
  const layers = style.generator;
  const first = ccganDense(root.at("linear"), layers, { in: LATENT_SIZE, out: 16 * base });
  const blocks = channels.slice(1).map((out, i) =>
    upBlock(root.at(`block${i + 1}`), layers, {
      in: channels[i]!,
      out,
      conditionSize,
      normInit: (shape, stream) => style.normInit(shape[0]!, shape[1]!)(shape, stream),
      momentum: style.momentum.conditional,
    })
  );
  const attend = style.hasAttention
    ? attentionOf(root, layers, channels[ATTENTION.generator + 1]!)
    : undefined;
  const last = channels.at(-1)!;
  const norm = batchNorm(root.at("norm"), {
    channels: last,
    momentum: style.momentum.last,
  });
  const toImage = ccganConv(root.at("image"), layers, { in: last, out: 3, kernel: 3 });
  return {
    parameters,
    latentSize: LATENT_SIZE,
    forward(latent, condition, mode) {
      return passOn<tf.Tensor4D>(
        () => first(latent, mode).reshape([latent.shape[0], 4, 4, base]),
        [
          ...blocks.map((block, i) => (x: tf.Tensor4D) => {
            const y = block(x, condition, mode);
            return attend !== undefined && i === ATTENTION.generator ? attend(y, mode) : y;
          }),
          (x) => norm(x, mode, "relu"),
          (x) => toImage(x, mode).x,
          (x) => tf.tanh(biasAdd(x, toImage.bias)),
        ],
        { frees: !mode.training },
      );
    },
  };
}

/**
 * Five down blocks, the last without a pool, then f = flattened ReLU of the 4 x 4 maps (channels last, the
 * reference's order permuted) and D(x, c) = w · f + b + ⟨f, W c⟩.
 */
export function ccganDiscriminator(style: CcganStyle, options: GanOptions): Discriminator {
  const { conditionSize, width, rng } = options;
  const parameters = new ParameterSet();
  const root = new Scope(parameters, rng.child("discriminator"));
  const channels = DISCRIMINATOR_CHANNELS.map((count) => scaleChannels(count, width));
  const layers = style.discriminator;
  const blocks = channels.map((out, i) =>
    downBlock(root.at(`block${i + 1}`), layers, {
      in: i === 0 ? 3 : channels[i - 1]!,
      out,
      down: i < channels.length - 1,
      first: i === 0,
      shortcutInput: style.shortcutInput,
    })
  );
  const attend = style.hasAttention
    ? attentionOf(root, layers, channels[ATTENTION.discriminator]!)
    : undefined;
  const features = 16 * channels.at(-1)!;
  const score = ccganDense(root.at("score"), layers, { in: features, out: 1 });
  const projection = ccganDense(root.at("projection"), layers, {
    in: conditionSize,
    out: features,
    bias: false,
  });
  return {
    parameters,
    forward(images, condition, mode) {
      let x = images;
      for (const [i, block] of blocks.entries()) {
        x = block(x, mode);
        if (attend !== undefined && i === ATTENTION.discriminator) x = attend(x, mode);
      }
      const f = relu(x).reshape<tf.Tensor2D>([x.shape[0], features]);
      const agreement: tf.Tensor2D = tf.sum(f.mul(projection(condition, mode)), 1, true);
      return { score: score(f, mode).add<tf.Tensor2D>(agreement) };
    },
  };
}

function attentionOf(root: Scope, { other, bias }: LayerStyle, channels: number) {
  return selfAttention(root.at("attention"), {
    channels,
    weightInit: (size) => other(size.in, size.out),
    biasInit: bias(channels),
    epsilon: CCGAN_EPSILON,
  });
}
