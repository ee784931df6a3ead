import { tf } from "../../base/tf.ts";
import {
  assertFiniteDifferences,
  assertMatches,
  assertNoLeak,
  assertSame,
  draw,
  type Function,
} from "../../testing/kernels.ts";
import { type BatchStatistics, composedBatchNorm } from "./batch_norm.ts";
import { batchNormReluPool } from "./pool.ts";

const EPSILON = 1e-5;

/** Statistics of the last call go to `seen`. */
function pooled(seen: BatchStatistics[] = []): Function {
  return (x, scale, offset) =>
    batchNormReluPool({
      x: x as tf.Tensor4D,
      scale: scale as tf.Tensor1D,
      offset: offset as tf.Tensor1D,
      epsilon: EPSILON,
      onStatistics: ({ mean, variance }) => {
        seen.push({ mean: tf.keep(mean.clone()), variance: tf.keep(variance.clone()) });
      },
    });
}

function composed(seen: BatchStatistics[] = []): Function {
  return (x, scale, offset) => {
    const y = composedBatchNorm(
      x as tf.Tensor4D,
      scale as tf.Tensor1D,
      offset as tf.Tensor1D,
      EPSILON,
      (statistics) => {
        seen.push(statistics);
      },
    );
    return tf.maxPool(tf.relu(y), 2, 2, "valid");
  };
}

function inputsOf(shape: [number, number, number, number]): tf.Tensor[] {
  const channels = shape[3];
  // Scales of both signs: a negative one turns the order in a window around.
  return [
    draw("x", shape),
    draw("scale", [channels]),
    draw("offset", [channels], 0.5),
  ];
}

for (
  const shape of [[2, 4, 6, 3], [3, 8, 8, 8], [5, 16, 16, 20], [2, 2, 2, 64], [2, 5, 4, 4]] as const
) {
  Deno.test(`batchNormReluPool() equals stock ops: ${shape.join(" x ")}`, () => {
    tf.tidy(() => {
      const inputs = inputsOf([...shape]);
      assertMatches(pooled(), composed(), inputs);
      const [found, wanted]: BatchStatistics[][] = [[], []];
      pooled(found)(...inputs);
      composed(wanted)(...inputs);
      assertSame(found![0]!.mean, wanted![0]!.mean, 1e-4);
      assertSame(found![0]!.variance, wanted![0]!.variance, 1e-4);
    });
  });
}

Deno.test("batchNormReluPool() has the gradients of finite differences", () => {
  tf.tidy(() => {
    // Entries far from each other: no step reaches another entry of its window.
    const x = draw("order", [2, 4, 4, 2]);
    const values = [...x.dataSync()];
    const ranks = [...values].sort((a, b) => a - b);
    const spaced = tf.tensor(values.map((v) => 0.3 * ranks.indexOf(v)), x.shape);
    const inputs = [spaced, tf.tensor1d([1.5, -0.7]), tf.tensor1d([0.31, -0.17])];
    assertFiniteDifferences(pooled(), inputs, 2e-2);
  });
});

Deno.test("batchNormReluPool() leaves no tensor behind", () => {
  const inputs = inputsOf([2, 4, 4, 4]);
  const quiet: Function = (x, scale, offset) =>
    batchNormReluPool({
      x: x as tf.Tensor4D,
      scale: scale as tf.Tensor1D,
      offset: offset as tf.Tensor1D,
      epsilon: EPSILON,
      onStatistics: () => {},
    });
  assertNoLeak(quiet, inputs);
  tf.dispose(inputs);
});
