import assert from "node:assert/strict";
import { warmUpClock } from "./warm_up.ts";

/** The clock at every step of a training. */
function clockOf(epochs: number, perEpoch: number) {
  const steps = epochs * perEpoch;
  return Array.from({ length: steps }, (_, step) => {
    const epoch = Math.floor(step / perEpoch);
    return { step, epoch, ...{ clock: warmUpClock({ step, steps, epoch }) } };
  });
}

Deno.test("warmUpClock() is the papers' in a training of 240 epochs, whatever its steps", () => {
  for (const perEpoch of [1, 7, 79, 391]) {
    for (const { epoch, clock } of clockOf(240, perEpoch)) {
      assert.deepEqual(clock, { epoch, length: 20 });
    }
  }
});

Deno.test("warmUpClock() ends after a twelfth of any training", () => {
  for (const [epochs, perEpoch] of [[1, 3], [5, 79], [10, 40], [350, 12]] as const) {
    const steps = epochs * perEpoch;
    for (const { step, clock } of clockOf(epochs, perEpoch)) {
      assert.equal(clock.epoch >= clock.length, step >= steps / 12, `step ${step} of ${steps}`);
    }
  }
});

Deno.test("warmUpClock() with a length of its own counts the training's epochs", () => {
  assert.deepEqual(warmUpClock({ step: 9, steps: 10, epoch: 4 }, 0), { epoch: 4, length: 0 });
});
