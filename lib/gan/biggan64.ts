/**
 * BigGAN for 64 x 64 images, which the paper draws Tiny-ImageNet with (method specification 2.3): hierarchical latents,
 * one class embedding for all norms, self-attention on the 32 x 32 maps of both networks. At width 1 and with 200
 * classes: G 31,867,140 and D 19,752,642 parameters. The authors gave G only; D is that of the same code base.
 */
import { ParameterSet, Scope } from "../base/module.ts";
import { passOn } from "../base/pass_on.ts";
import { tf } from "../base/tf.ts";
import { biasAdd } from "../native/maps/activation.ts";
import { checkImageSize } from "../networks/image_sizes.ts";
import { batchNorm } from "../networks/layers.ts";
import { scaleChannels } from "../networks/network.ts";
import type { Discriminator, GanFamily, GanOptions, Generator } from "./gan.ts";
import { discriminatorBlock, generatorBlock } from "./layers/biggan_blocks.ts";
import { BIGGAN_EPSILON, BIGGAN_INIT, snConv, snLinear } from "./layers/biggan_layers.ts";
import type { ConditionMap } from "./layers/conditional_batch_norm.ts";
import { projectionHead } from "./layers/projection_head.ts";
import { selfAttention } from "./layers/self_attention.ts";

const GENERATOR_CHANNELS = [1024, 1024, 512, 256, 128];
const DISCRIMINATOR_CHANNELS = [64, 128, 256, 512, 1024];
/** Blocks after which maps are 32 x 32, counted from 0. */
const ATTENTION = { generator: 2, discriminator: 0 };
/** Entries of the latent that the first layer reads, and each block. */
const CHUNK = 24;
const CHUNKS = GENERATOR_CHANNELS.length;
const EMBEDDING_SIZE = 128;

/** Norms see embedding and latent through spectrally normalised maps. */
const MAP: ConditionMap = (scope, size) => snLinear(scope, { ...size, bias: false });

/** Linear to 4 x 4 maps, four blocks, then BN, ReLU, conv, tanh; block k is conditioned on [e(y), z_k]. */
function buildGenerator({ conditionSize, width, rng }: GanOptions): Generator {
  const parameters = new ParameterSet();
  const root = new Scope(parameters, rng.child("generator"));
  const channels = GENERATOR_CHANNELS.map((count) => scaleChannels(count, width));
  const base = channels[0]!;
  const table = root.weight<tf.Rank.R2>(
    "embedding/weight",
    [conditionSize, EMBEDDING_SIZE],
    BIGGAN_INIT,
  );
  const first = snLinear(root.at("linear"), { in: CHUNK, out: 16 * base });
  const blocks = channels.slice(1).map((out, i) =>
    generatorBlock(root.at(`block${i + 1}`), {
      in: channels[i]!,
      out,
      conditionSize: EMBEDDING_SIZE + CHUNK,
      map: MAP,
    })
  );
  const attend = attentionOf(root, channels[ATTENTION.generator + 1]!);
  const last = channels.at(-1)!;
  const norm = batchNorm(root.at("norm"), { channels: last });
  const toImage = snConv(root.at("image"), { in: last, out: 3, kernel: 3 });
  return {
    parameters,
    latentSize: CHUNKS * CHUNK,
    forward(latent, condition, mode) {
      const [start, ...others] = tf.split<tf.Tensor2D>(latent, CHUNKS, 1);
      const embedded: tf.Tensor2D = tf.matMul(condition, table as tf.Tensor2D);
      return passOn<tf.Tensor4D>(
        () => first(start!, mode).reshape([latent.shape[0], 4, 4, base]),
        [
          ...blocks.map((block, i) => (x: tf.Tensor4D) => {
            const y = block(x, tf.concat2d([embedded, others[i]!], 1), mode);
            return i === ATTENTION.generator ? attend(y, mode) : y;
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

/** Five blocks, the last without a pool, then the sum over the 4 x 4 pixels. */
function buildDiscriminator(options: GanOptions): Discriminator {
  const { width, rng } = options;
  const parameters = new ParameterSet();
  const root = new Scope(parameters, rng.child("discriminator"));
  const channels = DISCRIMINATOR_CHANNELS.map((count) => scaleChannels(count, width));
  const blocks = channels.map((out, i) =>
    discriminatorBlock(root.at(`block${i + 1}`), {
      in: i === 0 ? 3 : channels[i - 1]!,
      out,
      down: i < channels.length - 1,
      first: i === 0,
    })
  );
  const attend = attentionOf(root, channels[ATTENTION.discriminator]!);
  const head = projectionHead(root, { ...options, features: channels.at(-1)! });
  return {
    parameters,
    forward(images, condition, mode) {
      let x = images;
      for (const [i, block] of blocks.entries()) {
        x = block(x, mode);
        if (i === ATTENTION.discriminator) x = attend(x, mode);
      }
      return head(x, condition, mode);
    },
  };
}

function attentionOf(root: Scope, channels: number) {
  return selfAttention(root.at("attention"), {
    channels,
    weightInit: () => BIGGAN_INIT,
    epsilon: BIGGAN_EPSILON,
  });
}

/** BigGAN for 64 x 64 images. */
export const biggan64: GanFamily = {
  kind: "gan",
  name: "biggan64",
  title: "BigGAN 64",
  imageSizes: [64],
  build(options) {
    checkImageSize(biggan64, options.imageSize);
    if (options.taper) {
      throw new RangeError(
        `Cannot taper ${biggan64.title}: found channels that halve at each up-sampling already, want taper = false`,
      );
    }
    return { generator: buildGenerator(options), discriminator: buildDiscriminator(options) };
  },
};
