import assert from "node:assert/strict";
import type { DistillerChoice } from "../../experiments/specification/schema.ts";
import { cifar10 } from "../../experiments/cifar10.ts";
import { resolve } from "../../experiments/specification/experiment.ts";
import {
  cellNames,
  distillerOf,
  methodTitle,
  studentChoices,
  type StudentFilter,
  studentTraining,
} from "./student_choice.ts";

const TRAIN_ON = ["real", "real, equal steps", "real+fake"] as const;

const specification = resolve(cifar10, "smoke", {
  students: '[{"network": "vgg11", "width": 0.0625}, {"network": "vgg13", "width": 0.0625}]',
  distillers: '["nokd", "blkd"]',
});

function cellsOf(filter?: StudentFilter): string[] {
  return studentChoices(specification, filter).map(({ student, distiller: name, trainOn }) => {
    const method = methodTitle(distillerOf(specification, name), trainOn);
    return `${student.network}, ${method} on ${trainOn}`;
  });
}

Deno.test("cellNames() are what studentChoices() takes, by the table's names", () => {
  const names = cellNames(specification);
  assert.deepEqual(names, [
    ...["VGG11", "VGG13"].flatMap((student) =>
      ["NOKD", "BLKD", "cGAN-KD", "cGAN-KD+BLKD"].map((method) => `${student}, ${method}`)
    ),
  ]);
  for (const cells of names) assert.equal(studentChoices(specification, { cells }).length, 1);
});

Deno.test("studentChoices() is the table's cells, or those that hold a pattern", () => {
  const methods = ["NOKD on real", "BLKD on real", "cGAN-KD on real+fake"];
  const all = cellsOf();
  assert.deepEqual(all.slice(0, 3), methods.map((method) => `vgg11, ${method}`));
  assert.equal(all.length, 8);
  assert.deepEqual(cellsOf({ cells: "VGG13, nokd" }), ["vgg13, NOKD on real"]);
  assert.deepEqual(cellsOf({ cells: "cgan-kd+" }), [
    "vgg11, cGAN-KD+BLKD on real+fake",
    "vgg13, cGAN-KD+BLKD on real+fake",
  ]);
});

Deno.test("methodTitle() tells options that differ from the standard", () => {
  const titles = (distiller: DistillerChoice) =>
    TRAIN_ON.map((trainOn) => methodTitle(distillerOf(specification, distiller), trainOn));
  assert.deepEqual(titles("nokd"), ["NOKD", "NOKD (equal steps)", "cGAN-KD"]);
  const plain = ["DKD", "DKD (equal steps)", "cGAN-KD+DKD"];
  assert.deepEqual(titles("dkd"), plain);
  assert.deepEqual(titles({ name: "dkd", alpha: 1, temperature: 4 }), plain);
  assert.deepEqual(titles({ name: "dkd", warmUpEpochs: 1, beta: 2 }), [
    "DKD (beta 2, warmUpEpochs 1)",
    "DKD (beta 2, warmUpEpochs 1, equal steps)",
    "cGAN-KD+DKD (beta 2, warmUpEpochs 1)",
  ]);
});

Deno.test("distillerOf() makes options that differ part of the identity, and no others", () => {
  const optionsOf = (distiller: DistillerChoice) => distillerOf(specification, distiller).options;
  const { klReduction } = specification.compat;
  assert.deepEqual(optionsOf("blkd"), { klReduction });
  assert.deepEqual(optionsOf({ name: "blkd", alpha: 0.5 }), { klReduction });
  assert.deepEqual(optionsOf({ name: "blkd", alpha: 0.9 }), { klReduction, alpha: 0.9 });
  assert.throws(() => optionsOf({ name: "blkd", alpha: 1.5 }), {
    name: "RangeError",
    message: "Cannot use alpha = 1.5: want a number in [0, 1]",
  });
});

Deno.test("studentChoices() has a cell for each set of options, and finds it", () => {
  const tuned = resolve(cifar10, "smoke", {
    distillers: '["blkd", {"name": "blkd", "temperature": 2}]',
    trainOn: '["real"]',
  });
  assert.equal(studentChoices(tuned).length, 2);
  const [choice, ...others] = studentChoices(tuned, { cells: "temperature 2" });
  assert.deepEqual([choice!.distiller, others], [{ name: "blkd", temperature: 2 }, []]);
});

Deno.test("studentChoices() has controls where they are a training set, whatever the pattern", () => {
  const controls = [
    "vgg11, NOKD (equal steps) on real, equal steps",
    "vgg11, BLKD (equal steps) on real, equal steps",
    "vgg13, NOKD (equal steps) on real, equal steps",
    "vgg13, BLKD (equal steps) on real, equal steps",
  ];
  assert.deepEqual(cellsOf({ trainOn: ["real, equal steps"] }), controls);
  const trainOn = ["real", "real, equal steps"] as const;
  assert.deepEqual(cellsOf({ trainOn, cells: "Equal Steps" }), controls);
  assert.deepEqual(cellsOf({ trainOn, cells: "vgg13, NOKD" }), [
    "vgg13, NOKD on real",
    "vgg13, NOKD (equal steps) on real, equal steps",
  ]);
});

Deno.test("studentChoices() refuses a pattern that no cell holds, and lists the cells", () => {
  assert.throws(() => studentChoices(specification, { cells: "resnet" }), {
    name: "RangeError",
    message: /^Cannot find students of cells "resnet": known cells are "vgg11, NOKD", .*BLKD"$/,
  });
  assert.throws(() => studentChoices(specification, { cells: "equal steps" }), {
    name: "RangeError",
    message: /; for controls add "real, equal steps" to trainOn$/,
  });
});

Deno.test("studentTraining() of a control is as long as a student with fakes at the paper's sizes", () => {
  const paper = resolve(cifar10, "paper");
  const { epochs, batch, milestones } = paper.studentTraining;
  for (const [real, times] of [[50_000, 3], [20_000, 6], [10_000, 11]] as const) {
    assert.equal((real + paper.synthesis.fakes) / real, times);
    const control = studentTraining(paper, { trainOn: "real, equal steps" }, real);
    assert.deepEqual(control, {
      ...paper.studentTraining,
      epochs: times * epochs,
      milestones: milestones.map((epoch) => times * epoch),
    });
    const images = (passes: number, count: number) => passes * count / batch;
    assert.equal(images(control.epochs, real), images(epochs, real + paper.synthesis.fakes));
    assert.deepEqual(studentTraining(paper, { trainOn: "real" }, real), paper.studentTraining);
    assert.deepEqual(studentTraining(paper, { trainOn: "real+fake" }, real), paper.studentTraining);
  }
});

Deno.test("studentTraining() has the recipes of Tables 2 and 3 for their methods, that of Table 1 for others", () => {
  const paper = resolve(cifar10, "paper");
  const recipe = (distiller: "blkd" | "sskd" | "uda", network: "vgg11" | "shufflenet_v2") =>
    studentTraining(
      paper,
      { trainOn: "real+fake", distiller, student: { network, width: 1 } },
      1e4,
    );
  const sskd = {
    ...paper.studentTraining,
    epochs: 240,
    batch: 64,
    milestones: [150, 180, 210],
    weightDecay: 5e-4,
  };
  assert.deepEqual(recipe("sskd", "vgg11"), { ...sskd, learningRate: 0.05 });
  assert.deepEqual(recipe("sskd", "shufflenet_v2"), { ...sskd, learningRate: 0.01 });
  assert.deepEqual(recipe("uda", "vgg11"), { ...paper.studentTraining, nesterov: true });
  assert.deepEqual(recipe("blkd", "vgg11"), paper.studentTraining);
  // Elsewhere all methods have one recipe.
  const desk = resolve(cifar10, "desk");
  const plain = studentTraining(desk, { trainOn: "real", distiller: "sskd" }, 1e4);
  assert.deepEqual(plain, desk.studentTraining);
});

Deno.test("studentTraining() of real images has equal steps with and without fakes", () => {
  const equal = resolve(cifar10, "paper", { studentEpochs: "real images" });
  assert.deepEqual(studentTraining(equal, { trainOn: "real" }, 10_000), equal.studentTraining);
  assert.deepEqual(studentTraining(equal, { trainOn: "real+fake" }, 10_000), {
    ...equal.studentTraining,
    epochImages: 10_000,
  });
  const mixed = { ...equal, fakeShare: 0.25 };
  assert.equal(studentTraining(mixed, { trainOn: "real+fake" }, 10_000).fakeShare, 0.25);
  assert.deepEqual(studentTraining(mixed, { trainOn: "real" }, 10_000), equal.studentTraining);
  const left = { ...mixed, fakesUntil: 0.4 };
  assert.equal(studentTraining(left, { trainOn: "real+fake" }, 10_000).fakesUntil, 0.4);
  assert.deepEqual(studentTraining(left, { trainOn: "real" }, 10_000), equal.studentTraining);
  // To the end is what it is without: the same student.
  const whole = { ...mixed, fakesUntil: 1 };
  assert.ok(!("fakesUntil" in studentTraining(whole, { trainOn: "real+fake" }, 10_000)));
});

Deno.test("studentChoices() takes some of the seeds, and refuses others", () => {
  const { students: [student], ...rest } = resolve(cifar10, "desk");
  const specification = { ...rest, students: [student!], seeds: [1, 2, 3, 4] };
  const seeds = studentChoices(specification, { cells: "NOKD", seeds: [4, 2] }).map(({ seed }) =>
    seed
  );
  assert.deepEqual(seeds, [4, 2]);
  assert.throws(() => studentChoices(specification, { seeds: [2, 5] }), {
    name: "RangeError",
    message:
      "Cannot choose seed 5: found seeds 1, 2, 3, 4, want some of these, or a run opened with more, such as seeds: 12",
  });
});

Deno.test("studentChoices() has no controls where all students take equal steps", () => {
  const equal = resolve(cifar10, "smoke", { studentEpochs: "real images" });
  assert.throws(() => studentChoices(equal, { trainOn: ["real", "real, equal steps"] }), {
    name: "RangeError",
    message:
      'Cannot train on "real, equal steps": with studentEpochs = "real images" all students take equal steps, want ' +
      '"real" in its place',
  });
});
