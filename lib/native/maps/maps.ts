/**
 * What networks of depthwise convolutions do to maps in between: shuffle channels, gate them, average
 * them. One kernel of `cpu/` each way where it is there, stock ops elsewhere.
 */
import * as tf from "@tensorflow/tfjs";
import { hasOwnKernels } from "../tensorflow/own_kernels.ts";
import { rawOp } from "../tensorflow/raw_op.ts";
import { wantShape } from "../tensorflow/shapes.ts";

/**
 * Interleaves the channels of two maps, a0 b0 a1 b1 ..., and cuts the result in the middle: the first and
 * the second half of its channels.
 *
 * @param a `[batch, height, width, half]`.
 * @param b The same shape.
 * @throws {TypeError} It has another.
 */
export function shuffleAndSplit(a: tf.Tensor4D, b: tf.Tensor4D): [tf.Tensor4D, tf.Tensor4D] {
  wantShape("shuffleAndSplit()", "b", b, a.shape);
  if (!hasOwnKernels) {
    const [first, second] = tf.split(interleave(a, b), 2, 3);
    return [first as tf.Tensor4D, second as tf.Tensor4D];
  }
  registerShuffle();
  return tf.engine().runKernel("CganKdShuffle", { a, b }) as unknown as [tf.Tensor4D, tf.Tensor4D];
}

/** The same as one map, not cut: `[batch, height, width, 2 half]`. */
export function shuffle(a: tf.Tensor4D, b: tf.Tensor4D): tf.Tensor4D {
  wantShape("shuffle()", "b", b, a.shape);
  if (!hasOwnKernels) return interleave(a, b);
  return tf.customGrad((first, second) => ({
    value: rawOp("CganKdInterleave", [first, second] as tf.Tensor[], {})[0]!,
    gradFunc: (dy: tf.Tensor) => rawOp("CganKdDeinterleave", [dy], {}, 2),
  }))(a, b) as tf.Tensor4D;
}

function interleave(a: tf.Tensor4D, b: tf.Tensor4D): tf.Tensor4D {
  const [batch, height, width, half] = a.shape;
  // Four axes rather than five: the kernel for a swap of the last two is the fast one. Exports want that of images left.
  const halves = tf.concat([a, b], 3).reshape([batch, height * width, 2, half]);
  return tf.transpose(halves, [0, 1, 3, 2]).reshape([batch, height, width, 2 * half]);
}

let isShuffleRegistered = false;

/** `customGrad` knows functions of one result only; a kernel with its gradient may have two. */
function registerShuffle(): void {
  if (isShuffleRegistered) return;
  isShuffleRegistered = true;
  tf.registerKernel({
    kernelName: "CganKdShuffle",
    backendName: tf.getBackend(),
    kernelFunc: ({ inputs }) =>
      rawOp("CganKdShuffle", [inputs.a as tf.Tensor, inputs.b as tf.Tensor], {}, 2),
  });
  tf.registerGradient({
    kernelName: "CganKdShuffle",
    gradFunc: (upstream) => {
      const [da, db] = rawOp("CganKdUnshuffle", upstream as unknown as tf.Tensor[], {}, 2);
      return { a: () => da!, b: () => db! };
    },
  });
}

/**
 * Two maps side by side in channels, a in front.
 *
 * @param a `[batch, height, width, m]`.
 * @param b `[batch, height, width, n]`.
 * @returns `[batch, height, width, m + n]`.
 * @throws {TypeError} The maps have other pixels.
 */
export function joinChannels(a: tf.Tensor4D, b: tf.Tensor4D): tf.Tensor4D {
  wantShape("joinChannels()", "b", b, [...a.shape.slice(0, 3), b.shape[3]]);
  if (!hasOwnKernels) return tf.concat([a, b], 3);
  return tf.customGrad((first, second, save) => {
    const tensors = [first, second] as tf.Tensor[];
    (save as tf.GradSaveFunc)(tensors);
    return {
      value: rawOp("CganKdJoinChannels", tensors, {})[0]!,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        rawOp("CganKdPartChannels", [...saved, dy], {}, 2),
    };
  })(a, b) as tf.Tensor4D;
}

/**
 * x · gate, one gate for each image and channel.
 *
 * @param x `[batch, height, width, channels]`.
 * @param gate `[batch, 1, 1, channels]`.
 * @throws {TypeError} It has another shape.
 */
export function applyGate(x: tf.Tensor4D, gate: tf.Tensor4D): tf.Tensor4D {
  wantShape("applyGate()", "the gate", gate, [x.shape[0], 1, 1, x.shape[3]]);
  if (!hasOwnKernels) return tf.mul(x, gate);
  return tf.customGrad((input, factor, save) => {
    const tensors = [input, factor] as tf.Tensor[];
    (save as tf.GradSaveFunc)(tensors);
    return {
      value: rawOp("CganKdGate", tensors, {})[0]!,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        rawOp("CganKdGateGrad", [dy, ...saved], {}, 2),
    };
  })(x, gate) as tf.Tensor4D;
}

/** Mean over height and width: `[batch, height, width, channels]` to `[batch, 1, 1, channels]`. */
export function spatialMean(x: tf.Tensor4D): tf.Tensor4D {
  if (!hasOwnKernels) return tf.mean(x, [1, 2], true);
  const pixels = x.shape[1] * x.shape[2];
  return tf.customGrad((input) => ({
    value: rawOp("CganKdSpatialMean", [input as tf.Tensor], {})[0]!,
    gradFunc: (dy: tf.Tensor) => tf.broadcastTo(tf.mul(dy, 1 / pixels), x.shape),
  }))(x) as tf.Tensor4D;
}

/** Largest entry of each window of 2 x 2; a last row or column without a partner is left out. */
export function maxPool2(x: tf.Tensor4D): tf.Tensor4D {
  const isEven = x.shape[1] % 2 === 0 && x.shape[2] % 2 === 0;
  if (!hasOwnKernels || !isEven) return tf.maxPool(x, 2, 2, "valid");
  return tf.customGrad((input, save) => {
    (save as tf.GradSaveFunc)([input as tf.Tensor]);
    return {
      value: tf.maxPool(input as tf.Tensor4D, 2, 2, "valid"),
      gradFunc: (dy: tf.Tensor, [z]: tf.Tensor[]) => rawOp("CganKdMaxPoolGrad", [dy, z!], {})[0]!,
    };
  })(x) as tf.Tensor4D;
}

/**
 * Largest entry around every second pixel: windows of 3 x 3, stride 2, padding 1 (PyTorch's
 * `MaxPool2d(3, 2, 1)`).
 *
 * @param x `[batch, height, width, channels]`, no entry below 0, so that zeros around the map win nowhere.
 * @returns `[batch, ⌈height / 2⌉, ⌈width / 2⌉, channels]`.
 */
export function maxPool3(x: tf.Tensor4D): tf.Tensor4D {
  if (!hasOwnKernels) {
    return tf.maxPool(tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]]), 3, 2, "valid");
  }
  return tf.customGrad((input, save) => {
    const y = rawOp("CganKdMaxPool3", [input as tf.Tensor], {})[0]!;
    (save as tf.GradSaveFunc)([input as tf.Tensor, y]);
    return {
      value: y,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        rawOp("CganKdMaxPool3Grad", [dy, ...saved], {})[0]!,
    };
  })(x) as tf.Tensor4D;
}
