import assert from "node:assert/strict";
import { tf } from "../base/tf.ts";
import { ratioLoss } from "./loss.ts";

const column = (values: number[]) => tf.tensor2d(values, [values.length, 1]);

function lossOf(fake: number[], real: number[], penalty = 1e-3, weights?: number[]): number {
  return tf.tidy(() =>
    ratioLoss(column(fake), column(real), {
      penalty,
      ...(weights ? { weights: column(weights) } : {}),
    }).dataSync()[0]!
  );
}

function near(actual: number, expected: number, tolerance = 1e-5) {
  assert.ok(Math.abs(actual - expected) < tolerance, `found ${actual}, want ${expected}`);
}

Deno.test("ratioLoss() is −ln 2 − 1/2 + λ when φ is 0 everywhere", () => {
  near(lossOf([0, 0, 0], [0, 0]), -1.1921, 5e-5);
  near(lossOf([0, 0, 0], [0, 0], 0.25), -Math.LN2 - 0.5 + 0.25);
});

Deno.test("ratioLoss() is its formula", () => {
  const s = (t: number) => 1 / (1 + Math.exp(-t));
  const eta = (t: number) => Math.log(1 + Math.exp(t));
  const expected = (s(2) * 2 - eta(2) + s(0.5) * 0.5 - eta(0.5)) / 2 -
    (s(3) + s(1) + s(0.2)) / 3 + 0.1 * (1.25 - 1) ** 2;
  near(lossOf([2, 0.5], [3, 1, 0.2], 0.1), expected);
  const weighted = (s(2) * 2 - eta(2)) - (0.5 * s(3) + 0.25 * s(1)) / 2 + 0.1;
  near(lossOf([2], [3, 1], 0.1, [0.5, 0.25]), weighted);
});

Deno.test("ratioLoss() is stable for large ratios", () => {
  // s(φ) φ − η(φ) goes to 0 and s to 1.
  near(lossOf([100, 100], [100], 0), -1);
});

Deno.test("ratioLoss() is least at φ = p_r / p_g", () => {
  // Three kinds of images: of six fakes (3, 2, 1), of six reals (1, 2, 3); ratios 1/3, 1, 3.
  const fakeKinds = tf.tensor1d([0, 0, 0, 1, 1, 2], "int32");
  const realKinds = tf.tensor1d([0, 1, 1, 2, 2, 2], "int32");
  const loss = (phi: tf.Tensor1D) =>
    ratioLoss(
      tf.gather(phi, fakeKinds).reshape([6, 1]),
      tf.gather(phi, realKinds).reshape([6, 1]),
      { penalty: 1e-3 },
    );
  tf.tidy(() => {
    const optimum = tf.tensor1d([1 / 3, 1, 3]);
    const slope = tf.grad((phi) => loss(phi as tf.Tensor1D))(optimum).dataSync();
    for (const value of slope) near(value, 0, 1e-6);
    const least = loss(optimum).dataSync()[0]!;
    for (const [kind, change] of [[0, 0.2], [0, -0.2], [1, 0.3], [1, -0.3], [2, 0.5], [2, -0.5]]) {
      const moved = [1 / 3, 1, 3];
      moved[kind!]! += change!;
      assert.ok(loss(tf.tensor1d(moved)).dataSync()[0]! > least);
    }
  });
  tf.dispose([fakeKinds, realKinds]);
});
