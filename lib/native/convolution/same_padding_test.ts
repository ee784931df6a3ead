import assert from "node:assert/strict";
import { tf } from "../../base/tf.ts";
import { assertMatches, assertNoLeak, draw, kernelsOf } from "../../testing/kernels.ts";
import { convSame, convTransposed2 } from "./same_padding.ts";
import { hasOwnConvolutions, hasOwnKernels } from "../tensorflow/own_kernels.ts";

type Maps = tf.Tensor4D;

const INPUT_GRADIENT = hasOwnConvolutions ? "CganKdConvInputGrad" : "Conv2DBackpropInput";

const CASES = [
  { x: [2, 6, 6, 3], filter: [3, 3, 3, 16], stride: 1 },
  { x: [2, 8, 8, 16], filter: [3, 3, 16, 24], stride: 1 },
  { x: [2, 8, 8, 16], filter: [3, 3, 16, 3], stride: 1 },
  { x: [2, 8, 8, 12], filter: [1, 1, 12, 20], stride: 1 },
  { x: [2, 8, 12, 16], filter: [4, 4, 16, 24], stride: 2 },
  { x: [2, 4, 4, 4], filter: [4, 4, 4, 8], stride: 2 },
] as const;

for (const { x, filter, stride } of CASES) {
  Deno.test(`convSame() of ${x.join(" x ")} with ${filter.join(" x ")} equals tf.conv2d()`, () => {
    tf.tidy(() => {
      const inputs = [draw("x", [...x]), draw("w", [...filter])];
      assertMatches(
        (z, w) => convSame(z as Maps, w as Maps, stride),
        (z, w) => tf.conv2d(z as Maps, w as Maps, stride, "same"),
        inputs,
      );
      assertNoLeak((z, w) => convSame(z as Maps, w as Maps, stride), inputs);
    });
  });
}

for (
  const { x, filter } of [
    { x: [2, 4, 4, 24], filter: [4, 4, 16, 24] },
    { x: [3, 2, 6, 5], filter: [4, 4, 9, 5] },
  ]
) {
  Deno.test(`convTransposed2() of ${x.join(" x ")} with ${filter.join(" x ")} equals tf's`, () => {
    tf.tidy(() => {
      const inputs = [draw("x", x), draw("w", filter)];
      const shape = [x[0]!, 2 * x[1]!, 2 * x[2]!, filter[2]!] as [number, number, number, number];
      assertMatches(
        (z, w) => convTransposed2(z as Maps, w as Maps),
        (z, w) => tf.conv2dTranspose(z as Maps, w as Maps, shape, 2, "same"),
        inputs,
      );
      assertNoLeak((z, w) => convTransposed2(z as Maps, w as Maps), inputs);
    });
  });
}

Deno.test({
  name: "convSame() computes the gradients that are asked for and no others",
  ignore: !hasOwnKernels,
  fn() {
    tf.tidy(() => {
      const [x, w] = [draw("x", [2, 8, 8, 16]), draw("w", [3, 3, 16, 16])];
      const sum = (z: tf.Tensor, f: tf.Tensor) => tf.sum(convSame(z as Maps, f as Maps));
      const ofInput = kernelsOf(() => tf.grads((z: tf.Tensor) => sum(z, w))([x]));
      assert.ok(ofInput.has(INPUT_GRADIENT) && !ofInput.has("CganKdFilterGrad"));
      const ofFilter = kernelsOf(() => tf.grads((f: tf.Tensor) => sum(x, f))([w]));
      assert.ok(ofFilter.has("CganKdFilterGrad") && !ofFilter.has(INPUT_GRADIENT));
    });
  },
});
