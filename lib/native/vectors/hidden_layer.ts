/** Hidden layers of vectors: a product whose gradients are computed where wanted, and what follows it. */
import * as tf from "@tensorflow/tfjs";
import { biasAdd, relu } from "../maps/activation.ts";
import { uniformTensor } from "./random.ts";
import { hasOwnKernels } from "../tensorflow/own_kernels.ts";
import { FLOAT, isNative, rawOp } from "../tensorflow/raw_op.ts";
import { checkPrecision, type Precision } from "../tensorflow/precision.ts";
import { ownProduct, type ProductOptions } from "../tensorflow/steady_kernels.ts";
import { wantVectors, wantWhole } from "../tensorflow/shapes.ts";

const PRODUCT = "CganKdProduct";
let isRegistered = false;

/**
 * x · w. The stock function runs a product of batches of matrices: it reshapes each factor to rank 3 and
 * back, forward and backward.
 *
 * @param x `[batch, in]`; its gradient is not computed when nothing asks for it.
 * @param w `[in, out]`.
 * @param precision Of the factors, of both gradients too.
 * @throws {RangeError} See `checkPrecision`.
 */
export function product(
  x: tf.Tensor2D,
  w: tf.Tensor2D,
  precision: Precision = "float32",
): tf.Tensor2D {
  checkPrecision(precision);
  if (!isNative) return tf.matMul(x, w);
  register();
  return tf.engine().runKernel(PRODUCT, { x, w }, { precision }) as tf.Tensor2D;
}

function multiply(a: tf.Tensor, b: tf.Tensor, options: ProductOptions): tf.Tensor {
  // TensorFlow's has other bits with another number of threads.
  if (hasOwnKernels) return ownProduct(a, b, options);
  const { turnA = false, turnB = false } = options;
  const attributes = { T: FLOAT, transpose_a: { bool: turnA }, transpose_b: { bool: turnB } };
  return rawOp("MatMul", [a, b], attributes)[0]!;
}

function register(): void {
  if (isRegistered) return;
  isRegistered = true;
  tf.registerKernel({
    kernelName: PRODUCT,
    backendName: tf.getBackend(),
    kernelFunc: ({ inputs, attrs }) =>
      multiply(inputs.x as tf.Tensor, inputs.w as tf.Tensor, precisionIn(attrs)),
  });
  tf.registerGradient({
    kernelName: PRODUCT,
    inputsToSave: ["x", "w"],
    gradFunc: (upstream, [x, w], attrs) => {
      const dy = upstream as tf.Tensor;
      const shared = precisionIn(attrs);
      return {
        x: () => multiply(dy, w!, { ...shared, turnB: true }),
        w: () => multiply(x!, dy, { ...shared, turnA: true }),
      };
    },
  });
}

function precisionIn(attrs: unknown): Pick<ProductOptions, "precision"> {
  const { precision } = attrs as { readonly precision: Precision };
  return { precision };
}

/** What `hiddenTail` works on. */
export interface HiddenTailInputs {
  /** `[batch, features]`, without its bias. */
  readonly x: tf.Tensor2D;
  /** `[features]`, as scale and offset. */
  readonly bias: tf.Tensor1D;
  readonly scale: tf.Tensor1D;
  readonly offset: tf.Tensor1D;
}

/** Numbers of `hiddenTail`. */
export interface HiddenTailOptions {
  /** Groups of neighbouring features that are normalised together. */
  readonly groups: number;
  /** Added to the variance. */
  readonly epsilon: number;
  /** Probability of a zero after the ReLU; the other entries are divided by 1 − rate. */
  readonly rate: number;
  /** Of the draws, as `uniformTensor` takes it. */
  readonly seed: readonly [number, number];
  /** Draws of backends other than native TensorFlow. */
  readonly host: (count: number) => Float32Array;
}

/**
 * dropout(max(0, group norm(x + bias) · scale + offset)). The draws are those of `uniformTensor` with the
 * same seed, whether one kernel does all or stock ops do.
 *
 * @throws {TypeError} There is not one bias, scale and offset per feature.
 * @throws {RangeError} Features cannot be cut into the groups, or the rate is not in [0, 1).
 */
export function hiddenTail(inputs: HiddenTailInputs, options: HiddenTailOptions): tf.Tensor2D {
  const { x, bias, scale, offset } = inputs;
  const { groups, epsilon, rate, seed } = options;
  const call = "hiddenTail()";
  const features = x.shape[1];
  wantVectors(call, features, { bias, scale, offset });
  wantWhole(call, "groups", groups, [1, features]);
  wantWhole(call, "features / groups", features / groups, [1, features]);
  if (!(rate >= 0 && rate < 1)) {
    throw new RangeError(
      `Cannot compute ${call} as the rate must be in [0, 1): current value is ${rate}`,
    );
  }
  if (!hasOwnKernels || features % 4 !== 0) return composedHiddenTail(inputs, options);
  const shared = { rate: { float: rate }, groups: { int: groups } } as const;
  return tf.customGrad((...all) => {
    const save = all.pop() as tf.GradSaveFunc;
    const [input, shift, gain, level] = all as tf.Tensor[];
    const words = tf.tensor1d([seed[0] | 0, seed[1] | 0], "int32");
    const [y, mean, inverse] = rawOp(
      "CganKdHiddenTail",
      [input!, shift!, gain!, level!, words],
      { epsilon: { float: epsilon }, ...shared },
      3,
    );
    save([input!, shift!, gain!, y!, mean!, inverse!]);
    return {
      value: y!,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        rawOp("CganKdHiddenTailGrad", [dy, ...saved], shared, 4),
    };
  })(x, bias, scale, offset) as tf.Tensor2D;
}

/** The same in stock ops. */
export function composedHiddenTail(
  { x, bias, scale, offset }: HiddenTailInputs,
  { groups, epsilon, rate, seed, host }: HiddenTailOptions,
): tf.Tensor2D {
  const y = relu(groupNorm(biasAdd(x, bias), { groups, epsilon }).mul(scale).add(offset));
  if (rate === 0) return y as tf.Tensor2D;
  const mask = tf.greaterEqual(uniformTensor(x.shape, seed, host), rate);
  return y.mul(mask.cast("float32").div(1 - rate));
}

/** Each group of neighbouring features to mean 0 and variance 1, `[batch, features]`. */
export function groupNorm(
  x: tf.Tensor2D,
  { groups, epsilon }: Pick<HiddenTailOptions, "groups" | "epsilon">,
): tf.Tensor2D {
  const [batch, features] = x.shape;
  const grouped = x.reshape([batch, groups, features / groups]);
  const { mean, variance } = tf.moments(grouped, 2, true);
  return grouped.sub(mean).mul(tf.rsqrt(variance.add(epsilon))).reshape([batch, features]);
}
