import assert from "node:assert/strict";
import { cifar10 } from "../../experiments/cifar10.ts";
import { resolve } from "../../experiments/specification/experiment.ts";
import {
  distillerOf,
  methodTitle,
  studentChoices,
  type StudentFilter,
  studentTraining,
} from "./student_choice.ts";

const specification = resolve(cifar10, "smoke", {
  students: '[{"network": "vgg11", "width": 0.0625}, {"network": "vgg13", "width": 0.0625}]',
  distillers: '["nokd", "blkd"]',
});

function cellsOf(filter?: StudentFilter): string[] {
  return studentChoices(specification, filter).map(({ student, distiller: name, trainOn }) => {
    const { distiller } = distillerOf(specification, name);
    return `${student.network}, ${methodTitle(distiller, trainOn)} on ${trainOn}`;
  });
}

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
    const control = studentTraining(paper, "real, equal steps", real);
    assert.deepEqual(control, {
      ...paper.studentTraining,
      epochs: times * epochs,
      milestones: milestones.map((epoch) => times * epoch),
    });
    const images = (passes: number, count: number) => passes * count / batch;
    assert.equal(images(control.epochs, real), images(epochs, real + paper.synthesis.fakes));
    assert.deepEqual(studentTraining(paper, "real", real), paper.studentTraining);
    assert.deepEqual(studentTraining(paper, "real+fake", real), paper.studentTraining);
  }
});
