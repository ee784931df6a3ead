import assert from "node:assert/strict";
import { tf } from "../../base/tf.ts";
import {
  assertFiniteDifferences,
  assertMatches,
  assertNoLeak,
  assertSame,
  draw,
  type Function,
  gradientsOf,
  kernelsOf,
} from "../../testing/kernels.ts";
import {
  batchNormInference,
  composedNormInference,
  type NormInferenceInputs,
  type NormInferenceOptions,
} from "./inference.ts";
import { hasOwnKernels } from "../tensorflow/own_kernels.ts";

interface Case extends Omit<NormInferenceOptions, "epsilon"> {
  readonly shape: readonly [number, number, number, number];
  readonly bias?: boolean;
  readonly shortcut?: boolean;
}

const EPSILON = 1e-3;

/** Names of the inputs that have a gradient. */
function namesOf({ bias = false, shortcut = false }: Case): (keyof NormInferenceInputs)[] {
  const optional = [bias ? "bias" : [], shortcut ? "shortcut" : []].flat();
  return ["x", "scale", "offset", ...optional] as (keyof NormInferenceInputs)[];
}

/** Scales of both signs: a negative one turns the order in a window around. */
function inputsOf(one: Case): tf.Tensor[] {
  const channels = one.shape[3];
  return namesOf(one).map((name) =>
    draw(name, name === "x" || name === "shortcut" ? [...one.shape] : [channels], 2)
  );
}

function form(normalise: typeof batchNormInference, one: Case): Function {
  const channels = one.shape[3];
  const names = namesOf(one);
  return (...tensors) => {
    const fixed = {
      mean: draw("mean", [channels], 0.5),
      variance: tf.abs(draw("variance", [channels])).add(0.1),
    };
    const inputs = { ...fixed, ...Object.fromEntries(names.map((name, i) => [name, tensors[i]])) };
    return normalise(inputs as unknown as NormInferenceInputs, { ...one, epsilon: EPSILON });
  };
}

const CASES: Case[] = [];
for (const activation of ["none", "relu", "relu6", "swish"] as const) {
  for (const shape of [[2, 3, 5, 3], [4, 8, 8, 20], [3, 1, 1, 129]] as const) {
    CASES.push({ activation, shape }, { activation, shape, bias: true });
  }
  CASES.push({ activation, shape: [3, 4, 6, 7], shortcut: true });
  CASES.push({ activation, shape: [4, 8, 8, 24], bias: true, shortcut: true });
  CASES.push({ activation, shape: [2, 4, 6, 5], bias: true, pool: true });
}
// Several parts, one per thread.
CASES.push({ activation: "relu", shape: [8, 16, 16, 64], bias: true });
for (const shape of [[3, 8, 8, 8], [5, 16, 16, 20], [2, 2, 2, 64], [2, 5, 4, 4]] as const) {
  const activation = "relu";
  CASES.push({ activation, shape, pool: true }, { activation, shape, pool: true, bias: true });
}
CASES.push({ activation: "relu", shape: [2, 4, 4, 9], pool: true, shortcut: true });

function titleOf({ activation, shape, bias, shortcut, pool }: Case): string {
  const parts = [activation, bias && "bias", shortcut && "shortcut", pool && "pool"].filter(
    Boolean,
  );
  return `${parts.join(", ")} of ${shape.join(" x ")}`;
}

for (const one of CASES) {
  Deno.test(`batchNormInference() equals stock ops: ${titleOf(one)}`, () => {
    tf.tidy(() =>
      assertMatches(
        form(batchNormInference, one),
        form(composedNormInference, one),
        inputsOf(one),
      )
    );
  });
}

for (const activation of ["none", "swish"] as const) {
  Deno.test(`batchNormInference() with ${activation} has the gradients of finite differences`, () => {
    const one: Case = { activation, shape: [2, 2, 3, 2], bias: true, shortcut: true };
    tf.tidy(() => assertFiniteDifferences(form(batchNormInference, one), inputsOf(one), 3e-3));
  });
}

Deno.test("batchNormInference() with a pool has the gradients of finite differences", () => {
  tf.tidy(() => {
    // Entries far from each shortcut: no step reaches another entry of its window.
    const values = [...draw("order", [2, 4, 4, 2]).dataSync()];
    const ranks = [...values].sort((a, b) => a - b);
    const spaced = tf.tensor(values.map((v) => 0.3 * ranks.indexOf(v)), [2, 4, 4, 2]);
    const one: Case = { activation: "relu", shape: [2, 4, 4, 2], bias: true, pool: true };
    const numbers = [[1.5, -0.7], [0.31, -0.17], [0.1, 0.2]].map((list) => tf.tensor1d(list));
    assertFiniteDifferences(form(batchNormInference, one), [spaced, ...numbers], 2e-2);
  });
});

Deno.test("batchNormInference() with a pool gives the slope to the first of equal entries", () => {
  tf.tidy(() => {
    const one: Case = { activation: "relu", shape: [1, 2, 2, 1], pool: true };
    const [x, ones] = [tf.fill([1, 2, 2, 1], 7), tf.ones([1])];
    const [dx] = gradientsOf(form(batchNormInference, one), [x, ones, ones]);
    const [first, ...others] = dx!.dataSync();
    assert.notEqual(first, 0);
    assert.deepEqual(others, [0, 0, 0]);
  });
});

Deno.test("batchNormInference() keeps a small variance beside a large mean", () => {
  tf.tidy(() => {
    const x = tf.tensor4d([1000, 1000.5, 1001, 999], [1, 2, 2, 1]);
    const [one, zero] = [tf.tensor1d([1]), tf.tensor1d([0])];
    const y = batchNormInference(
      { x, scale: one, offset: zero, mean: tf.tensor1d([1000]), variance: tf.tensor1d([1e-4]) },
      { epsilon: 0, activation: "none" },
    );
    assertSame(y, tf.tensor4d([0, 50, 100, -100], [1, 2, 2, 1]), 1e-6);
  });
});

Deno.test("batchNormInference() leaves no tensor behind", () => {
  for (const pool of [false, true]) {
    const one: Case = {
      activation: "relu",
      shape: [2, 4, 4, 4],
      bias: true,
      shortcut: !pool,
      pool,
    };
    const inputs = inputsOf(one);
    assertNoLeak(form(batchNormInference, one), inputs);
    tf.dispose(inputs);
  }
});

Deno.test({
  name:
    "batchNormInference() computes the gradients that are asked for, and refuses the running statistics'",
  ignore: !hasOwnKernels,
  fn() {
    tf.tidy(() => {
      const one: Case = { activation: "relu", shape: [2, 4, 4, 8], bias: true };
      const [x, ...numbers] = inputsOf(one);
      const f = form(batchNormInference, one);
      const ofInput = kernelsOf(() => void gradientsOf((z) => f(z!, ...numbers), [x!]));
      assert.ok(ofInput.has("CganKdNormInferenceGrad") && !ofInput.has("CganKdNormInferenceSlope"));
      const ofNumbers = kernelsOf(() => void gradientsOf((...all) => f(x!, ...all), numbers));
      assert.ok(!ofNumbers.has("CganKdNormInferenceGrad"));
      const [scale, offset] = numbers as tf.Tensor1D[];
      const ofMean: Function = (mean) =>
        batchNormInference(
          {
            x: x as tf.Tensor4D,
            scale: scale!,
            offset: offset!,
            mean: mean as tf.Tensor1D,
            variance: tf.ones([8]),
          },
          { epsilon: EPSILON, activation: "relu" },
        );
      assert.throws(() => gradientsOf(ofMean, [tf.zeros([8])]), /running mean or variance/);
    });
  },
});
