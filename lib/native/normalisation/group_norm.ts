/** Group normalisation of maps, joined with the activation that follows it. */
import * as tf from "@tensorflow/tfjs";
import { activate, type Activation, ACTIVATION_NUMBERS } from "../maps/activation.ts";
import { hasOwnKernels } from "../tensorflow/own_kernels.ts";
import { rawOp } from "../tensorflow/raw_op.ts";
import { wantMaps, wantShape, wantWhole } from "../tensorflow/shapes.ts";

/** What `groupNormActivation` works on. */
export interface GroupNormInputs {
  /** `[batch, height, width, channels]`. */
  readonly x: tf.Tensor4D;
  /** `[batch, channels]`, or `[1, channels]` for all images. */
  readonly gain: tf.Tensor2D;
  /** Of the same shape. */
  readonly shift: tf.Tensor2D;
}

/** Numbers of `groupNormActivation`. */
export interface MapGroupNormOptions {
  /** Groups of neighbouring channels; an image's entries of a group have one mean and one variance. */
  readonly groups: number;
  /** Added to the variance. */
  readonly epsilon: number;
  readonly activation: Activation;
}

/**
 * act((x − mean) / sqrt(variance + epsilon) · (1 + gain) + shift) with mean and variance of each image and group,
 * over all pixels (Wu and He 2018; gain and shift from a condition: FiLM, Perez et al. 2018). One kernel of `cpu/`
 * each way where it is there, which keeps only x for the gradient.
 *
 * @throws {TypeError} Gain and shift do not fit x.
 * @throws {RangeError} Channels cannot be cut into the groups.
 */
export function groupNormActivation(
  inputs: GroupNormInputs,
  options: MapGroupNormOptions,
): tf.Tensor4D {
  const call = "groupNormActivation()";
  const { x, gain, shift } = inputs;
  const [batch, , , channels] = wantMaps(call, "x", x);
  const rows = gain.shape[0] === 1 ? 1 : batch;
  wantShape(call, "the gain", gain, [rows, channels]);
  wantShape(call, "the shift", shift, [rows, channels]);
  wantWhole(call, "groups", options.groups, [1, channels]);
  wantWhole(call, "channels / groups", channels / options.groups, [1, channels]);
  if (!hasOwnKernels) return composedGroupNorm(inputs, options);
  const { groups, epsilon, activation } = options;
  const shared = {
    groups: { int: groups },
    activation: { int: ACTIVATION_NUMBERS[activation] },
  } as const;
  return tf.customGrad((input, g, s, save) => {
    const tensors = [input, g, s] as tf.Tensor[];
    const attributes = { epsilon: { float: epsilon }, ...shared };
    const [y, mean, inverse] = rawOp("CganKdMapGroupNorm", tensors, attributes, 3);
    (save as tf.GradSaveFunc)([...tensors, mean!, inverse!]);
    return {
      value: y!,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        rawOp("CganKdMapGroupNormGrad", [dy, ...saved], shared, 3),
    };
  })(inputs.x, inputs.gain, inputs.shift) as tf.Tensor4D;
}

/** The same in stock ops, for backends without the kernel and as the reference in tests. */
export function composedGroupNorm(
  { x, gain, shift }: GroupNormInputs,
  { groups, epsilon, activation }: MapGroupNormOptions,
): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const grouped = x.reshape([batch, height * width, groups, channels / groups]);
  const { mean, variance } = tf.moments(grouped, [1, 3], true);
  const normalised = grouped.sub(mean).mul(tf.rsqrt(variance.add(epsilon))).reshape(x.shape);
  const rows = [gain.shape[0], 1, 1, channels];
  const y = normalised.mul(gain.add(1).reshape(rows)).add(shift.reshape(rows));
  return activate(y as tf.Tensor4D, activation);
}
