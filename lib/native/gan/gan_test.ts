import assert from "node:assert/strict";
import { tf } from "../../base/tf.ts";
import {
  attend,
  changeImages,
  conditionalNormTraining,
  hasGanKernels,
  spectralNormTraining,
} from "./gan.ts";
import {
  assertMatches,
  assertNoLeak,
  assertSame,
  draw,
  type Function,
  gradientsOf,
} from "../../testing/kernels.ts";
import { withFirstPixel } from "../../testing/first_pixel.ts";
import { activate } from "../maps/activation.ts";
import { type BatchStatistics, composedBatchNorm } from "../normalisation/batch_norm.ts";

const ignore = !hasGanKernels;
const EPSILON = 1e-5;

/** Normalisation and affine map in stock ops. */
function composedNorm(
  [x, gain, shift]: tf.Tensor[],
  activation: "none" | "relu",
  onStatistics: (statistics: BatchStatistics) => void = () => {},
): tf.Tensor4D {
  const channels = x!.shape[3]!;
  const [one, zero] = [tf.ones<tf.Rank.R1>([channels]), tf.zeros<tf.Rank.R1>([channels])];
  const normalised = composedBatchNorm(x as tf.Tensor4D, one, zero, EPSILON, onStatistics);
  const broadcast = [x!.shape[0]!, 1, 1, channels];
  const scaled = normalised.mul(gain!.add(1).reshape(broadcast));
  return activate(scaled.add(shift!.reshape(broadcast)) as tf.Tensor4D, activation);
}

function fusedNorm(
  [x, gain, shift]: tf.Tensor[],
  activation: "none" | "relu",
  onStatistics: (statistics: BatchStatistics) => void = () => {},
): tf.Tensor4D {
  return conditionalNormTraining({
    x: x as tf.Tensor4D,
    gain: gain as tf.Tensor2D,
    shift: shift as tf.Tensor2D,
    epsilon: EPSILON,
    activation,
    onStatistics,
  });
}

// Whole vectors, what is left of them, few channels that share a row, one pixel, many pixels.
for (const shape of [[2, 3, 5, 3], [3, 8, 8, 16], [2, 4, 4, 58], [5, 1, 1, 9], [2, 32, 32, 24]]) {
  for (const activation of ["none", "relu"] as const) {
    Deno.test({
      name: `conditionalNormTraining() with ${activation} of ${shape.join(" x ")} equals stock ops`,
      ignore,
      fn() {
        tf.tidy(() => {
          const sides = [shape[0]!, shape[3]!];
          // A large mean beside a small variance is what loses digits.
          const inputs = [draw("x", shape, 0.7).add(3), draw("g", sides, 0.4), draw("s", sides)];
          assertMatches(
            (...z) => fusedNorm(z, activation),
            (...z) => composedNorm(z, activation),
            inputs,
          );
          const seen: BatchStatistics[] = [];
          const keep = ({ mean, variance }: BatchStatistics) =>
            void seen.push({ mean: tf.keep(mean.clone()), variance: tf.keep(variance.clone()) });
          fusedNorm(inputs, activation, keep);
          composedNorm(inputs, activation, keep);
          assertSame(seen[0]!.mean, seen[1]!.mean);
          assertSame(seen[0]!.variance, seen[1]!.variance, 1e-4);
          for (const { mean, variance } of seen) tf.dispose([mean, variance]);
          assertNoLeak((...z) => fusedNorm(z, activation), inputs);
        });
      },
    });
  }
}

Deno.test({
  name: "conditionalNormTraining() keeps its variance where the first pixel is far from all others",
  ignore,
  fn() {
    for (const first of [1000, 1e5]) {
      const { x, variances } = withFirstPixel([32, 32, 32, 6], first);
      const seen: number[] = [];
      tf.tidy(() => {
        const sides = tf.zeros([32, 6]);
        fusedNorm([x, sides, sides], "none", ({ variance }) => seen.push(...variance.dataSync()));
      });
      x.dispose();
      for (const [c, wanted] of variances.entries()) {
        const error = Math.abs(seen[c]! / wanted - 1);
        assert.ok(error < 1e-5, `channel ${c}: off by ${100 * error} %`);
      }
    }
  },
});

for (const shape of [[3, 3, 20, 13], [1, 1, 64, 32], [5, 3], [128, 1], [4, 4, 64, 96]]) {
  Deno.test({
    name: `spectralNormTraining() of ${shape.join(" x ")} equals stock ops`,
    ignore,
    fn() {
      tf.tidy(() => {
        const out = shape.at(-1)!;
        const weight = draw("w", shape);
        const start = draw("u", [out, 1]);
        const before = start.div(tf.norm(start)) as tf.Tensor2D;
        const u = tf.variable(before, false) as tf.Variable<tf.Rank.R2>;
        const ours = (w: tf.Tensor) => {
          u.assign(before);
          return spectralNormTraining(w, u, 1e-12);
        };
        const matrixOf = (w: tf.Tensor) => w.reshape<tf.Tensor2D>([weight.size / out, out]);
        const unit = (t: tf.Tensor) => t.div<tf.Tensor2D>(tf.norm(t));
        const v = unit(tf.matMul(matrixOf(weight), before));
        const next = unit(tf.matMul(matrixOf(weight), v, true));
        // The vectors are constants of the gradient.
        const stock = (w: tf.Tensor) =>
          w.div(tf.sum(tf.matMul(v, tf.matMul(matrixOf(w), next), true))) as tf.Tensor;
        assertMatches(ours, stock, [weight]);
        assertSame(u, next);
        assertNoLeak(ours, [weight]);
        u.dispose();
      });
    },
  });
}

Deno.test({
  name: "changeImages() has the transpose of its linear part as gradient",
  ignore,
  fn() {
    tf.tidy(() => {
      const x = draw("x", [3, 8, 6, 3]) as tf.Tensor4D;
      const rows = [
        [0.7, 0.2, 0.3, 0.1, 1, -1, 2, 6, -1, 2],
        [1, 0, 0, 0, -1, 1, 0, 0, 0, 0],
        [1.2, -0.4, -0.2, 0, 0, 0, 5, 9, 3, 7],
      ];
      const linear = tf.tensor2d(rows.map((row) => row.with(3, 0)));
      const y = draw("y", x.shape) as tf.Tensor4D;
      const [slope] = tf.grads((z: tf.Tensor) =>
        tf.sum(changeImages(z as tf.Tensor4D, tf.tensor2d(rows)).mul(y))
      )([x]);
      const forward = tf.sum(changeImages(x, linear).mul(y)).dataSync()[0]!;
      const backward = tf.sum(slope!.mul(x)).dataSync()[0]!;
      assert.ok(Math.abs(forward - backward) < 1e-4 * Math.abs(forward), `${forward} ${backward}`);
      assertNoLeak((z) => changeImages(z as tf.Tensor4D, linear), [x]);
    });
  },
});

// Keys that fill vectors and keys that do not; scores large enough that exponentials would overflow.
for (
  const [pixels, keys, narrow, half, scale] of [
    [16, 4, 2, 3, 1],
    [64, 16, 4, 16, 1],
    [20, 9, 1, 5, 30],
    [256, 64, 8, 32, 3],
  ] as const
) {
  Deno.test({
    name:
      `attend() of ${pixels} pixels and ${keys} keys, scores of size ${scale}, equals stock ops`,
    ignore,
    fn() {
      tf.tidy(() => {
        const inputs = [
          draw("q", [3, pixels, narrow], scale),
          draw("k", [3, keys, narrow]),
          draw("v", [3, keys, half]),
        ];
        const ours: Function = (q, k, v) =>
          attend(q as tf.Tensor3D, k as tf.Tensor3D, v as tf.Tensor3D);
        const stock: Function = (q, k, v) =>
          tf.matMul(tf.softmax(tf.matMul(q!, k!, false, true)), v!);
        assertMatches(ours, stock, inputs);
        assertNoLeak(ours, inputs);
      });
    },
  });
}

Deno.test({
  name: "kernels of GANs repeat to the bit",
  ignore,
  fn() {
    const run = () =>
      tf.tidy(() => {
        const inputs = [draw("x", [8, 16, 16, 24]), draw("g", [8, 24]), draw("s", [8, 24])];
        const f = (...z: tf.Tensor[]) => fusedNorm(z, "relu");
        return [f(...inputs), ...gradientsOf(f, inputs)].map((t) => t.dataSync().slice());
      });
    const first = run();
    for (let k = 0; k < 3; k++) {
      run().forEach((values, i) =>
        assert.ok(values.every((value, j) => Object.is(value, first[i]![j])), `tensor ${i}`)
      );
    }
  },
});
