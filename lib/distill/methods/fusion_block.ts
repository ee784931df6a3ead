/** The block that ReviewKD has at each level: it fuses a student's map with what deeper levels hand up. */
import { type Mode, type Scope, uniform } from "../../base/module.ts";
import { tf } from "../../base/tf.ts";
import { batchNorm, conv2d, type Layer } from "../../networks/layers.ts";
import type { MapShape } from "../shapes.ts";

/** Sizes of a block and how it fuses. */
export interface FusionOptions {
  /** Channels of the student's map. */
  readonly in: number;
  /** Channels in the middle, the same at every level. */
  readonly middle: number;
  /** [height, width, channels] of the teacher's map. */
  readonly out: MapShape;
  /** By attention, by a plain sum (an ablation), or not at all where no deeper level hands anything up. */
  readonly fuse: "attention" | "sum" | "none";
}

/** From a student's map and what the deeper level handed up to the teacher's shape, and to what is handed on. */
export type FusionBlock = (
  map: tf.Tensor4D,
  residual: tf.Tensor4D | undefined,
  mode: Mode,
) => { output: tf.Tensor4D; reviewed: tf.Tensor4D };

/**
 * Attention-based fusion: 1 x 1 convolution to the middle channels, `fuse` with the deeper level, resizing to the
 * teacher's sides, 3 x 3 convolution to its channels; batch norm after both convolutions, no activation, no bias
 * but that of the attention.
 *
 * Source: Chen et al., CVPR 2021, and its authors' code.
 */
export function fusionBlock(scope: Scope, options: FusionOptions): FusionBlock {
  const { middle, out: [height, width, channels], fuse: kind } = options;
  const bare = (name: string, from: number, to: number, kernel: number): Layer => {
    const conv = conv2d(scope.at(name), {
      in: from,
      out: to,
      kernel,
      bias: false,
      weightInit: uniform(Math.sqrt(3 / (kernel * kernel * from))),
    });
    const norm = batchNorm(scope.at(`${name}_norm`), { channels: to });
    return (x, mode) => norm(conv(x, mode), mode);
  };
  const enter = bare("enter", options.in, middle, 1);
  const attend = kind === "attention"
    ? conv2d(scope.at("attention"), { in: 2 * middle, out: 2, kernel: 1 })
    : undefined;
  const leave = bare("leave", middle, channels, 3);
  return (map, residual, mode) => {
    let reviewed = enter(map, mode);
    if (residual && attend) {
      const scores = (both: tf.Tensor4D) => attend(both, mode);
      reviewed = fuse(reviewed, residual, scores);
    } else if (residual && kind === "sum") {
      reviewed = reviewed.add(resize(residual, [reviewed.shape[1], reviewed.shape[2]]));
    }
    reviewed = resize(reviewed, [height, width]);
    return { output: leave(reviewed, mode), reviewed };
  };
}

/**
 * u · w₀ + v · w₁: v is the deeper level up-sampled to u, (w₀, w₁) two independent sigmoids a position.
 *
 * @param scores `[batch, h, w, 2 · channels]` to `[batch, h, w, 2]`.
 */
export function fuse(
  map: tf.Tensor4D,
  residual: tf.Tensor4D,
  scores: (both: tf.Tensor4D) => tf.Tensor4D,
): tf.Tensor4D {
  const deeper = resize(residual, [map.shape[1], map.shape[2]]);
  const weights = tf.sigmoid(scores(tf.concat([map, deeper], 3)));
  const [own, other] = tf.split(weights, 2, 3);
  return map.mul(own!).add(deeper.mul(other!));
}

/** Nearest neighbour: source row ⌊row · H_source / H⌋. */
function resize(map: tf.Tensor4D, [height, width]: [number, number]): tf.Tensor4D {
  if (map.shape[1] === height && map.shape[2] === width) return map;
  return tf.image.resizeNearestNeighbor(map, [height, width]);
}
