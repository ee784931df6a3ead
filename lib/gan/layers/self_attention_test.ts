import assert from "node:assert/strict";
import { INFERENCE, type Mode, normal, ParameterSet, Scope } from "../../base/module.ts";
import { lossAndGradients } from "../../base/training/optimisers.ts";
import { normalArray, rngOf } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import { assertMatches, draw } from "../../testing/kernels.ts";
import { composedAttention, selfAttention } from "./self_attention.ts";

const TRAINING: Mode = { training: true };
type Shape = [number, number, number, number];

function layer(channels: number, gain?: number) {
  const parameters = new ParameterSet();
  const attend = selfAttention(new Scope(parameters, rngOf(3)), {
    channels,
    weightInit: () => normal(1),
    biasInit: normal(0.5),
    epsilon: 1e-12,
  });
  if (gain !== undefined) parameters.trainable.get("gain")!.assign(tf.scalar(gain));
  return { parameters, attend };
}

function inputOf(shape: Shape): Float32Array {
  return normalArray(shape.reduce((a, b) => a * b), rngOf(1, "x"));
}

/** The formula pixel by pixel, in double precision, with the weights as they are normalised now. */
function byHand(x: Float32Array, [batch, height, width, channels]: Shape, set: ParameterSet) {
  const arrays = new Map([...set.entries()].map(([name, v]) => [name, Array.from(v.dataSync())]));
  const get = (name: string) => arrays.get(name)!;
  const dense = (name: string, pixel: number[]): number[] => {
    const [w, u, bias] = [get(`${name}/weight`), get(`${name}/u`), get(`${name}/bias`)];
    const out = u.length;
    const product = pixel.map((_, i) =>
      u.reduce((sum, value, o) => sum + w[i * out + o]! * value, 0)
    );
    const length = Math.hypot(...product);
    const back = u.map((_, o) =>
      product.reduce((sum, value, i) => sum + w[i * out + o]! * value / length, 0)
    );
    const sigma = Math.hypot(...back);
    return bias.map((b, o) =>
      b + pixel.reduce((sum, value, i) => sum + value * w[i * out + o]! / sigma, 0)
    );
  };
  const result: number[] = [];
  for (let b = 0; b < batch; b++) {
    const pixelAt = (row: number, column: number) => {
      const start = ((b * height + row) * width + column) * channels;
      return Array.from(x.subarray(start, start + channels));
    };
    const keys: number[][] = [];
    const values: number[][] = [];
    for (let row = 0; row < height; row += 2) {
      for (let column = 0; column < width; column += 2) {
        const four = [[0, 0], [0, 1], [1, 0], [1, 1]]
          .map(([down, right]) => pixelAt(row + down!, column + right!));
        const largest = (name: string) =>
          four.map((pixel) => dense(name, pixel))
            .reduce((most, next) => most.map((value, i) => Math.max(value, next[i]!)));
        keys.push(largest("key"));
        values.push(largest("value"));
      }
    }
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const pixel = pixelAt(row, column);
        const query = dense("query", pixel);
        const weights = keys.map((key) =>
          Math.exp(key.reduce((sum, value, i) => sum + value * query[i]!, 0))
        );
        const total = weights.reduce((a, c) => a + c);
        const seen = values[0]!.map((_, i) =>
          weights.reduce((sum, weight, j) => sum + weight / total * values[j]![i]!, 0)
        );
        const out = dense("output", seen);
        pixel.forEach((value, i) => result.push(value + get("gain")[0]! * out[i]!));
      }
    }
  }
  return result;
}

for (const shape of [[2, 4, 6, 16], [1, 2, 2, 4], [3, 6, 4, 12]] satisfies Shape[]) {
  Deno.test(`selfAttention() is the loop over pixels, on ${shape.join(" x ")}`, () => {
    const { parameters, attend } = layer(shape[3], 0.7);
    const x = inputOf(shape);
    const forward = (mode: Mode) =>
      tf.tidy(() => {
        const y = attend(tf.tensor4d(x, shape), mode);
        assert.deepEqual(y.shape, shape);
        return y.dataSync();
      });
    // So that the power iterations are not at their start.
    forward(TRAINING);
    const found = forward(INFERENCE);
    byHand(x, shape, parameters).forEach((want, i) => {
      assert.ok(Math.abs(want - found[i]!) < 1e-4, `found ${found[i]}, want ${want}`);
    });
    parameters.dispose();
  });
}

Deno.test("selfAttention() starts as the identity, in which only its gain has a gradient", () => {
  const shape: Shape = [2, 4, 4, 8];
  const { parameters, attend } = layer(8);
  const x = inputOf(shape);
  const { numTensors } = tf.memory();
  tf.tidy(() => {
    assert.deepEqual(attend(tf.tensor4d(x, shape), TRAINING).dataSync(), x);
    const { gradients } = lossAndGradients(
      parameters,
      () => tf.sum(tf.square(attend(tf.tensor4d(x, shape), TRAINING))) as tf.Scalar,
    );
    for (const [name, gradient] of Object.entries(gradients)) {
      const largest = Math.max(...gradient.dataSync().map(Math.abs));
      if (name === "gain") assert.ok(largest > 0.1);
      else assert.equal(largest, 0, name);
    }
  });
  assert.equal(tf.memory().numTensors, numTensors);
  parameters.dispose();
});

Deno.test("selfAttention() has the slope of finite differences, for input and parameters", () => {
  const shape: Shape = [2, 4, 4, 8];
  const { parameters, attend } = layer(8, 0.7);
  tf.tidy(() => {
    // The gradient holds the vectors of spectral normalisation; at its fixed point they move in second order.
    for (let i = 0; i < 300; i++) attend(tf.tensor4d(inputOf(shape), shape), TRAINING);
    const x = parameters.add("x", tf.tensor4d(inputOf(shape), shape), true);
    const slope = tf.tensor4d(normalArray(256, rngOf(5)), shape);
    const loss = () =>
      tf.sum(attend(x as tf.Tensor as tf.Tensor4D, INFERENCE).mul(slope)) as tf.Scalar;
    const { gradients } = lossAndGradients(parameters, loss);
    for (const [name, variable] of parameters.trainable) {
      const start = variable.clone();
      // Along the gradient and across it at once. The bias of the keys moves all scores of a query alike,
      // so its gradient is 0.
      const unit = (t: tf.Tensor) => t.div(tf.maximum(tf.norm(t), 1e-9));
      const other = tf.tensor(normalArray(variable.size, rngOf(6, name)), variable.shape);
      const direction = unit(gradients[name]!).add(unit(other));
      const analytic = tf.sum(gradients[name]!.mul(direction)).dataSync()[0]!;
      const at = (distance: number) => {
        variable.assign(start.add(direction.mul(distance)));
        return loss().dataSync()[0]!;
      };
      const step = 4e-3;
      const numeric = (at(step) - at(-step)) / (2 * step);
      variable.assign(start);
      assert.ok(
        Math.abs(numeric - analytic) < 1e-2 * Math.abs(analytic) + 1e-3,
        `${name}: found ${analytic}, finite differences give ${numeric}`,
      );
    }
  });
  parameters.dispose();
});

Deno.test("composedAttention() has the gradients of the stock ops", () => {
  tf.tidy(() => {
    assertMatches(
      (q, k, v) => composedAttention(q as tf.Tensor3D, k as tf.Tensor3D, v as tf.Tensor3D),
      (q, k, v) => tf.matMul(tf.softmax(tf.matMul(q!, k!, false, true)), v!),
      [draw("q", [2, 16, 2]), draw("k", [2, 4, 2]), draw("v", [2, 4, 5])],
    );
  });
});
