import assert from "node:assert/strict";
import { cifar10 } from "../../experiments/cifar10.ts";
import { resolve } from "../../experiments/specification/experiment.ts";
import { distillerOf, equalSteps, methodTitle, studentChoices } from "./student_stage.ts";

const specification = resolve(cifar10, "smoke", {
  students: '[{"network": "vgg11", "width": 0.0625}, {"network": "vgg13", "width": 0.0625}]',
  distillers: '["nokd", "blkd"]',
});

function cellsOf(pattern?: string): string[] {
  return studentChoices(specification, pattern).map((choice) => {
    const { distiller } = distillerOf(specification, choice.distiller);
    return `${choice.student.network}, ${methodTitle(distiller, choice)} on ${choice.trainOn}`;
  });
}

Deno.test("studentChoices() is the table's cells, or those that hold a pattern", () => {
  const methods = ["NOKD on real", "BLKD on real", "cGAN-KD on real+fake"];
  const all = cellsOf();
  assert.deepEqual(all.slice(0, 3), methods.map((method) => `vgg11, ${method}`));
  assert.equal(all.length, 8);
  assert.deepEqual(cellsOf("VGG13, nokd"), ["vgg13, NOKD on real"]);
  assert.deepEqual(cellsOf("cgan-kd+"), [
    "vgg11, cGAN-KD+BLKD on real+fake",
    "vgg13, cGAN-KD+BLKD on real+fake",
  ]);
});

Deno.test("studentChoices() has the controls only where a pattern asks for them", () => {
  for (const pattern of [undefined, "vgg11", "nokd", "cgan-kd"]) {
    const found = studentChoices(specification, pattern);
    assert.ok(found.every((choice) => !("takesEqualSteps" in choice)), pattern);
  }
  assert.deepEqual(cellsOf("Equal Steps"), [
    "vgg11, NOKD (equal steps) on real",
    "vgg11, BLKD (equal steps) on real",
    "vgg13, NOKD (equal steps) on real",
    "vgg13, BLKD (equal steps) on real",
  ]);
  assert.deepEqual(cellsOf("vgg13, NOKD (equal steps)"), ["vgg13, NOKD (equal steps) on real"]);
});

Deno.test("studentChoices() refuses a pattern that no cell holds, and lists the cells", () => {
  assert.throws(() => studentChoices(specification, "resnet"), {
    name: "RangeError",
    message: /^Cannot find students of cells "resnet": known cells are "vgg11, NOKD", .*BLKD"$/,
  });
});

Deno.test("equalSteps() trains as long as a student with fakes at the paper's sizes", () => {
  const paper = resolve(cifar10, "paper");
  const { epochs, batch, milestones } = paper.studentTraining;
  for (const [real, times] of [[50_000, 3], [20_000, 6], [10_000, 11]] as const) {
    assert.equal((real + paper.synthesis.fakes) / real, times);
    const control = equalSteps(paper, real);
    assert.deepEqual(control, {
      ...paper.studentTraining,
      epochs: times * epochs,
      milestones: milestones.map((epoch) => times * epoch),
    });
    const images = (passes: number, count: number) => passes * count / batch;
    assert.equal(images(control.epochs, real), images(epochs, real + paper.synthesis.fakes));
  }
});
