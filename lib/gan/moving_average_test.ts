import assert from "node:assert/strict";
import { ParameterSet } from "../base/module.ts";
import { tf } from "../base/tf.ts";
import { movingAverage } from "./moving_average.ts";

/** A network of one weight and one running statistic. */
function network(weight: number, statistic: number): ParameterSet {
  const parameters = new ParameterSet();
  parameters.add("weight", tf.tensor1d([weight, -weight]), true);
  parameters.add("running_mean", tf.scalar(statistic), false);
  return parameters;
}

const valuesOf = (parameters: ParameterSet) =>
  [...parameters.entries()].flatMap(([, variable]) => [...variable.dataSync()]);

Deno.test("movingAverage() from step 0 on starts from the first weights, not from zeros", () => {
  const [live, target] = [network(2, 8), network(0, 0)];
  const average = movingAverage(live, { decay: 0.75, start: 0 });
  average.exportTo(target);
  assert.deepEqual(valuesOf(target), [2, -2, 8]);
  tf.tidy(() => average.update(0));
  average.exportTo(target);
  assert.deepEqual(valuesOf(target), [2, -2, 8]);
  for (const [, variable] of live.entries()) variable.assign(variable.mul(3));
  tf.tidy(() => average.update(1));
  average.exportTo(target);
  assert.deepEqual(valuesOf(target), [3, -3, 12]);
  for (const one of [live, target, average.state]) one.dispose();
});

Deno.test("movingAverage() before its start is the last weights", () => {
  const [live, target] = [network(2, 8), network(0, 0)];
  const average = movingAverage(live, { decay: 0.75, start: 1 });
  for (const [, variable] of live.entries()) variable.assign(variable.mul(2));
  tf.tidy(() => average.update(0));
  average.exportTo(target);
  assert.deepEqual(valuesOf(target), [4, -4, 16]);
  for (const one of [live, target, average.state]) one.dispose();
});
