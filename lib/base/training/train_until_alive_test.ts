import assert from "node:assert/strict";
import { DeadReluMonitor, type MortalTrainee, trainUntilAlive } from "./train_until_alive.ts";
import { constant, ParameterSet, Scope } from "../module.ts";
import { join } from "../disk/path.ts";
import { rngOf } from "../rng.ts";
import { tf } from "../tf.ts";

const LOOP = { stage: "toy", seed: 7, logEvery: 3 };

/** A count of steps whose output is `outputAt` of the step. */
function start(outputAt: (step: number) => number) {
  const weights = new ParameterSet();
  const count = new Scope(weights, rngOf(0)).weight("count", [], constant(0));
  const monitor = new DeadReluMonitor();
  const trainee: MortalTrainee = {
    state: { weights, silence: monitor.state },
    step(step) {
      count.assign(count.add(1));
      monitor.note(tf.scalar(outputAt(step)));
      return { loss: tf.scalar(1) };
    },
    hasDied: () => monitor.foundDead(),
    dispose: () => monitor.dispose(),
  };
  return { net: weights, trainee, discard: () => weights.dispose() };
}

Deno.test("DeadReluMonitor judges each output by itself, and forgets when asked", async () => {
  const monitor = new DeadReluMonitor(2);
  const note = (first: number, second: number) =>
    tf.tidy(() => monitor.note(tf.scalar(first), tf.scalar(second)));
  note(1, 0);
  assert.equal(await monitor.foundDead(), true);
  note(1, 0);
  note(0, 0.5);
  assert.equal(await monitor.foundDead(), false);
  assert.equal(await monitor.foundDead(), true);
  monitor.dispose();
});

Deno.test("DeadReluMonitor takes outputs that are not numbers for dead", async () => {
  const monitor = new DeadReluMonitor();
  for (const value of [NaN, Infinity]) {
    tf.tidy(() => monitor.note(tf.scalar(1)));
    tf.tidy(() => monitor.note(tf.scalar(value)));
    assert.equal(await monitor.foundDead(), true, String(value));
  }
  tf.tidy(() => monitor.note(tf.scalar(1)));
  assert.equal(await monitor.foundDead(), false);
  monitor.dispose();
});

Deno.test("trainUntilAlive() replaces what was dead for a whole log interval", async () => {
  const { numTensors } = tf.memory();
  const tried: number[] = [];
  const { net, deadNetworks, history } = await trainUntilAlive((attempt) => {
    tried.push(attempt);
    // The first dies in its second interval, the second is dead for less than one.
    return start((step) => attempt === 0 ? Number(step < 3) : Number(step !== 3 && step !== 4));
  }, { loop: LOOP, steps: 9, output: "output" });
  assert.deepEqual(tried, [0, 1]);
  assert.equal(deadNetworks, 1);
  assert.equal(history.length, 3);
  const { count } = await net.read();
  assert.deepEqual([...count!.values], [9]);
  net.dispose();
  assert.equal(tf.memory().numTensors, numTensors);
});

Deno.test("trainUntilAlive() gives up after its attempts, and refuses none", async () => {
  const { numTensors } = tf.memory();
  const dead = () => start(() => 0);
  const common = { loop: LOOP, steps: 9, output: "code" };
  await assert.rejects(trainUntilAlive(dead, { ...common, attempts: 2 }), {
    name: "RangeError",
    message:
      "Cannot fit toy: found 2 networks in a row whose code is 0 for every input, the last by step 3, from seed " +
      "7; lower the learning rate or start from another seed",
  });
  await assert.rejects(trainUntilAlive(dead, { ...common, attempts: 0 }), /attempts/);
  assert.equal(tf.memory().numTensors, numTensors);
});

Deno.test("trainUntilAlive() judges a resumed interval as a whole", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const loop = { ...LOOP, checkpointPath: join(folder, "toy.safetensors") };
    const stop = new AbortController();
    // The output of the first step is the only one of its interval above 0.
    const outputAt = (step: number) => {
      if (step === 0) stop.abort();
      return Number(step === 0 || step > 2);
    };
    const options = { steps: 6, output: "output" };
    await assert.rejects(
      trainUntilAlive(() => start(outputAt), {
        ...options,
        loop: { ...loop, signal: stop.signal },
      }),
      { name: "TrainingStopped" },
    );
    const { net, deadNetworks, resumedAt } = await trainUntilAlive(() => start(outputAt), {
      ...options,
      loop,
    });
    assert.deepEqual([deadNetworks, resumedAt], [0, 1]);
    net.dispose();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("DeadReluMonitor reads checkpoints from before it was saved", () => {
  const monitor = new DeadReluMonitor();
  monitor.state.write({});
  assert.throws(() => monitor.state.write({ other: { shape: [], values: new Float32Array(1) } }), {
    name: "RangeError",
  });
  monitor.dispose();
});
