import assert from "node:assert/strict";
import { tf } from "../../base/tf.ts";
import { waves } from "../../testing/distill.ts";
import { hierarchicalContextLoss } from "./hcl.ts";

const map = (kind: "student" | "teacher", shape: number[]) => waves(kind, shape) as tf.Tensor4D;

for (
  const [side, wanted] of [
    [1, 0.251033495],
    [2, 0.509085342],
    [4, 0.667142112],
    [8, 0.573280439],
    [16, 0.537656365],
  ] as const
) {
  Deno.test(`hierarchicalContextLoss() equals its stored value at side ${side}`, () => {
    const shape = [2, side, side, 2];
    const loss = hierarchicalContextLoss(map("student", shape), map("teacher", shape));
    const found = loss.dataSync()[0]!;
    assert.ok(Math.abs(found - wanted) < 1e-5 * wanted, `${found} for ${wanted}`);
  });

  Deno.test(`hierarchicalContextLoss() of a shift by 2 is 4 at side ${side}`, () => {
    const teacher = map("teacher", [1, side, side, 3]);
    const loss = hierarchicalContextLoss(teacher.add(2), teacher).dataSync()[0]!;
    assert.ok(Math.abs(loss - 4) < 1e-5);
  });
}

Deno.test("hierarchicalContextLoss() is mse / 1.875 where every cell's mean difference is 0", () => {
  const signs = Float32Array.from({ length: 64 }, (_, i) => (i % 2 ? 1 : -1));
  const loss = hierarchicalContextLoss(tf.tensor4d(signs, [1, 8, 8, 1]), tf.zeros([1, 8, 8, 1]));
  assert.ok(Math.abs(loss.dataSync()[0]! - 1 / 1.875) < 1e-6);
});
