/** Operations of training steps at the sizes of wide networks, where no test can afford a whole step. */
import { tf } from "../../base/tf.ts";
import { convExplicit } from "../../native/convolution/explicit_padding.ts";
import { convSame } from "../../native/convolution/same_padding.ts";
import { biasAdd } from "../../native/maps/activation.ts";
import { product } from "../../native/vectors/hidden_layer.ts";
import { draw, gradientsOf } from "../kernels.ts";
import type { TrainingKind } from "./kind.ts";

/** An operation and the shapes of its inputs, whose gradients are looked at too. */
interface Operation {
  readonly run: (...inputs: tf.Tensor[]) => tf.Tensor;
  readonly shapes: readonly number[][];
}

/** By name. With other numbers of threads TensorFlow 2.21 has other bits for all but the last two. */
const OPERATIONS: Readonly<Record<string, Operation>> = {
  product: {
    run: (x, w) => product(x as tf.Tensor2D, w as tf.Tensor2D),
    shapes: [[64, 512], [512, 1024]],
  },
  "product of long sums": {
    run: (a, b) => tf.matMul(a, b, true),
    shapes: [[4096, 16], [4096, 10]],
  },
  "sum of all": { run: (x) => tf.sum(x), shapes: [[16, 32, 32, 24]] },
  "mean of all": { run: (x) => tf.mean(x), shapes: [[16, 64, 64, 3]] },
  "bias": { run: (x, b) => biasAdd(x, b), shapes: [[32, 16, 16, 32], [32]] },
  "convolution of images": {
    run: (x, w) => convSame(x as tf.Tensor4D, w as tf.Tensor4D),
    shapes: [[16, 32, 32, 3], [3, 3, 3, 16]],
  },
  "convolution to images": {
    run: (x, w) => convExplicit(x as tf.Tensor4D, w as tf.Tensor4D, { stride: 1, padding: 1 }),
    shapes: [[16, 32, 32, 16], [3, 3, 16, 3]],
  },
  "sums along sides": {
    run: (x) => tf.concat([[0], [1, 2], [3], [0, 1, 2]].map((axes) => tf.mean(x, axes).flatten())),
    shapes: [[64, 32, 32, 8]],
  },
  softmax: { run: (x) => tf.softmax(x), shapes: [[512, 200]] },
};

/** Each with its gradients as one kind. */
export function operationKinds(): TrainingKind[] {
  return Object.entries(OPERATIONS).map(([name, { run, shapes }]) => ({
    name: `operation: ${name}`,
    run() {
      const results = tf.tidy(() => {
        const inputs = shapes.map((shape, i) => draw(`${name} ${i}`, shape));
        return [run(...inputs), ...gradientsOf(run, inputs)].map((result) => ({
          shape: result.shape,
          values: result.dataSync().slice() as Float32Array,
        }));
      });
      return Promise.resolve({ operation: Object.fromEntries(results.entries()) });
    },
  }));
}
