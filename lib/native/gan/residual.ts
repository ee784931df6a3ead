/**
 * What residual blocks of GANs do to maps between convolutions. One kernel of `cpu/gan/residual.cc` each way
 * where it is there, the composed form elsewhere; the values of both have the same bits.
 */
import * as tf from "@tensorflow/tfjs";
import { biasAdd, relu } from "../maps/activation.ts";
import { upsample2 } from "../maps/upsample.ts";
import { hasOwnKernels } from "../tensorflow/own_kernels.ts";
import { rawOp } from "../tensorflow/raw_op.ts";
import { wantMaps, wantShape, wantVectors, wantWhole } from "../tensorflow/shapes.ts";

/**
 * max(0, x + b) with one bias per channel.
 *
 * @param x `[..., channels]`.
 * @throws {TypeError} There is not one bias per channel.
 */
export function biasRelu<T extends tf.Tensor>(x: T, bias: tf.Tensor1D): T {
  wantVectors("biasRelu()", x.shape.at(-1) ?? 0, { bias });
  if (!hasOwnKernels) return relu(biasAdd(x, bias));
  return tf.customGrad((input, b, save) => {
    const y = rawOp("CganKdBiasRelu", [input as tf.Tensor, b as tf.Tensor], {})[0]!;
    (save as tf.GradSaveFunc)([y]);
    return {
      value: y,
      gradFunc: (dy: tf.Tensor, [value]: tf.Tensor[]) =>
        rawOp("CganKdBiasReluGrad", [dy, value!], {}, 2),
    };
  })(x, bias) as T;
}

/** A branch of a residual block: what its last convolution gave, and the bias that is still missing. */
export interface Branch {
  /** `[batch, height, width, channels]`. */
  readonly x: tf.Tensor4D;
  /** `[channels]`. */
  readonly bias: tf.Tensor1D;
}

/**
 * (main + its bias) + (side + its bias). A side of half the height and width is up-sampled: each of its
 * pixels is added to four.
 *
 * @throws {TypeError} The branches do not fit, or there is not one bias per channel.
 */
export function joinBranches(main: Branch, side: Branch): tf.Tensor4D {
  const call = "joinBranches()";
  const [batch, height, width, channels] = wantMaps(call, "main", main.x);
  const isSmall = 2 * side.x.shape[1] === height;
  const factor = isSmall ? 2 : 1;
  wantShape(call, "side", side.x, [batch, height / factor, width / factor, channels]);
  wantVectors(call, channels, { "the bias of main": main.bias, "the bias of side": side.bias });
  if (!hasOwnKernels) {
    const short = biasAdd(side.x, side.bias);
    return tf.add(biasAdd(main.x, main.bias), isSmall ? upsample2(short) : short);
  }
  return tf.customGrad((...inputs) => ({
    value: rawOp("CganKdJoin", inputs.slice(0, 4) as tf.Tensor[], {})[0]!,
    gradFunc: (dy: tf.Tensor) => {
      if (!isSmall) {
        const dbias = rawOp("CganKdBiasGrad", [dy], {})[0]!;
        return [dy, dy, dbias, dbias];
      }
      const [dside, dbias] = rawOp("CganKdJoinGrad", [dy], {}, 2);
      return [dy, dside!, dbias!, dbias!];
    },
  }))(main.x, side.x, main.bias, side.bias) as tf.Tensor4D;
}

/** Options of `reluAndPool`. */
export interface ReluAndPoolOptions {
  /** The pool reads the map after its ReLU, or as it was. */
  readonly pooled: "relu" | "raw";
}

/**
 * The two readings of a map at the start of a block: max(0, x), and means over windows of 2 x 2.
 *
 * @param x `[batch, height, width, channels]`, even height and width.
 * @throws {RangeError} Height or width is odd.
 */
export function reluAndPool(
  x: tf.Tensor4D,
  { pooled }: ReluAndPoolOptions,
): { active: tf.Tensor4D; small: tf.Tensor4D } {
  const [, height, width] = wantMaps("reluAndPool()", "x", x);
  wantWhole("reluAndPool()", "height / 2", height / 2, [1, height]);
  wantWhole("reluAndPool()", "width / 2", width / 2, [1, width]);
  if (!hasOwnKernels) {
    const active = relu(x);
    return { active, small: tf.avgPool(pooled === "relu" ? active : x, 2, 2, "valid") };
  }
  registerReluPool();
  const [active, small] = tf.engine().runKernel(
    RELU_POOL,
    { x },
    { activation: pooled === "relu" ? 1 : 0 },
  ) as unknown as [tf.Tensor4D, tf.Tensor4D];
  return { active, small };
}

const RELU_POOL = "CganKdReluPool";
let isReluPoolRegistered = false;

/** `customGrad` knows functions of one result only; a kernel with its gradient may have two. */
function registerReluPool(): void {
  if (isReluPoolRegistered) return;
  isReluPoolRegistered = true;
  const kindOf = (attrs: unknown) => ({
    activation: { int: (attrs as { activation: number }).activation },
  });
  tf.registerKernel({
    kernelName: RELU_POOL,
    backendName: tf.getBackend(),
    kernelFunc: ({ inputs, attrs }) => rawOp(RELU_POOL, [inputs.x as tf.Tensor], kindOf(attrs), 2),
  });
  tf.registerGradient({
    kernelName: RELU_POOL,
    outputsToSave: [true, false],
    gradFunc: (upstream, [active], attrs) => {
      const inputs = [...upstream as unknown as tf.Tensor[], active!];
      return { x: () => rawOp("CganKdReluPoolGrad", inputs, kindOf(attrs))[0]! };
    },
  });
}
