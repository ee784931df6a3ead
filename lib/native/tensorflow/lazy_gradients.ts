/**
 * Operations whose gradients are computed one by one, each only where it is wanted. `tf.customGrad` computes them
 * all: the gradient of the images for a network's first convolution, those of the weights for a frozen network.
 */
import * as tf from "@tensorflow/tfjs";

/** Inputs of a convolution, by name. */
export type NamedMaps = Readonly<Record<"x" | "filter", tf.Tensor4D>>;

/** Inputs of type `I` by name, some of which may be left out, and the gradient of each. */
export interface LazyOp<A, I extends object = NamedMaps> {
  /** In TensorFlow.js's registry; nobody else has it. */
  readonly name: string;
  /** What comes out. */
  value(inputs: I, attributes: A): tf.Tensor;
  /** Gradient of each input, from that of the output. */
  readonly gradients: {
    readonly [K in keyof I]-?: (dy: tf.Tensor4D, inputs: I, attributes: A) => tf.Tensor;
  };
}

/** What TensorFlow.js hands from a call to its gradient: `names` are those of the inputs that are there. */
interface Attributes<A, I> {
  readonly names: readonly (keyof I & string)[];
  readonly attributes: A;
}

/** The operation as a function; registered with the backend in use at its first call. */
export function lazyOp<A extends object, I extends object = NamedMaps>(
  { name, value, gradients }: LazyOp<A, I>,
): (inputs: I, attributes: A) => tf.Tensor4D {
  let isRegistered = false;
  const register = () => {
    isRegistered = true;
    tf.registerKernel({
      kernelName: name,
      backendName: tf.getBackend(),
      kernelFunc: ({ inputs, attrs }) => {
        const { names, attributes } = attrs as unknown as Attributes<A, I>;
        return value(named<I>(names, inputs as unknown as tf.Tensor[]), attributes);
      },
    });
    tf.registerGradient({
      kernelName: name,
      saveAllInputs: true,
      gradFunc: (upstream, saved, attrs) => {
        const dy = upstream as tf.Tensor4D;
        const { names, attributes } = attrs as unknown as Attributes<A, I>;
        const inputs = named<I>(names, saved);
        const list = names.map((key) => () => gradients[key](dy, inputs, attributes));
        return list as unknown as Record<string, () => tf.Tensor>;
      },
    });
  };
  return (inputs, attributes) => {
    if (!isRegistered) register();
    const present = Object.entries(inputs).filter(([, tensor]) => tensor !== undefined);
    // A list rather than a record: only of a list can the registry save whatever is there.
    return tf.engine().runKernel(
      name,
      present.map(([, tensor]) => tensor) as unknown as tf.NamedTensorMap,
      { names: present.map(([key]) => key), attributes } as unknown as tf.NamedAttrMap,
    ) as tf.Tensor4D;
  };
}

function named<I>(names: readonly string[], tensors: readonly tf.Tensor[]): I {
  return Object.fromEntries(names.map((name, i) => [name, tensors[i]])) as I;
}
