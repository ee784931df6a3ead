/** FitNet: a student map, made to fit by a trained adapter, follows a teacher map. */
import { group, integer, optional } from "../../base/options/options.ts";
import { type Mode, Scope, torchUniform } from "../../base/module.ts";
import { tf } from "../../base/tf.ts";
import { convTransposed2 } from "../../native/convolution/same_padding.ts";
import { batchNorm, conv2d, type Layer } from "../../networks/layers.ts";
import type { Distiller } from "../distiller.ts";
import { featureDistiller } from "../feature_distiller.ts";
import { meanSquared } from "../losses.ts";
import { featureEntries, type MethodOptions, settled } from "../options.ts";

/** Options of `fitnet`. */
export const FITNET_OPTIONS = group("Options of FitNet.", {
  ...featureEntries(100),
  stage: optional(
    integer("Stage whose maps are compared, 1 for the first after the stem.", {
      to: 10,
      why: "no network here has more",
    }),
    2,
  ),
});

/** Options of `fitnet`. */
export type FitnetOptions = MethodOptions<typeof FITNET_OPTIONS>;

/**
 * CE + β · mse(R(f_s), f_t) of one stage's maps, β = 100; R is `convRegressor`. Hint and labels teach
 * together, as RepDistiller does it; the first paper trains on the hint before the labels.
 *
 * Source: Romero et al., ICLR 2015.
 *
 * @throws {RangeError} On building, when student or teacher has no such stage.
 */
export function fitnet(options: FitnetOptions = {}): Distiller {
  const own = settled(FITNET_OPTIONS, options);
  const { stage } = own;
  return featureDistiller({
    name: "fitnet",
    title: "FitNet",
    taps: true,
    prepare({ shapes, adapters, rng }) {
      const [from, to] = [shapes.student.taps[stage], shapes.teacher.taps[stage]];
      if (stage < 1 || from === undefined || to === undefined) {
        throw new RangeError(
          `Cannot distil with "fitnet": stage ${stage} is missing, found ` +
            `${shapes.student.taps.length - 1} student and ${shapes.teacher.taps.length - 1} ` +
            `teacher stages`,
        );
      }
      const regress = convRegressor(new Scope(adapters, rng), { from, to });
      return (student, teacher, { mode }) => ({
        value: meanSquared(regress(student.taps[stage]!.post, mode), teacher.taps[stage]!.post),
      });
    },
  }, own);
}

/** Sizes of the maps that an adapter joins, [height, width, channels]. */
export interface RegressorOptions {
  readonly from: readonly [number, number, number];
  readonly to: readonly [number, number, number];
}

/**
 * From a student's map to the shape of a teacher's, then batch norm and ReLU. By the heights: half with
 * a 3 x 3 convolution of stride 2, double with a transposed 4 x 4 one of stride 2, else smaller or equal
 * with a kernel of 1 + h_s − h_t without padding.
 *
 * @throws {RangeError} The teacher's map is larger, and not by 2.
 */
export function convRegressor(scope: Scope, { from, to }: RegressorOptions): Layer {
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
  return (x, mode) => tf.relu(norm(layer(x, mode), mode));
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
