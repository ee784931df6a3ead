import assert from "node:assert/strict";
import { tf } from "../base/tf.ts";
import { draw } from "../testing/kernels.ts";
import { KERNEL_BF16 } from "./tensorflow/own_kernels.ts";
import { rawOp } from "./tensorflow/raw_op.ts";
import { checkPrecision, type Precision, whyNoBf16 } from "./tensorflow/precision.ts";
import { onStockOperations } from "./tensorflow/stock_operations.ts";
import { product } from "./vectors/hidden_layer.ts";
import { convExplicit } from "./convolution/explicit_padding.ts";
import { convNormTraining } from "./convolution/norm_training.ts";
import { convTransposed2 } from "./convolution/same_padding.ts";
import { takesWinograd } from "./convolution/spatial.ts";

const ignore = whyNoBf16() !== undefined;

/** Winograd's kernels, those that multiply as the definition does, and 1 x 1; odd channels, whole tiles and rests. */
const CASES = [
  { batch: 5, side: 15, kernel: 3, stride: 1, channels: [30, 43] },
  { batch: 70, side: 2, kernel: 3, stride: 1, channels: [25, 24] },
  { batch: 2, side: 12, kernel: 3, stride: 1, channels: [260, 258] },
  { batch: 1, side: 16, kernel: 3, stride: 1, channels: [16, 17] },
  { batch: 8, side: 2, kernel: 3, stride: 1, channels: [9, 72] },
  { batch: 2, side: 13, kernel: 5, stride: 1, channels: [9, 20] },
  { batch: 2, side: 15, kernel: 3, stride: 2, channels: [19, 16] },
  { batch: 5, side: 8, kernel: 3, stride: 2, channels: [12, 40] },
  { batch: 3, side: 5, kernel: 1, stride: 1, channels: [9, 12] },
  { batch: 4, side: 9, kernel: 1, stride: 2, channels: [33, 41] },
  { batch: 8, side: 8, kernel: 1, stride: 1, channels: [130, 260] },
] as const;
type Case = typeof CASES[number];

const titleOf = ({ batch, side, kernel, stride, channels }: Case) =>
  `${batch} x ${side} x ${side} x ${channels[0]}, kernel ${kernel}, stride ${stride}, ${
    channels[1]
  } out`;

/** A convolution and both gradients. */
function threeOf(
  { kernel, stride }: Case,
  [x, filter, dy]: readonly [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D],
  precision: Precision,
): tf.Tensor[] {
  const convolve = (z: tf.Tensor, w: tf.Tensor) =>
    convExplicit(z as tf.Tensor4D, w as tf.Tensor4D, {
      stride,
      padding: (kernel - 1) / 2,
      precision,
    });
  const { value, grads } = tf.valueAndGrads(convolve)([x, filter], dy);
  return [value, ...grads];
}

function inputsOf(one: Case, entries: (name: string, shape: number[]) => tf.Tensor) {
  const { batch, side, kernel, stride, channels } = one;
  const places = Math.floor((side - 1) / stride) + 1;
  return [
    entries("x", [batch, side, side, channels[0]]),
    entries("filter", [kernel, kernel, ...channels]),
    entries("slopes", [batch, places, places, channels[1]]),
  ] as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
}

/** Multiples of four from −4 to 4: sums of few of them, quarters too, are bfloat16 numbers. */
const small = (name: string, shape: number[]) =>
  tf.tidy(() => tf.round(tf.clipByValue(draw(name, shape), -1, 1)).mul(4));

for (const one of CASES) {
  Deno.test({
    name: `convExplicit() at bf16 is exact for numbers that bfloat16 holds: ${titleOf(one)}`,
    ignore,
    fn() {
      tf.tidy(() => {
        const inputs = inputsOf(one, small);
        const wanted = threeOf(one, inputs, "float32"), found = threeOf(one, inputs, "bf16");
        wanted.forEach((want, i) => {
          assert.ok(tf.max(tf.abs(want)).dataSync()[0]! > 0);
          assert.deepEqual(found[i]!.dataSync(), want.dataSync());
        });
      });
    },
  });

  Deno.test({
    name: `convExplicit() at bf16 rounds factors and nothing else: ${titleOf(one)}`,
    ignore,
    fn() {
      tf.tidy(() => {
        const inputs = inputsOf(one, draw);
        const wanted = threeOf(one, inputs, "float32"), found = threeOf(one, inputs, "bf16");
        const again = threeOf(one, inputs, "bf16");
        const filter = [one.kernel, one.kernel, ...one.channels];
        wanted.forEach((want, i) => {
          const wantedOf = i === 2 ? "filter" : "maps";
          const isWinograd = takesWinograd(inputs[0].shape, filter, {
            stride: one.stride,
            wanted: wantedOf,
          });
          // A factor is off by 2^-9 of itself at the most, about 2^-10 as a rule; Winograd's sums double that.
          const most = isWinograd ? 2 ** -7 : 2 ** -8;
          const error = tf.norm(found[i]!.sub(want)).div(tf.norm(want)).dataSync()[0]!;
          assert.ok(error > 2 ** -11 && error < most, `${i}: ${error}`);
          assert.deepEqual(again[i]!.dataSync(), found[i]!.dataSync());
        });
      });
    },
  });
}

Deno.test({
  name: "convTransposed2() and its gradients at bf16 are near those at float32",
  ignore,
  fn() {
    tf.tidy(() => {
      const [x, filter] = [draw("x", [3, 4, 4, 24]), draw("filter", [4, 4, 16, 24])];
      const dy = draw("slopes", [3, 8, 8, 16]);
      const all = (precision: Precision) => {
        const { value, grads } = tf.valueAndGrads((z: tf.Tensor, w: tf.Tensor) =>
          convTransposed2(z as tf.Tensor4D, w as tf.Tensor4D, precision)
        )([x, filter], dy as tf.Tensor4D);
        return [value, ...grads];
      };
      const wanted = all("float32");
      all("bf16").forEach((found, i) => {
        const error = tf.norm(found.sub(wanted[i]!)).div(tf.norm(wanted[i]!)).dataSync()[0]!;
        assert.ok(error > 2 ** -11 && error < 2 ** -8, `${i}: ${error}`);
      });
    });
  },
});

/** Rows, depth and columns: whole tiles and rests, sums longer than a block, rows far apart, a column alone. */
const SIZES = [[128, 512, 10], [7, 33, 1], [130, 300, 70], [16, 1100, 40], [3, 5, 2]] as const;

for (const [rows, depth, columns] of SIZES) {
  Deno.test({
    name: `product() and its gradients at bf16: [${rows}, ${depth}] by [${depth}, ${columns}]`,
    ignore,
    fn() {
      tf.tidy(() => {
        const all = (entries: typeof draw, precision: Precision) => {
          const [x, w] = [entries("x", [rows, depth]), entries("w", [depth, columns])];
          const { value, grads } = tf.valueAndGrads((a: tf.Tensor, b: tf.Tensor) =>
            product(a as tf.Tensor2D, b as tf.Tensor2D, precision)
          )([x, w], entries("dy", [rows, columns]) as tf.Tensor2D);
          return [value, ...grads];
        };
        const exact = all(small, "float32");
        all(small, "bf16").forEach((found, i) => {
          assert.deepEqual(found.dataSync(), exact[i]!.dataSync());
        });
        const wanted = all(draw, "float32");
        all(draw, "bf16").forEach((found, i) => {
          const error = tf.norm(found.sub(wanted[i]!)).div(tf.norm(wanted[i]!)).dataSync()[0]!;
          assert.ok(error > 2 ** -11 && error < 2 ** -8, `${i}: ${error}`);
        });
      });
    },
  });
}

Deno.test({
  name: "convNormTraining() at bf16 is exact for numbers that bfloat16 holds, up to the statistics",
  ignore,
  fn() {
    for (const channels of [24, 400]) {
      tf.tidy(() => {
        const x = small("x", [6, 5, 5, 40]) as tf.Tensor4D;
        const filter = small("filter", [1, 1, 40, channels]) as tf.Tensor4D;
        const vector = (value: number) => tf.fill([channels], value) as tf.Tensor1D;
        const run = (precision: Precision) => {
          const running = {
            mean: tf.variable(vector(0)),
            variance: tf.variable(vector(1)),
            momentum: 0.1,
          };
          const maps = (z: tf.Tensor, w: tf.Tensor) =>
            convNormTraining({
              x: z as tf.Tensor4D,
              filter: w as tf.Tensor4D,
              kind: "dense",
              padding: { stride: 1, padding: 0, precision },
            }, {
              scale: vector(1),
              offset: vector(0.5),
              epsilon: 1e-5,
              running,
              activation: "relu",
            })!;
          const { value, grads } = tf.valueAndGrads(maps)(
            [x, filter],
            draw("dy", [6, 5, 5, channels]) as tf.Tensor4D,
          );
          const mean = running.mean.dataSync();
          tf.dispose([running.mean, running.variance]);
          return { value, grads, mean };
        };
        const [wanted, found] = [run("float32"), run("bf16")];
        assert.deepEqual(found.value.dataSync(), wanted.value.dataSync());
        assert.deepEqual(found.mean, wanted.mean);
        // Slopes before the normalisation are not bfloat16 numbers.
        found.grads.forEach((slope, i) => {
          const error = tf.norm(slope.sub(wanted.grads[i]!)).div(tf.norm(wanted.grads[i]!));
          assert.ok(error.dataSync()[0]! < 2 ** -8);
        });
      });
    }
  },
});

Deno.test({
  name:
    "products of bfloat16 keep NaN and infinity, round ties to even and flush what is below 2^-126",
  ignore,
  fn() {
    const columns = 8;
    const firstOf = (value: number) => {
      const x = tf.tensor4d([value, ...new Array(columns - 1).fill(0)], [1, 1, 1, columns]);
      const y = rawOp("CganKdPointwise", [x, tf.ones([1, 1, columns, columns])], {
        stride: { int: 1 },
        bf16: { int: 1 },
      })[0]!;
      return y.dataSync()[0]!;
    };
    tf.tidy(() => {
      assert.ok(Number.isNaN(firstOf(NaN)));
      assert.equal(firstOf(Infinity), Infinity);
      assert.equal(firstOf(-Infinity), -Infinity);
      assert.equal(firstOf(3.4e38), Infinity);
      assert.deepEqual([1 + 2 ** -8, 1 + 3 * 2 ** -8].map(firstOf), [1, 1 + 2 ** -6]);
      assert.equal(firstOf(1 + 2 ** -8 + 2 ** -20), 1 + 2 ** -7);
      assert.deepEqual([2 ** -126, 2 ** -127].map(firstOf), [2 ** -126, 0]);
    });
  },
});

Deno.test("checkPrecision() refuses bf16 where nothing of ours computes it, and nothing takes its place", () => {
  checkPrecision();
  checkPrecision("float32");
  const [x, filter] = [draw("x", [1, 4, 4, 8]), draw("filter", [3, 3, 8, 8])];
  const message =
    /precision = "bf16": found the kernels of TensorFlow on the .*want precision = "float32"/;
  onStockOperations(() => {
    assert.throws(() => checkPrecision("bf16"), message);
    const options = { stride: 1, padding: 1, precision: "bf16" } as const;
    assert.throws(() => convExplicit(x as tf.Tensor4D, filter as tf.Tensor4D, options), message);
  });
  if (KERNEL_BF16 === "quick") checkPrecision("bf16");
  tf.dispose([x, filter]);
});
