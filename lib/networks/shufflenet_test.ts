import assert from "node:assert/strict";
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
import { shufflenetV2 } from "./shufflenet.ts";

Deno.test("shufflenetV2 has the published parameter counts", () => {
  assert.equal(countParameters(shufflenetV2, "cifar10"), 1_263_854);
  assert.equal(countParameters(shufflenetV2, "tiny_imagenet"), 1_458_604);
  assert.equal(countParameters(shufflenetV2, "regression"), 1_401_957);
});

Deno.test("shufflenetV2 halves small images three times, 64 x 64 and regression more", () => {
  const stages = ["stage1: 16 x 8", "stage2: 8 x 16", "stage3: 4 x 32"];
  assert.deepEqual(passShapes(buildTiny(shufflenetV2), 32), {
    output: [2, 10],
    features: [2, 64],
    taps: ["stem: 32 x 4", ...stages],
  });
  assert.deepEqual(passShapes(buildTiny(shufflenetV2, { column: "tiny_imagenet" }), 64), {
    output: [2, 200],
    features: [2, 64],
    taps: ["stem: 64 x 4", ...stages],
  });
  assert.deepEqual(passShapes(buildTiny(shufflenetV2, { column: "regression" }), 64), {
    output: [2, 1],
    features: [2, 64],
    taps: ["stem: 32 x 4", "stage1: 8 x 8", "stage2: 4 x 16", "stage3: 2 x 32"],
  });
});

Deno.test("shufflenetV2 passes one half of each basic unit on without a ReLU in pre", () => {
  const network = buildTiny(shufflenetV2);
  tf.tidy(() => {
    const mode = { training: true, rng: rngOf(5), taps: true };
    const { pre, post } = network.forward(tinyImages(32), mode).taps[1]!;
    assert.ok(pre.min().dataSync()[0]! < 0);
    assert.deepEqual(post.dataSync(), pre.relu().dataSync());
  });
});

Deno.test("shufflenetV2 leaves no tensor behind and infers without side effects", () => {
  const network = buildTiny(shufflenetV2);
  checkNoLeak(network, 32);
  checkModes(network, 32);
});

Deno.test("shufflenetV2 has the gradient of its finite differences", () => {
  checkGradient(buildTiny(shufflenetV2), 32);
});
