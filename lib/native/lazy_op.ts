/**
 * Operations whose gradients are computed one by one, each only where it is wanted. `tf.customGrad` computes them
 * all: the gradient of the images for a network's first convolution, those of the weights for a frozen network.
 */
import * as tf from "@tensorflow/tfjs";

/** Inputs of an operation, by name. */
export type NamedMaps = Readonly<Record<"x" | "filter", tf.Tensor4D>>;

/** An operation of maps and a filter, and the gradient of each. */
export interface LazyOp<A> {
  /** In TensorFlow.js's registry; nobody else has it. */
  readonly name: string;
  /** What comes out. */
  value(inputs: NamedMaps, attributes: A): tf.Tensor;
  /** Gradient of each input, from that of the output. */
  readonly gradients: {
    readonly [K in keyof NamedMaps]: (
      dy: tf.Tensor4D,
      inputs: NamedMaps,
      attributes: A,
    ) => tf.Tensor;
  };
}

/** The operation as a function; registered with the backend in use at its first call. */
export function lazyOp<A extends object>(
  { name, value, gradients }: LazyOp<A>,
): (inputs: NamedMaps, attributes: A) => tf.Tensor4D {
  let isRegistered = false;
  const register = () => {
    isRegistered = true;
    tf.registerKernel({
      kernelName: name,
      backendName: tf.getBackend(),
      kernelFunc: ({ inputs, attrs }) =>
        value(inputs as unknown as NamedMaps, attrs as unknown as A),
    });
    tf.registerGradient({
      kernelName: name,
      inputsToSave: ["x", "filter"],
      gradFunc: (upstream, [x, filter], attrs) => {
        const dy = upstream as tf.Tensor4D;
        const inputs = { x, filter } as unknown as NamedMaps;
        const attributes = attrs as unknown as A;
        return {
          x: () => gradients.x(dy, inputs, attributes),
          filter: () => gradients.filter(dy, inputs, attributes),
        };
      },
    });
  };
  return (inputs, attributes) => {
    if (!isRegistered) register();
    return tf.engine().runKernel(
      name,
      inputs as unknown as tf.NamedTensorMap,
      attributes as unknown as tf.NamedAttrMap,
    ) as tf.Tensor4D;
  };
}
