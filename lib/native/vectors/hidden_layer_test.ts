import assert from "node:assert/strict";
import { tf } from "../../base/tf.ts";
import { composedHiddenTail, hiddenTail, type HiddenTailOptions, product } from "./hidden_layer.ts";
import {
  assertFiniteDifferences,
  assertMatches,
  assertNoLeak,
  assertSame,
  draw,
  type Function,
} from "../../testing/kernels.ts";
import { uniformTensor } from "./random.ts";

const HOST = (count: number) => new Float32Array(count);

/** A tail of five inputs: x, bias, scale, offset. */
function tailOf(form: typeof hiddenTail, options: Partial<HiddenTailOptions> = {}): Function {
  const all = {
    groups: 2,
    epsilon: 1e-5,
    rate: 0.4,
    seed: [5, -7],
    host: HOST,
    ...options,
  } as const;
  return (x, bias, scale, offset) =>
    form({
      x: x as tf.Tensor2D,
      bias: bias as tf.Tensor1D,
      scale: scale as tf.Tensor1D,
      offset: offset as tf.Tensor1D,
    }, all);
}

function inputsOf(rows: number, features: number): tf.Tensor[] {
  return [
    draw("x", [rows, features]),
    draw("bias", [features]),
    draw("scale", [features]),
    draw("offset", [features], 0.3),
  ];
}

for (
  const [rows, features, groups, rate] of [
    [3, 8, 2, 0.4],
    [7, 40, 8, 0.5],
    [300, 128, 8, 0.5],
    [5, 36, 1, 0.1],
    [4, 64, 4, 0],
  ] as const
) {
  Deno.test(`hiddenTail() equals stock ops: ${rows} x ${features}, ${groups} groups, rate ${rate}`, () => {
    tf.tidy(() => {
      const inputs = inputsOf(rows, features);
      const options = { groups, rate };
      assertMatches(tailOf(hiddenTail, options), tailOf(composedHiddenTail, options), inputs);
    });
  });
}

Deno.test("hiddenTail() drops what uniformTensor() with the same seed says, for many seeds", () => {
  tf.tidy(() => {
    const [x, bias, scale] = inputsOf(9, 52);
    // Far above the ReLU's corner: an entry is 0 only where it was dropped.
    const offset = tf.fill([52], 100);
    for (const seed of [[0, 0], [1, -1], [2 ** 31, 7], [4294967295, 123456789]] as const) {
      const options = { groups: 4, rate: 0.3, seed };
      const kept = tailOf(hiddenTail, options)(x!, bias!, scale!, offset).greater(0);
      const wanted = uniformTensor([9, 52], seed, HOST).greaterEqual(0.3);
      assert.ok(tf.equal(kept, wanted).all().dataSync()[0], `seed ${seed}`);
    }
  });
});

Deno.test("hiddenTail() has the gradients of finite differences", () => {
  tf.tidy(() => assertFiniteDifferences(tailOf(hiddenTail), inputsOf(3, 8), 3e-3));
});

Deno.test("hiddenTail() leaves no tensor behind", () => {
  const inputs = inputsOf(3, 8);
  assertNoLeak(tailOf(hiddenTail), inputs);
  tf.dispose(inputs);
});

Deno.test("product() equals tf.matMul() with its gradients", () => {
  tf.tidy(() => {
    const inputs = [draw("a", [5, 7]), draw("b", [7, 3])];
    const [found, wanted] = [product, tf.matMul] as unknown as [Function, Function];
    assertMatches(found, wanted, inputs);
    assertSame(
      tf.grad((w) => product(inputs[0] as tf.Tensor2D, w as tf.Tensor2D).sum())(inputs[1]!),
      tf.matMul(inputs[0]!, tf.ones([5, 3]), true),
    );
  });
});
