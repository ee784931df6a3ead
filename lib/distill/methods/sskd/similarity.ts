/** How alike the views of a batch are: SSKD's head and the cosines of what it gives. */
import type { Mode, Scope } from "../../../base/module.ts";
import { tf } from "../../../base/tf.ts";
import { linear } from "../../../networks/layers.ts";
import { unitRows } from "../../losses.ts";
import { VIEWS } from "./views.ts";

/**
 * The self-supervision head: dense(d, d), ReLU, dense(d, d) on feature vectors `[rows, d]`.
 *
 * @param size d: the network's own number of features.
 */
export function similarityHead(
  scope: Scope,
  size: number,
): (features: tf.Tensor2D, mode: Mode) => tf.Tensor2D {
  const into = { in: size, out: size };
  const first = linear(scope.at("first"), into);
  const second = linear(scope.at("second"), into);
  return (features, mode) => second(tf.relu(first(features, mode)), mode);
}

/** Rows of upright views `[batch, size]`, and of turned ones `[3 · batch, size]`, of `[4 · batch, size]`. */
export function splitViews(rows: tf.Tensor2D): { upright: tf.Tensor2D; turned: tf.Tensor2D } {
  const [count, size] = rows.shape;
  const [first, rest] = tf.split(rows.reshape([count / VIEWS, VIEWS, size]), [1, VIEWS - 1], 1);
  return {
    upright: first!.reshape([count / VIEWS, size]),
    turned: rest!.reshape([(VIEWS - 1) * count / VIEWS, size]),
  };
}

/** Cosines of each turned view with each upright one: `[4 · batch, size]` to `[3 · batch, batch]`. */
export function viewSimilarity(heads: tf.Tensor2D): tf.Tensor2D {
  const { upright, turned } = splitViews(unitRows(heads));
  return tf.matMul(turned, upright, false, true);
}

/** The image that each turned view is of, ⌊i / 3⌋: `[3 · batch]`, int32. */
export function ownImages(batch: number): tf.Tensor1D {
  const rows = (VIEWS - 1) * batch;
  return tf.tensor1d(Int32Array.from({ length: rows }, (_, i) => Math.floor(i / (VIEWS - 1))));
}
