import assert from "node:assert/strict";
import type { Dataset } from "../base/contracts.ts";
import { toyAngles } from "../data/toy/angles.ts";
import { toyShapes } from "../data/toy/shapes.ts";
import { cifar10 } from "../experiments/cifar10.ts";
import { type Experiment, resolve } from "../experiments/specification/experiment.ts";
import { rc49 } from "../experiments/rc49.ts";
import { GANS, NETWORKS } from "../registry.ts";
import { checkImageSizes } from "./check_image_sizes.ts";

const shapes = (size: number) => toyShapes({ classes: 2, perClass: 5, testPerClass: 1, size });
const angles = (size: number) => toyAngles({ angles: 3, perAngle: 5, testPerAngle: 1, size });

function refusal(
  experiment: Experiment,
  dataset: Dataset,
  changes: Record<string, string> = {},
): string {
  try {
    checkImageSizes(resolve(experiment, "smoke", changes), dataset);
  } catch (error) {
    assert.ok(error instanceof RangeError, String(error));
    return error.message;
  }
  return "";
}

Deno.test("checkImageSizes() takes the sizes of the paper's sets", () => {
  assert.equal(refusal(cifar10, shapes(32)), "");
  assert.equal(refusal(rc49, angles(64)), "");
});

Deno.test("checkImageSizes() names who does not take a size, and the sizes that all take", () => {
  assert.equal(
    refusal(cifar10, shapes(64)),
    'Cannot train on "Toy shapes": found images of 64 x 64, want 32 x 32 (BigGAN takes 32 x 32)',
  );
  assert.match(
    refusal(rc49, angles(48)),
    /images of 48 x 48, want 64 x 64 \(.*VGG11 takes 32 x 32 or 64 x 64.*SNGAN takes 64 x 64.*embedding/,
  );
  // Without fakes no GAN takes part.
  assert.equal(refusal(cifar10, shapes(64), { trainOn: '["real"]' }), "");
  const wide = shapes(32);
  const shape = { height: 32, width: 64, channels: 3 };
  const images = { ...wide.train.images, shape };
  assert.match(
    refusal(cifar10, { ...wide, train: { ...wide.train, images } }),
    /found images of 32 x 64, want 32 x 32, which all networks take$/,
  );
});

Deno.test("every network and GAN builds for each size that it says it takes, and refuses others", () => {
  const still = { nextUint32: () => 0, uniform: () => 0.5, integer: () => 0, normal: () => 0 };
  const rng = { ...still, child: () => rng };
  const width = 0.0625;
  for (const family of Object.values(NETWORKS)) {
    const build = (imageSize: number) =>
      family.build({ outputs: 2, head: "classification", imageSize, width, rng });
    for (const size of family.imageSizes) build(size).parameters.dispose();
    assert.throws(() => build(48), /^RangeError: Cannot build .* for 48 x 48 images: want \d+ x/);
  }
  for (const family of Object.values(GANS)) {
    const build = (imageSize: number) => family.build({ conditionSize: 2, imageSize, width, rng });
    for (const size of family.imageSizes) {
      const { generator, discriminator } = build(size);
      generator.parameters.dispose();
      discriminator.parameters.dispose();
    }
    assert.throws(() => build(48), /^RangeError: Cannot build .* for 48 x 48 images: want \d+ x/);
  }
});
