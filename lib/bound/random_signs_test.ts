import assert from "node:assert/strict";
import type { Task } from "../base/contracts.ts";
import { rngOf } from "../base/rng.ts";
import { AGES } from "../testing/tasks.ts";
import { rademacherLowerEstimate, signedLabels } from "./random_signs.ts";
import { bestThreshold, thresholdComplexity, thresholdLosses } from "./threshold_students.ts";

// Two students, always right or always wrong: the supremum is max(0, mean σ), on average 1/√(2πn).
Deno.test("rademacherLowerEstimate() equals the closed form of a class of two students", () => {
  const n = 100;
  const fits = Array.from({ length: 400 }, (_, run) => {
    const rng = rngOf(8, run);
    const signs = Int8Array.from({ length: n }, () => rng.uniform() < 0.5 ? 1 : -1);
    const loss = signs.reduce((a, b) => a + b, 0) > 0 ? 1 : 0;
    return { signs, losses: new Uint8Array(n).fill(loss) };
  });
  const { low, high } = rademacherLowerEstimate(fits, { rng: rngOf(9), level: 0.999 });
  const wanted = 1 / Math.sqrt(2 * Math.PI * n);
  assert.ok(low <= wanted && wanted <= high, `${low} … ${high} for ${wanted}`);
});

Deno.test("signedLabels() keep labels where loss is unwanted, and change all others", () => {
  const task: Task = { kind: "classification", classes: 3, classNames: ["a", "b", "c"] };
  const truth = Float32Array.from({ length: 300 }, (_, i) => i % 3);
  const { signs, labels } = signedLabels(truth, task, rngOf(1));
  labels.forEach((label, i) => assert.equal(label === truth[i], signs[i] === -1));
  assert.deepEqual(new Set(labels), new Set([0, 1, 2]));
  // Learnt by heart: every wanted loss is there, half of all on average.
  const losses = labels.map((label, i) => Number(label !== truth[i]));
  const { value } = rademacherLowerEstimate([{ signs, losses }], { rng: rngOf(2), replicates: 5 });
  assert.equal(value, signs.filter((sign) => sign > 0).length / 300);
  const ages = signedLabels(Float32Array.of(2, 59), AGES, { ...rngOf(1), uniform: () => 0 });
  assert.deepEqual([...ages.labels], [60, 1]);
});

Deno.test("random signs give the exact complexity of students whose training is exact", () => {
  const n = 80;
  const rng = rngOf(4);
  const y = Float32Array.from({ length: n }, () => rng.uniform() < 0.5 ? 1 : -1);
  const x = y.map((label) => label + rng.normal());
  const task: Task = { kind: "classification", classes: 2, classNames: ["−", "+"] };
  const fits = Array.from({ length: 300 }, (_, draw) => {
    const { signs, labels } = signedLabels(
      y.map((label) => Number(label > 0)),
      task,
      rngOf(5, draw),
    );
    const student = bestThreshold({ x, y: labels.map((label) => label > 0 ? 1 : -1) });
    return { signs, losses: thresholdLosses(student, { x, y }) };
  });
  const { low, high } = rademacherLowerEstimate(fits, { rng: rngOf(6), level: 0.999 });
  const wanted = thresholdComplexity(n, rngOf(7), 4000);
  assert.ok(low <= wanted && wanted <= high, `${low} … ${high} for ${wanted}`);
});
