/**
 * BigGAN for 32 x 32 images as the paper trains it on CIFAR-10 (base width 64, no attention, one latent;
 * reference: `BigGAN/` below each folder of `CIFAR/`). At width 1: G 4,304,387 and D 4,207,361 parameters.
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
import { snConv, snLinear } from "./layers/biggan_layers.ts";
import { projectionHead } from "./layers/projection_head.ts";

const LATENT_SIZE = 128;

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
      return passOn<tf.Tensor4D>(
        () => first(latent, mode).reshape([latent.shape[0], 4, 4, base]),
        [
          ...blocks.map((block) => (x: tf.Tensor4D) => block(x, condition, mode)),
          (x) => norm(x, mode, "relu"),
          (x) => toImage(x, mode).x,
          (x) => tf.tanh(biasAdd(x, toImage.bias)),
        ],
        { frees: !mode.training },
      );
    },
  };
}

function buildDiscriminator(options: GanOptions): Discriminator {
  const { width, taper = false, rng } = options;
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
  const head = projectionHead(root, { ...options, features: channels.at(-1)! });
  return {
    parameters,
    forward(images, condition, mode) {
      let x = images;
      for (const block of blocks) x = block(x, mode);
      return head(x, condition, mode);
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
