import assert from "node:assert/strict";
import { stepsPerEpoch } from "../data/batches/batches.ts";
import { cifar10 } from "./cifar10.ts";
import { resolve } from "./specification/experiment.ts";
import { isGan } from "./specification/gan_schema.ts";
import { tinyImagenet } from "./tiny_imagenet.ts";

/** Method specification 1.3. */
const TRAINING_IMAGES = 98_179;
const CLASSES = 200;

Deno.test("tiny_imagenet at preset paper has the figures of the method specification", () => {
  const paper = resolve(tinyImagenet, "paper");
  const other = resolve(cifar10, "paper");
  assert.deepEqual([paper.dataset, paper.settings, paper.split], [
    "tiny_imagenet",
    ["all"],
    "test",
  ]);
  // 9.4
  assert.deepEqual(paper.students, [
    { network: "vgg11", width: 1 },
    { network: "shufflenet_v2", width: 1 },
  ]);
  assert.deepEqual(paper.teachers, [
    { network: "densenet121", width: 1 },
    { network: "resnet50", width: 1 },
  ]);
  // 4.2, 6.2
  assert.deepEqual(paper.filterTeacher, { network: "densenet121", width: 1 });
  assert.deepEqual(paper.assistant, { network: "mobilenet_v2", width: 1 });
  assert.deepEqual(paper.distillers, ["nokd", "blkd", "takd", "sskd", "uda"]);
  // 5.5: column A is that of both sets
  assert.deepEqual(paper.teacherTraining, other.teacherTraining);
  assert.deepEqual(paper.studentTraining, other.studentTraining);
  // Columns B and C
  assert.deepEqual(paper.methodTraining, [
    { distiller: "sskd", epochs: 240, batch: 32, learningRate: 0.05, milestones: [150, 180, 210] },
    { distiller: "sskd", student: "shufflenet_v2", learningRate: 0.01 },
    { distiller: "uda", nesterov: true },
  ]);
  assert.deepEqual([paper.studentEpochs, paper.fakeShare], ["all images", "pooled"]);
  // 3.1, 3.5
  assert.deepEqual(paper.ratio, other.ratio);
  // 3.7, 4.2
  assert.deepEqual(paper.synthesis, {
    steps: ["subsample", "filter", "adjust"],
    perLabel: 3000,
    burnIn: 50_000,
    batch: 3000,
    whenStuck: "stop",
    rho: { all: 0.5 },
    fakes: 100_000,
  });
  assert.deepEqual(paper.compat, other.compat);
  // 2.3; the length is ours
  assert.deepEqual(paper.gan, {
    family: "biggan64",
    width: 1,
    taper: false,
    steps: { all: 100_000 },
    batch: 256,
    discriminatorSteps: 2,
    generatorRate: 1e-4,
    discriminatorRate: 4e-4,
    beta1: 0,
    beta2: 0.999,
    diffAugment: { all: true },
    average: { decay: 0.9999, start: 1000 },
    auxiliary: { discriminator: 0, generator: 0 },
    guide: "none",
    diversity: 0,
  });
});

Deno.test("the numbers of fakes of tiny_imagenet are the paper's", () => {
  const { ratio, synthesis } = resolve(tinyImagenet, "paper");
  assert.equal(CLASSES * synthesis.perLabel, 600_000);
  assert.equal(synthesis.rho["all"]! * CLASSES * synthesis.perLabel, 300_000);
  assert.equal(synthesis.fakes / CLASSES, 500);
  // The reference leaves out the last, incomplete batch: 191 of 512 in place of 192 (Q28, a deviation here).
  assert.equal(ratio.epochs * (stepsPerEpoch({ count: TRAINING_IMAGES, batch: 512 }) - 1), 66_850);
  assert.match(tinyImagenet.deviations.paper.join("\n"), /Q28/);
});

Deno.test("tiny_imagenet at quick and desk takes 20 classes by a rule, and equal steps", () => {
  for (const preset of ["quick", "desk"]) {
    const { dataset, fakeShare, studentEpochs, synthesis } = resolve(tinyImagenet, preset);
    assert.deepEqual(dataset, { name: "tiny_imagenet", classes: 20 });
    assert.equal(studentEpochs, "real images");
    assert.equal(fakeShare, preset === "quick" ? 0.5 : 0.25);
    // What the filter leaves is what students take.
    assert.equal(synthesis.fakes, synthesis.rho["all"]! * 20 * synthesis.perLabel, preset);
  }
});

Deno.test("tiny_imagenet at quick and desk varies training images of the own class, with the same generator", () => {
  const [quick, desk] = ["quick", "desk"].map((preset) => resolve(tinyImagenet, preset));
  assert.deepEqual(quick!.gan, desk!.gan);
  assert.ok(!isGan(desk!.gan));
  // More than one could be of another class, where a class has fewer.
  assert.equal(desk!.gan.sampling.variations?.neighbours, 1);
  for (const preset of ["quick", "desk"]) {
    const { gan } = resolve(tinyImagenet, preset, { "gan.family": "biggan64" });
    assert.ok(isGan(gan));
    assert.deepEqual([gan.width, gan.steps, gan.batch], [0.125, { all: 6000 }, 64]);
  }
});

Deno.test("tiny_imagenet at smoke trains the same generator on images of the same size", () => {
  const { dataset, gan } = resolve(tinyImagenet, "smoke");
  assert.ok(typeof dataset === "object" && dataset.name === "toy" && dataset.size === 64);
  assert.equal(gan.family, "biggan64");
});
