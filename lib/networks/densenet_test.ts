import assert from "node:assert/strict";
import { tf } from "../base/tf.ts";
import { densenet121, densenet121Features } from "./densenet.ts";
import {
  buildTiny,
  checkGradient,
  checkModes,
  checkNoLeak,
  countParameters,
  passShapes,
  tinyImages,
} from "../testing/network_families.ts";

Deno.test("densenet121 has the published parameter counts", () => {
  assert.equal(countParameters(densenet121, "cifar10"), 6_956_298);
  assert.equal(countParameters(densenet121, "tiny_imagenet"), 7_151_048);
  assert.equal(countParameters(densenet121, "regression"), 7_094_401);
});

Deno.test("densenet121Features has the published parameter counts", () => {
  assert.equal(countParameters(densenet121Features, "cifar10"), 10_131_722);
  assert.equal(countParameters(densenet121Features, "tiny_imagenet"), 22_023_624);
});

Deno.test("densenet121 grows by its new features and halves them between stages", () => {
  // 4 channels in, 4 more a unit: 28, 14 + 48 = 62, 31 + 96 = 127, 63 + 64 = 127.
  const stages = ["stage2: 16 x 62", "stage3: 8 x 127", "stage4: 4 x 127"];
  assert.deepEqual(passShapes(buildTiny(densenet121), 32), {
    output: [2, 10],
    features: [2, 127],
    taps: ["stem: 32 x 4", "stage1: 32 x 28", ...stages],
  });
  assert.deepEqual(passShapes(buildTiny(densenet121, { column: "tiny_imagenet" }), 64), {
    output: [2, 200],
    features: [2, 127],
    taps: ["stem: 64 x 4", "stage1: 64 x 28", ...stages],
  });
  assert.deepEqual(passShapes(buildTiny(densenet121, { column: "regression" }), 64).output, [2, 1]);
});

Deno.test("densenet121 puts new features in front of the old ones", () => {
  const network = buildTiny(densenet121);
  tf.tidy(() => {
    const { taps } = network.forward(tinyImages(32), { training: false, taps: true });
    // Fresh running statistics only divide by the root of 1 + epsilon.
    const last = taps[1]!.pre.slice([0, 0, 0, 24], [-1, -1, -1, 4]).mul(Math.sqrt(1 + 1e-5));
    assert.ok(last.sub(taps[0]!.post).abs().max().dataSync()[0]! < 1e-5);
  });
});

Deno.test("densenet121Features reports one feature per value of the image, none below 0", () => {
  const network = buildTiny(densenet121Features);
  const { features, output } = passShapes(network, 32);
  assert.deepEqual([features, output], [[2, 3072], [2, 10]]);
  tf.tidy(() => {
    const outcome = network.forward(tinyImages(32), { training: false });
    const values = outcome.features.dataSync();
    assert.ok(values.every((value) => value >= 0) && values.some((value) => value > 0));
  });
  const wide = buildTiny(densenet121Features, { column: "tiny_imagenet" });
  assert.deepEqual(passShapes(wide, 64).features, [2, 12288]);
});

Deno.test("densenet121Features refuses a regression head", () => {
  assert.throws(
    () => buildTiny(densenet121Features, { column: "regression" }),
    /found head "regression", want "classification"/,
  );
});

for (const family of [densenet121, densenet121Features]) {
  Deno.test(`${family.name} leaves no tensor behind and infers without side effects`, () => {
    const network = buildTiny(family);
    checkNoLeak(network, 32);
    checkModes(network, 32);
  });
}

Deno.test("densenet121 has the gradient of its finite differences", () => {
  checkGradient(buildTiny(densenet121), 32);
});
