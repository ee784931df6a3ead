import assert from "node:assert/strict";
import { tf } from "../../base/tf.ts";
import { assertFiniteDifferences, assertNoLeak, draw, kernelsOf } from "../../testing/kernels.ts";
import { hasOwnKernels } from "./own_kernels.ts";
import { ownProduct } from "./steady_kernels.ts";

/** In double precision, by the definition. */
function multiplied(a: tf.Tensor, b: tf.Tensor, turnA: boolean, turnB: boolean): number[] {
  const [x, y] = [a.dataSync(), b.dataSync()];
  const [m, depth] = turnA ? [a.shape[1]!, a.shape[0]!] : [a.shape[0]!, a.shape[1]!];
  const n = turnB ? b.shape[0]! : b.shape[1]!;
  return Array.from({ length: m * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    let sum = 0;
    for (let k = 0; k < depth; k++) {
      sum += x[turnA ? k * m + i : i * depth + k]! * y[turnB ? j * depth + k : k * n + j]!;
    }
    return sum;
  });
}

// One entry; borders of tiles of 8 rows and of 16 and 32 columns; sums longer than are added up at once.
const SIZES = [[1, 1, 1], [8, 3, 16], [9, 257, 33], [7, 600, 31], [40, 64, 70], [3, 1000, 5]];
for (const [m, depth, n] of SIZES as [number, number, number][]) {
  for (const [turnA, turnB] of [[false, false], [true, false], [false, true], [true, true]]) {
    Deno.test({
      name: `ownProduct() is the product: ${m} x ${depth} x ${n}, turned ${turnA} ${turnB}`,
      ignore: !hasOwnKernels,
      fn: () =>
        void tf.tidy(() => {
          const a = draw("a", turnA ? [depth, m] : [m, depth]);
          const b = draw("b", turnB ? [n, depth] : [depth, n]);
          const y = ownProduct(a, b, { turnA, turnB });
          assert.deepEqual(y.shape, [m, n]);
          const [found, wanted] = [y.dataSync(), multiplied(a, b, turnA!, turnB!)];
          const scale = Math.sqrt(depth);
          wanted.forEach((value, i) => assert.ok(Math.abs(found[i]! - value) < 2e-6 * scale));
        }),
    });
  }
}

Deno.test({
  name:
    "tf.matMul multiplies batches of matrices, turned or not, by our kernel, and hands on gradients",
  ignore: !hasOwnKernels,
  fn: () =>
    void tf.tidy(() => {
      const [a, b] = [draw("a", [3, 4, 5]), draw("b", [3, 4, 6])];
      let product!: tf.Tensor;
      const names = kernelsOf(() => product = tf.matMul(a, b, true));
      assert.ok(names.has("CganKdProduct"));
      const each = [0, 1, 2].map((i) => {
        const [x, y] = [a, b].map((z) => z.slice([i, 0, 0], [1, -1, -1]).squeeze([0]));
        return multiplied(x!, y!, true, false);
      });
      product.dataSync().forEach((value, i) => assert.ok(Math.abs(value - each.flat()[i]!) < 1e-5));
      assertFiniteDifferences((x, y) => tf.matMul(x, y, true), [a, b]);
      assertNoLeak((x, y) => tf.matMul(x, y, true), [a, b]);
    }),
});

Deno.test("tf.matMul still stretches one matrix over a batch, and takes integers", () => {
  tf.tidy(() => {
    const stretched = tf.matMul(tf.ones([1, 2, 3]), tf.ones([4, 3, 2]));
    assert.deepEqual(stretched.shape, [4, 2, 2]);
    assert.deepEqual([...stretched.dataSync()], Array(16).fill(3));
    const whole = tf.tensor2d([[1, 2], [3, 4]], [2, 2], "int32");
    assert.deepEqual([...tf.matMul(whole, whole).dataSync()], [7, 10, 15, 22]);
  });
});

Deno.test({
  name: "sums and means over everything are those of double precision, in every form",
  ignore: !hasOwnKernels,
  fn: () =>
    void tf.tidy(() => {
      const x = draw("x", [37, 41, 29]);
      const wanted = Array.from(x.dataSync()).reduce((sum, value) => sum + value, 0);
      const forms: [tf.Tensor, number[]][] = [
        [x.sum(), []],
        [x.sum([0, 1, 2]), []],
        [x.sum([2, 0, -2]), []],
        [x.sum(undefined, true), [1, 1, 1]],
        [x.reshape([1, 37 * 41, 29, 1]).sum([1, 2]), [1, 1]],
        [x.reshape([1, 37 * 41, 29]).sum([1, 2], true), [1, 1, 1]],
      ];
      for (const [sum, shape] of forms) {
        assert.deepEqual(sum.shape, shape);
        assert.ok(Math.abs(sum.dataSync()[0]! - wanted) < 1e-5 * Math.sqrt(x.size));
      }
      const mean = x.mean().dataSync()[0]!;
      assert.ok(Math.abs(mean - wanted / x.size) < 1e-7);
      const names = kernelsOf(() => void x.mean());
      assert.ok(names.has("CganKdTotal"));
      for (const f of [(z: tf.Tensor) => z.mean(), (z: tf.Tensor) => z.sum([1, 0])]) {
        assertFiniteDifferences(f, [draw("z", [3, 5])]);
        assertNoLeak(f, [draw("z", [3, 5])]);
      }
    }),
});

Deno.test("other sums stay what they are: along an axis, of integers, of nothing", () => {
  tf.tidy(() => {
    const x = tf.tensor2d([[1, 2], [3, 4]]);
    assert.deepEqual([...x.sum(0).dataSync()], [4, 6]);
    assert.deepEqual([...x.mean(1).dataSync()], [1.5, 3.5]);
    assert.deepEqual([...x.toInt().sum().dataSync()], [10]);
    assert.equal(x.toInt().sum().dtype, "int32");
    assert.deepEqual([...tf.zeros([0, 3]).sum().dataSync()], [0]);
  });
});

Deno.test("a sum or mean outside of a tidy leaves its result only", () => {
  const x = tf.ones([3, 4]);
  const before = tf.memory().numTensors;
  tf.dispose([x.sum(), x.mean(), tf.matMul(x, x, false, true)]);
  assert.equal(tf.memory().numTensors, before);
  x.dispose();
});
