import assert from "node:assert/strict";
import { constant, ParameterSet, Scope } from "../module.ts";
import { adam } from "./optimisers.ts";
import { mortalTrainee, type PlainLearner, plainTrainee } from "./plain_trainee.ts";
import { rngOf } from "../rng.ts";
import { tf } from "../tf.ts";
import { trainLoop } from "./train_loop.ts";

/** A weight w = 3 that follows w², with a rate that halves every epoch of two steps. */
function learner(outputOf: (step: number) => number = () => 1) {
  const weights = new ParameterSet();
  const w = new Scope(weights, rngOf(0)).weight("w", [], constant(3));
  const rates: number[] = [];
  const optimiser = adam(weights);
  const learning: PlainLearner<{ step: number }> = {
    roles: ["net", "adam"],
    weights,
    optimiser: {
      state: optimiser.state,
      apply(gradients, rate) {
        rates.push(rate);
        optimiser.apply(gradients, rate);
      },
    },
    rateAt: (epoch) => 0.5 ** epoch,
    stepsPerEpoch: 2,
    batch: (step) => ({ step }),
    loss: ({ step }) => {
      const size = tf.abs(w) as tf.Scalar;
      return {
        loss: tf.square(w) as tf.Tensor as tf.Scalar,
        logged: { size },
        outputs: [size.mul(outputOf(step))],
      };
    },
  };
  return { learning, rates, weights };
}

Deno.test("plainTrainee() logs the loss and what belongs to it, with the rate of the epoch", async () => {
  const { numTensors } = tf.memory();
  const { learning, rates, weights } = learner();
  const trainee = plainTrainee(learning);
  assert.deepEqual(Object.keys(trainee.state), ["net", "adam"]);
  const { history } = await trainLoop(trainee, { stage: "toy", seed: 1, steps: 4, logEvery: 1 });
  assert.deepEqual(rates, [1, 1, 0.5, 0.5]);
  // Adam's first step is as long as its rate.
  assert.deepEqual(history[0], { step: 1, loss: 9, size: 3 });
  assert.ok(Math.abs(history[1]!.size! - 2) < 1e-4 && Math.abs(history[1]!.loss! - 4) < 1e-3);
  trainee.dispose();
  weights.dispose();
  assert.equal(tf.memory().numTensors, numTensors);
});

Deno.test("mortalTrainee() has died when an output was 0 since it was last asked", async () => {
  const { learning, weights } = learner((step) => Number(step === 1));
  const trainee = mortalTrainee(learning);
  const step = (k: number) => tf.tidy(() => void trainee.step(k));
  step(0);
  assert.equal(await trainee.hasDied(), true);
  step(0);
  step(1);
  assert.equal(await trainee.hasDied(), false);
  assert.deepEqual(Object.keys(trainee.state), ["net", "adam", "silence"]);
  trainee.dispose();
  weights.dispose();
});
