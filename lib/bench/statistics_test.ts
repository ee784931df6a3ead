import assert from "node:assert/strict";
import { median, medianOfRatios, relativeSpread } from "./statistics.ts";

Deno.test("median() is the middle of an odd count and between the middles of an even one", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.equal(median([7]), 7);
  assert.throws(() => median([]), RangeError);
});

Deno.test("median() leaves its argument in order", () => {
  const values = [3, 1, 2];
  median(values);
  assert.deepEqual(values, [3, 1, 2]);
});

Deno.test("medianOfRatios() pairs repetitions before it takes the median", () => {
  // The ratio of the medians would be 20 / 30; a machine that was busy twice shows in both.
  assert.equal(medianOfRatios([10, 20, 100], [20, 40, 30]), 0.5);
  assert.throws(() => medianOfRatios([1], [1, 2]), /found 1 and 2/);
});

Deno.test("relativeSpread() is half the distance of the quartiles over the median", () => {
  assert.equal(relativeSpread([8, 9, 10, 11, 12]), 0.1);
  assert.equal(relativeSpread([5]), 0);
});
