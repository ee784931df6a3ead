import assert from "node:assert/strict";
import { checkpointStep } from "../disk/checkpoint.ts";
import { constant, normal, ParameterSet, Scope } from "../module.ts";
import { adam, lossAndGradients } from "./optimisers.ts";
import { join } from "../disk/path.ts";
import type { ProgressEvent } from "../progress.ts";
import { normalArray, rngOf } from "../rng.ts";
import { tf } from "../tf.ts";
import { TrainingStopped } from "./failures.ts";
import { type LoopOptions, type Trainee, trainLoop } from "./train_loop.ts";

/** Linear regression on fresh noise, with a buffer that counts its steps. */
function toyTrainee(seed = 5) {
  const parameters = new ParameterSet();
  const scope = new Scope(parameters, rngOf(seed, "init"));
  const w = scope.weight<tf.Rank.R2>("w", [4, 1], normal(1));
  const seen = scope.buffer("seen", [1], constant(0));
  const optimiser = adam(parameters);
  const trainee: Trainee = {
    state: { model: parameters, adam: optimiser.state },
    step(step) {
      const x = tf.tensor2d(normalArray(32, rngOf(seed, "x", step)), [8, 4]);
      seen.assign(seen.add(1));
      const { loss, gradients } = lossAndGradients(
        parameters,
        () => tf.mean(tf.square(tf.matMul(x, w).sub(1))) as tf.Scalar,
      );
      optimiser.apply(gradients, 0.05);
      return { loss, doubled: loss.mul(2) as tf.Scalar };
    },
  };
  return { trainee, weights: () => parameters.read() };
}

const OPTIONS: LoopOptions = { stage: "toy", seed: 5, steps: 13, logEvery: 4 };

async function undisturbed() {
  const { trainee, weights } = toyTrainee();
  const { history } = await trainLoop(trainee, OPTIONS);
  return { history, weights: await weights() };
}

async function inFolder(work: (path: string) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    await work(join(folder, "checkpoint.safetensors"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("trainLoop() with the same seed gives the same bits, another seed others", async () => {
  const first = await undisturbed();
  assert.deepEqual(await undisturbed(), first);
  const other = toyTrainee(6);
  await trainLoop(other.trainee, OPTIONS);
  assert.notDeepEqual(await other.weights(), first.weights);
});

Deno.test("trainLoop() averages the steps of a row, the last one being shorter", async () => {
  const { trainee } = toyTrainee();
  const { history } = await trainLoop(trainee, OPTIONS);
  assert.deepEqual(history.map(({ step }) => step), [4, 8, 12, 13]);
  const { history: each } = await trainLoop(toyTrainee().trainee, { ...OPTIONS, logEvery: 1 });
  const rows = each.slice(0, 4);
  const mean = rows.reduce((sum, row) => sum + row.loss!, 0) / rows.length;
  assert.equal(history[0]!.loss, mean);
  assert.ok(Math.abs(history[0]!.doubled! - 2 * mean) < 1e-6);
});

// 6 lies inside a row: its first two steps come from the checkpoint.
for (const stopAt of [4, 6, 11]) {
  Deno.test(`trainLoop() goes on after a stop at step ${stopAt} with the same bits`, async () => {
    await inFolder(async (checkpointPath) => {
      const stopped = toyTrainee();
      const controller = new AbortController();
      const halting: Trainee = {
        ...stopped.trainee,
        step(step) {
          if (step === stopAt - 1) controller.abort();
          return stopped.trainee.step(step);
        },
      };
      await assert.rejects(
        trainLoop(halting, { ...OPTIONS, checkpointPath, signal: controller.signal }),
        (error: Error) =>
          error instanceof TrainingStopped && error.message.includes(`step ${stopAt} of 13`),
      );
      const { trainee, weights } = toyTrainee();
      const { history, resumedAt } = await trainLoop(trainee, { ...OPTIONS, checkpointPath });
      assert.equal(resumedAt, stopAt);
      assert.deepEqual({ history, weights: await weights() }, await undisturbed());
    });
  });

  Deno.test(`trainLoop() goes on after a kill in step ${stopAt} with the same bits`, async () => {
    await inFolder(async (checkpointPath) => {
      const killed = toyTrainee();
      const dying: Trainee = {
        ...killed.trainee,
        step(step) {
          const row = killed.trainee.step(step);
          // Weights have moved past the checkpoint by now.
          if (step === stopAt) throw new Error("killed");
          return row;
        },
      };
      const options = { ...OPTIONS, checkpointPath, checkpointSeconds: 0 };
      await assert.rejects(trainLoop(dying, options), /killed/);
      const { trainee, weights } = toyTrainee();
      const { history, resumedAt } = await trainLoop(trainee, options);
      assert.equal(resumedAt, stopAt);
      assert.deepEqual({ history, weights: await weights() }, await undisturbed());
    });
  });
}

Deno.test("trainLoop() does no step when the checkpoint is that of a finished training", async () => {
  await inFolder(async (checkpointPath) => {
    const options = { ...OPTIONS, checkpointPath };
    await trainLoop(toyTrainee().trainee, options);
    const { trainee, weights } = toyTrainee();
    const idle: Trainee = {
      ...trainee,
      step: () => assert.fail("a step was done"),
    };
    const { history, resumedAt } = await trainLoop(idle, options);
    assert.equal(resumedAt, 13);
    assert.deepEqual({ history, weights: await weights() }, await undisturbed());
  });
});

Deno.test("trainLoop() refuses a checkpoint that lacks a weight", async () => {
  await inFolder(async (checkpointPath) => {
    const options = { ...OPTIONS, checkpointPath };
    await trainLoop(toyTrainee().trainee, options);
    const { trainee } = toyTrainee();
    const more = new ParameterSet();
    new Scope(more, rngOf(0)).weight("bias", [1], constant(0));
    const grown: Trainee = { ...trainee, state: { ...trainee.state, more } };
    await assert.rejects(trainLoop(grown, options), /"bias" is missing/);
  });
});

Deno.test("trainLoop() stops at a loss that is not finite and names stage, step and seed", async () => {
  const { trainee } = toyTrainee();
  const broken: Trainee = {
    ...trainee,
    step(step) {
      const row = trainee.step(step);
      return step === 6 ? { ...row, loss: row.loss!.mul<tf.Scalar>(NaN) } : row;
    },
  };
  const before = tf.memory().numTensors;
  await assert.rejects(trainLoop(broken, OPTIONS), {
    name: "RangeError",
    message: /Cannot go on with toy: loss is NaN at step 6 with seed 5/,
  });
  assert.equal(tf.memory().numTensors, before);
});

Deno.test("trainLoop() stops at an evaluated figure that is not finite as at such a loss", async () => {
  const evaluation = {
    every: 5,
    run: (done: number) => Promise.resolve({ test: done === 10 ? Infinity : 1 }),
  };
  await assert.rejects(trainLoop(toyTrainee().trainee, { ...OPTIONS, evaluation }), {
    name: "RangeError",
    message:
      /Cannot go on with toy: test is Infinity at step 10 with seed 5; lower the learning rate/,
  });
});

Deno.test("trainLoop() keeps the last good checkpoint when weights stop being numbers", async () => {
  await inFolder(async (checkpointPath) => {
    const options = { ...OPTIONS, checkpointPath, checkpointSeconds: 0 };
    const broken = new ParameterSet();
    const odd = new Scope(broken, rngOf(0)).buffer("odd", [1], constant(0));
    const { trainee } = toyTrainee();
    // A weight that no loss shows, as a running variance that overflowed.
    const breaking: Trainee = {
      state: { ...trainee.state, broken },
      step(step) {
        if (step === 6) odd.assign(tf.tensor1d([NaN]));
        return trainee.step(step);
      },
    };
    await assert.rejects(trainLoop(breaking, options), {
      name: "RangeError",
      message: /Cannot go on with toy: broken:odd\[0\] is NaN at step 7 with seed 5/,
    });
    assert.equal(await checkpointStep(checkpointPath), 6);
  });
});

Deno.test("trainLoop() notices leaked tensors", async () => {
  const { trainee } = toyTrainee();
  const leaked: tf.Tensor[] = [];
  const leaking: Trainee = {
    ...trainee,
    step(step) {
      leaked.push(tf.keep(tf.scalar(step)));
      return trainee.step(step);
    },
  };
  await assert.rejects(trainLoop(leaking, OPTIONS), /found 4 leaked tensors at step 8/);
  tf.dispose(leaked);
});

Deno.test("trainLoop() evaluates after every so many steps, whatever the length of a row", async () => {
  const { trainee } = toyTrainee();
  const asked: number[] = [];
  const { history } = await trainLoop(trainee, {
    ...OPTIONS,
    evaluation: {
      every: 5,
      run: (done) => {
        asked.push(done);
        return Promise.resolve({ test: done / 10 });
      },
    },
  });
  assert.deepEqual(asked, [5, 10, 13]);
  assert.deepEqual(
    history.filter(({ test }) => test !== undefined).map(({ step, test }) => [step, test]),
    [[5, 0.5], [10, 1], [13, 1.3]],
  );
  assert.deepEqual(history.map(({ step }) => step), [4, 5, 8, 10, 12, 13]);
});

Deno.test("trainLoop() reports its beginning and its end", async () => {
  const events: ProgressEvent[] = [];
  await trainLoop(toyTrainee().trainee, { ...OPTIONS, progress: (event) => events.push(event) });
  const outline = [events[0]!, events.at(-1)!].map((
    { state, step, total },
  ) => [state, step, total]);
  assert.deepEqual(outline, [["training", 0, 13], ["trained", 13, 13]]);
  assert.ok(events.at(-1)!.metrics.loss! > 0);
});

for (const stopAt of [4, 9]) {
  Deno.test(`trainLoop() that stops at step ${stopAt} and goes on tells each row of its history once`, async () => {
    await inFolder(async (checkpointPath) => {
      const told: number[] = [];
      const progress = ({ rows = [] }: ProgressEvent) =>
        void told.push(...rows.map(({ step }) => step!));
      const options = { ...OPTIONS, checkpointPath, progress };
      const controller = new AbortController();
      const { trainee } = toyTrainee();
      const halting: Trainee = {
        ...trainee,
        step(step) {
          if (step === stopAt - 1) controller.abort();
          return trainee.step(step);
        },
      };
      await assert.rejects(
        trainLoop(halting, { ...options, signal: controller.signal }),
        TrainingStopped,
      );
      await trainLoop(toyTrainee().trainee, options);
      assert.deepEqual(told, [4, 8, 12, 13]);
    });
  });
}

Deno.test("trainLoop() that comes to nothing has told the rows before", async () => {
  const told: number[] = [];
  const { trainee } = toyTrainee();
  const failing: Trainee = {
    ...trainee,
    step: (step) => step < 9 ? trainee.step(step) : { loss: tf.scalar(NaN) },
  };
  const progress = ({ rows = [] }: ProgressEvent) =>
    void told.push(...rows.map(({ step }) => step!));
  await assert.rejects(trainLoop(failing, { ...OPTIONS, progress }));
  assert.deepEqual(told, [4, 8]);
});

Deno.test("trainLoop() refuses a checkpoint that is further than it should go", async () => {
  await inFolder(async (checkpointPath) => {
    await trainLoop(toyTrainee().trainee, { ...OPTIONS, checkpointPath });
    await assert.rejects(
      trainLoop(toyTrainee().trainee, { ...OPTIONS, steps: 5, checkpointPath }),
      { name: "RangeError", message: /found a checkpoint of step 13 in .* at most 5 steps/ },
    );
  });
});

/** A trainee whose loss is a function of the step. */
const withLoss = (loss: (step: number) => number): Trainee => ({
  state: {},
  step: (step) => ({ loss: tf.scalar(loss(step)) }),
});

Deno.test("trainLoop() warns of a loss that explodes, and of nothing else", async () => {
  const remarkOf = async (loss: (step: number) => number, options: Partial<LoopOptions> = {}) => {
    const events: ProgressEvent[] = [];
    const progress = (event: ProgressEvent) => events.push(event);
    await trainLoop(withLoss(loss), { ...OPTIONS, ...options, progress });
    return events.at(-1)!.remark;
  };
  assert.equal(
    await remarkOf((step) => 100 ** step, { steps: 8 }),
    "loss is 2.53e+5 up to step 4 with seed 5, 10,000 times what it was at first: stop it and lower the learning " +
      "rate",
  );
  // Within the first row, from its first step on.
  assert.match(
    (await remarkOf((step) => 1e6 * step, { logEvery: 20 }))!,
    /^loss is 6\.00e\+6 up to/,
  );
  assert.equal(await remarkOf((step) => 1e3 * step), undefined);
  assert.equal(await remarkOf((step) => 1e9 / (step + 1)), undefined);
});

Deno.test("trainLoop() shows what is wrong with a measurement until a later one is right", async () => {
  const shown: string[] = [];
  const evaluation = {
    every: 4,
    run: (step: number) => Promise.resolve({ error: 90 - step }),
    warn: ({ error }: Readonly<Record<string, number>>) => error! > 80 ? "at chance" : undefined,
  };
  await trainLoop(withLoss(() => 1), {
    ...OPTIONS,
    evaluation,
    progress: ({ step, remark = "" }) => {
      if (remark !== shown.at(-1)) shown.push(`${step}: ${remark}`);
    },
  });
  assert.equal(shown.at(-1), "13: ");
  const stopped: string[] = [];
  await trainLoop(withLoss(() => 1), {
    ...OPTIONS,
    steps: 8,
    evaluation,
    progress: ({ remark = "" }) => stopped.push(remark),
  });
  assert.equal(stopped.at(-1), "at chance (step 8, seed 5)");
});
