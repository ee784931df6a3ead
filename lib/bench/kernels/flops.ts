/** Counts the multiplications and additions of convolutions and matrix products as they are executed. */
import { tf } from "../../base/tf.ts";
import { watchKernels } from "./watch.ts";

/**
 * Floating-point operations, two for each multiply-add, of all convolutions and matrix products that
 * `work` executes; additions, normalisations and activations are left out, as is usual. Convolutions count as their
 * definition has them, also where a kernel gets by with fewer multiplications. `undefined` on
 * backends other than native TensorFlow.
 *
 * @param work Runs once, inside a tidy.
 */
export function countFlops(work: () => unknown): number | undefined {
  let flops = 0;
  const isWatched = watchKernels(
    () => tf.tidy(() => void work()),
    ({ name, attributes, inputs, output }) => {
      flops += 2 * multiplyAdds(name, inputs.map(({ shape }) => shape), output.shape, attributes);
    },
  );
  return isWatched ? flops : undefined;
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
    case "CganKdConv":
    case "CganKdWinograd":
    case "_FusedConv2D": {
      const [height, width, channels] = inputs[1]!;
      return size(output) * height! * width! * channels!;
    }
    case "CganKdPointwise":
    case "CganKdPointwiseNorm":
    case "CganKdPointwiseNormStep":
      return size(output) * inputs[1]![2]!;
    case "CganKdPointwiseNormStepGrad":
      return 2 * size(inputs[0]!) * inputs[2]![2]!;
    case "CganKdPointwiseInputGrad":
      return size(inputs[2]!) * inputs[1]![2]!;
    case "CganKdPointwiseFilterGrad":
      return size(inputs[1]!) * output[2]!;
    case "CganKdSqueezeExcite":
      return inputs[0]![0]! * (size(inputs[1]!) + size(inputs[3]!));
    case "Conv2DBackpropInput": {
      // Every entry of dy meets every weight of its filter.
      const [height, width, channels] = inputs[1]!;
      return size(inputs[2]!) * height! * width! * channels!;
    }
    case "CganKdConvInputGrad":
    case "CganKdWinogradInputGrad": {
      const [height, width, channels] = inputs[0]!;
      return size(inputs[1]!) * height! * width! * channels!;
    }
    case "Conv2DBackpropFilter": {
      const [height, width, channels] = output;
      return size(inputs[2]!) * height! * width! * channels!;
    }
    case "CganKdFewChannelsFilterGrad":
    case "CganKdFilterGrad":
    case "CganKdWinogradFilterGrad": {
      const [height, width, channels] = output;
      return size(inputs[1]!) * height! * width! * channels!;
    }
    case "DepthwiseConv2dNative":
    case "CganKdDepthwise":
    case "CganKdDepthwiseNorm":
    case "CganKdDepthwiseNormStep": {
      const [height, width] = inputs[1]!;
      return size(output) * height! * width!;
    }
    case "CganKdDepthwiseGrad": {
      // Gradients of maps and filter.
      const [height, width] = inputs[1]!;
      return 2 * size(inputs[2]!) * height! * width!;
    }
    case "CganKdDepthwiseNormStepGrad": {
      const [height, width] = inputs[2]!;
      return 2 * size(inputs[0]!) * height! * width!;
    }
    case "DepthwiseConv2dNativeBackpropInput": {
      const [height, width] = inputs[1]!;
      return size(inputs[2]!) * height! * width!;
    }
    case "DepthwiseConv2dNativeBackpropFilter": {
      const [height, width] = output;
      return size(inputs[2]!) * height! * width!;
    }
    case "CganKdProduct": {
      const a = inputs[0]!;
      const turns = attributes.some(({ name, value }) => name === "turn_a" && value === 1);
      return size(output) * a[a.length - (turns ? 2 : 1)]!;
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
