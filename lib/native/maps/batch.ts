/**
 * Training batches from bytes as a kernel of `cpu/`, on all cores: callers ask `hasBatchKernel` and keep
 * their own form for other backends, against which the kernel is tested bit by bit.
 */
import * as tf from "@tensorflow/tfjs";
import { hasOwnKernels } from "../tensorflow/own_kernels.ts";
import { rawOp } from "../tensorflow/raw_op.ts";

/** Whether `placeImages` can be called. */
export const hasBatchKernel: boolean = hasOwnKernels && knowsKernel();

/** What `placeImages` works on. */
export interface PlaceInputs {
  /**
   * Bytes of the images, [size, height, width, channels], then up to three of no meaning: four bytes lie in
   * an entry. Neither this array nor `places` may change before the tensor was read.
   */
  readonly bytes: Int32Array;
  /** Of each image: first row and first column of its window, and 1 where it is mirrored. */
  readonly places: Int32Array;
  /** Height, width and channels. */
  readonly sides: readonly [number, number, number];
  /** Value of each byte, 256 per channel, in the order of the channels. */
  readonly levels: Float32Array;
}

/**
 * Windows of images, of the same size as the images, mirrored left to right where wanted; what lies outside
 * of an image is byte 0. Every byte is looked up in the table of its channel.
 *
 * @returns [size, height, width, channels].
 */
export function placeImages({ bytes, places, sides, levels }: PlaceInputs): tf.Tensor4D {
  return tf.tidy(() => {
    const inputs = [
      tf.tensor1d(bytes, "int32"),
      tf.tensor1d(places, "int32"),
      tf.tensor1d(Int32Array.from(sides), "int32"),
      tf.tensor1d(levels, "float32"),
    ];
    return rawOp("CganKdBatch", inputs, {})[0] as tf.Tensor4D;
  });
}

/** A library that was compiled before this kernel came is used until set-up has compiled it again. */
function knowsKernel(): boolean {
  try {
    placeImages({
      bytes: new Int32Array(1),
      places: new Int32Array(3),
      sides: [1, 1, 1],
      levels: new Float32Array(256),
    }).dispose();
    return true;
  } catch {
    return false;
  }
}
