import assert from "node:assert/strict";
import { tf } from "../../base/tf.ts";
import { assertSame, draw } from "../../testing/kernels.ts";
import {
  ownConvolution,
  ownConvolutionInputGradient,
  ownFilterGradient,
  takesWinograd,
} from "./spatial.ts";
import { hasOwnKernels } from "../tensorflow/own_kernels.ts";

/** Whole tiles and what is left of them, images side by side, several strips, more zeros on one side. */
const CASES = [
  { batch: 2, side: 32, kernel: 3, stride: 1, zeros: [1, 1], channels: [3, 16] },
  { batch: 1, side: 64, kernel: 3, stride: 1, zeros: [1, 1], channels: [16, 32] },
  { batch: 3, side: 8, kernel: 3, stride: 1, zeros: [1, 1], channels: [24, 40] },
  { batch: 7, side: 4, kernel: 3, stride: 1, zeros: [1, 1], channels: [48, 33] },
  { batch: 8, side: 2, kernel: 3, stride: 1, zeros: [1, 1], channels: [20, 72] },
  { batch: 7, side: 4, kernel: 3, stride: 1, zeros: [0, 1], channels: [5, 7] },
  { batch: 2, side: 13, kernel: 5, stride: 1, zeros: [2, 2], channels: [9, 20] },
  { batch: 3, side: 4, kernel: 5, stride: 1, zeros: [2, 2], channels: [9, 20] },
  { batch: 2, side: 9, kernel: 3, stride: 1, zeros: [0, 0], channels: [17, 17] },
  { batch: 2, side: 16, kernel: 3, stride: 2, zeros: [1, 1], channels: [16, 48] },
  { batch: 2, side: 15, kernel: 3, stride: 2, zeros: [1, 1], channels: [18, 16] },
  { batch: 2, side: 16, kernel: 3, stride: 2, zeros: [0, 1], channels: [3, 8] },
  { batch: 5, side: 8, kernel: 4, stride: 2, zeros: [1, 1], channels: [12, 24] },
  { batch: 2, side: 1, kernel: 3, stride: 2, zeros: [1, 1], channels: [8, 8] },
  { batch: 40, side: 4, kernel: 3, stride: 1, zeros: [1, 1], channels: [160, 96] },
  { batch: 1, side: 6, kernel: 3, stride: 1, zeros: [1, 1], channels: [64, 128] },
  // Winograd's, with tiles that reach over the border, one to many tasks, and sums of one and of several parts.
  { batch: 1, side: 16, kernel: 3, stride: 1, zeros: [1, 1], channels: [24, 24] },
  { batch: 5, side: 15, kernel: 3, stride: 1, zeros: [1, 1], channels: [30, 43] },
  { batch: 70, side: 2, kernel: 3, stride: 1, zeros: [1, 1], channels: [64, 24] },
  { batch: 6, side: 9, kernel: 3, stride: 1, zeros: [0, 1], channels: [25, 64] },
  { batch: 4, side: 12, kernel: 3, stride: 1, zeros: [0, 0], channels: [32, 40] },
  { batch: 5, side: 16, kernel: 3, stride: 1, zeros: [1, 1], channels: [16, 20] },
  { batch: 2, side: 12, kernel: 3, stride: 1, zeros: [1, 1], channels: [260, 258] },
] as const;

for (const { batch, side, kernel, stride, zeros, channels } of CASES) {
  const [before, after] = zeros;
  const title =
    `${batch} x ${side} x ${side} x ${channels[0]}, kernel ${kernel}, stride ${stride}, ` +
    `zeros ${before} and ${after}, ${channels[1]} channels out`;
  Deno.test({
    name: `ownConvolution() and its gradient equal the stock ones: ${title}`,
    ignore: !hasOwnKernels,
    fn() {
      tf.tidy(() => {
        const x = draw("x", [batch, side, side, channels[0]]) as tf.Tensor4D;
        const filter = draw("filter", [kernel, kernel, ...channels]) as tf.Tensor4D;
        const stock = (maps: tf.Tensor4D, weights: tf.Tensor4D) =>
          tf.conv2d(
            tf.pad(maps, [[0, 0], [before, after], [before, after], [0, 0]]),
            weights,
            stride,
            "valid",
          );
        const padding = { stride, before, after };
        const wanted = stock(x, filter);
        assertSame(ownConvolution(x, filter, padding), wanted);
        const dy = draw("slopes", wanted.shape);
        const [slope, turn] = tf.grads((z: tf.Tensor, w: tf.Tensor) =>
          stock(z as tf.Tensor4D, w as tf.Tensor4D)
        )([x, filter], dy);
        assertSame(ownConvolutionInputGradient(x.shape, { filter, dy }, padding), slope!);
        if (channels[0] >= 8) {
          assertSame(ownFilterGradient({ x, dy }, filter.shape, padding), turn!);
        }
      });
    },
  });
}

Deno.test({
  name: "ownConvolution() refuses filters of other channels and strides it does not know",
  ignore: !hasOwnKernels,
  fn() {
    tf.tidy(() => {
      const [x, filter] = [draw("x", [1, 4, 4, 3]), draw("filter", [3, 3, 4, 8])];
      const padding = { stride: 1, before: 1, after: 1 };
      assert.throws(() => ownConvolution(x, filter, padding), /a square filter for their channels/);
      const fitting = draw("filter", [3, 3, 3, 8]);
      assert.throws(
        () => ownConvolution(x, fitting, { ...padding, stride: 3 }),
        /stride of 1 or 2/,
      );
    });
  },
});

Deno.test({
  name: "takesWinograd() wants filters of 3 x 3, stride 1, channels and tiles enough",
  ignore: !hasOwnKernels,
  fn() {
    const takes = (x: number[], filter: number[], stride: number, wanted: "maps" | "filter") =>
      takesWinograd(x, filter, { stride, wanted });
    const x = [8, 16, 16, 24];
    assert.ok(takes(x, [3, 3, 24, 24], 1, "maps"));
    assert.ok(takes(x, [3, 3, 16, 16], 1, "filter"));
    assert.ok(!takes(x, [3, 3, 16, 24], 1, "maps"));
    assert.ok(!takes(x, [5, 5, 24, 24], 1, "maps"));
    assert.ok(!takes(x, [3, 3, 24, 24], 2, "maps"));
    assert.ok(!takes([1, 4, 4, 24], [3, 3, 24, 24], 1, "maps"));
  },
});
