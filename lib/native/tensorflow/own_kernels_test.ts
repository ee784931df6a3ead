import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { rngOf } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import { backendInfo } from "./backend.ts";
import { convExplicit, depthwiseConvExplicit } from "../convolution/explicit_padding.ts";
import { type Activation } from "../maps/activation.ts";
import {
  batchNormActivation,
  type BatchNormInputs,
  type BatchStatistics,
  composedBatchNorm,
} from "../normalisation/batch_norm.ts";
import {
  applyGate,
  joinChannels,
  maxPool2,
  maxPool3,
  shuffle,
  shuffleAndSplit,
  spatialMean,
} from "../maps/maps.ts";
import { batchNormReluPool } from "../normalisation/pool.ts";
import { blendStatistics } from "../vectors/update.ts";
import { hasOwnKernels, KERNELS_VARIABLE, LIBRARY_NAME } from "./own_kernels.ts";

// Larger and odder than in kernels_test.ts: whole vectors, what is left of them, several blocks of
// pixels, several threads. The reference is made of stock operations.

function draw(name: string, shape: number[], scale = 1): tf.Tensor {
  const rng = rngOf(2, name);
  const count = shape.reduce((product, side) => product * side, 1);
  return tf.tensor(Float32Array.from({ length: count }, () => scale * rng.normal()), shape);
}

/** Root of the mean squared difference, relative to that of `wanted`. */
function difference(found: tf.Tensor, wanted: tf.Tensor): number {
  assert.deepEqual(found.shape, wanted.shape);
  return tf.tidy(() =>
    tf.sqrt(tf.mean(tf.square(tf.sub(found, wanted)))).dataSync()[0]! /
    tf.sqrt(tf.mean(tf.square(wanted))).dataSync()[0]!
  );
}

type Form = (...inputs: tf.Tensor[]) => tf.Tensor;

/** Value and gradients of Σ f(inputs) · w. */
function valueAndGradients(f: Form, inputs: tf.Tensor[]): tf.Tensor[] {
  const y = f(...inputs);
  const w = draw("slopes", y.shape);
  return [y, ...tf.grads((...z: tf.Tensor[]) => tf.sum(f(...z).mul(w)))(inputs)];
}

function assertAgree(found: Form, wanted: Form, inputs: tf.Tensor[], tolerance: number) {
  const references = valueAndGradients(wanted, inputs);
  valueAndGradients(found, inputs).forEach((tensor, i) => {
    const error = difference(tensor, references[i]!);
    assert.ok(error <= tolerance, `tensor ${i} differs by ${error}, want at most ${tolerance}`);
  });
}

/** No entry lies on a kink of the activations, where rounding decides the slope. */
function clearOfKinks(normalised: tf.Tensor): void {
  const nearest = tf.tidy(() =>
    tf.min(tf.minimum(tf.abs(normalised), tf.abs(normalised.sub(6)))).dataSync()[0]!
  );
  assert.ok(nearest > 1e-6, `an entry lies ${nearest} from a kink: draw other inputs`);
}

for (const activation of ["none", "relu", "relu6", "swish"] as Activation[]) {
  for (const shape of [[2, 3, 5, 3], [4, 8, 8, 58], [2, 16, 16, 96], [3, 1, 1, 129]]) {
    Deno.test(`batchNormActivation() with ${activation} of ${shape.join(" x ")} equals stock ops`, () => {
      const channels = shape.at(-1)!;
      const inputs = [
        draw("x", shape, 3).add(20),
        draw("scale", [channels], 2),
        draw("offset", [channels]),
      ];
      const normalise = (form: "own" | "stock"): Form => (x, scale, offset) => {
        const parts = [x, scale, offset] as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D];
        if (form === "stock") {
          const z = composedBatchNorm(...parts, 1e-5, () => {});
          return activation === "swish" ? z.mul(tf.sigmoid(z)) : stock(activation, z);
        }
        const [z, gain, shift] = parts;
        return batchNormActivation(
          { x: z, scale: gain, offset: shift, epsilon: 1e-5, onStatistics: () => {} },
          activation,
        );
      };
      clearOfKinks(composedBatchNorm(
        ...inputs as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D],
        1e-5,
        () => {},
      ));
      assertAgree(normalise("own"), normalise("stock"), inputs, 2e-5);
    });
  }
}

function stock(activation: Activation, z: tf.Tensor4D): tf.Tensor4D {
  return activation === "relu" ? tf.relu(z) : activation === "relu6" ? tf.relu6(z) : z;
}

for (const [m, n] of [[1, 3], [8, 20], [5, 64]] as const) {
  Deno.test(`joinChannels() of ${m} and ${n} channels equals a concatenation`, () => {
    assertAgree(
      (a, b) => joinChannels(a as tf.Tensor4D, b as tf.Tensor4D),
      (a, b) => tf.concat([a!, b!], 3),
      [draw("a", [3, 7, 5, m]), draw("b", [3, 7, 5, n])],
      1e-6,
    );
  });
}

const NORMALISE = {
  "batchNormActivation()": (inputs: BatchNormInputs) => batchNormActivation(inputs, "relu"),
  "batchNormReluPool()": batchNormReluPool,
};
for (const [name, normalise] of Object.entries(NORMALISE)) {
  for (const isBiased of [false, true]) {
    const title = isBiased ? "with a bias" : "without a bias";
    Deno.test({
      name: `${name} moves running statistics ${title} to the same bits as the update after it`,
      ignore: !hasOwnKernels,
      fn() {
        const x = draw("x", [3, 4, 4, 10]) as tf.Tensor4D;
        const [scale, offset, bias] = ["scale", "offset", "bias"].map((name) =>
          draw(name, [10]) as tf.Tensor1D
        );
        const momentum = 0.1;
        const after = [false, true].map((inKernel) => {
          const mean = tf.variable(draw("mean", [10]) as tf.Tensor1D);
          const variance = tf.variable(tf.abs(draw("variance", [10])) as tf.Tensor1D);
          const move = (batch: BatchStatistics) => {
            const shifted = isBiased ? tf.add<tf.Tensor1D>(batch.mean, bias!) : batch.mean;
            blendStatistics({ mean, variance }, { ...batch, mean: shifted }, momentum);
          };
          const running = { mean, variance, momentum, bias: isBiased ? bias : undefined };
          normalise({
            x,
            scale: scale!,
            offset: offset!,
            epsilon: 1e-5,
            onStatistics: (batch) => void tf.tidy(() => move(batch)),
            running: inKernel ? running : undefined,
          });
          return [mean, variance].map((one) => [...one.dataSync()]);
        });
        assert.deepEqual(after[1], after[0]);
        assert.notDeepEqual(after[0]![0], [...draw("mean", [10]).dataSync()]);
      },
    });
  }
}

Deno.test("batchNormActivation() lets what is not a number through", () => {
  const x = tf.tensor4d([1, NaN, 3, 4], [1, 2, 2, 1]);
  const one = tf.tensor1d([1]);
  const y = batchNormActivation(
    { x, scale: one, offset: one, epsilon: 1e-5, onStatistics: () => {} },
    "relu",
  );
  assert.ok([...y.dataSync()].every(Number.isNaN));
});

Deno.test("hasOwnKernels is true where set-up compiled the library", () => {
  const path = join(
    import.meta.dirname!,
    "../../../node_modules/@tensorflow/tfjs-node-gpu/lib/napi-v8",
  );
  const isWanted = existsSync(join(path, LIBRARY_NAME)) && backendInfo.device === "CPU" &&
    backendInfo.name === "native" && Deno.env.get(KERNELS_VARIABLE) !== "stock";
  assert.equal(hasOwnKernels, isWanted);
});

const MAPS = [
  // [batch, height, width, in], out, kernel, stride
  [[3, 8, 8, 16], 16, 3, 1],
  [[2, 32, 32, 8], 20, 3, 1],
  [[5, 9, 7, 13], 29, 3, 2],
  [[40, 4, 4, 33], 40, 3, 1],
  [[2, 33, 40, 9], 7, 5, 1],
  [[3, 16, 16, 24], 48, 4, 2],
  // Wide enough for the input's gradient to take another way.
  [[2, 6, 7, 96], 96, 3, 2],
] as const;

for (const [shape, out, kernel, stride] of MAPS) {
  const title = `${shape.join(" x ")} to ${out}, kernel ${kernel}, stride ${stride}`;
  const padding = Math.floor((kernel - 1) / 2);
  const sides: [number, number] = [padding, padding];
  const channels = shape[3];

  Deno.test(`convExplicit() of ${title} equals stock ops`, () => {
    const inputs = [draw("x", [...shape]), draw("filter", [kernel, kernel, channels, out])];
    assertAgree(
      (x, filter) => convExplicit(x as tf.Tensor4D, filter as tf.Tensor4D, { stride, padding }),
      (x, filter) =>
        tf.conv2d(
          tf.pad(x as tf.Tensor4D, [[0, 0], sides, sides, [0, 0]]),
          filter as tf.Tensor4D,
          stride,
          "valid",
        ),
      inputs,
      2e-5,
    );
  });

  Deno.test(`depthwiseConvExplicit() of ${title} equals stock ops`, () => {
    const inputs = [draw("x", [...shape]), draw("filter", [kernel, kernel, channels, 1])];
    assertAgree(
      (x, filter) =>
        depthwiseConvExplicit(x as tf.Tensor4D, filter as tf.Tensor4D, { stride, padding }),
      (x, filter) =>
        tf.depthwiseConv2d(
          tf.pad(x as tf.Tensor4D, [[0, 0], sides, sides, [0, 0]]),
          filter as tf.Tensor4D,
          stride,
          "valid",
        ),
      inputs,
      2e-5,
    );
  });
}

for (const half of [6, 29, 58, 64]) {
  const maps = () => [draw("a", [2, 5, 3, half]), draw("b", [2, 5, 3, half])];

  Deno.test(`shuffleAndSplit() of halves of ${half} is concatenation, transposition, split`, () => {
    const composed: Form = (a, b) =>
      tf.transpose(tf.concat([a!, b!], 3).reshape([30, 2, half]), [0, 2, 1])
        .reshape([2, 5, 3, 2 * half]);
    assertAgree(
      // Weighted unlike, so that halves in the wrong order are noticed.
      (a, b) => {
        const [first, second] = shuffleAndSplit(a as tf.Tensor4D, b as tf.Tensor4D);
        return tf.concat([first.mul(2), second], 3);
      },
      (a, b) => {
        const [first, second] = tf.split(composed(a!, b!), 2, 3);
        return tf.concat([first!.mul(2), second!], 3);
      },
      maps(),
      1e-6,
    );
    assertAgree((a, b) => shuffle(a as tf.Tensor4D, b as tf.Tensor4D), composed, maps(), 1e-6);
  });
}

Deno.test("shuffleAndSplit() takes slopes of one half only", () => {
  const a = draw("a", [1, 2, 2, 4]) as tf.Tensor4D, b = draw("b", [1, 2, 2, 4]) as tf.Tensor4D;
  const [da, db] = tf.grads((x: tf.Tensor, y: tf.Tensor) =>
    tf.sum(shuffleAndSplit(x as tf.Tensor4D, y as tf.Tensor4D)[1])
  )([a, b]);
  const wanted = [0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1];
  assert.deepEqual([...da!.dataSync()], wanted);
  assert.deepEqual([...db!.dataSync()], wanted);
});

for (const channels of [3, 8, 45]) {
  Deno.test(`applyGate() and spatialMean() of ${channels} channels equal stock ops`, () => {
    const x = draw("x", [3, 4, 5, channels]), gate = draw("gate", [3, 1, 1, channels]);
    assertAgree(
      (z, s) => applyGate(z as tf.Tensor4D, s as tf.Tensor4D),
      (z, s) => tf.mul(z!, s!),
      [x, gate],
      1e-6,
    );
    assertAgree((z) => spatialMean(z as tf.Tensor4D), (z) => tf.mean(z!, [1, 2], true), [x], 1e-6);
  });
}

for (const shape of [[2, 4, 6, 19], [1, 2, 2, 8], [2, 5, 3, 4]]) {
  Deno.test(`maxPool2() of ${shape.join(" x ")} equals the stock op`, () => {
    assertAgree(
      (x) => maxPool2(x as tf.Tensor4D),
      (x) => tf.maxPool(x as tf.Tensor4D, 2, 2, "valid"),
      [draw("x", shape)],
      1e-6,
    );
  });
}

Deno.test("maxPool2() gives the slope to the first of equal entries", () => {
  const x = tf.tensor4d([3, 3, 1, 3, 0, 2, 2, 2], [2, 2, 2, 1]);
  const dx = tf.grad((z: tf.Tensor) => tf.sum(maxPool2(z as tf.Tensor4D)))(x);
  assert.deepEqual([...dx.dataSync()], [1, 0, 0, 0, 0, 1, 0, 0]);
});

for (const shape of [[2, 4, 6, 19], [3, 5, 5, 8], [1, 1, 2, 4], [64, 32, 32, 24]]) {
  Deno.test(`maxPool3() of ${shape.join(" x ")} equals the stock op, to the bit`, () => {
    assertAgree(
      (x) => maxPool3(tf.relu(x as tf.Tensor4D)),
      (x) => {
        const padded = tf.pad(tf.relu(x as tf.Tensor4D), [[0, 0], [1, 1], [1, 1], [0, 0]]);
        return tf.maxPool(padded as tf.Tensor4D, 3, 2, "valid");
      },
      [draw("x", shape)],
      0,
    );
  });
}

Deno.test("maxPool3() gives the gradient to the first of equal entries, once per window", () => {
  const x = tf.tensor4d([1, 5, 0, 5, 2, 0, 0, 0, 7], [1, 3, 3, 1]);
  const pool = (z: tf.Tensor) => maxPool3(z as tf.Tensor4D);
  assert.deepEqual([...pool(x).dataSync()], [5, 5, 5, 7]);
  const dx = tf.grad((z: tf.Tensor) => tf.sum(pool(z)))(x);
  assert.deepEqual([...dx.dataSync()], [0, 2, 0, 1, 0, 0, 0, 0, 1]);
});

Deno.test("gradients have the same bits in every call", () => {
  const x = draw("x", [16, 16, 16, 24]), filter = draw("filter", [3, 3, 24, 40]);
  const ones = tf.ones([40]) as tf.Tensor1D;
  const gradients = () =>
    valueAndGradients((z, w) => {
      const y = convExplicit(z as tf.Tensor4D, w as tf.Tensor4D, { stride: 1, padding: 1 });
      return batchNormActivation(
        { x: y, scale: ones, offset: ones, epsilon: 1e-5, onStatistics: () => {} },
        "relu",
      );
    }, [x, filter]).map((tensor) => [...tensor.dataSync()]);
  const first = gradients();
  for (let i = 0; i < 3; i++) assert.deepEqual(gradients(), first);
});
