import assert from "node:assert/strict";
import type { Dataset, RealImages, Task } from "../base/contracts.ts";
import { toyShapes } from "../data/toy/shapes.ts";
import { cifar10 } from "../experiments/cifar10.ts";
import { ownImages } from "../experiments/own_images.ts";
import { ownLabels } from "../experiments/own_labels.ts";
import { checkAgainstData } from "./check_specification.ts";
import { fitToData } from "./fit_to_data.ts";
import { planRuns } from "./plan_runs.ts";

/** So many black images of somebody's own, of each label as many. */
function blackImages(task: Task, { count, size }: { count: number; size: number }): Dataset {
  const labels = task.kind === "classification"
    ? Array.from({ length: task.classes }, (_, i) => i)
    : task.labels;
  const shape = { height: size, width: size, channels: 3 } as const;
  const part: RealImages = {
    images: { count, shape, read: () => {} },
    labels: Float32Array.from({ length: count }, (_, i) => labels[i % labels.length]!),
    task,
    origin: "real",
  };
  return { ...toyShapes(), name: "pets", train: part, test: part, others: "none" };
}

function classesOf(classes: number): Task {
  const classNames = Array.from({ length: classes }, (_, i) => `class ${i}`);
  return { kind: "classification", classes, classNames };
}

function amountsOf(count: number): Task {
  const labels = Array.from({ length: count }, (_, i) => 1 + i);
  return { kind: "regression", minimum: 1, maximum: count, scale: count, unit: "years", labels };
}

Deno.test("fitToData() makes a run of whatever images somebody has", () => {
  for (
    const [experiment, task, size, count] of [
      [ownImages, classesOf(2), 32, 12],
      [ownImages, classesOf(200), 32, 80_000],
      [ownImages, classesOf(3), 64, 90],
      [ownLabels, amountsOf(2), 64, 90],
    ] as const
  ) {
    const [planned] = planRuns(experiment, { changes: { "dataset.path": "pets" } });
    const dataset = blackImages(task, { count, size });
    checkAgainstData(fitToData(planned!, dataset).specification, "all", dataset);
  }
});

Deno.test("fitToData() leaves what was changed, and what belongs to it", () => {
  const changes = {
    "dataset.path": "pets",
    "studentTraining.epochs": "25",
    "gan.steps": '{"all":77}',
    "synthesis.perLabel": "600",
  };
  const dataset = blackImages(classesOf(3), { count: 100, size: 32 });
  const fitted = fitToData(planRuns(ownImages, { changes })[0]!, dataset);
  const { studentTraining, teacherTraining, gan, synthesis } = fitted.specification;
  assert.deepEqual([studentTraining.epochs, studentTraining.milestones], [25, [13, 21]]);
  // The batch of 64 is a group of its own.
  assert.deepEqual([studentTraining.batch, studentTraining.learningRate], [16, 0.0125]);
  assert.deepEqual([teacherTraining.epochs, teacherTraining.milestones], [190, [82, 133]]);
  assert.deepEqual(gan.steps, { all: 77 });
  assert.deepEqual([synthesis.perLabel, synthesis.fakes], [600, 500]);
  assert.equal(fitted.byRule?.["teacherTraining.epochs"], "190");
  assert.ok(!Object.keys(fitted.byRule!).some((path) => path.startsWith("gan.steps")));
  assert.deepEqual(fitted.changes, changes);
  // Once more changes nothing: a worker of a sweep plans, and opens, the run again.
  assert.deepEqual(fitToData(fitted, dataset), fitted);
});

Deno.test("fitToData() leaves toys and sets of the paper alone", () => {
  const dataset = toyShapes();
  for (const experiment of [ownImages, cifar10]) {
    const planned = planRuns(experiment, { preset: "smoke" })[0]!;
    assert.equal(fitToData(planned, dataset), planned);
  }
});
