/** Counts the multiplications and additions of convolutions and matrix products as they are executed. */
import { tf } from "../base/tf.ts";
import { isNative } from "../native/raw_op.ts";

/** The part of the native backend through which every kernel runs. */
interface Executor {
  executeSingleOutput: Execute<tf.Tensor>;
  executeMultipleOutputs: Execute<tf.Tensor[]>;
}
type Execute<R> = (
  name: string,
  attributes: readonly { name: string; value: unknown }[],
  inputs: tf.Tensor[],
  ...rest: unknown[]
) => R;

/**
 * Floating-point operations, two for each multiply-add, of all convolutions and matrix products that
 * `work` executes; additions, normalisations and activations are left out, as is usual. `undefined` on
 * backends other than native TensorFlow.
 *
 * @param work Runs once, inside a tidy.
 */
export function countFlops(work: () => unknown): number | undefined {
  if (!isNative) return undefined;
  const backend = tf.backend() as unknown as Executor;
  let flops = 0;
  const watch = <K extends keyof Executor>(method: K) => {
    const original = backend[method] as Execute<tf.Tensor | tf.Tensor[]>;
    const replacement: typeof original = function (
      this: Executor,
      name,
      attributes,
      inputs,
      ...rest
    ) {
      const result = original.call(this, name, attributes, inputs, ...rest);
      const first = Array.isArray(result) ? result[0]! : result;
      flops += 2 * multiplyAdds(name, inputs.map(({ shape }) => shape), first.shape, attributes);
      return result;
    };
    backend[method] = replacement as Executor[K];
    // An own property hid the method of the class; without it the method is back.
    return () => void delete (backend as Partial<Executor>)[method];
  };
  const undo = [watch("executeSingleOutput"), watch("executeMultipleOutputs")];
  try {
    tf.tidy(() => void work());
  } finally {
    for (const step of undo) step();
  }
  return flops;
}

/**
 * Multiply-adds of one kernel.
 *
 * @param name In TensorFlow's registry.
 * @param inputs Shapes of its inputs.
 * @param output Shape of its first output.
 */
export function multiplyAdds(
  name: string,
  inputs: readonly (readonly number[])[],
  output: readonly number[],
  attributes: readonly { name: string; value: unknown }[] = [],
): number {
  const size = (shape: readonly number[]) => shape.reduce((product, side) => product * side, 1);
  const flag = (key: string) => attributes.find((one) => one.name === key)?.value === true;
  switch (name) {
    case "Conv2D":
    case "_FusedConv2D": {
      const [height, width, channels] = inputs[1]!;
      return size(output) * height! * width! * channels!;
    }
    case "Conv2DBackpropInput": {
      // Every entry of dy meets every weight of its filter.
      const [height, width, channels] = inputs[1]!;
      return size(inputs[2]!) * height! * width! * channels!;
    }
    case "Conv2DBackpropFilter": {
      const [height, width, channels] = output;
      return size(inputs[2]!) * height! * width! * channels!;
    }
    case "DepthwiseConv2dNative": {
      const [height, width] = inputs[1]!;
      return size(output) * height! * width!;
    }
    case "DepthwiseConv2dNativeBackpropInput": {
      const [height, width] = inputs[1]!;
      return size(inputs[2]!) * height! * width!;
    }
    case "DepthwiseConv2dNativeBackpropFilter": {
      const [height, width] = output;
      return size(inputs[2]!) * height! * width!;
    }
    case "MatMul":
    case "_FusedMatMul":
    case "BatchMatMul":
    case "BatchMatMulV2":
    case "BatchMatMulV3": {
      const a = inputs[0]!;
      const isTransposed = flag("adj_x") || flag("transpose_a");
      return size(output) * a[a.length - (isTransposed ? 2 : 1)]!;
    }
    default:
      return 0;
  }
}
