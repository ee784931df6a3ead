/** What a layer is. */
import type { Mode } from "../../base/module.ts";
import type { tf } from "../../base/tf.ts";
import type { Activation } from "../../native/maps/activation.ts";

/** A layer on feature maps `[batch, height, width, channels]`. */
export type Layer = (x: tf.Tensor4D, mode: Mode) => tf.Tensor4D;

/**
 * A layer that ends in a normalisation, and what follows: the sum with a shortcut if there is one, then the
 * activation (default: none).
 */
export type NormLayer = (
  x: tf.Tensor4D,
  mode: Mode,
  activation?: Activation,
  shortcut?: tf.Tensor4D,
) => tf.Tensor4D;

/** A layer on vectors `[batch, features]`. */
export type VectorLayer = (x: tf.Tensor2D, mode: Mode) => tf.Tensor2D;
