import assert from "node:assert/strict";
import { INFERENCE } from "../../base/module.ts";
import { lossAndGradients } from "../../base/training/optimisers.ts";
import { normalArray, rngOf } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import { shake } from "../../testing/diffusion.ts";
import { buildUNet, type UNetOptions } from "./unet.ts";

const TOY: UNetOptions = {
  conditionSize: 3,
  imageSize: 32,
  width: 1 / 64,
  blocks: 1,
  attention: [8],
  dropout: 0,
  rng: rngOf(1, "unet"),
};

function inputs(batch: number, side: number) {
  const draw = (name: string, shape: number[]) =>
    tf.tensor(normalArray(shape.reduce((a, b) => a * b), rngOf(3, name)), shape);
  return {
    x: draw("x", [batch, side, side, 3]) as tf.Tensor4D,
    noise: draw("noise", [batch, 1]) as tf.Tensor2D,
    condition: draw("condition", [batch, TOY.conditionSize]) as tf.Tensor2D,
  };
}

for (const [imageSize, patch] of [[32, 1], [32, 2], [64, 1], [64, 2]] as const) {
  const name = `${imageSize} x ${imageSize} images, patch ${patch}`;
  Deno.test(`buildUNet() for ${name}, keeps their shape, and starts at 0`, () => {
    const { numTensors } = tf.memory();
    const network = buildUNet({ ...TOY, imageSize, patch, blocks: 2, attention: [8, 16] });
    tf.tidy(() => {
      const { x, noise, condition } = inputs(2, imageSize);
      const before = network.forward(x, noise, condition, INFERENCE);
      assert.deepEqual(before.shape, x.shape);
      assert.ok(before.dataSync().every((value) => value === 0));
      shake(network.parameters);
      const after = network.forward(x, noise, condition, INFERENCE);
      assert.ok(after.dataSync().every(Number.isFinite));
      // Each of the three inputs says something.
      const other = inputs(2, imageSize);
      for (
        const changed of [
          [other.x.mul(0.5), noise, condition],
          [x, noise.add(0.1), condition],
          [x, noise, condition.add(0.1)],
        ] as [tf.Tensor4D, tf.Tensor2D, tf.Tensor2D][]
      ) {
        assert.notDeepEqual(
          network.forward(...changed, INFERENCE).dataSync(),
          after.dataSync(),
        );
      }
    });
    network.parameters.dispose();
    assert.equal(tf.memory().numTensors, numTensors);
  });
}

Deno.test("buildUNet() at half width has the parameters that its documentation speaks of", () => {
  const network = buildUNet({ ...TOY, conditionSize: 10, width: 0.5 });
  assert.ok(network.parameters.size > 7.0e6 && network.parameters.size < 7.1e6);
  const shapes = Object.fromEntries(
    [...network.parameters.entries()].map(([name, { shape }]) => [name, shape]),
  );
  assert.deepEqual(shapes["first/weight"], [3, 3, 3, 64]);
  assert.deepEqual(shapes["down16/0/conv1/weight"], [3, 3, 64, 128]);
  assert.deepEqual(shapes["middle/conv1/weight"], [3, 3, 256, 256]);
  assert.deepEqual(shapes["up32/0/conv1/weight"], [3, 3, 128, 64]);
  network.parameters.dispose();
});

Deno.test("buildUNet() with patches has the maps of images of half their side", () => {
  const shapesOf = (options: Partial<UNetOptions>) => {
    const { parameters } = buildUNet({ ...TOY, blocks: 2, attention: [8, 16], ...options });
    const shapes = Object.fromEntries(
      [...parameters.entries()].map(([name, { shape }]) => [name, shape]),
    );
    parameters.dispose();
    return shapes;
  };
  const { "first/weight": first, "last/weight": last, "last/bias": bias, ...patched } = shapesOf({
    imageSize: 64,
    patch: 2,
  });
  const {
    "first/weight": smallFirst,
    "last/weight": smallLast,
    "last/bias": _bias,
    ...small
  } = shapesOf({ imageSize: 32 });
  assert.deepEqual(patched, small);
  // Twelve values a position in place of three.
  assert.deepEqual(first, [3, 3, 12, smallFirst![3]]);
  assert.deepEqual(last, [3, 3, smallLast![2], 12]);
  assert.deepEqual(bias, [12]);
});

for (const patch of [1, 2] as const) {
  Deno.test(`buildUNet() with patch ${patch} has the gradients of finite differences, weight by weight`, () => {
    const network = buildUNet({ ...TOY, patch, attention: [8, 16] });
    shake(network.parameters);
    tf.tidy(() => {
      const { x, noise, condition } = inputs(2, 32);
      const weights = tf.tensor(normalArray(x.size, rngOf(4)), x.shape);
      const lossOf = () =>
        tf.mean(network.forward(x, noise, condition, INFERENCE).mul(weights)) as tf.Scalar;
      const { gradients } = lossAndGradients(network.parameters, lossOf);
      const found: number[] = [];
      const wanted: number[] = [];
      for (const [name, weight] of network.parameters.trainable) {
        // The null condition reaches the network as a condition.
        if (name === "null") continue;
        const direction = tf.tensor(normalArray(weight.size, rngOf(5, name)), weight.shape);
        const unit = direction.div(tf.norm(direction));
        const start = weight.clone();
        const step = 5e-3;
        const at = (shift: number) =>
          tf.tidy(() => {
            weight.assign(start.add(unit.mul(shift)));
            return lossOf().dataSync()[0]!;
          });
        found.push((at(step) - at(-step)) / (2 * step));
        weight.assign(start);
        wanted.push(tf.sum(gradients[name]!.mul(unit)).dataSync()[0]!);
      }
      assert.ok(found.length > 50);
      const scale = Math.sqrt(wanted.reduce((sum, value) => sum + value ** 2, 0) / wanted.length);
      for (const [i, value] of found.entries()) {
        const error = Math.abs(value - wanted[i]!);
        assert.ok(
          error < 0.02 * Math.abs(wanted[i]!) + 0.01 * scale,
          `${[...network.parameters.trainable.keys()][i]}: ${value}, want ${wanted[i]}`,
        );
      }
    });
    network.parameters.dispose();
  });
}

Deno.test("buildUNet() drops out in training only, by the stream of the step", () => {
  const network = buildUNet({ ...TOY, dropout: 0.5 });
  shake(network.parameters);
  tf.tidy(() => {
    const { x, noise, condition } = inputs(1, 32);
    const valuesOf = (training: boolean, step: number) =>
      network.forward(x, noise, condition, { training, rng: rngOf(6, step) }).dataSync();
    assert.deepEqual(valuesOf(false, 0), valuesOf(false, 1));
    assert.deepEqual(valuesOf(true, 0), valuesOf(true, 0));
    assert.notDeepEqual(valuesOf(true, 0), valuesOf(true, 1));
  });
  network.parameters.dispose();
});
