/**
 * Activations and biases: one native kernel forward and one backward where TensorFlow has them, the composed form on
 * other backends. Every function works inside gradients and is tested against its composed form and finite differences.
 */
import * as tf from "@tensorflow/tfjs";
import { hasOwnKernels } from "../tensorflow/own_kernels.ts";
import { FLOAT, isNative, rawOp } from "../tensorflow/raw_op.ts";

/** max(x, 0). The stock gradient builds a mask in three ops; `ReluGrad` is one. */
export function relu<T extends tf.Tensor>(x: T): T {
  return isNative ? withNativeGradient(x, "Relu", "ReluGrad") : tf.relu(x);
}

/** min(max(x, 0), 6); its slope is 0 at both kinks on every backend, as in PyTorch 2. */
export function relu6<T extends tf.Tensor>(x: T): T {
  return isNative ? withNativeGradient(x, "Relu6", "Relu6Grad") : composedRelu6(x);
}

/** The same in stock ops; the slope of TensorFlow.js 4.22 itself is 1 at 6. */
export function composedRelu6<T extends tf.Tensor>(x: T): T {
  return tf.customGrad((input, save) => {
    (save as tf.GradSaveFunc)([input as tf.Tensor]);
    return {
      value: tf.relu6(input as tf.Tensor),
      gradFunc: (dy: tf.Tensor, [z]: tf.Tensor[]) =>
        dy.mul(tf.logicalAnd(z!.greater(0), z!.less(6)).cast("float32")),
    };
  })(x) as T;
}

function withNativeGradient<T extends tf.Tensor>(x: T, forward: string, backward: string): T {
  return tf.customGrad((input, save) => {
    const [value] = rawOp(forward, [input as tf.Tensor], { T: FLOAT });
    (save as tf.GradSaveFunc)([value!]);
    return {
      value: value!,
      gradFunc: (dy: tf.Tensor, [y]: tf.Tensor[]) => rawOp(backward, [dy, y!], { T: FLOAT })[0]!,
    };
  })(x) as T;
}

/** x · sigmoid(x), also called SiLU; saves x, the sigmoid and the result for the gradient. */
export function swish<T extends tf.Tensor>(x: T): T {
  return tf.customGrad((input, save) => {
    const gate = tf.sigmoid(input as tf.Tensor);
    const value = tf.mul(input as tf.Tensor, gate);
    (save as tf.GradSaveFunc)([input as tf.Tensor, gate, value]);
    return {
      value,
      // d/dx y = s + x s (1 − s) = s (x − y + 1): four passes over memory.
      gradFunc: (dy: tf.Tensor, [z, s, y]: tf.Tensor[]) => dy.mul(s!.mul(z!.sub(y!).add(1))),
    };
  })(x) as T;
}

/**
 * x + b with one bias per channel. The stock gradient reduces through a generic sum; `BiasAddGrad`
 * walks memory once, as does ours, whose bits do not depend on the number of threads.
 *
 * @param x `[..., channels]`.
 * @param bias `[channels]`.
 */
export function biasAdd<T extends tf.Tensor>(x: T, bias: tf.Tensor): T {
  if (!isNative) return tf.add(x, bias);
  return tf.customGrad((input, b) => ({
    value: rawOp("BiasAdd", [input as tf.Tensor, b as tf.Tensor], NHWC)[0]!,
    gradFunc: (dy: tf.Tensor) => [dy, biasGradient(dy)],
  }))(x, bias) as T;
}

const NHWC = { T: FLOAT, data_format: { text: "NHWC" } } as const;

/** Sums over all but the channels, `[channels]`. */
function biasGradient(dy: tf.Tensor): tf.Tensor {
  return hasOwnKernels
    ? rawOp("CganKdBiasGrad", [dy], {})[0]!
    : rawOp("BiasAddGrad", [dy], NHWC)[0]!;
}

/** What follows a normalisation. */
export type Activation = "none" | "relu" | "relu6" | "swish";

const ACTIVATIONS: Readonly<Record<Activation, (x: tf.Tensor4D) => tf.Tensor4D>> = {
  none: (x) => x,
  relu,
  relu6,
  swish,
};

/** The activation of a map by its name. */
export function activate(x: tf.Tensor4D, activation: Activation): tf.Tensor4D {
  return ACTIVATIONS[activation](x);
}

/** What the kernels of `cpu/` call the activations. */
export const ACTIVATION_NUMBERS = { none: 0, relu: 1, relu6: 2, swish: 3 } as const;
