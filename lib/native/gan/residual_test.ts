import assert from "node:assert/strict";
import { tf } from "../../base/tf.ts";
import { assertMatches, assertNoLeak, draw, type Function } from "../../testing/kernels.ts";
import { biasAdd, relu } from "../maps/activation.ts";
import { upsample2 } from "../maps/upsample.ts";
import { biasRelu, joinBranches, reluAndPool } from "./residual.ts";

type Maps = tf.Tensor4D;

/** Values of both have the same bits. */
function assertSameBits(found: tf.Tensor, wanted: tf.Tensor) {
  assert.deepEqual(found.shape, wanted.shape);
  const [a, b] = [found.dataSync(), wanted.dataSync()];
  assert.ok(a.every((value, i) => value === b[i]), "values differ");
}

function check(kernel: Function, composed: Function, inputs: tf.Tensor[]) {
  assertSameBits(kernel(...inputs), composed(...inputs));
  assertMatches(kernel, composed, inputs);
  assertNoLeak(kernel, inputs);
}

for (const shape of [[2, 4, 6, 3], [2, 16, 16, 16], [3, 2, 2, 58], [2, 32, 32, 40]]) {
  const [batch, height, width, channels] = shape as [number, number, number, number];
  const small = [batch, height / 2, width / 2, channels];
  const title = shape.join(" x ");

  Deno.test(`biasRelu() of ${title} equals its parts`, () => {
    tf.tidy(() => {
      const inputs = [draw("x", shape), draw("b", [channels])];
      check(
        (x, b) => biasRelu(x!, b as tf.Tensor1D),
        (x, b) => relu(biasAdd(x!, b!)),
        inputs,
      );
    });
  });

  for (const side of [shape, small]) {
    Deno.test(`joinBranches() of ${title} and ${side.join(" x ")} equals its parts`, () => {
      tf.tidy(() => {
        const inputs = [
          draw("main", shape),
          draw("side", side),
          draw("b", [channels]),
          draw("c", [channels]),
        ];
        check(
          (main, other, b, c) =>
            joinBranches(
              { x: main as Maps, bias: b as tf.Tensor1D },
              { x: other as Maps, bias: c as tf.Tensor1D },
            ),
          (main, other, b, c) => {
            const short = biasAdd(other as Maps, c!);
            return tf.add(biasAdd(main!, b!), side === small ? upsample2(short) : short);
          },
          inputs,
        );
      });
    });
  }

  for (const pooled of ["relu", "raw"] as const) {
    // Both results in one tensor, so that both pass slopes.
    const both = (active: Maps, pool: Maps) => tf.concat([active, upsample2(pool)], 3);
    Deno.test(`reluAndPool() of ${title}, pooling what is ${pooled}, equals its parts`, () => {
      tf.tidy(() => {
        const kernel: Function = (x) => {
          const { active, small } = reluAndPool(x as Maps, { pooled });
          return both(active, small);
        };
        const composed: Function = (x) => {
          const active = relu(x as Maps);
          return both(active, tf.avgPool(pooled === "relu" ? active : x as Maps, 2, 2, "valid"));
        };
        assertMatches(kernel, composed, [draw("x", shape)]);
        assertNoLeak(kernel, [draw("x", shape)]);
      });
    });
  }
}

Deno.test("reluAndPool() passes slopes when only one result is used", () => {
  tf.tidy(() => {
    const x = draw("x", [2, 4, 4, 5]);
    assertMatches(
      (z) => reluAndPool(z as Maps, { pooled: "raw" }).small,
      (z) => tf.avgPool(z as Maps, 2, 2, "valid"),
      [x],
    );
    assertMatches((z) => reluAndPool(z as Maps, { pooled: "raw" }).active, (z) => relu(z!), [x]);
  });
});
