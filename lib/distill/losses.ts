/**
 * The losses that distillers share. Every function states how it averages: weights depend on it.
 *
 * Gradients of what reads whole maps are written out: they have the bits of those that TensorFlow.js makes of the same
 * operations, in half as many passes over memory. Factors of two are what may be moved about without a rounding.
 */
import { tf } from "../base/tf.ts";
import { absolute } from "../native/maps/absolute.ts";
import { lazyOp } from "../native/tensorflow/lazy_gradients.ts";

/** "batchMean" divides a sum over images and classes by the images, "elementMean" by both. */
export type KlReduction = "batchMean" | "elementMean";

/** Options of `temperatureKd`. */
export interface TemperatureKdOptions {
  readonly temperature: number;
  /** Default: "batchMean"; "elementMean" is weaker by a factor of the number of classes. */
  readonly reduction?: KlReduction;
}

/**
 * T² · KL(softmax(z_t / T) ‖ softmax(z_s / T)), in nats.
 *
 * Formula: (T² / B) Σ_b Σ_c p_t (log p_t − log p_s); "elementMean" divides by B · K, as the cGAN-KD
 * code does (quirk Q1).
 * Source: Hinton, Vinyals and Dean 2015; cGAN-KD, section 6.1 of the method specification.
 *
 * @param student Logits `[batch, classes]`.
 * @param teacher Logits `[batch, classes]`; constants.
 * @throws {RangeError} T is not positive.
 */
export function temperatureKd(
  student: tf.Tensor2D,
  teacher: tf.Tensor2D,
  { temperature, reduction = "batchMean" }: TemperatureKdOptions,
): tf.Scalar {
  if (!(temperature > 0)) {
    throw new RangeError(`Cannot soften logits: found temperature ${temperature}, want above 0`);
  }
  const [batch, classes] = student.shape;
  const count = reduction === "batchMean" ? batch : batch * classes;
  const logTeacher = tf.logSoftmax(teacher.div<tf.Tensor2D>(temperature));
  const target = tf.exp(logTeacher);
  return tf.customGrad((input, save) => {
    const logStudent = tf.logSoftmax((input as tf.Tensor2D).div<tf.Tensor2D>(temperature));
    const soft = tf.exp(logStudent);
    const gap = soft.sub(target);
    (save as tf.GradSaveFunc)([gap]);
    // p_t (e^u − 1 − u), u = log p_s − log p_t, sums to the KL and is never negative; the plain sum
    // loses four of seven digits to cancellation at T = 20. Where e^u could overflow, p_t e^u is p_s.
    const u = logStudent.sub(logTeacher);
    const parts = tf.where(
      tf.greater(u, 40),
      gap.sub(target.mul(u)),
      target.mul(tf.expm1(u).sub(u)),
    );
    return {
      value: tf.sum(parts).mul(temperature ** 2 / count),
      gradFunc: (dy: tf.Tensor, [difference]: tf.Tensor[]) =>
        difference!.mul(dy.mul(temperature / count)),
    };
  })(student) as tf.Scalar;
}

/** Mean of (a − b)² over all entries of two tensors of the same shape. */
export function meanSquared(a: tf.Tensor, b: tf.Tensor): tf.Scalar {
  tf.util.assertShapesMatch(a.shape, b.shape, "Cannot compare by squares: ");
  return squaredGap({ a, b }, {}) as unknown as tf.Scalar;
}

/** 2 (own − other) dy / n. */
const gapSlope = (own: tf.Tensor, other: tf.Tensor, dy: tf.Tensor) =>
  tf.tidy(() => own.sub(other).mul(dy.div(own.size).mul(2)));

const squaredGap = lazyOp<Record<never, never>, Readonly<Record<"a" | "b", tf.Tensor>>>({
  name: "MeanSquaredDifference",
  value: ({ a, b }) => tf.tidy(() => tf.mean(tf.squaredDifference(a, b))),
  gradients: {
    a: (dy, { a, b }) => gapSlope(a, b, dy),
    b: (dy, { a, b }) => gapSlope(b, a, dy),
  },
});

/** Mean over the channels of f², `[batch, h, w, channels]` to `[batch, h, w]`: an attention map. */
export function channelEnergy(map: tf.Tensor4D): tf.Tensor3D {
  const [batch, height, width, channels] = map.shape;
  return tf.customGrad((f, save) => {
    (save as tf.GradSaveFunc)([f as tf.Tensor]);
    return {
      value: tf.tidy(() => tf.mean(tf.square(f as tf.Tensor), 3)),
      gradFunc: (dy: tf.Tensor, [x]: tf.Tensor[]) =>
        tf.tidy(() => x!.mul(dy.reshape([batch, height, width, 1]).div(channels).mul(2))),
    };
  })(map) as tf.Tensor3D;
}

/** Mean of |a − b| over all entries; equal entries have slope 0. */
export function meanAbsolute(a: tf.Tensor, b: tf.Tensor): tf.Scalar {
  return tf.mean(absolute(a.sub(b)));
}

/** The value, through which no gradient flows. */
export function detached<T extends tf.Tensor>(tensor: T): T {
  return constantOf(tensor, (x) => x.clone() as T);
}

/** What is computed of a tensor, through which no gradient flows; its operations need none. */
export function constantOf<X extends tf.Tensor, T extends tf.Tensor>(
  tensor: X,
  compute: (x: X) => T,
): T {
  const { shape } = tensor;
  return tf.customGrad((x) => ({
    value: compute(x as X),
    gradFunc: () => tf.zeros(shape),
  }))(tensor) as T;
}

/** One-hot rows `[batch, classes]`, float32. */
export function oneHot(labels: tf.Tensor1D, classes: number): tf.Tensor2D {
  return tf.oneHot(labels, classes).cast("float32");
}

/**
 * v / max(‖v‖₂, 1e−12) along the last axis. The floor sits below the root, so the gradient is finite
 * where v is 0.
 */
export function unitRows<T extends tf.Tensor>(v: T): T {
  return tf.customGrad((input, save) => {
    const x = input as tf.Tensor;
    const squared = tf.tidy(() => tf.sum(tf.square(x), -1, true));
    (save as tf.GradSaveFunc)([x, squared]);
    return {
      value: tf.tidy(() => x.mul(tf.rsqrt(tf.maximum(squared, SMALLEST_SQUARE)))),
      gradFunc: (dy: tf.Tensor, [x, squared]: tf.Tensor[]) =>
        tf.tidy(() => {
          const floored = tf.maximum(squared!, SMALLEST_SQUARE);
          const isFree = tf.greaterEqual(squared!, SMALLEST_SQUARE).cast("float32");
          // Of the root, −½ s^(−3/2), where the floor lets it through.
          const scale = tf.sum(dy.mul(x!), -1, true).div(tf.pow(floored, 1.5).mul(-2)).mul(isFree);
          return dy.mul(tf.rsqrt(floored)).add(x!.mul(scale.mul(2)));
        }),
    };
  })(v) as T;
}

const SMALLEST_SQUARE = 1e-24;

/** Rows of a map: `[batch, height, width, channels]` to `[batch, height · width · channels]`. */
export function flattenRows(map: tf.Tensor): tf.Tensor2D {
  const [batch = 1] = map.shape;
  return map.reshape([batch, map.size / batch]);
}

/**
 * Adaptive average pooling: output bin i covers rows ⌊i H / h⌋ … ⌈(i + 1) H / h⌉ − 1. Bins overlap where
 * h does not divide H (PyTorch's rule).
 *
 * @param map `[batch, H, W, channels]`.
 * @param sides `[h, w]`, at most `[H, W]`.
 * @throws {RangeError} A side is larger than that of the map.
 */
export function adaptiveAveragePool(
  map: tf.Tensor4D,
  [h, w]: readonly [number, number],
): tf.Tensor4D {
  const [, height, width] = map.shape;
  if (h > height || w > width) {
    throw new RangeError(
      `Cannot pool a map of ${height} x ${width} to ${h} x ${w}: want sides at most as large`,
    );
  }
  if (h === height && w === width) return map;
  if (height % h === 0 && width % w === 0) {
    const bin: [number, number] = [height / h, width / w];
    return tf.avgPool(map, bin, bin, "valid");
  }
  return poolAxis(poolAxis(map, 1, h), 2, w);
}

/** Two maps at the smaller of their sides: the larger one is pooled. */
export function atCommonSides(a: tf.Tensor4D, b: tf.Tensor4D): [tf.Tensor4D, tf.Tensor4D] {
  const sides = [Math.min(a.shape[1], b.shape[1]), Math.min(a.shape[2], b.shape[2])] as const;
  return [adaptiveAveragePool(a, sides), adaptiveAveragePool(b, sides)];
}

function poolAxis(map: tf.Tensor4D, axis: 1 | 2, bins: number): tf.Tensor4D {
  const side = map.shape[axis];
  const means = Array.from({ length: bins }, (_, i) => {
    const from = Math.floor(i * side / bins);
    const size = Math.ceil((i + 1) * side / bins) - from;
    const start = [0, 0, 0, 0];
    start[axis] = from;
    const extent = [-1, -1, -1, -1];
    extent[axis] = size;
    return tf.mean(tf.slice(map, start, extent), axis, true);
  });
  return tf.concat(means, axis) as tf.Tensor4D;
}
