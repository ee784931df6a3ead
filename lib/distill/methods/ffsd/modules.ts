/** What FFSD trains beside its networks: fusion of students, its way back, and chains that imagine shallower maps. */
import { type Mode, normal, type Scope } from "../../../base/module.ts";
import { tf } from "../../../base/tf.ts";
import { convAfterUpsample } from "../../../gan/layers/resampling_conv.ts";
import { convSame } from "../../../native/convolution/same_padding.ts";
import { batchNorm, conv2d, depthwiseConv2d, linear } from "../../../networks/layers.ts";
import type { MapShape } from "../../shapes.ts";

/** N(0, 2 / (kernel² · out)), as the published code starts them. */
const heInit = (kernel: number, out: number) => normal(Math.sqrt(2 / (kernel ** 2 * out)));

/** Depthwise 3 x 3, batch norm, ReLU, 1 x 1 convolution, batch norm, ReLU. */
export function mixer(
  scope: Scope,
  { from, to }: { from: number; to: number },
): (map: tf.Tensor4D, mode: Mode) => tf.Tensor4D {
  const spread = depthwiseConv2d(scope.at("spread"), {
    in: from,
    kernel: 3,
    weightInit: heInit(3, from),
  });
  const spreadNorm = batchNorm(scope.at("spread_norm"), { channels: from });
  const mix = conv2d(scope.at("mix"), {
    in: from,
    out: to,
    kernel: 1,
    bias: false,
    weightInit: heInit(1, to),
  });
  const mixNorm = batchNorm(scope.at("mix_norm"), { channels: to });
  return (map, mode) => {
    const wide = spreadNorm(spread(map, mode), mode, "relu");
    return mixNorm(mix(wide, mode), mode, "relu");
  };
}

/** The last maps of all common students, joined over channels, to one map of the leader's channels and its outputs. */
export function fusionModule(
  scope: Scope,
  { from, to, outputs }: { from: number; to: number; outputs: number },
): (joined: tf.Tensor4D, mode: Mode) => { fused: tf.Tensor4D; output: tf.Tensor2D } {
  const mix = mixer(scope.at("mixer"), { from, to });
  const classify = linear(scope.at("classifier"), { in: to, out: outputs });
  return (joined, mode) => {
    const fused = mix(joined, mode);
    return { fused, output: classify(tf.mean(fused, [1, 2]) as tf.Tensor2D, mode) };
  };
}

/**
 * From a map of the last stage to one for each stage before it, shallowest first: step by step up-sampling to the
 * stage's side, a 3 x 3 convolution to its channels, batch norm, ReLU.
 *
 * @param stages Shapes of a network's stages, shallowest first.
 */
export function virtualStages(
  scope: Scope,
  stages: readonly MapShape[],
): (map: tf.Tensor4D, mode: Mode) => tf.Tensor4D[] {
  const steps = stages.slice(0, -1).map(([height, width, out], i) => {
    const [from, , input] = stages[i + 1]!;
    const at = scope.at(`stage${i + 1}`);
    const kernel = at.weight("weight", [3, 3, input, out], heInit(3, out)) as tf.Tensor;
    const norm = batchNorm(at.at("norm"), { channels: out });
    return (map: tf.Tensor4D, mode: Mode) => {
      const weights = kernel as tf.Tensor4D;
      if (height === 2 * from) return norm(convAfterUpsample(map, weights), mode, "relu");
      const sized = height === from ? map : tf.image.resizeNearestNeighbor(map, [height, width]);
      return norm(convSame(sized, weights, 1), mode, "relu");
    };
  });
  return (map, mode) => {
    const maps: tf.Tensor4D[] = [];
    let deeper = map;
    for (const step of [...steps].reverse()) {
      deeper = step(deeper, mode);
      maps.unshift(deeper);
    }
    return maps;
  };
}
