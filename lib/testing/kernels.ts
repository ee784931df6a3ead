/** What the tests of kernels check: against composed forms, against finite differences, for leaks. */
import assert from "node:assert/strict";
import { rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";

/** Normal draws, the same for the same name. */
export function draw<S extends number[]>(name: string, shape: S, scale = 1): tf.Tensor {
  const rng = rngOf(1, name);
  const count = shape.reduce((product, side) => product * side, 1);
  return tf.tensor(Float32Array.from({ length: count }, () => scale * rng.normal()), shape);
}

/** Largest difference relative to the largest entry. */
function difference(found: tf.Tensor, wanted: tf.Tensor): number {
  assert.deepEqual(found.shape, wanted.shape);
  return tf.tidy(() => {
    const scale = Math.max(tf.max(tf.abs(wanted)).dataSync()[0]!, 1e-12);
    return tf.max(tf.abs(tf.sub(found, wanted))).dataSync()[0]! / scale;
  });
}

/** Same shape, and values as close as `tolerance` times the largest wanted one. */
export function assertSame(found: tf.Tensor, wanted: tf.Tensor, tolerance = 1e-5) {
  const error = difference(found, wanted);
  assert.ok(error <= tolerance, `largest relative difference ${error}`);
}

/** Any function of tensors. */
export type Function = (...inputs: tf.Tensor[]) => tf.Tensor;

/** Σ f(inputs) · w with fixed random w, so that every entry of the gradient counts. */
function weighted(f: Function): (...inputs: tf.Tensor[]) => tf.Scalar {
  return (...inputs) => {
    const y = f(...inputs);
    return tf.sum(y.mul(draw("weights", y.shape))).asScalar();
  };
}

/** Gradients of `weighted`. */
export function gradientsOf(f: Function, inputs: tf.Tensor[]): tf.Tensor[] {
  return tf.grads(weighted(f))(inputs);
}

/** Values and gradients of a kernel equal those of its composed form. */
export function assertMatches(kernel: Function, composed: Function, inputs: tf.Tensor[]) {
  assertSame(kernel(...inputs), composed(...inputs));
  const wanted = gradientsOf(composed, inputs);
  gradientsOf(kernel, inputs).forEach((gradient, i) => assertSame(gradient, wanted[i]!, 1e-4));
}

/** Every entry of every gradient equals a central difference. */
export function assertFiniteDifferences(f: Function, inputs: tf.Tensor[], step = 1e-2) {
  const gradients = gradientsOf(f, inputs);
  for (const [i, input] of inputs.entries()) {
    const values = input.dataSync();
    const differences = Float32Array.from(values, (_, k) => {
      const at = (shift: number) =>
        tf.tidy(() => {
          const moved = Float32Array.from(values, (value, j) => j === k ? value + shift : value);
          const all = inputs.map((other, j) => j === i ? tf.tensor(moved, input.shape) : other);
          return weighted(f)(...all).dataSync()[0]!;
        });
      return (at(step) - at(-step)) / (2 * step);
    });
    assertSame(gradients[i]!, tf.tensor(differences, input.shape), 5e-3);
  }
}

/** A call and its gradient leave only their results. */
export function assertNoLeak(f: Function, inputs: tf.Tensor[]) {
  const before = tf.memory().numTensors;
  tf.tidy(() => void f(...inputs));
  tf.tidy(() => void gradientsOf(f, inputs));
  assert.equal(tf.memory().numTensors, before);
}

/** Names of the kernels that a call runs. */
export function kernelsOf(work: () => void): Set<string> {
  const names = new Set<string>();
  const backend = tf.backend() as unknown as {
    executeMultipleOutputs: (name: string, ...rest: unknown[]) => unknown;
  };
  const original = backend.executeMultipleOutputs;
  backend.executeMultipleOutputs = function (name, ...rest) {
    names.add(name);
    return original.call(this, name, ...rest);
  };
  try {
    work();
  } finally {
    delete (backend as Partial<typeof backend>).executeMultipleOutputs;
  }
  return names;
}
