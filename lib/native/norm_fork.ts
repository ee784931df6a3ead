/** Batch normalisation of a map that is read once more beside it: the two gradients meet in the kernel. */
import * as tf from "@tensorflow/tfjs";
import {
  type Activation,
  ACTIVATION_NUMBERS,
  batchNormActivation,
  type BatchNormInputs,
  normalise,
} from "./kernels.ts";
import { hasOwnKernels } from "./own_kernels.ts";
import { rawOp } from "./raw_op.ts";

const FORK = "CganKdNormFork";
let isRegistered = false;

interface ForkAttributes extends Omit<BatchNormInputs, "x" | "scale" | "offset"> {
  readonly activation: Activation;
}

/**
 * `batchNormActivation` of x, and x itself for who reads it next. The gradient of the latter is added while
 * that of the former is written, which saves a pass over memory for their sum.
 */
export function batchNormFork(
  inputs: BatchNormInputs,
  activation: Activation,
): { normalised: tf.Tensor4D; x: tf.Tensor4D } {
  const { x, scale, offset, ...rest } = inputs;
  if (!hasOwnKernels) return { normalised: batchNormActivation(inputs, activation), x };
  register();
  const attributes: ForkAttributes = { ...rest, activation };
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
      const { activation, ...rest } = attrs as unknown as ForkAttributes;
      const tensors = [inputs.x, inputs.scale, inputs.offset] as tf.Tensor[];
      const { y, mean, inverse } = normalise(tensors, rest, activation);
      // TensorFlow's identity shares the memory of its input.
      const [same] = rawOp("Identity", [tensors[0]!], { T: { type: "float32" } });
      return [y, same!, mean, inverse];
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
        { activation: { int: ACTIVATION_NUMBERS[activation] } },
        3,
      );
      return { x: () => dx!, scale: () => dscale!, offset: () => doffset! };
    },
  });
}
