import assert from "node:assert/strict";
import {
  argMaxRows,
  crossEntropyRows,
  errorRate,
  errorRateInterval,
  meanAbsoluteError,
  meanInterval,
  quantile,
  spreadOf,
} from "./metrics.ts";

Deno.test("argMaxRows() takes the first of equal entries", () => {
  assert.deepEqual([...argMaxRows(Float32Array.of(0, 2, 1, 3, 3, -1), 3)], [1, 0]);
});

Deno.test("errorRate() is in percent", () => {
  assert.equal(errorRate([0, 1, 2, 2], [0, 1, 1, 2]), 25);
});

Deno.test("meanAbsoluteError() is in the unit of the labels", () => {
  assert.equal(meanAbsoluteError([10, 20, 30], [11, 20, 26]), 5 / 3);
});

Deno.test("errorRate() and meanAbsoluteError() refuse unequal or empty lists", () => {
  for (const metric of [errorRate, meanAbsoluteError]) {
    assert.throws(() => metric([1], [1, 2]), /found 1 predictions for 2 labels/);
    assert.throws(() => metric([], []), RangeError);
  }
});

Deno.test("crossEntropyRows() equals its stored mean and survives large logits", () => {
  const logits = Float32Array.from({ length: 6 }, (_, i) => 5 * Math.sin(i + 1));
  const rows = crossEntropyRows(logits, [2, 0], 3);
  assert.ok(Math.abs((rows[0]! + rows[1]!) / 2 - 3.448141207) < 1e-5);
  const large = crossEntropyRows(Float32Array.of(1000, 0, -1000, 0), [0, 0], 2);
  assert.deepEqual([...large], [0, 1000]);
});

// numpy.quantile([3, 1, 2, 10], [0, 0.25, 0.5, 0.9, 1]).
Deno.test("quantile() interpolates as NumPy does and leaves its input alone", () => {
  const values = [3, 1, 2, 10];
  const found = [0, 0.25, 0.5, 0.9, 1].map((p) => quantile(values, p));
  [1, 1.75, 2.5, 7.9, 10].forEach((want, i) => assert.ok(Math.abs(found[i]! - want) < 1e-12));
  assert.deepEqual(values, [3, 1, 2, 10]);
  assert.equal(quantile([5], 0.3), 5);
});

Deno.test("quantile() refuses no values and a probability outside [0, 1]", () => {
  assert.throws(() => quantile([], 0.5), /found no values/);
  assert.throws(() => quantile([1], 1.5), /Cannot take quantile 1.5/);
  assert.throws(() => quantile([1, NaN, 0], 0.5), /values that are not numbers/);
});

// Student's t with 2 degrees of freedom has a closed form: p / √((1 − p²) / 2) holds the share p on both sides.
Deno.test("spreadOf() gives Student's interval, and none for one value", () => {
  const { count, mean, deviation, halfWidth } = spreadOf([1, 2, 3]);
  assert.deepEqual([count, mean, deviation], [3, 2, 1]);
  const t = 0.95 / Math.sqrt((1 - 0.95 ** 2) / 2);
  assert.ok(Math.abs(halfWidth! - t / Math.sqrt(3)) < 1e-9);
  assert.deepEqual(spreadOf([7]), { count: 1, mean: 7 });
  assert.equal(spreadOf([4, 4]).halfWidth, 0);
  assert.throws(() => spreadOf([]), /found no values/);
  assert.throws(() => spreadOf([1, NaN]), /Cannot average: found NaN/);
  // The table that stood here before ended at 30 degrees of freedom.
  const many = spreadOf(Array.from({ length: 41 }, (_, i) => i % 2));
  assert.ok(Math.abs(many.halfWidth! * Math.sqrt(41) / many.deviation! - 2.0210754) < 1e-6);
});

Deno.test("errorRateInterval() is Wilson's, also where nothing was wrong", () => {
  // scipy.stats.binomtest(10, 100).proportion_ci(method="wilson"), and of 0 of 40.
  const { low, high } = errorRateInterval(10, 100);
  assert.ok(Math.abs(low - 5.522914) < 1e-5 && Math.abs(high - 17.436566) < 1e-5, `${low} ${high}`);
  const none = errorRateInterval(0, 40);
  assert.ok(Math.abs(none.low) < 1e-12 && Math.abs(none.high - 8.762160) < 1e-5, `${none.high}`);
  assert.throws(() => errorRateInterval(101, 10), RangeError);
  assert.throws(() => errorRateInterval(5, 0), RangeError);
});

Deno.test("meanInterval() is 1.96 standard errors to each side", () => {
  // Mean 3, deviation 1.5811, of 5.
  const { low, high } = meanInterval([1, 2, 3, 4, 5]);
  assert.ok(Math.abs(low - 1.614096) < 1e-5 && Math.abs(high - 4.385904) < 1e-5, `${low} ${high}`);
  assert.throws(() => meanInterval([1]), RangeError);
});
