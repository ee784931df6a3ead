/** Batch normalisation of a map that is read once more beside it: the two gradients meet in the kernel. */
import * as tf from "@tensorflow/tfjs";
import { type Activation, batchNormActivation, type BatchNormInputs } from "./kernels.ts";
import { hasOwnKernels } from "./own_kernels.ts";
import { rawOp } from "./raw_op.ts";

const FORK = "CganKdNormFork";
const NUMBERS = { none: 0, relu: 1, relu6: 2, swish: 3 } as const;
let isRegistered = false;

interface ForkAttributes extends Pick<BatchNormInputs, "epsilon" | "onStatistics"> {
  readonly activation: { readonly int: number };
}

/**
 * `batchNormActivation` of x, and x itself for who reads it next. The gradient of the latter is added while
 * that of the former is written, which saves a pass over memory for their sum.
 */
export function batchNormFork(
  inputs: BatchNormInputs,
  activation: Activation,
): { normalised: tf.Tensor4D; x: tf.Tensor4D } {
  const { x, scale, offset, epsilon, onStatistics } = inputs;
  if (!hasOwnKernels) return { normalised: batchNormActivation(inputs, activation), x };
  register();
  const attributes: ForkAttributes = {
    epsilon,
    onStatistics,
    activation: { int: NUMBERS[activation] },
  };
  const [normalised, same] = tf.engine().runKernel(
    FORK,
    { x, scale, offset },
    attributes as unknown as tf.NamedAttrMap,
  ) as unknown as [tf.Tensor4D, tf.Tensor4D];
  return { normalised, x: same };
}

function register(): void {
  if (isRegistered) return;
  isRegistered = true;
  tf.registerKernel({
    kernelName: FORK,
    backendName: tf.getBackend(),
    kernelFunc: ({ inputs, attrs }) => {
      const { epsilon, activation, onStatistics } = attrs as unknown as ForkAttributes;
      const tensors = [inputs.x, inputs.scale, inputs.offset] as tf.Tensor[];
      const settings = { epsilon: { float: epsilon }, activation };
      const [y, mean, variance, inverse] = rawOp("CganKdNorm", tensors, settings, 4);
      onStatistics({ mean: mean as tf.Tensor1D, variance: variance as tf.Tensor1D });
      // TensorFlow's identity shares the memory of its input.
      const [same] = rawOp("Identity", [tensors[0]!], { T: { type: "float32" } });
      return [y!, same!, mean!, inverse!];
    },
  });
  tf.registerGradient({
    kernelName: FORK,
    inputsToSave: ["x", "scale", "offset"],
    outputsToSave: [false, false, true, true],
    gradFunc: (upstream, saved, attrs) => {
      const [dy, other] = upstream as unknown as tf.Tensor[];
      const { activation } = attrs as unknown as ForkAttributes;
      const [dx, dscale, doffset] = rawOp(
        "CganKdNormForkGrad",
        [dy!, ...saved, other!],
        { activation },
        3,
      );
      return { x: () => dx!, scale: () => dscale!, offset: () => doffset! };
    },
  });
}
