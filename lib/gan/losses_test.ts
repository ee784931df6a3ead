import assert from "node:assert/strict";
import { tf } from "../base/tf.ts";
import { beyondMargin, crossEntropies, discriminatorHinge, generatorHinge } from "./losses.ts";

const column = (values: number[]) => tf.tensor2d(values, [values.length, 1]);
const valueOf = (make: () => tf.Scalar) => tf.tidy(() => make().dataSync()[0]!);
const near = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 1e-6, `found ${actual}, want ${expected}`);

Deno.test("discriminatorHinge() is the mean of both margins", () => {
  // Reals miss the margin 1 by 0.5, 0, 2; fakes miss −1 by 0, 1, 4, 0.25 (batches may differ).
  const loss = valueOf(() => discriminatorHinge(column([0.5, 3, -1]), column([-2, 0, 3, -0.75])));
  near(loss, 2.5 / 3 + 5.25 / 4);
  // An undecided discriminator pays 2, a sure one nothing.
  assert.equal(valueOf(() => discriminatorHinge(column([0, 0]), column([0, 0]))), 2);
  assert.equal(valueOf(() => discriminatorHinge(column([1, 9]), column([-1, -9]))), 0);
});

Deno.test("discriminatorHinge() multiplies vicinal weights in without dividing by their sum", () => {
  const real = () => column([0.5, -1]);
  const fake = () => column([0, 1]);
  const weighted = (w: number[], v: number[]) =>
    valueOf(() => discriminatorHinge(real(), fake(), { real: column(w), fake: column(v) }));
  near(weighted([2, 0.25], [0.5, 3]), (2 * 0.5 + 0.25 * 2) / 2 + (0.5 * 1 + 3 * 2) / 2);
  near(weighted([1, 1], [1, 1]), valueOf(() => discriminatorHinge(real(), fake())));
  // Twice the weights, twice the loss.
  near(weighted([4, 0.5], [1, 6]), 2 * weighted([2, 0.25], [0.5, 3]));
  near(weighted([0, 0], [0, 0]), 0);
});

Deno.test("discriminatorHinge() pulls no score beyond the margin", () => {
  const [real, fake] = tf.tidy(() =>
    tf.grads((r, f) => discriminatorHinge(r as tf.Tensor2D, f as tf.Tensor2D))([
      column([0.5, 3]),
      column([-2, 0]),
    ]).map((slope) => [...slope.dataSync()])
  );
  assert.deepEqual(real!.map((value) => value + 0), [-0.5, 0]);
  assert.deepEqual(fake!.map((value) => value + 0), [0, 0.5]);
});

Deno.test("generatorHinge() is the mean score negated, however large", () => {
  near(valueOf(() => generatorHinge(column([1, -3, 8]))), -2);
  const slope = tf.tidy(() =>
    tf.grad((score) => generatorHinge(score as tf.Tensor2D))(column([5, -5])).dataSync().slice()
  );
  assert.deepEqual([...slope], [-0.5, -0.5]);
});

Deno.test("crossEntropies() are those of each image", () => {
  const loss = (target: number[][], logits: number[][]) =>
    valueOf(() => tf.mean(crossEntropies(tf.tensor2d(target), tf.tensor2d(logits))));
  near(loss([[1, 0, 0], [0, 0, 1]], [[5, 5, 5], [-2, -2, -2]]), Math.log(3));
  // softmax of (ln 1, ln 2, ln 5) is (1, 2, 5) / 8
  const row = [0, Math.log(2), Math.log(5)];
  near(loss([[0, 0, 1]], [row]), Math.log(8 / 5));
  near(loss([[0.5, 0.5, 0]], [row]), (Math.log(8) + Math.log(4)) / 2);
  near(loss([[0, 1]], [[1000, 0]]), 1000);
});

Deno.test("crossEntropies() have, on average, the slope (softmax − target) / batch", () => {
  const slope = tf.tidy(() =>
    tf.grad((z) => tf.mean(crossEntropies(tf.tensor2d([[0, 1], [1, 0]]), z as tf.Tensor2D)))(
      tf.tensor2d([[0, Math.log(3)], [0, 0]]),
    ).dataSync().slice()
  );
  for (const [i, want] of [0.125, -0.125, -0.25, 0.25].entries()) near(slope[i]!, want);
});

Deno.test("beyondMargin() leaves images alone that are better than the margin", () => {
  // Cross-entropies ln 4 and ln 2 of the first class.
  const logits = tf.tensor2d([[0, Math.log(3)], [0, 0]]);
  const target = tf.tensor2d([[1, 0], [1, 0]]);
  const [loss, slope] = tf.tidy(() => {
    const { value, grads } = tf.valueAndGrads((z) =>
      beyondMargin(crossEntropies(target, z as tf.Tensor2D), 1)
    )([logits]);
    return [value.dataSync()[0]!, [...grads[0]!.dataSync()]] as [number, number[]];
  });
  assert.ok(Math.abs(loss - (Math.log(4) - 1) / 2) < 1e-6);
  assert.ok(slope.slice(2).every((value) => Math.abs(value) === 0));
  assert.ok(slope[0]! < 0 && slope[1]! > 0);
  tf.dispose([logits, target]);
});
