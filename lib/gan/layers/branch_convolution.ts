/** The convolutions of residual blocks. */
import type { Mode } from "../../base/module.ts";
import type { tf } from "../../base/tf.ts";
import type { Branch } from "../../native/gan/residual.ts";

/** A convolution whose bias is left to what comes after it. */
export interface BranchConvolution {
  (x: tf.Tensor4D, mode: Mode): Branch;
  /** `[channels]`. */
  readonly bias: tf.Tensor1D;
}

/** A convolution without bias, with the bias that is still missing. */
export function branchConvolution(
  convolve: (x: tf.Tensor4D, mode: Mode) => tf.Tensor4D,
  bias: tf.Tensor1D,
): BranchConvolution {
  const layer = (x: tf.Tensor4D, mode: Mode): Branch => ({ x: convolve(x, mode), bias });
  return Object.assign(layer, { bias });
}
