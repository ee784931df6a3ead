/** The adapter of FitNet and AB: from a student's map to the shape of a teacher's. */
import { type Mode, type Scope, torchUniform } from "../../base/module.ts";
import { tf } from "../../base/tf.ts";
import { convTransposed2 } from "../../native/convolution/same_padding.ts";
import { batchNorm, conv2d, type Layer } from "../../networks/layers.ts";
import type { MapShape } from "../shapes.ts";

/** Sizes of the maps that an adapter joins, [height, width, channels]. */
export interface RegressorOptions {
  readonly from: MapShape;
  readonly to: MapShape;
  /** What comes last; default: "relu". */
  readonly activation?: "relu" | "none";
}

/**
 * From a student's map to the shape of a teacher's, then batch norm and ReLU. By the heights: half with
 * a 3 x 3 convolution of stride 2, double with a transposed 4 x 4 one of stride 2, else smaller or equal
 * with a kernel of 1 + h_s − h_t without padding.
 *
 * @throws {RangeError} The teacher's map is larger, and not by 2.
 */
export function convRegressor(
  scope: Scope,
  { from, to, activation = "relu" }: RegressorOptions,
): Layer {
  const [side, , input] = from;
  const [target, , output] = to;
  const channels = { in: input, out: output };
  let layer: Layer;
  if (side === 2 * target) {
    layer = conv2d(scope.at("conv"), { ...channels, kernel: 3, stride: 2, padding: 1 });
  } else if (2 * side === target) layer = transposedConv(scope.at("conv"), channels);
  else if (side >= target) {
    layer = conv2d(scope.at("conv"), { ...channels, kernel: 1 + side - target, padding: 0 });
  } else {
    throw new RangeError(
      `Cannot fit a map of side ${side} to side ${target}: want at most twice the side`,
    );
  }
  const norm = batchNorm(scope.at("norm"), { channels: output });
  return (x, mode) => {
    const map = norm(layer(x, mode), mode);
    return activation === "relu" ? tf.relu(map) : map;
  };
}

/** Whether `convRegressor` joins maps of these sides. */
export function isWithinReach([side]: MapShape, [target]: MapShape): boolean {
  return target <= side || target === 2 * side;
}

/**
 * The shape to which a teacher's map is pooled before a student's is fitted to it: its own where `convRegressor`
 * gets there, else twice the student's side, or the student's where even that is too large. The rule is ours;
 * published pairs need none.
 */
export function withinReach(from: MapShape, to: MapShape): MapShape {
  if (isWithinReach(from, to)) return to;
  const side = to[0] > 2 * from[0] ? 2 * from[0] : from[0];
  return [side, side, to[2]];
}

/**
 * Transposed convolution, kernel 4, stride 2, padding 1 (PyTorch's sense): doubles both sides. Output
 * pixel o takes weight row o + 1 − 2 i of input pixel i.
 */
export function transposedConv(scope: Scope, channels: { in: number; out: number }): Layer {
  const fanIn = 16 * channels.out;
  const weight = scope.weight<tf.Rank.R4>(
    "weight",
    [4, 4, channels.out, channels.in],
    torchUniform(fanIn),
  );
  const bias = scope.weight<tf.Rank.R1>("bias", [channels.out], torchUniform(fanIn));
  return (x: tf.Tensor4D, _mode: Mode) =>
    convTransposed2(x, weight as tf.Tensor4D).add<tf.Tensor4D>(bias);
}
