/**
 * ShuffleNetV2 x1: units that convolve half of the channels and shuffle the halves. Classification is
 * the network for small images (method specification 5.1), regression the one for large images (5.4).
 */
import { ParameterSet, Scope } from "../base/module.ts";
import { tf } from "../base/tf.ts";
import { type Activation, relu } from "../native/maps/activation.ts";
import { maxPool3, shuffle, shuffleAndSplit } from "../native/maps/maps.ts";
import { convNorm, depthwiseNorm, recordNorm } from "./blocks.ts";
import { checkImageSize, PAPER_SIZES } from "./image_sizes.ts";
import { outputHead } from "./head.ts";
import { globalAveragePool, type NormLayer } from "./layers.ts";
import {
  type ForwardMode,
  type Network,
  type NetworkFamily,
  scaleChannels,
  TapRecorder,
} from "./network.ts";

/** Channels of half a stage: a unit convolves one half. */
const HALVES = [58, 116, 232];
const UNITS = [4, 8, 4];

/** What a unit reads: the halves of the shuffled channels of the unit before. */
type Halves = [tf.Tensor4D, tf.Tensor4D];

/** The branches of a unit, not yet shuffled, and the same without the ReLUs at their ends. */
interface UnitOutput {
  readonly post: Halves;
  readonly pre: Halves;
}

type Unit<Input> = (x: Input, mode: ForwardMode) => UnitOutput;

/** A branch without and with its last ReLU; the former is there when both ends of it are wanted. */
function bothEnds(
  { taps }: ForwardMode,
  branch: (activation: Activation) => tf.Tensor4D,
): { pre: tf.Tensor4D; post: tf.Tensor4D } {
  const wantsBoth = taps === true;
  const pre = branch(wantsBoth ? "none" : "relu");
  return { pre, post: wantsBoth ? relu(pre) : pre };
}

/** 1 x 1, depthwise 3 x 3, 1 x 1; the last ReLU is left to the caller. */
function mainBranch(scope: Scope, size: { in: number; out: number; stride: number }): NormLayer {
  const { in: from, out, stride } = size;
  const first = convNorm(scope.at("unit1"), { in: from, out, kernel: 1 });
  const depthwise = depthwiseNorm(scope.at("depthwise"), { in: out, kernel: 3, stride });
  const last = convNorm(scope.at("unit2"), { in: out, out, kernel: 1 });
  return (x, mode, activation) => last(depthwise(first(x, mode, "relu"), mode), mode, activation);
}

/** Halves height and width; both branches see all channels. */
function downUnit(scope: Scope, size: { in: number; out: number }): Unit<tf.Tensor4D> {
  const half = size.out / 2;
  const depthwise = depthwiseNorm(scope.at("left/depthwise"), {
    in: size.in,
    kernel: 3,
    stride: 2,
  });
  const point = convNorm(scope.at("left/unit1"), { in: size.in, out: half, kernel: 1 });
  const right = mainBranch(scope.at("right"), { in: size.in, out: half, stride: 2 });
  return (x, mode) => {
    const a = bothEnds(mode, (activation) => point(depthwise(x, mode), mode, activation));
    const b = bothEnds(mode, (activation) => right(x, mode, activation));
    return { post: [a.post, b.post], pre: [a.pre, b.pre] };
  };
}

/** Keeps the first half of the channels and convolves the second. */
function basicUnit(scope: Scope, channels: number): Unit<Halves> {
  const right = mainBranch(scope.at("right"), { in: channels / 2, out: channels / 2, stride: 1 });
  return ([kept, rest], mode) => {
    const b = bothEnds(mode, (activation) => right(rest, mode, activation));
    return { post: [kept, b.post], pre: [kept, b.pre] };
  };
}

/**
 * Taps: the stem and stages 1 to 3. A stage ends in a shuffle of branches; its `pre` lacks the ReLU of
 * every branch that its last unit computed.
 *
 * The stem is followed by a max-pool for 64 x 64 images and in regression, where it also has stride 2.
 */
export const shufflenetV2: NetworkFamily = {
  name: "shufflenet_v2",
  title: "ShuffleNetV2",
  imageSizes: PAPER_SIZES,
  build(options): Network {
    checkImageSize(shufflenetV2, options.imageSize);
    const { width, imageSize, head: kind, rng } = options;
    const regression = kind === "regression";
    const pooled = regression || imageSize === 64;
    const parameters = new ParameterSet();
    const root = new Scope(parameters, rng.child("shufflenet_v2"));
    let channels = scaleChannels(24, width);
    const stem = convNorm(root.at("stem"), {
      in: 3,
      out: channels,
      kernel: 3,
      stride: regression ? 2 : 1,
    });
    const stages = UNITS.map((count, s) => {
      const scope = root.at(`stage${s + 1}`);
      // Halves that are multiples of 4 keep to the vector code of the normalisation.
      const out = 2 * scaleChannels(HALVES[s]!, width);
      const down = downUnit(scope.at("unit1"), { in: channels, out });
      channels = out;
      const basic = Array.from(
        { length: count - 1 },
        (_, i) => basicUnit(scope.at(`unit${i + 2}`), channels),
      );
      return { down, basic };
    });
    const featureCount = scaleChannels(1024, width);
    const last = convNorm(root.at("last"), { in: channels, out: featureCount, kernel: 1 });
    const head = outputHead(root.at("head"), featureCount, options);
    return {
      name: "shufflenet_v2",
      parameters,
      forward(x, mode) {
        const recorder = new TapRecorder(mode.taps);
        let maps = recordNorm(recorder, "stem", (then) => stem(x, mode, then), "relu");
        if (pooled) maps = maxPool3(maps);
        for (const [s, { down, basic }] of stages.entries()) {
          let unit = down(maps, mode);
          for (const next of basic) unit = next(shuffleAndSplit(...unit.post), mode);
          maps = shuffle(...unit.post);
          const pre = recorder.wantsBoth ? shuffle(...unit.pre) : maps;
          recorder.record(`stage${s + 1}`, pre, maps);
        }
        const features = globalAveragePool(last(maps, mode, "relu"));
        return { output: head(features, mode), features, taps: recorder.taps };
      },
    };
  },
};
