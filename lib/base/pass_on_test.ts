import assert from "node:assert/strict";
import { passOn } from "./pass_on.ts";
import { tf } from "./tf.ts";

const KEEPING = { frees: false };
const FREEING = { frees: true };

/** Tensors that are there when the last of four steps runs, beside those from before, and the result. */
function run(options: { frees: boolean }) {
  return tf.tidy(() => {
    const x = tf.tensor1d([1, 2, 3]);
    const before = tf.memory().numTensors;
    let during = 0;
    const add = (h: tf.Tensor) => h.square().add(1);
    const y = passOn<tf.Tensor>(() => x.add(1), [add, add, add, (h) => {
      during = tf.memory().numTensors - before;
      return h.mul(2);
    }], options);
    return { during, values: [...y.dataSync()], input: [...x.dataSync()] };
  });
}

Deno.test("passOn() frees each result when the next one is there, and nothing that it was given", () => {
  assert.deepEqual(run(FREEING), { ...run(KEEPING), during: 1 });
  assert.equal(run(KEEPING).during, 7);
  assert.deepEqual(run(FREEING).input, [1, 2, 3]);
});

Deno.test("passOn() keeps what a step hands on, alone or among several maps", () => {
  tf.tidy(() => {
    const [a, b] = passOn<readonly tf.Tensor[]>(
      () => [tf.scalar(1), tf.scalar(2)],
      [([a, b]) => [b!.add(1), a!], (pair) => pair],
      FREEING,
    );
    assert.deepEqual([a!.dataSync()[0], b!.dataSync()[0]], [3, 1]);
  });
});

Deno.test("passOn() leaves gradients as they are", () => {
  const slope = (options: { frees: boolean }) =>
    tf.tidy(() => {
      const f = (x: tf.Tensor) =>
        passOn(() => x.square(), [(h) => h.square(), (h) => tf.exp(h)], options);
      return [...tf.grad(f)(tf.tensor1d([0.5, -1])).dataSync()];
    });
  assert.deepEqual(slope(FREEING), slope(KEEPING));
  // d exp(x⁴) / dx = 4 x³ exp(x⁴)
  const [first, second] = slope(FREEING);
  assert.ok(Math.abs(first! - 0.5 * Math.exp(1 / 16)) < 1e-6, `${first}`);
  assert.ok(Math.abs(second! + 4 * Math.E) < 1e-5, `${second}`);
});
