import assert from "node:assert/strict";
import { ParameterSet } from "../base/module.ts";
import { tf } from "../base/tf.ts";
import { MINUS_ONE_TO_ONE } from "../data/batches/batches.ts";
import { toyAngles } from "../data/toy/angles.ts";
import type { Network } from "../networks/network.ts";
import { type Evidence, verdictOnFakes } from "./verdict_on_fakes.ts";
import type { Context } from "./stages/context.ts";

const dataset = toyAngles({ angles: 3, perAngle: 2, testPerAngle: 1 });
const fakes = dataset.train;

/** A regressor that says `output` label scales whatever it sees, and what it is off by on test images. */
function stubborn(output: number, test: number) {
  const network: Network = {
    name: "stubborn",
    parameters: new ParameterSet(),
    forward: (x) => {
      const constant = tf.fill([x.shape[0], 1], output) as tf.Tensor2D;
      return { output: constant, features: constant, taps: [] };
    },
  };
  return { test, normalisation: MINUS_ONE_TO_ONE, open: () => network };
}

function verdictOf(teacherError: number, judge: ReturnType<typeof stubborn>) {
  const opinion = {
    predicted: Float32Array.from(fakes.labels),
    scores: new Float32Array(fakes.labels.length),
  };
  // What the verdict reads of the parts of a run.
  return verdictOnFakes({ dataset, setting: "toy" } as unknown as Context, {
    pool: { open: () => ({ set: fakes }) },
    processed: { set: fakes, opinion, adjusted: {} },
    opinion,
    teacher: { test: teacherError },
    judge,
  } as unknown as Evidence);
}

Deno.test("verdictOnFakes() gives a verdict where teacher and judge are off by more than the label scale", async () => {
  // 270 degrees for labels from 1 to 89: differs by more than the scale of 90 from all of them.
  const judge = stubborn(3, 120);
  const { expectation, leastGap } = await verdictOf(95, judge);
  assert.equal(expectation, "unclear");
  // All that can differ differs on real images as well: no news about the fakes.
  assert.equal(leastGap, 0);
});

Deno.test("verdictOnFakes() counts what the judge is off by on the fakes more than on real images", async () => {
  const { expectation, leastGap, basis } = await verdictOf(3, stubborn(3, 45));
  assert.ok(Math.abs(leastGap - 0.5) < 1e-6, `found ${leastGap}`);
  assert.deepEqual([expectation, basis], ["hurt", "bound"]);
});
