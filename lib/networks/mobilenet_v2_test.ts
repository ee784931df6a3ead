import assert from "node:assert/strict";
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
import { mobilenetV2 } from "./mobilenet_v2.ts";

Deno.test("mobilenetV2 has the published parameter counts", () => {
  assert.equal(countParameters(mobilenetV2, "cifar10"), 2_296_922);
  assert.equal(countParameters(mobilenetV2, "tiny_imagenet"), 2_539_880);
  assert.equal(countParameters(mobilenetV2, "regression"), 2_404_993);
});

Deno.test("mobilenetV2 halves small images three times, 64 x 64 four times", () => {
  const stages = ["stage1: 32 x 4", "stage2: 16 x 4", "stage3: 8 x 8", "stage4: 4 x 20"];
  assert.deepEqual(passShapes(buildTiny(mobilenetV2), 32), {
    output: [2, 10],
    features: [2, 80],
    taps: ["stem: 32 x 4", ...stages],
  });
  assert.deepEqual(passShapes(buildTiny(mobilenetV2, { column: "tiny_imagenet" }), 64), {
    output: [2, 200],
    features: [2, 80],
    taps: ["stem: 64 x 4", ...stages],
  });
});

Deno.test("mobilenetV2 for regression ends at 2 x 2 and never predicts below 0", () => {
  const network = buildTiny(mobilenetV2, { column: "regression" });
  assert.deepEqual(passShapes(network, 64), {
    output: [2, 1],
    features: [2, 80],
    taps: ["stem: 32 x 4", "stage1: 16 x 4", "stage2: 8 x 4", "stage3: 4 x 8", "stage4: 2 x 20"],
  });
  const { output } = network.forward(tf.ones([2, 64, 64, 3]), { training: false });
  assert.ok(output.dataSync().every((value) => value >= 0));
});

Deno.test("mobilenetV2 cuts activations at 6 in regression only", () => {
  const highest = (column: "tiny_imagenet" | "regression") =>
    tf.tidy(() => {
      const network = buildTiny(mobilenetV2, { column });
      const x = tinyImages(64).mul<tf.Tensor4D>(100);
      const { taps } = network.forward(x, { training: false, taps: true });
      return taps[0]!.post.max().dataSync()[0]!;
    });
  assert.equal(highest("regression"), 6);
  assert.ok(highest("tiny_imagenet") > 6);
});

Deno.test("mobilenetV2 for regression starts its head with small weights and no bias", () => {
  const { trainable } = buildTiny(mobilenetV2, { column: "regression", width: 0.5 }).parameters;
  const weight = trainable.get("head/linear1/weight")!;
  const std = Math.sqrt(weight.square().mean().dataSync()[0]!);
  assert.ok(Math.abs(std - 0.01) < 2e-4, `${std}`);
  assert.ok(trainable.get("head/linear1/bias")!.dataSync().every((v) => v === 0));
  assert.ok(trainable.get("head/norm1/scale")!.dataSync().every((v) => v === 1));
});

Deno.test("mobilenetV2 leaves no tensor behind and infers without side effects", () => {
  const network = buildTiny(mobilenetV2);
  checkNoLeak(network, 32);
  checkModes(network, 32);
});

Deno.test("mobilenetV2 has the gradient of its finite differences", () => {
  checkGradient(buildTiny(mobilenetV2), 32);
});
