import assert from "node:assert/strict";
import { type Rng, rngOf } from "../base/rng.ts";
import type { Task } from "../base/contracts.ts";
import { AGES } from "../testing/tasks.ts";
import { totalVariationOfBoth } from "./estimators.ts";
import { type FeatureSet, fitTwoSample, labelWeights } from "./two_sample.ts";
import { normalTails } from "../base/distributions.ts";

const TASK: Task = { kind: "classification", classes: 2, classNames: ["a", "b"] };

/** Features N(±1 + shift, 1) by label in the first entry, noise in the others. */
function draw(count: number, shift: number, rng: Rng, wrong = 0): FeatureSet {
  const size = 4;
  const labels = Float32Array.from({ length: count }, (_, i) => i % 2);
  const values = Float32Array.from(
    { length: count * size },
    (_, at) => {
      const label = labels[Math.floor(at / size)]!;
      return at % size === 0 ? 2 * label - 1 + shift + rng.normal() : rng.normal();
    },
  );
  return {
    values,
    size,
    labels: labels.map((label) => rng.uniform() < wrong ? 1 - label : label),
  };
}

function measured(shift: number, wrong = 0): number {
  const rng = rngOf(3, shift, wrong);
  const half = (by: number, noise = 0) => draw(600, by, rng, noise);
  const model = fitTwoSample({ real: half(0), fake: half(shift, wrong) }, TASK);
  const [real, fake] = [half(0), half(shift, wrong)];
  const ratios = { real: model.ratios(real), fake: model.ratios(fake) };
  return totalVariationOfBoth(ratios, { rng, replicates: 20 }).value;
}

Deno.test("fitTwoSample() and totalVariationOfBoth() find the TV of shifted Gaussians", () => {
  for (const shift of [0, 0.7, 1.5, 3]) {
    const truth = 1 - normalTails(shift / 2);
    const found = measured(shift);
    assert.ok(Math.abs(found - truth) < 0.08, `shift ${shift}: ${found} for ${truth}`);
  }
});

Deno.test("fitTwoSample() sees wrong labels of images that are right", () => {
  assert.ok(measured(0, 0.4) > measured(0, 0.1) && measured(0, 0.1) > measured(0));
});

Deno.test("fitTwoSample() does not take more images of a label for a difference", () => {
  const rng = rngOf(4);
  const few = draw(1200, 0, rng);
  const keep = Array.from(few.labels.keys()).filter((i) => few.labels[i] === 0 || i % 8 === 1);
  const unequal: FeatureSet = {
    size: few.size,
    labels: Float32Array.from(keep, (i) => few.labels[i]!),
    values: Float32Array.from(
      keep.flatMap((i) => Array.from(few.values.subarray(i * few.size, (i + 1) * few.size))),
    ),
  };
  const model = fitTwoSample({ real: draw(600, 0, rng), fake: unequal }, TASK);
  const ratios = model.ratios(draw(600, 0, rng));
  assert.ok(ratios.reduce((sum, ratio) => sum + Math.abs(ratio - 1), 0) / ratios.length < 0.15);
});

Deno.test("fitTwoSample() reads scalar labels as a curve", () => {
  const rng = rngOf(5);
  const set = (turn: 1 | -1): FeatureSet => {
    const labels = Float32Array.from({ length: 600 }, (_, i) => 1 + i % 60);
    const values = Float32Array.from(
      { length: 1200 },
      (_, at) =>
        at % 2 === 1 ? rng.normal() : turn * (labels[at >> 1]! - 30) / 10 + rng.normal() / 4,
    );
    return { values, size: 2, labels };
  };
  const model = fitTwoSample({ real: set(1), fake: set(-1) }, AGES);
  const mean = (ratios: Float64Array) =>
    ratios.reduce((sum, ratio) => sum + Number(ratio > 1), 0) / ratios.length;
  assert.ok(mean(model.ratios(set(1))) > 0.9 && mean(model.ratios(set(-1))) < 0.1);
});

Deno.test("labelWeights() make labels of real images as frequent as those of fakes", () => {
  assert.deepEqual(
    [...labelWeights(Float32Array.of(0, 0, 1, 2), Float32Array.of(0, 1, 1, 1))],
    [0.5, 0.5, 3, 0],
  );
});
