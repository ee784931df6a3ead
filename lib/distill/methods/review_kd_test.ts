import assert from "node:assert/strict";
import { INFERENCE, ParameterSet } from "../../base/module.ts";
import { rngOf } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import type { NetworkOutput } from "../../networks/network.ts";
import type { NetworkShapes } from "../shapes.ts";
import { hierarchicalContextLoss } from "./hcl.ts";
import { fuse, reviewFramework, reviewKd } from "./review_kd.ts";
import { TOY_TRAINING, toyRun, waves } from "../../testing/distill.ts";
import { trainStudent } from "../train_student.ts";

const map = (kind: "student" | "teacher", shape: number[]) => waves(kind, shape) as tf.Tensor4D;

for (
  const [side, wanted] of [
    [1, 0.251033495],
    [2, 0.509085342],
    [4, 0.667142112],
    [8, 0.573280439],
    [16, 0.537656365],
  ] as const
) {
  Deno.test(`hierarchicalContextLoss() equals its stored value at side ${side}`, () => {
    const shape = [2, side, side, 2];
    const loss = hierarchicalContextLoss(map("student", shape), map("teacher", shape));
    const found = loss.dataSync()[0]!;
    assert.ok(Math.abs(found - wanted) < 1e-5 * wanted, `${found} for ${wanted}`);
  });

  Deno.test(`hierarchicalContextLoss() of a shift by 2 is 4 at side ${side}`, () => {
    const teacher = map("teacher", [1, side, side, 3]);
    const loss = hierarchicalContextLoss(teacher.add(2), teacher).dataSync()[0]!;
    assert.ok(Math.abs(loss - 4) < 1e-5);
  });
}

Deno.test("hierarchicalContextLoss() is mse / 1.875 where every cell's mean difference is 0", () => {
  const signs = Float32Array.from({ length: 64 }, (_, i) => (i % 2 ? 1 : -1));
  const loss = hierarchicalContextLoss(tf.tensor4d(signs, [1, 8, 8, 1]), tf.zeros([1, 8, 8, 1]));
  assert.ok(Math.abs(loss.dataSync()[0]! - 1 / 1.875) < 1e-6);
});

Deno.test("fuse() equals its stored values", () => {
  const bias = tf.tensor1d([0, Math.log(3)]);
  const scores = ({ shape: [batch, height, width] }: tf.Tensor4D) =>
    tf.zeros<tf.Rank.R4>([batch, height, width, 2]).add<tf.Tensor4D>(bias);
  const found = fuse(map("student", [1, 2, 2, 2]), map("teacher", [1, 1, 1, 2]), scores).dataSync();
  const wanted = [
    0.99436713,
    0.58212407,
    0.64419164,
    -0.25092589,
    0.0941695,
    -0.01223239,
    0.90212494,
    0.62215448,
  ];
  wanted.forEach((value, i) => assert.ok(Math.abs(found[i]! - value) < 1e-6));
});

const RESNET20: NetworkShapes = {
  taps: [[32, 32, 16], [32, 32, 16], [16, 16, 32], [8, 8, 64]],
  features: 64,
  outputs: 100,
};

Deno.test("reviewFramework() of ResNet-20 from ResNet-56 has 114,278 parameters", () => {
  const adapters = new ParameterSet();
  reviewFramework({ student: RESNET20, teacher: RESNET20 }, { adapters, rng: rngOf(0) });
  assert.equal(adapters.size, 114_278);
  const sizes = [1, 2, 3, 4].map((level) =>
    [...adapters.trainable].reduce(
      (sum, [name, { size }]) => sum + (name.startsWith(`level${level}/`) ? size : 0),
      0,
    )
  );
  assert.deepEqual(sizes, [10_658, 20_930, 41_474, 41_216]);
});

// Channels of student and teacher levels, the published number of parameters.
for (
  const [pair, student, teacher, wanted] of [
    ["WRN-40-1 from WRN-40-2", [16, 32, 64, 64], [32, 64, 128, 128], 216_006],
    ["ResNet-8x4 from 32x4", [64, 128, 256, 256], [64, 128, 256, 256], 1_808_774],
    ["ShuffleV1 from WRN-40-2", [240, 480, 960, 960], [32, 64, 128, 128], 2_984_646],
  ] as const
) {
  Deno.test(`reviewFramework() of ${pair} has ${wanted} parameters`, () => {
    const shapesOf = (channels: readonly number[]): NetworkShapes => ({
      taps: [[8, 8, 3], ...channels.slice(0, -1).map((c) => [8, 8, c] as const)],
      features: channels.at(-1)!,
      outputs: 100,
    });
    const adapters = new ParameterSet();
    const shapes = { student: shapesOf(student), teacher: shapesOf(teacher) };
    reviewFramework(shapes, { adapters, rng: rngOf(0) });
    assert.equal(adapters.size, wanted);
    adapters.dispose();
  });
}

Deno.test("reviewFramework() passes the shallowest level's gradient to the deepest", () => {
  const shapes: NetworkShapes = {
    taps: [[8, 8, 4], [8, 8, 4], [4, 4, 6]],
    features: 6,
    outputs: 3,
  };
  const teacher: NetworkShapes = {
    taps: [[8, 8, 5], [8, 8, 5], [2, 2, 7]],
    features: 9,
    outputs: 3,
  };
  const adapters = new ParameterSet();
  const review = reviewFramework({ student: shapes, teacher }, { adapters, rng: rngOf(0) });
  const pass = (features: tf.Tensor2D): NetworkOutput => ({
    output: tf.zeros([2, 3]),
    features,
    taps: shapes.taps.map(([h, w, c], i) => {
      const tap = map("student", [2, h, w, c]);
      return { name: `tap${i}`, pre: tap, post: tap };
    }),
  });
  const features = waves("teacher", [2, 6]) as tf.Tensor2D;
  const outputs = review(pass(features), INFERENCE);
  assert.deepEqual(outputs.map(({ shape }) => shape), [[2, 8, 8, 5], [2, 2, 2, 7], [2, 1, 1, 9]]);
  const reach = tf.grad((z) => tf.sum(tf.square(review(pass(z as tf.Tensor2D), INFERENCE)[0]!)));
  assert.ok(reach(features).dataSync().some((value) => value !== 0));
});

Deno.test("reviewKd() has weight 0 in its first epoch and grows", async () => {
  const training = { ...TOY_TRAINING, epochs: 3 };
  const distiller = reviewKd({ warmUpEpochs: 2, weight: 3 });
  const { history } = await trainStudent(toyRun({ distiller, training }));
  for (const [i, growth] of [0, 0.5, 1].entries()) {
    const { loss, crossEntropy, review_kd: own } = history[i]!;
    const wanted = crossEntropy! + growth * 3 * own!;
    assert.ok(Math.abs(loss! - wanted) < 1e-5 * wanted, `${loss} for ${wanted}`);
  }
});
