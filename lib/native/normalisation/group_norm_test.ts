import assert from "node:assert/strict";
import { tf } from "../../base/tf.ts";
import { composedGroupNorm, groupNormActivation, type GroupNormInputs } from "./group_norm.ts";
import {
  assertFiniteDifferences,
  assertMatches,
  assertNoLeak,
  draw,
} from "../../testing/kernels.ts";

const inputsOf = ([x, gain, shift]: tf.Tensor[]) => ({ x, gain, shift }) as GroupNormInputs;

// Whole vectors, what is left of them, groups of one channel, one group, one pixel.
for (
  const [shape, groups] of [[[3, 8, 8, 16], 4], [[2, 3, 5, 6], 2], [[2, 4, 4, 58], 58], [
    [2, 32, 32, 24],
    1,
  ], [[5, 1, 1, 9], 3]] as const
) {
  for (const activation of ["none", "swish"] as const) {
    for (const rows of [1, shape[0]]) {
      Deno.test(`groupNormActivation() with ${activation} of ${shape.join(" x ")} in ${groups} groups, ${rows} gains, equals stock ops`, () => {
        tf.tidy(() => {
          const sides = [rows, shape[3]];
          // A large mean beside a small variance is what loses digits.
          const inputs = [
            draw("x", [...shape], 0.7).add(3),
            draw("g", sides, 0.4),
            draw("s", sides),
          ];
          const options = { groups, epsilon: 1e-5, activation };
          const ours = (...z: tf.Tensor[]) => groupNormActivation(inputsOf(z), options);
          assertMatches(ours, (...z) => composedGroupNorm(inputsOf(z), options), inputs);
          assertNoLeak(ours, inputs);
        });
      });
    }
  }
}

Deno.test("groupNormActivation() has the gradients of finite differences", () => {
  tf.tidy(() => {
    const inputs = [draw("x", [2, 2, 3, 4]), draw("g", [2, 4], 0.3), draw("s", [2, 4])];
    assertFiniteDifferences(
      (...z) => groupNormActivation(inputsOf(z), { groups: 2, epsilon: 1e-5, activation: "swish" }),
      inputs,
    );
  });
});

Deno.test("groupNormActivation() gives each image and group mean 0 and variance 1", async () => {
  const found = tf.tidy(() => {
    const zeros = tf.zeros<tf.Rank.R2>([1, 8]);
    const y = groupNormActivation(
      { x: draw("x", [3, 4, 4, 8], 5).add(40) as tf.Tensor4D, gain: zeros, shift: zeros },
      { groups: 2, epsilon: 0, activation: "none" },
    );
    const { mean, variance } = tf.moments(y.reshape([3, 16, 2, 4]), [1, 3]);
    return tf.concat([mean.flatten(), variance.flatten().sub(1)]);
  });
  for (const value of await found.data()) assert.ok(Math.abs(value) < 1e-5, `${value}`);
  found.dispose();
});
