/**
 * Puts kernels of `cpu/` in the place of those of TensorFlow whose bits depend on the number of threads: products of
 * matrices, and sums and means over everything. Whoever calls `tf.matMul`, `tf.sum` or `tf.mean`, in gradients too, gets
 * them. Importing this file does it.
 */
import * as tf from "@tensorflow/tfjs";
import { hasOwnKernels } from "./own_kernels.ts";
import { factorsOf, type Precision } from "./precision.ts";
import { rawOp } from "./raw_op.ts";

/** What a kernel of TensorFlow.js is called with. */
type KernelArguments = Parameters<tf.KernelFunc>[0];

/** Our kernel where it serves, else undefined. */
type Steady = (call: KernelArguments) => tf.Tensor | undefined;

if (hasOwnKernels) {
  replace("BatchMatMul", steadyProduct);
  replace("Sum", (call) => steadyTotal(call, false));
  replace("Mean", (call) => steadyTotal(call, true));
}

function replace(kernelName: string, steady: Steady): void {
  const backendName = "tensorflow";
  const stock = tf.getKernel(kernelName, backendName);
  tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({
    ...stock,
    kernelFunc: (call) => steady(call) ?? stock.kernelFunc(call),
  });
}

/**
 * a · b, either turned.
 *
 * @param a `[rows, depth]`, or `[depth, rows]` if `turnA`; both may have the same further sides in front.
 * @param b `[depth, columns]`, or `[columns, depth]` if `turnB`.
 * @param precision Of the factors; default: float32.
 */
export function ownProduct(
  a: tf.Tensor,
  b: tf.Tensor,
  { turnA = false, turnB = false, precision }: ProductOptions,
): tf.Tensor {
  const turns = { turn_a: { int: turnA ? 1 : 0 }, turn_b: { int: turnB ? 1 : 0 } };
  return rawOp("CganKdProduct", [a, b], { ...turns, ...factorsOf(precision) })[0]!;
}

/** Options of `ownProduct`. */
export interface ProductOptions {
  readonly turnA?: boolean;
  readonly turnB?: boolean;
  readonly precision?: Precision;
}

function steadyProduct({ inputs, attrs }: KernelArguments): tf.Tensor | undefined {
  const [a, b] = [inputs.a, inputs.b] as [tf.Tensor, tf.Tensor];
  const isServed = [a, b].every(({ dtype, size }) => dtype === "float32" && size > 0) &&
    a.rank === b.rank && a.shape.every((side, d) => d >= a.rank - 2 || side === b.shape[d]);
  if (!isServed) return undefined;
  const { transposeA, transposeB } = attrs as unknown as Record<string, boolean>;
  return ownProduct(a, b, { turnA: transposeA, turnB: transposeB });
}

/** Over every side longer than 1; other sums are those of one thread for each result. */
function steadyTotal({ inputs, attrs }: KernelArguments, isMean: boolean): tf.Tensor | undefined {
  const x = inputs.x as tf.Tensor;
  const { axis, keepDims } = attrs as { axis?: number | number[]; keepDims?: boolean };
  const axes = tf.util.parseAxisParam(axis ?? null as unknown as number[], x.shape);
  const isServed = x.dtype === "float32" && x.size > 1 &&
    x.shape.every((side, d) => side === 1 || axes.includes(d));
  if (!isServed) return undefined;
  const shape = x.shape.flatMap((_, d) => axes.includes(d) ? (keepDims ? [1] : []) : [1]);
  return tf.tidy(() => {
    const [total] = rawOp("CganKdTotal", [x], {});
    const result = isMean ? tf.div(total!, x.size) : total!;
    return shape.length === 0 ? result : result.reshape(shape);
  });
}
