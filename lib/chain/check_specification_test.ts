import assert from "node:assert/strict";
import type { Dataset, Regression } from "../base/contracts.ts";
import { tf } from "../base/tf.ts";
import { CIFAR10_TASK } from "../data/cifar10/cifar10.ts";
import { toyAngles } from "../data/toy/angles.ts";
import { toyShapes } from "../data/toy/shapes.ts";
import {
  checkAgainstData,
  checkDistillers,
  checkFakes,
  checkSpecification,
} from "./check_specification.ts";
import { cifar10 } from "../experiments/cifar10.ts";
import { PRESETS, resolve } from "../experiments/specification/experiment.ts";
import { rc49 } from "../experiments/rc49.ts";
import { utkface } from "../experiments/utkface.ts";
import { distillers } from "../experiments/distillers.ts";
import { walkthrough } from "../experiments/walkthrough.ts";

function refusal(changes: Record<string, string>): string {
  try {
    const specification = resolve(cifar10, "desk", changes);
    checkSpecification(specification, "C-10K");
    checkFakes(specification, "C-10K", CIFAR10_TASK);
  } catch (error) {
    assert.ok(error instanceof RangeError, String(error));
    return error.message;
  }
  return "";
}

Deno.test("checkSpecification() lets every preset of every experiment pass", () => {
  for (const experiment of [cifar10, distillers, walkthrough]) {
    for (const preset of PRESETS) {
      if (preset === "paper" && experiment.isDemonstration) continue;
      const specification = resolve(experiment, preset);
      for (const setting of specification.settings) {
        checkSpecification(specification, setting);
        const classes = specification.dataset === "toy" ? 4 : 10;
        checkFakes(specification, setting, { ...CIFAR10_TASK, classes });
      }
    }
  }
});

Deno.test("resolve() refuses unknown names and lists the known ones", () => {
  for (const path of ["filterTeacher", "assistant", "ratio.extractor", "gan.guide"]) {
    const message = refusal({ [`${path}.network`]: "vgg12" });
    assert.equal(
      message.split(', "vgg13"')[0],
      `Cannot use ${path}.network = "vgg12": want one of "vgg11"`,
    );
  }
  assert.match(refusal({ "gan.diversity": "-1" }), /^Cannot use gan.diversity = -1: want a number/);
  assert.match(
    refusal({ "gan.diversity": "1", "gan.batch": "31" }),
    /gan.batch = 31: want an even/,
  );
  assert.match(
    refusal({ students: '[{"network": "lenet", "width": 1}]' }),
    /^Cannot use students\[0\]\.network = "lenet"/,
  );
  assert.match(
    refusal({ "gan.family": "stylegan" }),
    /^Cannot use gan\.family = "stylegan": .*"biggan", "biggan64", "diffusion"$/,
  );
  assert.match(refusal({ distillers: '["kd"]' }), /^Cannot use distillers\[0\] = "kd": .*"blkd"/);
  assert.match(refusal({ dataset: "mnist" }), /^Cannot use dataset = "mnist": .*"cifar10"/);
});

Deno.test("resolve() refuses numbers out of their range", () => {
  const rho = (value: string) => refusal({ "synthesis.rho.C-10K": value });
  assert.equal(rho("0"), "Cannot use synthesis.rho.C-10K = 0: want a number in (0, 1]");
  assert.notEqual(rho("1.01"), "");
  assert.equal(rho("1"), "");
  assert.equal(
    refusal({ "gan.steps.C-10K": "0" }),
    "Cannot use gan.steps.C-10K = 0: want an integer of at least 1",
  );
  assert.match(refusal({ "studentTraining.epochs": "1.5" }), /^Cannot use studentTraining\.epochs/);
  assert.match(refusal({ "gan.width": "-1" }), /^Cannot use gan\.width = -1/);
  assert.match(refusal({ "ratio.pool": "0" }), /^Cannot use ratio\.pool = 0/);
  assert.match(refusal({ "ratio.width": "0" }), /^Cannot use ratio\.width = 0/);
  assert.match(refusal({ "gan.average.decay": "2" }), /^Cannot use gan\.average\.decay = 2/);
  assert.match(refusal({ curveEvery: "0" }), /^Cannot use curveEvery = 0/);
  assert.match(
    refusal({ "gan.average.start": "-1" }),
    /^Cannot use gan\.average\.start = -1: .* 0$/,
  );
  assert.equal(refusal({ "gan.average.start": "0", "gan.guide.start": "0" }), "");
  assert.match(refusal({ "gan.judgeEvery": "0.5" }), /^Cannot use gan\.judgeEvery = 0\.5/);
  assert.equal(refusal({ seeds: "[]" }), "Cannot use seeds = []: want at least one entry");
});

Deno.test("checkFakes() refuses more fakes than the filter can leave", () => {
  const fakes = { "synthesis.perLabel": "4000", "synthesis.rho.C-10K": "0.5" };
  assert.equal(refusal({ ...fakes, "synthesis.fakes": "20000" }), "");
  assert.equal(
    refusal({ ...fakes, "synthesis.fakes": "20001" }),
    "Cannot draw M^g = 20001 fake images: at most 20000 of 40000 will be left, want at least as " +
      "many; lower synthesis.fakes, or raise synthesis.rho or synthesis.perLabel",
  );
  // Strictly below the 0.95-quantile of 110 scores are ⌈0.95 · 109⌉; below the 0.1-quantile of 11, ⌈0.1 · 10⌉.
  const most = { "synthesis.perLabel": "11", "synthesis.rho.C-10K": "0.95" };
  assert.equal(refusal({ ...most, "synthesis.fakes": "104" }), "");
  assert.match(refusal({ ...most, "synthesis.fakes": "105" }), /at most 104 of 110 /);
  const few = { ...most, "synthesis.rho.C-10K": "0.1" };
  const each = { ...few, "synthesis.cutOff": '"each label"' };
  assert.equal(refusal({ ...each, "synthesis.fakes": "10" }), "");
  assert.match(refusal({ ...each, "synthesis.fakes": "11" }), /at most 10 of 110 /);
  // Without the filter the whole pool is left; without fakes in any training set nothing is drawn.
  const many = { ...fakes, "synthesis.fakes": "40000" };
  assert.equal(refusal({ ...many, "synthesis.steps": '["subsample"]' }), "");
  assert.equal(refusal({ ...many, trainOn: '["real"]' }), "");
});

Deno.test("resolve() refuses words that no option has, and lists those that it has", () => {
  assert.equal(
    refusal({ trainOn: '["fake"]' }),
    'Cannot use trainOn[0] = "fake": want one of "real", "real, equal steps", "real+fake", "real+other real"',
  );
  assert.match(
    refusal({ "synthesis.steps": '["filtre"]' }),
    /want one of "subsample", "filter"/,
  );
  assert.match(refusal({ "compat.tie": "strikt" }), /want one of "strict", "rank"/);
  assert.match(refusal({ "gan.guide": "vgg11" }), /"none"/);
  for (
    const [path, value] of [
      ["teacherTraining.learningRate", "-1"],
      ["studentTraining.momentum", "1"],
      ["studentTraining.weightDecay", "-0.1"],
      ["gan.beta2", "1"],
      ["ratio.penalty", "-1"],
    ] as const
  ) {
    assert.match(refusal({ [path]: value }), new RegExp(`^Cannot use ${path} = ${value}: want`));
  }
});

Deno.test("resolve() refuses a number that no stage of scalar labels can use", () => {
  const cases = {
    "gan.guide.weight": "-1",
    "gan.guide.start": "1.5",
    "gan.guide.margin": "-0.1",
    "gan.auxiliary.generator": "-1",
    "gan.embedding.width": "0",
    "gan.embedding.noise": "-0.2",
    "gan.embedding.weightDecay": "-1",
    "ratio.extractor.width": "0",
    "ratio.extractor.decayEvery": "0",
    "ratio.extractor.sparsity": "-1",
    "evaluation.labels": "0",
    "evaluation.perLabel": "1",
    "evaluation.radius": "-1",
    "evaluation.images": "0",
    "evaluation.width": "0",
    "evaluation.autoencoder.epochs": "0",
    "evaluation.autoencoder.decayEvery": "0",
    "evaluation.autoencoder.beta1": "1",
    "evaluation.judges.batch": "0.5",
    "evaluation.judges.learningRate": "0",
    "evaluation.judges.momentum": "1",
  };
  for (const [path, value] of Object.entries(cases)) {
    assert.throws(
      () => resolve(rc49, "desk", { [path]: value }),
      ({ name, message }: Error) =>
        name === "RangeError" && message.startsWith(`Cannot use ${path} = ${value}: want`),
      path,
    );
  }
  for (const path of ["ratio.milestones", "evaluation.judges.milestones"]) {
    assert.throws(() => resolve(rc49, "desk", { [path]: "[1, 2.5]" }), {
      message: `Cannot use ${path}[1] = 2.5: want an integer of at least 1`,
    });
  }
});

Deno.test("checkSpecification() wants a DiffAugment switch for the setting", () => {
  const specification = resolve(rc49, "desk", { "gan.diffAugment": '{"R-5": true}' });
  checkSpecification(specification, "R-5");
  assert.throws(() => checkSpecification(specification, "R-25"), {
    message: 'Cannot find DiffAugment switch for setting "R-25": known names are "R-5"',
  });
});

Deno.test("checkDistillers() refuses losses that the labels have no use for", () => {
  const { train } = toyAngles({ angles: 3, perAngle: 2 });
  const check = (name: string) =>
    checkDistillers(resolve(rc49, "smoke", { distillers: `["nokd", "${name}"]` }), train);
  check("fitnet");
  assert.throws(() => check("dkd"), {
    name: "RangeError",
    message:
      /^Cannot distil with "dkd": its loss is not defined for regression, want one of nokd, /,
  });
});

Deno.test("checkDistillers() refuses networks that a method cannot compare, naming both", () => {
  const { train } = toyShapes({ perClass: 12, testPerClass: 1 });
  const check = (stage: number) => {
    const distillers = JSON.stringify([{ name: "fitnet", stage }]);
    checkDistillers(resolve(cifar10, "desk", { distillers }), train);
  };
  const { numTensors } = tf.memory();
  check(3);
  assert.throws(() => check(4), {
    name: "RangeError",
    message:
      'Cannot distil with "fitnet": stage 4 is missing, found 3 student and 4 teacher stages (ShuffleNetV2 from ResNet-18)',
  });
  assert.equal(tf.memory().numTensors, numTensors);
});

Deno.test("checkDistillers() refuses a method that is there twice, and lengths that never end", () => {
  const { train } = toyShapes({ perClass: 12, testPerClass: 1 });
  const check = (distillers: string, changes: Record<string, string> = {}) =>
    checkDistillers(resolve(cifar10, "desk", { distillers, ...changes }), train);
  check('["dkd", {"name": "dkd", "alpha": 2}, {"name": "dkd", "alpha": 3}]');
  assert.throws(() => check('["dkd", {"name": "dkd", "alpha": 1}]'), {
    name: "RangeError",
    message: 'Cannot list distiller "dkd" twice with the same options: want every method once',
  });
  const long = '[{"name": "dkd", "warmUpEpochs": 120}]';
  assert.throws(() => check(long), {
    name: "RangeError",
    message: /^Cannot distil with "dkd": found warmUpEpochs = 120 in a training of 100 epochs/,
  });
  // Controls train for longer, and students beside them do not.
  check(long, { trainOn: '["real, equal steps"]' });
  assert.throws(() => check(long, { trainOn: '["real, equal steps", "real"]' }), RangeError);
});

Deno.test("checkSpecification() refuses milestones that a training does not reach", () => {
  assert.equal(
    refusal({ "studentTraining.epochs": "71" }),
    "Cannot use studentTraining.milestones = [43,71]: found studentTraining.epochs = 71, want milestones below it, or " +
      "studentTraining.milestones=[] for a constant rate",
  );
  assert.equal(refusal({ "studentTraining.epochs": "72" }), "");
  assert.equal(refusal({ "studentTraining.epochs": "1", "studentTraining.milestones": "[]" }), "");
  for (
    const path of ["teacherTraining", "ratio", "ratio.extractor.training", "gan.guide.training"]
  ) {
    assert.match(
      refusal({ [`${path}.milestones`]: "[1, 9999]" }),
      new RegExp(`^Cannot use ${path}\\.milestones = \\[1,9999\\]`),
    );
  }
});

const toy = toyShapes({ perClass: 8, testPerClass: 4 });

/** What is wrong with the smallest CIFAR-10 chain on 32 toy images; batches are 16. */
function faultOnToy(changes: Record<string, string> = {}, dataset: Dataset = toy): string {
  const small = Object.fromEntries(
    ["teacherTraining", "studentTraining", "ratio.extractor.training", "ratio", "gan"].map(
      (path) => [`${path}.batch`, "16"],
    ),
  );
  const specification = resolve(cifar10, "smoke", { ...small, ...changes });
  try {
    checkAgainstData(specification, "toy", dataset);
  } catch (error) {
    return (error as Error).message;
  }
  return "";
}

Deno.test("checkAgainstData() refuses batches that are larger than the set", () => {
  assert.equal(faultOnToy(), "");
  assert.equal(
    faultOnToy({ "studentTraining.batch": "33" }),
    "Cannot use studentTraining.batch = 33: found 32 images of Toy shapes, want a batch of at most 32",
  );
  for (const path of ["teacherTraining", "ratio", "ratio.extractor.training", "gan"]) {
    assert.match(
      faultOnToy({ [`${path}.batch`]: "33" }),
      new RegExp(`^Cannot use ${path}\\.batch`),
    );
  }
  // 100 fakes join the 32 images.
  assert.equal(faultOnToy({ "studentTraining.batch": "132", trainOn: '["real+fake"]' }), "");
  assert.match(
    faultOnToy({ "studentTraining.batch": "133", trainOn: '["real+fake"]' }),
    /found 132 images/,
  );
});

Deno.test("checkAgainstData() refuses images that not all networks take", () => {
  const { train } = toy;
  const images = { ...train.images, shape: { height: 48, width: 48, channels: 3 } };
  assert.match(
    faultOnToy({}, { ...toy, train: { ...train, images } }),
    /^Cannot train on "Toy shapes": found images of 48 x 48, want 32 x 32 \(VGG11 takes 32 x 32 or /,
  );
});

Deno.test("checkAgainstData() refuses a GAN that the images or labels do not suit", () => {
  assert.equal(
    faultOnToy({ "gan.family": "sngan" }),
    'Cannot train on "Toy shapes": found images of 32 x 32, want 64 x 64 (SNGAN takes 64 x 64)',
  );
  // Without fakes in any training set no GAN is trained.
  assert.equal(faultOnToy({ "gan.family": "sngan", trainOn: '["real"]' }), "");
  const angles = toyAngles({ angles: 9, perAngle: 8 });
  assert.match(
    faultOnToy({ "gan.family": "sngan", distillers: '["nokd"]' }, angles),
    /^Cannot train a generator for the scalar labels of Toy angles: found no gan\.vicinity, want one$/,
  );
});

Deno.test("checkFakes() finds enough fakes for M^g at quick and desk", () => {
  const labels = { rc49: 899, utkface: 60 };
  for (const experiment of [rc49, utkface]) {
    for (const preset of ["quick", "desk"]) {
      const specification = resolve(experiment, preset);
      const count = labels[experiment.name as keyof typeof labels];
      const task: Regression = {
        kind: "regression",
        minimum: 0,
        maximum: count - 1,
        scale: count,
        unit: "years",
        labels: Array.from({ length: count }, (_, i) => i),
      };
      for (const setting of specification.settings) {
        checkSpecification(specification, setting);
        checkFakes(specification, setting, task);
      }
    }
  }
});

Deno.test("checkSpecification() refuses a sampler that starts below its last level", () => {
  const changes = (noise: number) => ({
    "gan.family": "diffusion",
    "gan.sampling.least": "0.1",
    "gan.sampling.variations": `{"noise": ${noise}, "neighbours": 1}`,
  });
  assert.equal(
    refusal(changes(0.1)),
    "Cannot sample from sigma 0.1 down to 0.1: want gan.sampling.least below gan.sampling.variations.noise",
  );
  assert.equal(refusal(changes(0.11)), "");
});

Deno.test("checkSpecification() refuses a share of fakes where epochs go over all images", () => {
  assert.equal(
    refusal({ fakeShare: "0.25", studentEpochs: "all images" }),
    "Cannot take a share of 0.25 of each batch from fakes while epochs are passes over all images: want studentEpochs = " +
      '"real images", or fakeShare = "pooled"',
  );
  assert.equal(refusal({ fakeShare: "0.25", studentEpochs: "real images" }), "");
  assert.match(refusal({ fakeShare: "1" }), /fakeShare = 1/);
  assert.equal(
    refusal({ fakesUntil: "0.4", fakeShare: '"pooled"' }),
    "Cannot leave fakes out after 0.4 of the epochs while real and fake images are one set: want fakeShare = a share of " +
      'each batch, such as 0.25, and studentEpochs = "real images"',
  );
});
