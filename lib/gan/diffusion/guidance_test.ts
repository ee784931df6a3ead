import assert from "node:assert/strict";
import { tf } from "../../base/tf.ts";
import { guided } from "./guidance.ts";

const CONDITIONAL = [1, 2, 3, 6, 0, 0, 1, -1];
const FREE = [0, 2, 2, 4, 1, 0, 0, 0];

/** Two images of 2 x 2 x 1. */
function valuesOf(weight: number, rescaling: number): number[] {
  return tf.tidy(() => {
    const [conditional, free] = [CONDITIONAL, FREE].map((values) =>
      tf.tensor4d(values, [2, 2, 2, 1])
    );
    return [...guided(conditional!, free!, { weight, rescaling }).dataSync()];
  });
}

function deviation(values: readonly number[]): number {
  const mean = values.reduce((a, b) => a + b) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

Deno.test("guided() is the conditional prediction at weight 1, whatever the rescaling", () => {
  for (const rescaling of [0, 0.7, 1]) {
    for (const [i, value] of valuesOf(1, rescaling).entries()) {
      assert.ok(Math.abs(value - CONDITIONAL[i]!) < 1e-6);
    }
  }
});

Deno.test("guided() goes on from the unconditional through the conditional prediction", () => {
  assert.deepEqual(valuesOf(0, 0), FREE);
  assert.deepEqual(valuesOf(3, 0), FREE.map((free, i) => free + 3 * (CONDITIONAL[i]! - free)));
});

Deno.test("guided() brings each image's contrast back by the share that is asked for", () => {
  const pushed = FREE.map((free, i) => free + 2 * (CONDITIONAL[i]! - free));
  for (const rescaling of [0.7, 1]) {
    const found = valuesOf(2, rescaling);
    for (const image of [0, 1]) {
      const part = (values: readonly number[]) => values.slice(4 * image, 4 * image + 4);
      const ratio = deviation(part(CONDITIONAL)) / deviation(part(pushed));
      for (const [i, value] of part(found).entries()) {
        const wanted = part(pushed)[i]! * (rescaling * ratio + 1 - rescaling);
        assert.ok(Math.abs(value - wanted) < 1e-5, `found ${value}, want ${wanted}`);
      }
    }
  }
});
