import assert from "node:assert/strict";
import {
  constant,
  normal,
  ParameterSet,
  Scope,
  torchUniform,
  uniform,
  xavierUniform,
} from "./module.ts";
import { rngOf } from "./rng.ts";
import { tf } from "./tf.ts";

function build(seed = 1, names = ["a", "b"]) {
  const parameters = new ParameterSet();
  const scope = new Scope(parameters, rngOf(seed));
  for (const name of names) {
    scope.at(name).weight("weight", [2, 3], normal(1));
    scope.at(name).buffer("mean", [3], constant(0.5));
  }
  return parameters;
}

Deno.test("Scope names parameters by path and tells weights from buffers", () => {
  const parameters = build();
  assert.deepEqual([...parameters.trainable.keys()], ["a/weight", "b/weight"]);
  assert.deepEqual([...parameters.buffers.keys()], ["a/mean", "b/mean"]);
  assert.equal(parameters.size, 12);
});

Deno.test("draws of a Scope depend only on its path: order and neighbours do not matter", () => {
  const values = (parameters: ParameterSet, name: string) => [
    ...parameters.trainable.get(name)!.dataSync(),
  ];
  const both = build(1, ["a", "b"]);
  assert.deepEqual(values(build(1, ["b"]), "b/weight"), values(both, "b/weight"));
  assert.notDeepEqual(values(both, "a/weight"), values(both, "b/weight"));
  assert.notDeepEqual(values(build(2), "a/weight"), values(both, "a/weight"));
});

Deno.test("ParameterSet refuses a name that is taken", () => {
  assert.throws(() => build(1, ["a", "a"]), /Cannot add parameter "a\/weight": the name is taken/);
});

Deno.test("ParameterSet.write() restores what read() returned, without leaking", async () => {
  const [source, target] = [build(1), build(2)];
  const arrays = await source.read();
  const before = tf.memory().numTensors;
  target.write(arrays);
  assert.equal(tf.memory().numTensors, before);
  assert.deepEqual(await target.read(), arrays);
});

Deno.test("ParameterSet.write() refuses missing names and other shapes", async () => {
  const parameters = build();
  const arrays = await parameters.read();
  const { "a/mean": _, ...missing } = arrays;
  assert.throws(() => parameters.write(missing), /"a\/mean" is missing from the stored arrays/);
  const reshaped = { ...arrays, "a/weight": { ...arrays["a/weight"]!, shape: [3, 2] } };
  assert.throws(() => parameters.write(reshaped), {
    name: "TypeError",
    message: 'Cannot use stored parameter "a/weight": found shape [3, 2], want [2, 3]',
  });
});

Deno.test("ParameterSet.copyFrom() copies values, not tensors", async () => {
  const [source, target] = [build(1), build(2)];
  target.copyFrom(source);
  const copied = await target.read();
  assert.deepEqual(copied, await source.read());
  for (const variable of source.trainable.values()) {
    tf.tidy(() => variable.assign(tf.zerosLike(variable)));
  }
  assert.deepEqual(await target.read(), copied);
});

Deno.test("ParameterSet.join() shares the tensors of its parts under their roles", () => {
  const [student, adapters] = [build(1, ["a"]), build(2, ["b"])];
  const joint = ParameterSet.join({ student, adapters });
  assert.deepEqual([...joint.trainable.keys()], ["student/a/weight", "adapters/b/weight"]);
  assert.equal(joint.trainable.get("student/a/weight"), student.trainable.get("a/weight"));
  assert.equal(joint.buffers.get("adapters/b/mean"), adapters.buffers.get("b/mean"));
});

Deno.test("ParameterSet.dispose() frees every tensor", () => {
  const before = tf.memory().numTensors;
  build().dispose();
  assert.equal(tf.memory().numTensors, before);
});

Deno.test("initialisers have the bounds and deviations of their formulas", () => {
  const draw = (initialise: ReturnType<typeof normal>) => initialise([100, 100], rngOf(4));
  const largest = (values: Float32Array) => values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  const deviation = (values: Float32Array) =>
    Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
  // 10,000 uniform draws come within 0.5 % of their bound, and deviations within 3 %.
  for (
    const [initialise, bound] of [
      [uniform(0.3), 0.3],
      [torchUniform(25), 0.2],
      [xavierUniform(10, 14, 2), 1],
    ] as const
  ) {
    const values = draw(initialise);
    assert.ok(largest(values) <= bound * (1 + 1e-6) && largest(values) > 0.995 * bound);
    assert.ok(Math.abs(deviation(values) / (bound / Math.sqrt(3)) - 1) < 0.03);
  }
  assert.ok(Math.abs(deviation(draw(normal(0.02))) / 0.02 - 1) < 0.03);
  assert.ok(constant(3)([2], rngOf(0)).every((value) => value === 3));
});
