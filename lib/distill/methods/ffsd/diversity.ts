/** FFSD's wish that students look at different places. */
import { tf } from "../../../base/tf.ts";
import { constantOf, flattenRows, meanSquared, unitRows } from "../../losses.ts";

/** Mean of f² over channels, flattened to `[batch, h · w]`. */
function attention(map: tf.Tensor4D): tf.Tensor2D {
  return flattenRows(tf.mean(tf.square(map), 3));
}

/**
 * Where another student is to look, given where one does: of the unit-length attention â and the length ‖Q‖ before, â
 * where it is below the ⌊h w / 3⌋-th smallest, ‖Q‖ / 2 where it is that, ‖Q‖ − â above.
 */
function opposite(
  other: tf.Tensor2D,
): { unit: tf.Tensor2D; target: tf.Tensor2D; length: tf.Tensor } {
  const unit = unitRows(other);
  const length = tf.sqrt(tf.sum(tf.square(other), 1, true));
  const low = Math.max(1, Math.floor(other.shape[1] / 3));
  const threshold = tf.neg(tf.topk(tf.neg(unit), low).values).slice([0, low - 1], [-1, 1]);
  const half = length.div(2);
  const target = half.sub(unit).mul(tf.sign(unit.sub(threshold))).add<tf.Tensor2D>(half);
  return { unit, target, length };
}

/**
 * Mean squared difference of the unit-length attention of a map and the opposite of another's. That opposite subtracts a
 * unit vector from a length that is not 1, as in the published code: λ = 1e−5 belongs to it.
 *
 * @param map `[batch, h, w, channels]`, after the activation.
 * @param other The same shape; no gradient flows into it.
 */
export function diversityLoss(map: tf.Tensor4D, other: tf.Tensor4D): tf.Scalar {
  const target = constantOf(other, (constant) => opposite(attention(constant)).target);
  return meanSquared(unitRows(attention(map)), target);
}

/**
 * A map moved towards its own opposite: + (opposite − â) · ‖Q‖ / channels in every channel of a position; no gradient
 * flows into it.
 */
export function divertedMap(map: tf.Tensor4D): tf.Tensor4D {
  const [batch, height, width, channels] = map.shape;
  return constantOf(map, (constant) => {
    const { unit, target, length } = opposite(attention(constant));
    const moved = target.sub(unit).mul(length).div(channels);
    return constant.add<tf.Tensor4D>(moved.reshape([batch, height, width, 1]));
  });
}
