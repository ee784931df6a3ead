/**
 * DenseNet-121 for small images (method specification 5.1), and the variant whose wide last hidden layer
 * is what density ratios are estimated on (3.1).
 */
import { type Mode, ParameterSet, Scope } from "../base/module.ts";
import { passOn } from "../base/pass_on.ts";
import { tf } from "../base/tf.ts";
import { relu } from "../native/maps/activation.ts";
import { maxPool2 } from "../native/maps/maps.ts";
import { joined, type Maps } from "../native/normalisation/shared_input.ts";
import { recordNorm } from "./blocks.ts";
import { outputHead } from "./head.ts";
import { checkImageSize, PAPER_SIZES } from "./image_sizes.ts";
import { batchNorm, batchNormVector, conv2d, globalAveragePool, linear } from "./layers.ts";
import {
  type Network,
  type NetworkFamily,
  type NetworkOptions,
  scaleChannels,
  TapRecorder,
} from "./network.ts";

const UNITS = [6, 12, 24, 16];
const GROWTH = 32;
const BOTTLENECK = 128;

/** From the maps so far to those and, in front of them, the new features: BN-ReLU-Conv1x1-BN-ReLU-Conv3x3. */
type DenseUnit = (maps: Maps, mode: Mode) => Maps;

function denseUnit(scope: Scope, size: { in: number; inner: number; growth: number }): DenseUnit {
  const { in: from, inner, growth } = size;
  const norm1 = batchNorm(scope.at("norm1"), { channels: from });
  const conv1 = conv2d(scope.at("conv1"), { in: from, out: inner, kernel: 1, bias: false });
  const norm2 = batchNorm(scope.at("norm2"), { channels: inner });
  const conv2 = conv2d(scope.at("conv2"), { in: inner, out: growth, kernel: 3, bias: false });
  return (maps, mode) => {
    const { normalised, x } = norm1.fork(maps, mode, "relu");
    return [conv2(norm2.after(conv1, normalised, mode, "relu"), mode), x];
  };
}

/** From the pooled features of the body to the vector that is reported and to the output. */
type Top = (x: tf.Tensor2D, mode: Mode) => { output: tf.Tensor2D; features: tf.Tensor2D };

/**
 * Taps: the stem, and the dense blocks as stages 1 to 4. The stem is a bare convolution, so its `pre` and
 * `post` are the same map; a block ends before the pooling, in the normalisation and ReLU of what
 * follows it.
 */
function densenet(
  name: string,
  title: string,
  topOf: (scope: Scope, features: number, options: NetworkOptions) => Top,
): NetworkFamily {
  return {
    name,
    title,
    imageSizes: PAPER_SIZES,
    build(options): Network {
      checkImageSize({ title, imageSizes: PAPER_SIZES }, options.imageSize);
      const { width, imageSize, rng } = options;
      const parameters = new ParameterSet();
      const root = new Scope(parameters, rng.child(name));
      const growth = scaleChannels(GROWTH, width);
      const inner = scaleChannels(BOTTLENECK, width);
      let channels = scaleChannels(64, width);
      const stem = conv2d(root.at("stem"), { in: 3, out: channels, kernel: 3, bias: false });
      const blocks = UNITS.map((count, b) => {
        const scope = root.at(`stage${b + 1}`);
        const units = Array.from({ length: count }, (_, i) => {
          const unit = denseUnit(scope.at(`unit${i + 1}`), { in: channels, inner, growth });
          channels += growth;
          return unit;
        });
        const norm = batchNorm(scope.at("norm"), { channels });
        if (b === UNITS.length - 1) return { units, norm, transition: undefined };
        const out = Math.floor(channels / 2);
        const transition = conv2d(scope.at("transition"), {
          in: channels,
          out,
          kernel: 1,
          bias: false,
        });
        channels = out;
        return { units, norm, transition };
      });
      const top = topOf(root.at("head"), channels, options);
      return {
        name,
        parameters,
        forward(x, mode) {
          const recorder = new TapRecorder(mode.taps);
          const frees = !mode.training && !recorder.active;
          let maps = stem(x, mode);
          recorder.record("stem", maps, maps);
          for (const [b, { units, norm, transition }] of blocks.entries()) {
            const input = maps;
            const [joint] = passOn<Maps>(
              () => [input],
              [...units.map((unit) => (h: Maps) => unit(h, mode)), (h) => [joined(h)]],
              { frees },
            );
            const steps = [
              (stage: tf.Tensor4D) =>
                recordNorm(recorder, `stage${b + 1}`, (then) => norm(stage, mode, then), "relu"),
            ];
            if (transition !== undefined) {
              steps.push((h) => tf.avgPool(transition(h, mode), 2, 2, "valid"));
            }
            // 64 x 64 images shrink once more, so that the last block sees 4 x 4 too.
            if (b === 0 && imageSize === 64) steps.push((h) => maxPool2(h));
            maps = passOn(() => joint, steps, { frees });
          }
          return { ...top(globalAveragePool(maps), mode), taps: recorder.taps };
        },
      };
    },
  };
}

/** Dense blocks of 6, 12, 24 and 16 units, growth 32. */
export const densenet121: NetworkFamily = densenet(
  "densenet121",
  "DenseNet-121",
  (scope, count, options) => {
    const head = outputHead(scope, count, options);
    return (features, mode) => ({ output: head(features, mode), features });
  },
);

/**
 * DenseNet-121 whose head is Linear → 3 · side², BN, ReLU (these are `features`), Linear → classes. The
 * feature count is that of the pixels at any width.
 *
 * `build` throws a RangeError for a regression head: labels of that kind have another extractor.
 */
export const densenet121Features: NetworkFamily = densenet(
  "densenet121_features",
  "DenseNet-121 feature extractor",
  (scope, count, { head, imageSize, outputs }) => {
    if (head !== "classification") {
      throw new RangeError(
        `Cannot build the DenseNet-121 feature extractor: found head "${head}", want ` +
          '"classification"',
      );
    }
    const size = 3 * imageSize ** 2;
    const widen = linear(scope.at("widen"), { in: count, out: size });
    const norm = batchNormVector(scope.at("norm"), { channels: size });
    const classify = linear(scope.at("classify"), { in: size, out: outputs });
    return (x, mode) => {
      const features = relu(norm(widen(x, mode), mode));
      return { output: classify(features, mode), features };
    };
  },
);
