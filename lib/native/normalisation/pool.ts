/** Batch normalisation, ReLU and max-pool in one kernel each way. */
import * as tf from "@tensorflow/tfjs";
import {
  batchNormActivation,
  type BatchNormInputs,
  normalise,
  wantChannels,
} from "./batch_norm.ts";
import { maxPool2 } from "../maps/maps.ts";
import { hasOwnKernels } from "../tensorflow/own_kernels.ts";
import { rawOp } from "../tensorflow/raw_op.ts";

const KERNEL = { name: "CganKdNormPool", settings: {} } as const;

/**
 * `maxPool2` of `batchNormActivation` with a ReLU. Where the kernels of `cpu/` are there, the map between
 * them is never written; sides that are odd take the way of two kernels.
 *
 * @throws {TypeError} Scale, offset or a running moment has not one number per channel.
 */
export function batchNormReluPool(inputs: BatchNormInputs): tf.Tensor4D {
  const { x, scale, offset } = inputs;
  wantChannels("batchNormReluPool()", x.shape[3], inputs);
  const isEven = x.shape[1] % 2 === 0 && x.shape[2] % 2 === 0;
  if (!hasOwnKernels || !isEven) return maxPool2(batchNormActivation(inputs, "relu"));
  return tf.customGrad((input, gain, shift, save) => {
    const tensors = [input, gain, shift] as tf.Tensor[];
    const { y, mean, inverse } = normalise(KERNEL, tensors, inputs);
    (save as tf.GradSaveFunc)([...tensors, mean, inverse]);
    return {
      value: y,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        rawOp("CganKdNormPoolGrad", [dy, ...saved], {}, 3),
    };
  })(x, scale, offset) as tf.Tensor4D;
}
