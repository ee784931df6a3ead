import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs";
import "./backend.ts";
import { freeOnTheWayBack } from "./free_tape.ts";

/** Value and gradients of a loss, with and without freeing on the way back. */
function gradientsOf(variables: tf.Variable[], loss: () => tf.Scalar, frees: boolean) {
  return tf.tidy(() => {
    const { value, grads } = tf.variableGrads(() => {
      const y = loss();
      if (frees) freeOnTheWayBack();
      return y;
    }, variables);
    return [value, ...variables.map(({ name }) => grads[name]!)].map((t) => [...t.dataSync()]);
  });
}

Deno.test("freeOnTheWayBack() frees maps as soon as their gradients are there", () => {
  const weight = tf.variable(tf.tensor1d([1, 2]));
  const largest = (frees: boolean) => {
    let atTheEnd = 0;
    const first = tf.customGrad((w) => ({
      value: (w as tf.Tensor).add(1),
      gradFunc: (dy: tf.Tensor) => {
        // The first operation is the last one on the way back.
        atTheEnd = tf.memory().numTensors;
        return dy.mul(1);
      },
    }));
    gradientsOf([weight], () => {
      let x: tf.Tensor = first(weight);
      for (let k = 0; k < 20; k++) x = tf.sin(x);
      return tf.sum(x);
    }, frees);
    return atTheEnd;
  };
  const before = tf.memory().numTensors;
  const kept = largest(false) - before;
  const freed = largest(true) - before;
  // Of each sine its input and its gradient; the last ones are still read.
  assert.ok(kept >= 40, `${kept}`);
  assert.ok(freed <= 8, `${freed}`);
  assert.equal(tf.memory().numTensors, before);
  weight.dispose();
});

Deno.test("freeOnTheWayBack() leaves every bit of gradients that meet, split and share a tensor", () => {
  const [a, b] = [tf.variable(tf.tensor1d([0.3, -1.7])), tf.variable(tf.tensor1d([2, 0.1]))];
  // One tensor is the gradient of both inputs, and the gradient of the result itself.
  const join = tf.customGrad((x, y) => ({
    value: tf.add(x as tf.Tensor, y as tf.Tensor),
    gradFunc: (dy: tf.Tensor) => [dy, dy],
  }));
  // The gradient is what was saved.
  const steep = tf.customGrad((x, save) => {
    const slope = (x as tf.Tensor).mul(3).square();
    (save as tf.GradSaveFunc)([slope]);
    return {
      value: tf.sum((x as tf.Tensor).pow(3).mul(3)),
      gradFunc: (_dy: tf.Tensor, [kept]: tf.Tensor[]) => kept!,
    };
  });
  const loss = () => {
    const u = tf.mul(a, b);
    const v = join(tf.exp(u), tf.sigmoid(u));
    const w = join(v, v);
    return tf.sum(join(w, tf.mul(u, w))).add(steep(u)) as tf.Scalar;
  };
  const before = tf.memory().numTensors;
  assert.deepEqual(gradientsOf([a, b], loss, true), gradientsOf([a, b], loss, false));
  assert.equal(tf.memory().numTensors, before);
  tf.dispose([a, b]);
});

Deno.test("freeOnTheWayBack() frees nothing that an outer gradient reads", () => {
  const weight = tf.variable(tf.tensor1d([0.5, 1.5]));
  // The slope of x³ in its own right: the loss is Σ (3 x²)², its gradient 36 x³.
  const loss = () => {
    const cube = (x: tf.Tensor) => {
      const y = tf.sum(tf.mul(tf.square(x), x));
      freeOnTheWayBack();
      return y;
    };
    return tf.sum(tf.square(tf.grad(cube)(weight))) as tf.Scalar;
  };
  const [, gradient] = gradientsOf([weight], loss, true);
  [36 * 0.5 ** 3, 36 * 1.5 ** 3].forEach((wanted, i) =>
    assert.ok(Math.abs(gradient![i]! - wanted) < 1e-4, `${gradient}`)
  );
  weight.dispose();
});
