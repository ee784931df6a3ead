/** How far the features of two domains are apart. */
import { tf } from "../../../base/tf.ts";
import { detached } from "../../losses.ts";

/** Widths of the kernels, in shares of the mean squared distance. */
const WIDTHS = [0.25, 0.5, 1, 2, 4];

/**
 * MMD²: mean k(x, x′) + mean k(y, y′) − 2 mean k(x, y), diagonals included, k(u, v) = Σ over five widths of
 * e^(−‖u − v‖² / (width · b)), b the mean of ‖u − v‖² over different rows of both sets, a constant. 0 for equal sets.
 *
 * @param x `[batch, size]`.
 * @param y The same shape.
 */
export function domainGap(x: tf.Tensor2D, y: tf.Tensor2D): tf.Scalar {
  const all = tf.concat([x, y]);
  const [count] = all.shape;
  const lengths = tf.sum(tf.square(all), 1, true);
  const products = tf.matMul(all, all, false, true);
  const distances = tf.relu(lengths.add(lengths.transpose()).sub(products.mul(2)));
  const mean = tf.maximum(detached(tf.sum(distances)).div(count * (count - 1)), 1e-12);
  const kernels = WIDTHS.map((width) => tf.exp(distances.div(mean.mul(-width))));
  const kernel = tf.addN(kernels);
  const half = x.shape[0];
  const signs = tf.concat([tf.ones([half, 1]), tf.fill([count - half, 1], -1)]);
  return tf.sum(kernel.mul(tf.matMul(signs, signs, false, true))).div((count / 2) ** 2);
}
