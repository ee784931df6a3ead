import assert from "node:assert/strict";
import { constant, ParameterSet, Scope } from "../module.ts";
import { adam, lossAndGradients, type Optimiser, sgd, stepDecay } from "./optimisers.ts";
import { rngOf } from "../rng.ts";
import { tf } from "../tf.ts";

// Computed from the formula in float64: w = 1, g = 2w (+ weightDecay · w), learning rate 0.1.
const ADAM_DEFAULT = [0.9000000005, 0.8004122287, 0.7015862729];
const ADAM_BETA1_0 = [0.9000000005, 0.8051316712, 0.7155119412];
const ADAM_L2 = [0.900039984, 0.8016987364, 0.7061036457];

/** Weights after each of `steps` updates on loss Σ w², from w = 1 and w = −2. */
function descend(make: (parameters: ParameterSet) => Optimiser, steps: number, rate = 0.1) {
  const parameters = new ParameterSet();
  const scope = new Scope(parameters, rngOf(0));
  const a = scope.weight("a", [], constant(1));
  const b = scope.weight("b", [1, 2], constant(-2));
  const optimiser = make(parameters);
  const path: number[] = [];
  for (let i = 0; i < steps; i++) {
    tf.tidy(() => {
      const { gradients } = lossAndGradients(
        parameters,
        () => tf.add(tf.sum(tf.square(a)), tf.sum(tf.square(b))) as tf.Scalar,
      );
      optimiser.apply(gradients, rate);
    });
    path.push(a.dataSync()[0]!);
  }
  const others = [...b.dataSync()];
  optimiser.state.dispose();
  parameters.dispose();
  return { path, others };
}

function assertNear(found: readonly number[], wanted: readonly number[], tolerance = 2e-6) {
  assert.equal(found.length, wanted.length);
  found.forEach((value, i) => {
    const gap = Math.abs(value - wanted[i]!);
    assert.ok(gap <= tolerance * Math.max(1, Math.abs(wanted[i]!)), `${found} for ${wanted}`);
  });
}

// By hand, g = 2w. Step 1: v = 2 + 0.1 = 2.1, w = 1 − 0.21. Step 2: v = 1.89 + 1.58 + 0.079 = 3.549.
Deno.test("sgd() follows PyTorch's momentum with coupled weight decay and no dampening", () => {
  const { path, others } = descend((p) => sgd(p, { momentum: 0.9, weightDecay: 0.1 }), 2);
  assertNear(path, [0.79, 0.4351]);
  assertNear(others, [-0.8702, -0.8702]);
});

// By hand, d = 2.1 w. Step 1: v = 2.1, w = 1 − 0.1 · (2.1 + 0.9 · 2.1). Step 2: v = 1.89 + 1.2621, w − 0.1 · 4.09899.
Deno.test("sgd() follows PyTorch's Nesterov momentum", () => {
  const settings = { momentum: 0.9, weightDecay: 0.1, nesterov: true };
  const { path, others } = descend((p) => sgd(p, settings), 2);
  assertNear(path, [0.601, 0.191101]);
  assertNear(others, [-0.382202, -0.382202]);
});

Deno.test("sgd() without momentum on a quadratic shrinks by 1 − 2 lr per step", () => {
  const { path } = descend((p) => sgd(p, { momentum: 0 }), 20);
  assertNear(path, path.map((_, i) => 0.8 ** (i + 1)));
});

Deno.test("adam() equals stored sequences of its formula in float64", () => {
  assertNear(descend((p) => adam(p), 3).path, ADAM_DEFAULT, 1e-5);
  assertNear(descend((p) => adam(p, { beta1: 0, beta2: 0.9 }), 3).path, ADAM_BETA1_0, 1e-5);
  const decayed = { beta1: 0.5, beta2: 0.9, epsilon: 1e-3, weightDecay: 0.5 };
  assertNear(descend((p) => adam(p, decayed), 3).path, ADAM_L2, 1e-5);
});

Deno.test("adam() moves by the learning rate at its first step, whatever the gradient", () => {
  const { path, others } = descend((p) => adam(p), 1, 0.01);
  assertNear(path, [0.99]);
  assertNear(others, [-1.99, -1.99]);
});

// A weight that the loss does not reach: decay and what momentum is left of earlier steps move it, as a gradient of 0.
Deno.test("sgd() and adam() take a weight without a gradient for one whose gradient is 0", () => {
  for (
    const make of [
      (p: ParameterSet) => sgd(p, { momentum: 0.9, weightDecay: 0.1 }),
      (p: ParameterSet) => adam(p, { weightDecay: 0.1 }),
    ]
  ) {
    const [left, zero] = [false, true].map((isGiven) => {
      const parameters = new ParameterSet();
      const scope = new Scope(parameters, rngOf(0));
      const [w, b] = ["w", "b"].map((name) => scope.weight(name, [3], constant(2)));
      const optimiser = make(parameters);
      for (let step = 0; step < 3; step++) {
        tf.tidy(() => {
          const gradients = { w: tf.tensor1d([1, -2, 3]) };
          optimiser.apply(isGiven ? { ...gradients, b: tf.zeros([3]) } : gradients, 0.1);
        });
      }
      const values = [...w!.dataSync(), ...b!.dataSync()];
      optimiser.state.dispose();
      parameters.dispose();
      return values;
    });
    assert.deepEqual(left, zero);
    assert.ok(left!.slice(3).every((value) => value > 0 && value < 2), `${left}`);
  }
});

Deno.test("adam() goes on from its stored slots as if it had never stopped", async () => {
  const parameters = new ParameterSet();
  const w = new Scope(parameters, rngOf(0)).weight("w", [3], constant(1));
  const step = (optimiser: Optimiser) =>
    tf.tidy(() => {
      const { gradients } = lossAndGradients(parameters, () => tf.sum(tf.pow(w, 4)) as tf.Scalar);
      optimiser.apply(gradients, 0.1);
    });
  const first = adam(parameters);
  for (let i = 0; i < 3; i++) step(first);
  const weights = await parameters.read();
  const slots = await first.state.read();
  for (let i = 0; i < 3; i++) step(first);
  const undisturbed = [...w.dataSync()];
  const second = adam(parameters);
  parameters.write(weights);
  second.state.write(slots);
  for (let i = 0; i < 3; i++) step(second);
  assert.deepEqual([...w.dataSync()], undisturbed);
});

Deno.test("optimisers decay a weight that the loss does not reach, as PyTorch does with gradient 0", () => {
  const parameters = new ParameterSet();
  const w = new Scope(parameters, rngOf(0)).weight("unused", [2], constant(1));
  const optimiser = sgd(parameters, { momentum: 0, weightDecay: 0.5 });
  tf.tidy(() => optimiser.apply({}, 0.1));
  assertNear([...w.dataSync()], [0.95, 0.95]);
});

Deno.test("optimisers keep the number of tensors constant", () => {
  const parameters = new ParameterSet();
  const w = new Scope(parameters, rngOf(0)).weight("w", [2], constant(1));
  for (const optimiser of [sgd(parameters), adam(parameters)]) {
    const step = () =>
      tf.tidy(() => {
        const { gradients } = lossAndGradients(parameters, () => tf.sum(tf.square(w)) as tf.Scalar);
        optimiser.apply(gradients, 0.1);
      });
    step();
    const before = tf.memory().numTensors;
    step();
    assert.equal(tf.memory().numTensors, before);
  }
});

Deno.test("stepDecay() multiplies at the start of each milestone's epoch, counted from 0", () => {
  const schedule = stepDecay(0.1, [150, 250]);
  assertNear([0, 149, 150, 249, 250, 349].map(schedule), [0.1, 0.1, 0.01, 0.01, 1e-3, 1e-3], 1e-12);
});
