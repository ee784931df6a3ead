import assert from "node:assert/strict";
import { rngOf } from "../../../base/rng.ts";
import { tf } from "../../../base/tf.ts";
import { MINUS_ONE_TO_ONE } from "../../../data/batches/batches.ts";
import { TOY_CLASSES, TOY_TRAINING, toyImages, toyRun, waves } from "../../../testing/distill.ts";
import { blkd } from "../blkd.ts";
import { distillTrainee } from "../../trainee.ts";
import { autoAugment, operate } from "./auto_augment.ts";
import { CIFAR10_POLICY } from "./policy.ts";
import { augmentedCopies, consistency, uda } from "./uda.ts";

const shape = { height: 4, width: 4, channels: 3 };
const image = { pixels: Uint8Array.from({ length: 48 }, (_, i) => 5 * i), shape };
const grey = (levels: number[]) =>
  Uint8Array.from(levels.flatMap((level) => [level, level, level]));
const row = (pixels: Uint8Array) => [...pixels].filter((_, i) => i % 3 === 0);
const strip = (levels: number[]) => ({
  pixels: grey(levels),
  shape: { height: 1, width: levels.length, channels: 3 },
});

Deno.test("CIFAR10_POLICY has 25 pairs with probabilities and levels in their ranges", () => {
  assert.equal(CIFAR10_POLICY.length, 25);
  for (const [, probability, level] of CIFAR10_POLICY.flat()) {
    assert.ok(probability >= 0 && probability <= 1 && Number.isInteger(level) && level <= 9);
  }
  // Sums over the published table, so that a slip of a digit shows.
  const entries = CIFAR10_POLICY.flat();
  assert.equal(entries.filter(([name]) => name === "equalize").length, 9);
  assert.deepEqual(CIFAR10_POLICY[8], [["equalize", 0.6, 5], ["equalize", 0.5, 1]]);
});

Deno.test("operate() equals cases solved by hand", () => {
  const at = { level: 9, sign: 1 } as const;
  assert.deepEqual(row(operate("invert", strip([0, 10, 255]), at)), [255, 245, 0]);
  // Threshold 256 · (1 − 5/9) = 113.8.
  assert.deepEqual(row(operate("solarize", strip([0, 113, 114]), { level: 5, sign: 1 })), [
    0,
    113,
    141,
  ]);
  // Four bits.
  assert.deepEqual(row(operate("posterize", strip([255, 37, 15]), at)), [240, 32, 0]);
  assert.deepEqual(row(operate("autocontrast", strip([50, 75, 101]), at)), [0, 125, 255]);
  assert.deepEqual(row(operate("autocontrast", strip([50, 50]), at)), [50, 50]);
  // Factor 1.9 and 0.1 about black.
  assert.deepEqual(row(operate("brightness", strip([100, 200]), at)), [190, 255]);
  assert.deepEqual(row(operate("brightness", strip([100, 200]), { level: 9, sign: -1 })), [10, 20]);
  // Mean 150: 150 + 1.9 · (v − 150).
  assert.deepEqual(row(operate("contrast", strip([100, 200]), at)), [55, 245]);
  // Grey has no colour to change.
  assert.deepEqual(row(operate("color", strip([100, 200]), at)), [100, 200]);
  const red = { pixels: Uint8Array.of(255, 0, 0), shape: { height: 1, width: 1, channels: 3 } };
  // Luminance of red 76.
  assert.deepEqual([...operate("color", red, { level: 9, sign: -1 })], [93, 68, 68]);
});

Deno.test("operate() sharpens inner pixels only", () => {
  const spot = grey([0, 0, 0, 0, 130, 0, 0, 0, 0]);
  const found = operate(
    "sharpness",
    { pixels: spot, shape: { height: 3, width: 3, channels: 3 } },
    {
      level: 9,
      sign: -1,
    },
  );
  // Smoothed 50: 50 + 0.1 · 80.
  assert.deepEqual(row(found), [0, 0, 0, 0, 58, 0, 0, 0, 0]);
});

Deno.test("equalize spreads levels that are there over all", () => {
  const pixels = grey(
    Array.from({ length: 1024 }, (_, i) => i % 4 === 0 ? 100 : i % 4 === 1 ? 101 : 102),
  );
  const found = operate("equalize", { pixels, shape: { height: 32, width: 32, channels: 3 } }, {
    level: 0,
    sign: 1,
  });
  // Step (1024 − 512) / 255 = 2: n = 1, 257, 513, each halved.
  assert.deepEqual([...new Set(row(found))], [0, 128, 255]);
});

Deno.test("operate() moves pixels, and what comes from outside is grey", () => {
  const at = (level: number, sign: 1 | -1 = 1) => ({ level, sign });
  // 4 · 150/331 = 1.8 pixels, the nearest.
  assert.deepEqual(row(operate("translateX", strip([1, 2, 3, 4]), at(9))), [3, 4, 128, 128]);
  assert.deepEqual(row(operate("translateX", strip([1, 2, 3, 4]), at(9, -1))), [128, 128, 1, 2]);
  for (const name of ["shearX", "shearY", "translateX", "translateY", "rotate"] as const) {
    assert.deepEqual(operate(name, image, at(0)), image.pixels, name);
  }
  // Counter-clockwise: the right side comes up.
  const side = 9;
  const right = grey(Array.from({ length: side * side }, (_, i) => i % side === 8 ? 255 : 0));
  const turned = row(
    operate("rotate", { pixels: right, shape: { height: side, width: side, channels: 3 } }, at(9)),
  );
  const brightness = (rows: number[]) =>
    rows.reduce(
      (sum, y) => sum + turned.slice(side * y, side * y + side).filter((v) => v === 255).length,
      0,
    );
  assert.ok(brightness([0, 1, 2, 3]) > brightness([5, 6, 7, 8]));
  // Rows of a plain image stay plain under a shear, apart from what comes from outside.
  const plain = new Uint8Array(48).fill(90);
  const sheared = operate("shearX", { pixels: plain, shape }, at(9));
  assert.deepEqual([...new Set(sheared)].sort(), [128, 90].sort());
});

Deno.test("autoAugment() is decided by its draws and leaves the image", () => {
  const noise = rngOf(0);
  const pixels = Uint8Array.from({ length: 3072 }, () => noise.integer(200));
  const large = { pixels, shape: { height: 32, width: 32, channels: 3 } };
  const before = pixels.slice();
  const at = (seed: number) => autoAugment(large, { rng: rngOf(seed), rotatesBothWays: false });
  assert.deepEqual(at(1), at(1));
  const outcomes = new Set(Array.from({ length: 30 }, (_, seed) => at(seed).join()));
  // Many are no change at all, or "equalize" alone.
  assert.ok(outcomes.size >= 8, `${outcomes.size}`);
  assert.deepEqual(pixels, before);
});

Deno.test("augmentedCopies() of each policy are finite and repeat; symmetric ones are moved before", () => {
  const context = {
    train: toyImages(6, TOY_CLASSES),
    normalisation: MINUS_ONE_TO_ONE,
    training: { ...TOY_TRAINING, crop: true },
  };
  tf.tidy(() => {
    const [reference, again, symmetric] = (["reference", "reference", "symmetric"] as const).map((
      policy,
    ) => augmentedCopies(context, [0, 3, 5], { policy, rng: rngOf(4) }).dataSync());
    assert.deepEqual(reference, again);
    assert.notDeepEqual(reference, symmetric);
    assert.ok([...reference!, ...symmetric!].every((value) => Math.abs(value) <= 1));
  });
});

Deno.test("consistency() equals the stored value, flows into copies only, and skips images that are unsure", () => {
  tf.tidy(() => {
    const [s, t] = (["student", "teacher"] as const).map((kind) =>
      waves(kind, [2, 3], 5) as tf.Tensor2D
    );
    const all = { sharpening: 0.9, confidence: 0 };
    assert.ok(Math.abs(consistency(t!, s!, all).dataSync()[0]! - 0.371783868) < 1e-6);
    // No path leads to the original: only what reaches the copy counts.
    const moved = tf.grad((x) => consistency(x.mul(2) as tf.Tensor2D, x as tf.Tensor2D, all))(s!);
    const fixed = tf.grad((x) => consistency(s!.mul(2), x as tf.Tensor2D, all))(s!);
    assert.deepEqual(moved.dataSync(), fixed.dataSync());
    const slope = tf.grad((x) => consistency(t!, x as tf.Tensor2D, all))(s!).dataSync();
    const value = (x: tf.Tensor2D) => consistency(t!, x, all).dataSync()[0]!;
    for (const at of [0, 4]) {
      const step = tf.oneHot(tf.tensor1d([at], "int32"), 6).cast("float32").reshape([2, 3]).mul(
        1e-2,
      );
      const found = (value(s!.add(step)) - value(s!.sub(step))) / 2e-2;
      assert.ok(Math.abs(found - slope[at]!) < 1e-4, `${found} ${slope[at]}`);
    }
    // Identical copies: 0 only without sharpening.
    assert.ok(
      Math.abs(consistency(t!, t!, { sharpening: 1, confidence: 0 }).dataSync()[0]!) < 1e-6,
    );
    assert.ok(consistency(t!, t!, { sharpening: 0.4, confidence: 0 }).dataSync()[0]! > 1e-3);
    // The likeliest classes have 0.95 and 0.89.
    assert.equal(consistency(t!, s!, { sharpening: 0.9, confidence: 0.99 }).dataSync()[0], 0);
  });
});

Deno.test("uda() without a share of copies has the loss of BLKD by batch means, whatever klReduction says", () => {
  const lossOf = (distiller: ReturnType<typeof blkd>) => {
    const run = toyRun({ distiller: { ...distiller, name: "same" } });
    const trainee = distillTrainee(run);
    const loss = tf.tidy(() => trainee.step(0).loss!.dataSync()[0]!);
    trainee.dispose();
    return loss;
  };
  const plain = lossOf(blkd());
  for (const klReduction of ["batchMean", "elementMean"] as const) {
    assert.ok(Math.abs(lossOf(uda({ augmented: 0, klReduction })) - plain) < 1e-6);
  }
});
