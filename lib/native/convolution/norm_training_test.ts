import assert from "node:assert/strict";
import { tf } from "../../base/tf.ts";
import { convExplicit, depthwiseConvExplicit } from "./explicit_padding.ts";
import {
  type ConvNormCase,
  DEPTH,
  describeCase,
  drawCase,
  paddingOf,
  POINT,
} from "../../testing/conv_norm.ts";
import { convNormTraining } from "./norm_training.ts";
import {
  assertFiniteDifferences,
  assertMatches,
  assertNoLeak,
  assertSame,
  draw,
  type Function,
  kernelsOf,
} from "../../testing/kernels.ts";
import { activate } from "../maps/activation.ts";
import { composedBatchNorm, type RunningMoments } from "../normalisation/batch_norm.ts";
import { hasOwnKernels } from "../tensorflow/own_kernels.ts";

const EPSILON = 1e-3;
const MOMENTUM = 0.25;

const SMALL_POINT: ConvNormCase = {
  ...POINT,
  x: [2, 2, 3, 2],
  out: 3,
  activation: "none",
  shortcut: true,
};
const SMALL_DEPTH: ConvNormCase = { ...DEPTH, x: [1, 4, 3, 2], out: 2, activation: "swish" };
const CASES: readonly ConvNormCase[] = [
  SMALL_POINT,
  SMALL_DEPTH,
  { ...POINT, x: [2, 3, 5, 4], out: 6 },
  { ...POINT, x: [2, 5, 5, 12], out: 40, stride: 2, activation: "swish" },
  { ...POINT, x: [2, 16, 16, 5], out: 1, stride: 2 },
  { ...POINT, x: [8, 16, 16, 24], out: 24, activation: "none", shortcut: true },
  { ...POINT, x: [8, 8, 8, 24], out: 144, activation: "relu6" },
  { ...POINT, x: [3, 7, 7, 144], out: 24 },
  // Slopes of this filter do not fit the cache of a thread.
  { ...POINT, x: [4, 4, 4, 240], out: 280 },
  // Written around the cache.
  { ...POINT, x: [64, 32, 32, 16], out: 64 },
  { ...DEPTH, x: [2, 5, 6, 3], out: 3 },
  { ...DEPTH, x: [4, 9, 9, 40], out: 40, stride: 2 },
  { ...DEPTH, x: [3, 8, 8, 18], out: 18, kernel: 5, activation: "swish" },
  { ...DEPTH, x: [9, 6, 6, 16], out: 16, kernel: 5, stride: 2, activation: "none", shortcut: true },
  { ...DEPTH, x: [70, 32, 32, 64], out: 64 },
];

/** Tensors in the order x, filter, scale, offset, shortcut. */
function inputsOf(given: ConvNormCase): tf.Tensor[] {
  const { x, filter, shortcut } = drawCase(given);
  const { out } = given;
  const norm = [draw("scale", [out]), draw("offset", [out], 0.5)];
  return [x, filter, ...norm, ...shortcut === undefined ? [] : [shortcut]];
}

function fused(given: ConvNormCase, running: RunningMoments): Function {
  return (x, filter, scale, offset, shortcut) => {
    const maps = { x, filter } as { x: tf.Tensor4D; filter: tf.Tensor4D };
    const y = convNormTraining({ ...maps, kind: given.kind, padding: paddingOf(given) }, {
      scale: scale as tf.Tensor1D,
      offset: offset as tf.Tensor1D,
      epsilon: EPSILON,
      running,
      activation: given.activation,
      shortcut: shortcut as tf.Tensor4D | undefined,
    });
    assert.ok(y !== undefined);
    return y;
  };
}

function composed(given: ConvNormCase): Function {
  const convolve = given.kind === "dense" ? convExplicit : depthwiseConvExplicit;
  return (x, filter, scale, offset, shortcut) => {
    const z = convolve(x as tf.Tensor4D, filter as tf.Tensor4D, paddingOf(given));
    const [gain, shift] = [scale, offset] as [tf.Tensor1D, tf.Tensor1D];
    const y = composedBatchNorm(z, gain, shift, EPSILON, () => {});
    return activate(shortcut === undefined ? y : tf.add(y, shortcut), given.activation);
  };
}

/** Running statistics that no test minds. */
function someMoments(channels: number): RunningMoments {
  const variable = (name: string) => tf.variable(draw(name, [channels])) as tf.Variable<tf.Rank.R1>;
  return { mean: variable("mean"), variance: variable("variance"), momentum: MOMENTUM };
}

/** Runs a test with running statistics and frees everything. */
function withMoments(channels: number, test: (running: RunningMoments) => void) {
  const running = someMoments(channels);
  tf.tidy(() => test(running));
  tf.dispose([running.mean, running.variance]);
}

const NATIVE = { ignore: !hasOwnKernels };

for (const given of CASES) {
  Deno.test(
    `convNormTraining() equals stock ops: ${describeCase(given)}`,
    NATIVE,
    () =>
      withMoments(given.out, (running) => {
        assertMatches(fused(given, running), composed(given), inputsOf(given));
      }),
  );
}

for (const given of [SMALL_POINT, SMALL_DEPTH]) {
  Deno.test(
    `convNormTraining() has the gradients of finite differences: ${given.kind}`,
    NATIVE,
    () =>
      withMoments(given.out, (running) => {
        assertFiniteDifferences(fused(given, running), inputsOf(given), 3e-3);
      }),
  );

  Deno.test(
    `convNormTraining() leaves no tensor behind: ${given.kind}`,
    NATIVE,
    () => withMoments(given.out, (running) => assertNoLeak(fused(given, running), inputsOf(given))),
  );
}

Deno.test("convNormTraining() is one kernel and moves the running statistics", NATIVE, () => {
  const given: ConvNormCase = { ...POINT, x: [2, 5, 5, 12], out: 40, stride: 2 };
  withMoments(given.out, (running) => {
    const inputs = inputsOf(given);
    const [x, filter] = inputs as [tf.Tensor4D, tf.Tensor4D];
    const { mean, variance } = tf.moments(convExplicit(x, filter, paddingOf(given)), [0, 1, 2]);
    const count = x.shape[0] * 3 * 3;
    const blend = (before: tf.Tensor, batch: tf.Tensor) =>
      tf.add(before.mul(1 - MOMENTUM), batch.mul(MOMENTUM));
    const wanted = [
      blend(running.mean, mean),
      blend(running.variance, variance.mul(count / (count - 1))),
    ];
    const names = kernelsOf(() => void fused(given, running)(...inputs));
    assert.deepEqual([...names], ["CganKdPointwiseNormStep"]);
    [running.mean, running.variance].forEach((found, i) => assertSame(found, wanted[i]!));
  });
});

Deno.test("convNormTraining() leaves what it has no kernel for to several operations", () => {
  withMoments(3, (running) => {
    const [x, filter, scale, offset, shortcut] = inputsOf(SMALL_POINT) as [
      tf.Tensor4D,
      tf.Tensor4D,
      tf.Tensor1D,
      tf.Tensor1D,
      tf.Tensor4D,
    ];
    const convolution = { x, filter, kind: "dense", padding: { stride: 1, padding: 0 } } as const;
    const norm = { scale, offset, epsilon: EPSILON, running, activation: "relu" } as const;
    assert.equal(convNormTraining(convolution, { ...norm, shortcut }), undefined);
    const biased = { ...running, bias: offset };
    assert.equal(convNormTraining(convolution, { ...norm, running: biased }), undefined);
    const wide = draw("wide", [3, 3, 2, 3]) as tf.Tensor4D;
    const padding = { stride: 1, padding: 1 };
    const dense = { ...convolution, filter: wide, padding };
    assert.equal(convNormTraining(dense, norm), undefined);
  });
});

for (const form of [POINT, DEPTH]) {
  Deno.test(
    `convNormTraining() keeps its variance where the first pixel is far from all others: ${form.kind}`,
    NATIVE,
    () => {
      const x: ConvNormCase["x"] = [64, 32, 32, 4];
      const given: ConvNormCase = { ...form, x, out: 4, stride: 2, activation: "none" };
      // At stride 2 the corner of an image reaches one pixel only.
      const mean = tf.variable(tf.zeros([4])) as tf.Variable<tf.Rank.R1>;
      const variance = tf.variable(tf.zeros([4])) as tf.Variable<tf.Rank.R1>;
      tf.tidy(() => {
        const [x, filter, ...rest] = inputsOf(given) as [tf.Tensor4D, tf.Tensor4D];
        const corner = tf.pad(tf.fill([1, 1, 1, 4], 1e5), [[0, 63], [0, 31], [0, 31], [0, 0]]);
        const moved = x.add<tf.Tensor4D>(corner);
        const convolve = given.kind === "dense" ? convExplicit : depthwiseConvExplicit;
        const maps = convolve(moved, filter, paddingOf(given)).dataSync();
        fused(given, { mean, variance, momentum: 1 })(moved, filter, ...rest);
        const found = variance.dataSync();
        for (let c = 0; c < 4; c++) {
          const own = Array.from({ length: maps.length / 4 }, (_, i) => maps[4 * i + c]!);
          const middle = own.reduce((sum, value) => sum + value, 0) / own.length;
          const wanted = own.reduce((sum, value) => sum + (value - middle) ** 2, 0) /
            (own.length - 1);
          const error = Math.abs(found[c]! / wanted - 1);
          assert.ok(error < 1e-5, `channel ${c}: off by ${100 * error} %`);
        }
      });
      tf.dispose([mean, variance]);
    },
  );
}
