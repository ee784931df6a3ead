import assert from "node:assert/strict";
import {
  buildTiny,
  checkGradient,
  checkModes,
  checkNoLeak,
  countParameters,
  passShapes,
} from "../testing/network_families.ts";
import { vgg11, vgg13, vgg16 } from "./vgg.ts";

for (
  const [family, cifar10, tinyImagenet, regression] of [
    [vgg11, 9_231_114, 9_635_784, 9_505_409],
    [vgg13, 9_416_010, 9_820_680, 9_690_305],
    [vgg16, 14_728_266, 15_132_936, 15_002_561],
  ] as const
) {
  Deno.test(`${family.name} has the published parameter counts`, () => {
    assert.equal(countParameters(family, "cifar10"), cifar10);
    assert.equal(countParameters(family, "tiny_imagenet"), tinyImagenet);
    assert.equal(countParameters(family, "regression"), regression);
  });

  Deno.test(`${family.name} halves images after each of five stages`, () => {
    assert.deepEqual(passShapes(buildTiny(family), 32), {
      output: [2, 10],
      features: [2, 32],
      taps: [
        "stem: 32 x 4",
        "stage1: 32 x 4",
        "stage2: 16 x 8",
        "stage3: 8 x 16",
        "stage4: 4 x 32",
        "stage5: 2 x 32",
      ],
    });
  });

  Deno.test(`${family.name} leaves no tensor behind and infers without side effects`, () => {
    const network = buildTiny(family);
    checkNoLeak(network, 32);
    checkModes(network, 32);
  });
}

Deno.test("vgg11 flattens 2 x 2 maps of 64 x 64 images, for classes and for regression", () => {
  const classes = passShapes(buildTiny(vgg11, { column: "tiny_imagenet" }), 64);
  assert.deepEqual([classes.output, classes.features], [[2, 200], [2, 128]]);
  const regression = passShapes(buildTiny(vgg11, { column: "regression" }), 64);
  assert.deepEqual([regression.output, regression.features], [[2, 1], [2, 128]]);
});

Deno.test("vgg11 has the gradient of its finite differences", () => {
  checkGradient(buildTiny(vgg11), 32);
});
