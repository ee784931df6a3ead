/** VGG with batch normalisation (method specification 5.1): five stages of 3 x 3 convolutions. */
import { ParameterSet, Scope } from "../base/module.ts";
import { passOn } from "../base/pass_on.ts";
import type { tf } from "../base/tf.ts";
import { relu } from "../native/maps/activation.ts";
import { maxPool2 } from "../native/maps/maps.ts";
import { convBiasNorm } from "./blocks.ts";
import { outputHead } from "./head.ts";
import { checkImageSize, PAPER_SIZES } from "./image_sizes.ts";
import { flattenChannelsFirst } from "./layers.ts";
import { type Network, type NetworkFamily, scaleChannels, TapRecorder } from "./network.ts";

const CHANNELS = [64, 128, 256, 512, 512];

/**
 * A max-pool after each stage, then flatten and the head; convolutions have biases.
 *
 * Taps: the stem (the first convolution) and stages 1 to 5, each before its max-pool: `pre` is the
 * normalised map, `post` the same after the ReLU. With one convolution in stage 1 it is the stem's tap.
 */
function vgg(name: string, title: string, depths: readonly number[]): NetworkFamily {
  return {
    name,
    title,
    imageSizes: PAPER_SIZES,
    build(options): Network {
      checkImageSize({ title, imageSizes: PAPER_SIZES }, options.imageSize);
      const { width, imageSize, rng } = options;
      const parameters = new ParameterSet();
      const root = new Scope(parameters, rng.child(name));
      let channels = 3;
      const stages = depths.map((depth, s) =>
        Array.from({ length: depth }, (_, i) => {
          const scope = root.at(`stage${s + 1}`).at(`unit${i + 1}`);
          const out = scaleChannels(CHANNELS[s]!, width);
          const unit = convBiasNorm(scope, { in: channels, out, kernel: 3 });
          channels = out;
          return unit;
        })
      );
      const side = imageSize / 2 ** stages.length;
      const head = outputHead(root.at("head"), channels * side * side, options);
      return {
        name,
        parameters,
        forward(x, mode) {
          const recorder = new TapRecorder(mode.taps);
          let maps = x;
          if (!recorder.active) {
            // The last unit of a stage ends in its pool.
            const [first, ...others] = stages.flatMap((units) =>
              units.map((unit, i) => (h: tf.Tensor4D) =>
                unit(h, mode, "relu", i === units.length - 1)
              )
            );
            maps = passOn(() => first!(x), others, { frees: !mode.training });
          }
          for (const [s, units] of recorder.active ? stages.entries() : []) {
            let before = maps;
            for (const [i, unit] of units.entries()) {
              // The stem of a VGG is its first unit.
              const isStem = s === 0 && i === 0;
              const isApart = recorder.wantsBoth && (isStem || i === units.length - 1);
              before = unit(maps, mode, isApart ? "none" : "relu");
              maps = isApart ? relu(before) : before;
              if (isStem) recorder.record("stem", before, maps);
            }
            recorder.record(`stage${s + 1}`, before, maps);
            maps = maxPool2(maps);
          }
          const features = flattenChannelsFirst(maps);
          return { output: head(features, mode), features, taps: recorder.taps };
        },
      };
    },
  };
}

/** 1, 1, 2, 2, 2 convolutions. */
export const vgg11: NetworkFamily = vgg("vgg11", "VGG11", [1, 1, 2, 2, 2]);
/** 2, 2, 2, 2, 2 convolutions. */
export const vgg13: NetworkFamily = vgg("vgg13", "VGG13", [2, 2, 2, 2, 2]);
/** 2, 2, 3, 3, 3 convolutions. */
export const vgg16: NetworkFamily = vgg("vgg16", "VGG16", [2, 2, 3, 3, 3]);
