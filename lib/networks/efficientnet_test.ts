import assert from "node:assert/strict";
import { rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { efficientnetB0 } from "./efficientnet.ts";
import {
  buildTiny,
  checkGradient,
  checkModes,
  checkNoLeak,
  countParameters,
  passShapes,
  tinyImages,
} from "../testing/network_families.ts";

Deno.test("efficientnetB0 has the published parameter counts", () => {
  assert.equal(countParameters(efficientnetB0, "cifar10"), 3_599_686);
  assert.equal(countParameters(efficientnetB0, "tiny_imagenet"), 3_660_676);
  assert.equal(countParameters(efficientnetB0, "regression"), 4_188_669);
});

Deno.test("efficientnetB0 halves images four times, in regression five times", () => {
  assert.deepEqual(passShapes(buildTiny(efficientnetB0), 32), {
    output: [2, 10],
    features: [2, 20],
    taps: [
      "stem: 32 x 4",
      "stage1: 32 x 4",
      "stage2: 16 x 4",
      "stage3: 8 x 4",
      "stage4: 4 x 8",
      "stage5: 2 x 20",
    ],
  });
  assert.equal(
    passShapes(buildTiny(efficientnetB0, { column: "tiny_imagenet" }), 64).taps.at(-1),
    "stage5: 4 x 20",
  );
  assert.deepEqual(passShapes(buildTiny(efficientnetB0, { column: "regression" }), 64), {
    output: [2, 1],
    features: [2, 80],
    taps: [
      "stem: 32 x 4",
      "stage1: 32 x 4",
      "stage2: 16 x 4",
      "stage3: 8 x 4",
      "stage4: 4 x 8",
      "stage5: 2 x 20",
    ],
  });
});

Deno.test("efficientnetB0 pads evenly for classes, at the far side for regression", () => {
  const x = tinyImages(64);
  const stemOf = (column: "tiny_imagenet" | "regression") => {
    const network = buildTiny(efficientnetB0, { column });
    const filter = network.parameters.trainable.get("stem/conv/weight") as tf.Variable<tf.Rank.R4>;
    const { taps } = network.forward(x, { training: false, taps: true });
    return { filter, pre: taps[0]!.pre };
  };
  const gap = (a: tf.Tensor, b: tf.Tensor) => a.sub(b).abs().max().dataSync()[0]!;
  tf.tidy(() => {
    const classes = stemOf("tiny_imagenet");
    // Fresh running statistics only divide by the root of 1 + epsilon.
    const even = tf.conv2d(x, classes.filter, 1, "same").div(Math.sqrt(1 + 1e-5));
    assert.ok(gap(classes.pre, even) < 1e-5);
    const { filter, pre } = stemOf("regression");
    const far = tf.pad(x, [[0, 0], [0, 1], [0, 1], [0, 0]]);
    const wanted = tf.conv2d(far, filter, 2, "valid").div(Math.sqrt(1 + 1e-3));
    assert.ok(gap(pre, wanted) < 1e-5);
  });
});

Deno.test("efficientnetB0 gives the idle expansion of its first unit no gradient", () => {
  const network = buildTiny(efficientnetB0);
  const idle = "group1/unit1/expand/";
  const weights = [...network.parameters.trainable];
  const { value, grads } = tf.variableGrads(
    () =>
      tf.sum(network.forward(tinyImages(32), { training: true, rng: rngOf(5) }).output.square())
        .asScalar(),
    weights.map(([, variable]) => variable),
  );
  const without = weights.filter(([, variable]) => grads[variable.name] == null);
  assert.deepEqual(
    without.map(([name]) => name),
    weights.map(([name]) => name).filter((name) => name.startsWith(idle)),
  );
  assert.equal(without.length, 3);
  tf.dispose([value, grads]);
});

Deno.test("efficientnetB0 drops out only in training, from the stream of the step", () => {
  const x = tinyImages(32);
  const network = buildTiny(efficientnetB0);
  const pass = (seed: number) =>
    tf.tidy(() => {
      const { output, features } = network.forward(x, { training: true, rng: rngOf(seed) });
      return { output: [...output.dataSync()], features: [...features.dataSync()] };
    });
  assert.deepEqual(pass(1), pass(1));
  assert.notDeepEqual(pass(1).output, pass(2).output);
  // No drop-connect in classification (Q9): everything before the dropout is the same.
  assert.deepEqual(pass(1).features, pass(2).features);
});

Deno.test("efficientnetB0 for regression drops connections too", () => {
  const x = tinyImages(64, 8);
  const network = buildTiny(efficientnetB0, { column: "regression" });
  const pass = (seed: number) =>
    tf.tidy(() => [
      ...network.forward(x, { training: true, rng: rngOf(seed) }).features.dataSync(),
    ]);
  assert.deepEqual(pass(1), pass(1));
  assert.notDeepEqual(pass(1), pass(2));
});

Deno.test("efficientnetB0 leaves no tensor behind and infers without side effects", () => {
  const network = buildTiny(efficientnetB0);
  checkNoLeak(network, 32);
  checkModes(network, 32);
});

Deno.test("efficientnetB0 has the gradient of its finite differences", () => {
  checkGradient(buildTiny(efficientnetB0), 32);
});
