import assert from "node:assert/strict";
import { INFERENCE, type Mode, normal, ParameterSet, Scope } from "../../base/module.ts";
import { lossAndGradients } from "../../base/training/optimisers.ts";
import { normalArray, rngOf } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import { spectralNorm } from "./spectral_norm.ts";

const SHAPE = [3, 3, 2, 5];
const OUT = 5;
const REST = 18;
const TRAINING: Mode = { training: true };

/** The layer under test with views of what it keeps, as doubles on the host. */
function layer(seed = 3) {
  const parameters = new ParameterSet();
  const scope = new Scope(parameters, rngOf(seed));
  const normalise = spectralNorm<tf.Rank.R4>(scope, {
    shape: SHAPE,
    init: normal(0.3),
    epsilon: 1e-12,
  });
  return {
    parameters,
    normalise,
    weight: () => Array.from(parameters.trainable.get("weight")!.dataSync()),
    u: () => Array.from(parameters.buffers.get("u")!.dataSync()),
    forward(mode: Mode): Float32Array {
      return tf.tidy(() => normalise(mode).dataSync().slice()) as Float32Array;
    },
  };
}

const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
const unit = (a: number[]) => a.map((value) => value / Math.sqrt(dot(a, a)));
/** W u, with W read as [REST, OUT]. */
const times = (w: number[], u: number[]) =>
  Array.from({ length: REST }, (_, r) => dot(w.slice(r * OUT, (r + 1) * OUT), u));
/** Wᵀ v. */
const transposedTimes = (w: number[], v: number[]) =>
  Array.from(
    { length: OUT },
    (_, c) => v.reduce((sum, value, r) => sum + value * w[r * OUT + c]!, 0),
  );

function assertNear(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number) {
  assert.equal(actual.length, expected.length);
  let scale = 0;
  let error = 0;
  for (let i = 0; i < expected.length; i++) {
    scale = Math.max(scale, Math.abs(expected[i]!));
    error = Math.max(error, Math.abs(actual[i]! - expected[i]!));
  }
  assert.ok(error <= tolerance * scale, `found error ${error}, want ${tolerance} of ${scale}`);
}

Deno.test("spectralNorm() reaches the largest singular value", () => {
  const { parameters, weight, forward } = layer();
  for (let i = 0; i < 300; i++) forward(TRAINING);
  const normalised = forward(INFERENCE);
  // The slow way: powers of WᵀW in double precision, from another start.
  const w = weight();
  let u = unit([1, 2, 3, 4, 5]);
  for (let i = 0; i < 20_000; i++) u = unit(transposedTimes(w, times(w, u)));
  const largest = Math.sqrt(dot(times(w, u), times(w, u)));
  assertNear(normalised, w.map((value) => value / largest), 1e-5);
  // At the top the vector is an eigenvector of WᵀW and no direction is stretched more.
  const stretched = transposedTimes(w, times(w, u));
  assertNear(stretched, u.map((value) => value * largest ** 2), 1e-6);
  for (let k = 0; k < 50; k++) {
    const probe = unit(Array.from(normalArray(OUT, rngOf(k, "probe"))));
    assert.ok(Math.sqrt(dot(times(w, probe), times(w, probe))) <= largest * (1 + 1e-9));
  }
  parameters.dispose();
});

Deno.test("spectralNorm() does one power iteration a training forward", () => {
  const { parameters, weight, u, forward } = layer();
  const w = weight();
  let left = u();
  assert.ok(Math.abs(dot(left, left) - 1) < 1e-6);
  for (let k = 0; k < 4; k++) {
    const v = unit(times(w, left));
    const back = transposedTimes(w, v);
    left = unit(back);
    const sigma = dot(back, left);
    assertNear(forward(TRAINING), w.map((value) => value / sigma), 1e-5);
    assertNear(u(), left, 1e-5);
  }
  parameters.dispose();
});

Deno.test("spectralNorm() in inference uses the stored vector and leaves it bit-equal", () => {
  const { parameters, weight, u, forward } = layer();
  forward(TRAINING);
  const before = u();
  const first = forward(INFERENCE);
  assert.deepEqual(forward(INFERENCE), first);
  assert.deepEqual(u(), before);
  const w = weight();
  const back = transposedTimes(w, unit(times(w, before)));
  const sigma = Math.sqrt(dot(back, back));
  assertNear(first, w.map((value) => value / sigma), 1e-5);
  forward(TRAINING);
  assert.notDeepEqual(u(), before);
  parameters.dispose();
});

Deno.test("spectralNorm() of an averaged network does not depend on the length of its average u", () => {
  const { parameters, weight, u, forward } = layer();
  for (let i = 0; i < 300; i++) forward(TRAINING);
  const expected = forward(INFERENCE);
  const left = parameters.buffers.get("u")!;
  // The mean of unit vectors that turned during training: as short as 0.45 was seen in a published generator.
  const shorter = tf.tensor(u().map((value) => value * 0.45), [OUT, 1]);
  left.assign(shorter);
  const found = forward(INFERENCE);
  assertNear(found, expected, 1e-6);
  // Held to the singular value itself, computed by many powers of WᵀW in double precision.
  const w = weight();
  let top = unit([1, 2, 3, 4, 5]);
  for (let i = 0; i < 20_000; i++) top = unit(transposedTimes(w, times(w, top)));
  const largest = Math.sqrt(dot(times(w, top), times(w, top)));
  assertNear(found, w.map((value) => value / largest), 1e-5);
  shorter.dispose();
  parameters.dispose();
});

for (const mode of [TRAINING, INFERENCE]) {
  const name = mode.training ? "training" : "inference";
  Deno.test(`spectralNorm() has the slope of W / (vᵀWu) with u and v held, in ${name}`, () => {
    const { parameters, normalise, weight, u } = layer();
    const w = weight();
    const before = u();
    const tensors = tf.memory().numTensors;
    const slope = Array.from(normalArray(REST * OUT, rngOf(8)));
    const analytic = tf.tidy(() => {
      const weights = tf.tensor(slope, SHAPE);
      const { gradients } = lossAndGradients(
        parameters,
        () => tf.sum(normalise(mode).mul(weights)) as tf.Scalar,
      );
      return Array.from(gradients.weight!.dataSync());
    });
    assert.equal(tf.memory().numTensors, tensors);
    const v = unit(times(w, before));
    const held = unit(transposedTimes(w, v));
    const loss = (at: number[]) => dot(slope, at) / dot(times(at, held), v);
    const numeric = w.map((value, i) => {
      const step = 1e-5;
      const high = w.with(i, value + step);
      const low = w.with(i, value - step);
      return (loss(high) - loss(low)) / (2 * step);
    });
    assertNear(analytic, numeric, 1e-4);
    parameters.dispose();
  });
}
