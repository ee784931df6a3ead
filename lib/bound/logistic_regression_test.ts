import assert from "node:assert/strict";
import { rngOf } from "../base/rng.ts";
import { fitLogistic, type LogisticData, logitsOf, logLosses } from "./logistic_regression.ts";

/** Rows (1, x). */
const dataOf = (x: readonly number[], marks: readonly number[], weights = x.map(() => 1)) => ({
  rows: Float64Array.from(x.flatMap((value) => [1, value])),
  size: 2,
  marks,
  weights,
});

const lossOf = (data: LogisticData, beta: Float64Array, penalty: number) =>
  logLosses(data, beta).reduce((a, b) => a + b, 0) +
  penalty / 2 * beta.slice(1).reduce((sum, value) => sum + value * value, 0);

Deno.test("fitLogistic() has the logit of the weighted share where x says nothing", () => {
  const [intercept, slope] = fitLogistic(dataOf([1, 1, -1, -1], [1, 0, 1, 0], [3, 1, 3, 1]), 1e-6);
  assert.ok(Math.abs(intercept! - Math.log(3)) < 1e-6);
  assert.ok(Math.abs(slope!) < 1e-6);
});

Deno.test("fitLogistic() is where the gradient by finite differences is 0", () => {
  const rng = rngOf(1);
  const x = Array.from({ length: 60 }, () => 3 * rng.normal());
  const data = dataOf(x, x.map((value) => Number(value + 2 * rng.normal() > 1)));
  const beta = fitLogistic(data, 0.7);
  for (const k of [0, 1]) {
    const at = (step: number) => lossOf(data, beta.map((b, i) => i === k ? b + step : b), 0.7);
    assert.ok(Math.abs(at(1e-4) - at(-1e-4)) / 2e-4 < 1e-5, `entry ${k}`);
  }
});

Deno.test("fitLogistic() finds the log ratio of two Gaussians, and stays finite where a plane parts them", () => {
  const rng = rngOf(2);
  const marks = Array.from({ length: 20_000 }, (_, i) => i % 2);
  const x = marks.map((mark) => mark + rng.normal());
  // ln N(x; 1, 1) / N(x; 0, 1) = x − ½.
  const [intercept, slope] = fitLogistic(dataOf(x, marks), 1e-3);
  assert.ok(Math.abs(slope! - 1) < 0.05 && Math.abs(intercept! + 0.5) < 0.05);
  const parted = fitLogistic(dataOf([-2, -1, 1, 2], [0, 0, 1, 1]), 0.1);
  assert.ok(parted.every(Number.isFinite) && parted[1]! > 0);
  assert.ok(logitsOf(Float64Array.of(1, 5), parted)[0]! > 0);
});
