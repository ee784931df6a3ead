import assert from "node:assert/strict";
import { ParameterSet, Scope } from "../base/module.ts";
import { rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import {
  buildTiny,
  checkGradient,
  checkModes,
  checkNoLeak,
  countParameters,
  passShapes,
  tinyImages,
} from "../testing/network_families.ts";
import { resnet18, resnet34, resnet34Body, resnet50 } from "./resnet.ts";

Deno.test("resnet18 has the published parameter counts", () => {
  assert.equal(countParameters(resnet18, "cifar10"), 11_173_962);
  assert.equal(countParameters(resnet18, "tiny_imagenet"), 11_275_656);
  assert.equal(countParameters(resnet18, "regression"), 11_255_873);
});

Deno.test("resnet50 has the published parameter counts", () => {
  assert.equal(countParameters(resnet50, "cifar10"), 23_520_842);
  assert.equal(countParameters(resnet50, "tiny_imagenet"), 23_910_152);
});

Deno.test("resnet34 has resnet18's parameters and those of eight more units", () => {
  const unit = (channels: number) => 2 * (9 * channels ** 2 + 2 * channels);
  const more = unit(64) + 2 * unit(128) + 4 * unit(256) + unit(512);
  assert.equal(countParameters(resnet34, "cifar10"), 11_173_962 + more);
});

for (const [family, expansion] of [[resnet18, 1], [resnet34, 1], [resnet50, 4]] as const) {
  Deno.test(`${family.name} halves images before stages 2 to 4`, () => {
    assert.deepEqual(passShapes(buildTiny(family), 32), {
      output: [2, 10],
      features: [2, 32 * expansion],
      taps: [
        "stem: 32 x 4",
        `stage1: 32 x ${4 * expansion}`,
        `stage2: 16 x ${8 * expansion}`,
        `stage3: 8 x ${16 * expansion}`,
        `stage4: 4 x ${32 * expansion}`,
      ],
    });
  });
}

for (const family of [resnet18, resnet50]) {
  Deno.test(`${family.name} leaves no tensor behind and infers without side effects`, () => {
    const network = buildTiny(family);
    checkNoLeak(network, 32);
    checkModes(network, 32);
  });

  Deno.test(`${family.name} has the gradient of its finite differences`, () => {
    checkGradient(buildTiny(family), 32);
  });
}

Deno.test("resnet18 halves 64 x 64 images in stage 1 too", () => {
  for (const column of ["tiny_imagenet", "regression"] as const) {
    const { taps } = passShapes(buildTiny(resnet18, { column }), 64);
    assert.deepEqual([taps[0], taps[1], taps[4]], [
      "stem: 64 x 4",
      "stage1: 32 x 4",
      "stage4: 4 x 32",
    ]);
  }
});

Deno.test("resnet18 taps sums before the ReLU and the maps after it", () => {
  const network = buildTiny(resnet18);
  tf.tidy(() => {
    const mode = { training: true, rng: rngOf(5), taps: true };
    for (const { pre, post } of network.forward(tinyImages(32), mode).taps) {
      assert.ok(pre.min().dataSync()[0]! < 0);
      assert.deepEqual(post.dataSync(), pre.relu().dataSync());
    }
  });
});

Deno.test("resnet34Body() is resnet34 up to its features", () => {
  const whole = buildTiny(resnet34, { column: "regression" });
  const parameters = new ParameterSet();
  const body = resnet34Body(new Scope(parameters, rngOf(3, "build").child("resnet34")), {
    width: 1 / 16,
    imageSize: 64,
  });
  assert.equal(body.features, 32);
  const names = [...whole.parameters.entries()].map(([name]) => name);
  assert.deepEqual(
    [...parameters.entries()].map(([name]) => name),
    names.filter((name) => !name.startsWith("head/")),
  );
  tf.tidy(() => {
    const x = tinyImages(64);
    const mode = { training: true, rng: rngOf(5), taps: true };
    const [mine, theirs] = [body.forward(x, mode), whole.forward(x, mode)];
    assert.deepEqual(mine.features.dataSync(), theirs.features.dataSync());
    assert.deepEqual(mine.taps.map(({ post }) => post.shape[1]), [64, 32, 16, 8, 4]);
  });
});
