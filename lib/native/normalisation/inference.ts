/** Batch normalisation by running statistics with what lies around it, in one kernel each way. */
import * as tf from "@tensorflow/tfjs";
import { activate, type Activation, ACTIVATION_NUMBERS, biasAdd } from "../maps/activation.ts";
import { lazyOp } from "../tensorflow/lazy_gradients.ts";
import { maxPool2 } from "../maps/maps.ts";
import { hasOwnKernels } from "../tensorflow/own_kernels.ts";
import { rawOp } from "../tensorflow/raw_op.ts";
import { wantShape, wantVectors } from "../tensorflow/shapes.ts";

/** What is normalised, and the numbers of each channel. */
export interface NormInferenceInputs {
  /** `[batch, height, width, channels]`. */
  readonly x: tf.Tensor4D;
  /** `[channels]`, as all that follow but the last. */
  readonly scale: tf.Tensor1D;
  readonly offset: tf.Tensor1D;
  readonly mean: tf.Tensor1D;
  readonly variance: tf.Tensor1D;
  /** Added to x. */
  readonly bias?: tf.Tensor1D;
  /** Of x's shape, added before the activation: the shortcut of a residual unit. */
  readonly shortcut?: tf.Tensor4D;
}

/** What is done with it. */
export interface NormInferenceOptions {
  /** Added to the variance. */
  readonly epsilon: number;
  readonly activation: Activation;
  /** Ends in a max-pool over windows of 2 x 2. */
  readonly pool?: boolean;
}

/**
 * activation((x + bias − mean) / sqrt(variance + epsilon) · scale + offset + shortcut), and its pool. Gradients are
 * computed only for the inputs that ask for them.
 *
 * @throws {TypeError} There is not one number per channel, or the shortcut has another shape than x.
 */
export function batchNormInference(
  inputs: NormInferenceInputs,
  options: NormInferenceOptions,
): tf.Tensor4D {
  const { x, shortcut, scale, offset, mean, variance, bias } = inputs;
  const call = "batchNormInference()";
  wantVectors(call, x.shape[3], { scale, offset, mean, variance, bias });
  if (shortcut !== undefined) wantShape(call, "the shortcut", shortcut, x.shape);
  if (!hasOwnKernels) return composedNormInference(inputs, options);
  const { epsilon, activation, pool = false } = options;
  if (!pool) return normalise(inputs, { epsilon, activation, suffix: "" });
  const isEven = x.shape[1] % 2 === 0 && x.shape[2] % 2 === 0;
  if (isEven && activation === "relu" && shortcut === undefined) {
    return normalise(inputs, { epsilon, activation, suffix: "Pool" });
  }
  return maxPool2(normalise(inputs, { epsilon, activation, suffix: "" }));
}

/** The same one after the other. */
export function composedNormInference(
  { x, scale, offset, mean, variance, bias, shortcut }: NormInferenceInputs,
  { epsilon, activation, pool = false }: NormInferenceOptions,
): tf.Tensor4D {
  const input = bias === undefined ? x : biasAdd(x, bias);
  const normalised = tf.batchNorm4d(input, mean, variance, offset, scale, epsilon);
  const y = activate(
    shortcut === undefined ? normalised : tf.add<tf.Tensor4D>(normalised, shortcut),
    activation,
  );
  return pool ? maxPool2(y) : y;
}

interface Attributes {
  readonly epsilon: number;
  readonly activation: Activation;
  /** Of the kernels' names: those that end in the pool have attributes of their own. */
  readonly suffix: "" | "Pool";
}

const normalise = lazyOp<Attributes, NormInferenceInputs>({
  name: "CganKdLazyNormInference",
  value: (inputs, attributes) => run("", inputs, attributes),
  gradients: {
    x: (dy, inputs, attributes) => run("Grad", inputs, attributes, dy),
    shortcut: (dy, inputs, attributes) => slopeOf(dy, inputs, attributes),
    offset: (dy, inputs, attributes) => sumOf(slopeOf(dy, inputs, attributes)),
    scale: (dy, inputs, attributes) =>
      tf.mul(productOf(dy, inputs, attributes), inverseOf(inputs, attributes)),
    bias: (dy, inputs, attributes) => {
      const factor = tf.mul(inputs.scale, inverseOf(inputs, attributes));
      return tf.mul(sumOf(slopeOf(dy, inputs, attributes)), factor);
    },
    mean: refuse,
    variance: refuse,
  },
});

function run(
  direction: "" | "Grad" | "Slope",
  { x, scale, offset, mean, variance, bias, shortcut }: NormInferenceInputs,
  { epsilon, activation, suffix }: Attributes,
  dy?: tf.Tensor,
): tf.Tensor {
  const tensors = [dy, x, scale, offset, mean, variance, bias, shortcut];
  const shared = { epsilon: { float: epsilon }, biases: { int: bias === undefined ? 0 : 1 } };
  return rawOp(
    `CganKdNormInference${suffix}${direction}`,
    tensors.filter((tensor) => tensor !== undefined),
    suffix === "Pool" ? shared : {
      ...shared,
      activation: { int: ACTIVATION_NUMBERS[activation] },
      shortcuts: { int: shortcut === undefined ? 0 : 1 },
    },
  )[0]!;
}

/** Gradient of what the activation reads. */
function slopeOf(dy: tf.Tensor, inputs: NormInferenceInputs, attributes: Attributes): tf.Tensor {
  return attributes.activation === "none" ? dy.clone() : run("Slope", inputs, attributes, dy);
}

/** Of that times (x + bias − mean), a sum per channel. */
function productOf(dy: tf.Tensor, inputs: NormInferenceInputs, attributes: Attributes): tf.Tensor {
  const { x, mean, bias } = inputs;
  const input = bias === undefined ? x : tf.add(x, bias);
  return sumOf(tf.mul(slopeOf(dy, inputs, attributes), tf.sub(input, mean)));
}

function sumOf(map: tf.Tensor): tf.Tensor {
  return tf.sum(map, [0, 1, 2]);
}

function inverseOf(
  { variance }: NormInferenceInputs,
  { epsilon }: Pick<Attributes, "epsilon">,
): tf.Tensor {
  return tf.rsqrt(tf.add(variance, epsilon));
}

function refuse(): never {
  throw new TypeError(
    "Cannot compute the gradient of a running mean or variance: they are buffers, found a gradient that asks for one",
  );
}
