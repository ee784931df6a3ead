import assert from "node:assert/strict";
import { toyAngles } from "../data/toy/angles.ts";
import { type Evidence, verdictOnFakes } from "./verdict_on_fakes.ts";
import type { Context } from "./stages/context.ts";

const dataset = toyAngles({ angles: 3, perAngle: 2, testPerAngle: 1 });
const fakes = dataset.train;

/** A verdict where teacher and judge are off by so much on test images, and the judge off the fakes' labels. */
function verdictOf(
  teacherError: number,
  judgeError: number,
  labelTerm: number,
  gan: unknown = { family: "sngan" },
) {
  const opinion = {
    predicted: Float32Array.from(fakes.labels),
    scores: new Float32Array(fakes.labels.length),
  };
  // What the verdict reads of the parts of a run.
  return verdictOnFakes({ dataset, setting: "toy", specification: { gan } } as unknown as Context, {
    pool: { open: () => ({ set: fakes }) },
    processed: { set: fakes, opinion, adjusted: {} },
    opinion,
    teacher: { test: teacherError },
    judge: { test: judgeError },
    bound: {
      totalVariation: { value: 0.2, low: 0.1, high: 0.25 },
      certified: 0.3,
      labelTerm: { value: labelTerm, low: labelTerm, high: labelTerm },
      b: 1,
    },
  } as unknown as Evidence);
}

Deno.test("verdictOnFakes() gives a verdict where teacher and judge are off by more than the label scale", () => {
  // 120 degrees on test images, and more than the scale of 90 on every fake.
  const { expectation, leastGap } = verdictOf(95, 120, 1.3);
  assert.equal(expectation, "unclear");
  // All that can differ differs on real images as well: no news about the fakes.
  assert.equal(leastGap, 0);
});

Deno.test("verdictOnFakes() counts what the judge is off by on the fakes more than on real images", () => {
  const { expectation, leastGap, basis } = verdictOf(3, 36, 1);
  assert.ok(Math.abs(leastGap - 0.6) < 1e-6, `found ${leastGap}`);
  assert.deepEqual([expectation, basis], ["hurt", "labels"]);
});

Deno.test("verdictOnFakes() takes the greater total variation, as the bound does", () => {
  assert.ok(Math.abs(verdictOf(3, 45, 0.1).greatestGap - 0.4) < 1e-12);
});

Deno.test("verdictOnFakes() says where fakes are variations of training images", () => {
  const sampling = { variations: { noise: 1, neighbours: 1 } };
  assert.equal(verdictOf(3, 36, 1, { family: "diffusion", sampling }).evidence.areVariations, true);
  assert.ok(!("areVariations" in verdictOf(3, 36, 1).evidence));
  const fromNoise = verdictOf(3, 36, 1, { family: "diffusion", sampling: {} });
  assert.ok(!("areVariations" in fromNoise.evidence));
});
