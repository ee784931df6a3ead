import assert from "node:assert/strict";
import { INFERENCE, ParameterSet, Scope } from "../../base/module.ts";
import { rngOf } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import type { NetworkOutput } from "../../networks/network.ts";
import type { NetworkShapes } from "../shapes.ts";
import { fuse, fusionBlock } from "./fusion_block.ts";
import { hierarchicalContextLoss } from "./hcl.ts";
import { type ReviewForm, reviewFramework, reviewKd } from "./review_kd.ts";
import { TOY_TRAINING, toyRun, waves } from "../../testing/distill.ts";
import { trainStudent } from "../train_student.ts";

const map = (kind: "student" | "teacher", shape: number[]) => waves(kind, shape) as tf.Tensor4D;

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
    ["WRN-16-2 from WRN-40-2", [32, 64, 128, 128], [32, 64, 128, 128], 453_830],
    ["ResNet-8x4 from 32x4", [64, 128, 256, 256], [64, 128, 256, 256], 1_808_774],
    ["ShuffleV1 from WRN-40-2", [240, 480, 960, 960], [32, 64, 128, 128], 2_984_646],
    ["ShuffleV1 from ResNet-32x4", [240, 480, 960, 960], [64, 128, 256, 256], 4_607_366],
    ["ShuffleV2 from ResNet-32x4", [116, 232, 464, 1024], [64, 128, 256, 256], 4_195_718],
    ["VGG-8 from VGG-13", [128, 256, 512, 512, 512], [128, 256, 512, 512, 512], 9_847_560],
    [
      "MobileNetV2 from ResNet-50",
      [12, 16, 48, 160, 1280],
      [256, 512, 1024, 2048, 2048],
      27_933_192,
    ],
  ] as const
) {
  Deno.test(`reviewFramework() of ${pair} has ${wanted} parameters`, () => {
    const adapters = new ParameterSet();
    const shapes = { student: levelsOf(student), teacher: levelsOf(teacher) };
    reviewFramework(shapes, { adapters, rng: rngOf(0) });
    assert.equal(adapters.size, wanted);
    adapters.dispose();
  });
}

/** A network whose stages all have one side, and whose last level is its vector. */
function levelsOf(channels: readonly number[]): NetworkShapes {
  return {
    taps: [[8, 8, 3], ...channels.slice(0, -1).map((c) => [8, 8, c] as const)],
    features: channels.at(-1)!,
    outputs: 100,
  };
}

Deno.test("reviewFramework() without review has no attention; with separate adapters one a pair of levels", () => {
  const countsOf = (form: ReviewForm) => {
    const adapters = new ParameterSet();
    const shapes = { student: RESNET20, teacher: RESNET20 };
    reviewFramework(shapes, { adapters, rng: rngOf(0), ...form });
    const names = [...adapters.trainable.keys()];
    const { size } = adapters;
    adapters.dispose();
    return {
      size,
      attentions: names.filter((name) => name.endsWith("attention/weight")).length,
      blocks: names.filter((name) => name.endsWith("enter/weight")).length,
    };
  };
  // An attention has 4 m + 2 parameters, m = 64.
  const bare = { size: 114_278 - 3 * 258, attentions: 0, blocks: 4 };
  assert.deepEqual(countsOf({}), { size: 114_278, attentions: 3, blocks: 4 });
  assert.deepEqual(countsOf({ fusion: false }), bare);
  assert.deepEqual(countsOf({ review: "none" }), bare);
  const separate = countsOf({ review: "separate" });
  assert.deepEqual([separate.attentions, separate.blocks], [0, 10]);
  assert.ok(countsOf({ channels: 16 }).size < 114_278 / 3);
});

/** Convolutions that hand channels on as they are; no attention. */
function makeIdentical(parameters: ParameterSet): void {
  for (const [name, weight] of parameters.trainable) {
    if (!/(enter|leave)\/weight$/.test(name)) {
      if (name.includes("attention/")) weight.assign(tf.zerosLike(weight));
      continue;
    }
    const [kernel, , channels] = weight.shape as [number, number, number, number];
    const middle = (kernel - 1) / 2;
    const point = tf.eye(channels).reshape([1, 1, channels, channels]);
    weight.assign(tf.pad(point, [[middle, middle], [middle, middle], [0, 0], [0, 0]]));
  }
}

Deno.test("fusionBlock() of identities is half of map and deeper level, or their sum without attention", () => {
  const [own, deeper] = [map("student", [1, 4, 4, 2]), map("teacher", [1, 2, 2, 2])];
  const resized = tf.image.resizeNearestNeighbor(deeper, [4, 4]);
  for (const [kind, share] of [["attention", 0.5], ["sum", 1]] as const) {
    const parameters = new ParameterSet();
    const block = fusionBlock(new Scope(parameters, rngOf(0)), {
      in: 2,
      middle: 2,
      out: [4, 4, 2],
      fuse: kind,
    });
    makeIdentical(parameters);
    const { output } = block(own, deeper, INFERENCE);
    // Both norms divide by √(1 + 1e−5); what is handed up passes the first norm only once.
    const wanted = own.div(Math.sqrt(1 + 1e-5)).add(resized).mul(share).div(Math.sqrt(1 + 1e-5));
    assert.ok(tf.max(tf.abs(output.sub(wanted))).dataSync()[0]! < 1e-6, kind);
  }
});

Deno.test("fusionBlock() without fusion ignores what deeper levels hand up", () => {
  const parameters = new ParameterSet();
  const block = fusionBlock(new Scope(parameters, rngOf(0)), {
    in: 2,
    middle: 3,
    out: [2, 2, 5],
    fuse: "none",
  });
  const own = map("student", [1, 4, 4, 2]);
  const alone = block(own, undefined, INFERENCE).output.dataSync();
  assert.deepEqual(block(own, map("teacher", [1, 1, 1, 3]), INFERENCE).output.dataSync(), alone);
  assert.ok(![...parameters.trainable.keys()].some((name) => name.startsWith("attention")));
});

for (const kind of ["none", "residual"] as const) {
  Deno.test(`reviewFramework() of a network with itself and identical adapters has no loss, review "${kind}"`, () => {
    const network: NetworkShapes = {
      taps: [[8, 8, 2], [8, 8, 2], [4, 4, 2]],
      features: 2,
      outputs: 3,
    };
    const adapters = new ParameterSet();
    const review = reviewFramework({ student: network, teacher: network }, {
      adapters,
      rng: rngOf(0),
      review: kind,
    });
    makeIdentical(adapters);
    // Attention to the map alone: sigmoids of 40 and −40.
    for (const [name, bias] of adapters.trainable) {
      if (name.endsWith("attention/bias")) bias.assign(tf.tensor1d([40, -40]));
    }
    const taps = network.taps.map(([h, w, c], i) => {
      const tap = map("teacher", [2, h, w, c]);
      return { name: `tap${i}`, pre: tap, post: tap };
    });
    const features = waves("teacher", [2, 2]) as tf.Tensor2D;
    const outputs = review({ output: tf.zeros([2, 3]), features, taps }, INFERENCE);
    const targets = [taps[1]!.pre, taps[2]!.pre, features.reshape<tf.Tensor4D>([2, 1, 1, 2])];
    for (const { level, output } of outputs) {
      const loss = hierarchicalContextLoss(output, targets[level]!).dataSync()[0]!;
      assert.ok(loss < 1e-9, `${loss} at level ${level}`);
    }
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
  assert.deepEqual(outputs.map(({ output: { shape } }) => shape), [
    [2, 8, 8, 5],
    [2, 2, 2, 7],
    [2, 1, 1, 9],
  ]);
  const reach = (of: typeof review) => {
    const first = (z: tf.Tensor) => of(pass(z as tf.Tensor2D), INFERENCE)[0]!.output;
    return tf.valueAndGrad((z) => tf.sum(tf.square(first(z))).add(tf.sum(z).mul(0)))(features);
  };
  assert.ok(reach(review).grad.dataSync().some((value) => value !== 0));
  const options = { adapters: new ParameterSet(), rng: rngOf(0) };
  const alone = reviewFramework({ student: shapes, teacher }, { ...options, review: "none" });
  assert.ok(reach(alone).grad.dataSync().every((value) => value === 0));
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
