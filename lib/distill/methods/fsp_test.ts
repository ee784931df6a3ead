import assert from "node:assert/strict";
import { tf } from "../../base/tf.ts";
import { assertValue, waves } from "../../testing/distill.ts";
import { flowLoss, flowMatrix } from "./fsp.ts";

const flow = (kind: "student" | "teacher") => [
  waves(kind, [2, 4, 4, 2]) as tf.Tensor4D,
  waves(kind, [2, 2, 2, 3]) as tf.Tensor4D,
];

Deno.test("flowLoss() equals its stored value and is 0 for equal flows", () => {
  assertValue(flowLoss(flow("student"), flow("teacher")), 0.037306859);
  assert.equal(flowLoss(flow("teacher"), flow("teacher")).dataSync()[0], 0);
});

// By hand: the mean of two positions, the first map pooled from 2 x 2 to 1 x 2.
Deno.test("flowMatrix() is the mean of outer products over positions", () => {
  const from = tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]);
  const to = tf.tensor4d([10, 1, 20, 2], [1, 1, 2, 2]);
  assert.deepEqual([...flowMatrix(from, to).dataSync()], [(2 * 10 + 3 * 20) / 2, (2 + 3 * 2) / 2]);
});

Deno.test("flowLoss() refuses maps of other channels", () => {
  const other = [waves("teacher", [2, 4, 4, 2]), waves("teacher", [2, 2, 2, 5])] as tf.Tensor4D[];
  assert.throws(() => flowLoss(flow("student"), other), {
    name: "RangeError",
    message:
      "Cannot compare flows: found maps of 2, 3 student and 2, 5 teacher channels, want the same",
  });
});
