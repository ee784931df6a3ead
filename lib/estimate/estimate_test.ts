import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "../base/disk/path.ts";
import { Store } from "../base/disk/store.ts";
import { tf } from "../base/tf.ts";
import { unusedSet } from "../data/parts/unused.ts";
import { toyShapes } from "../data/toy/shapes.ts";
import { cifar10 } from "../experiments/cifar10.ts";
import type { Context } from "../chain/stages/context.ts";
import { estimateRun, estimateTable } from "./estimate.ts";
import { resolve } from "../experiments/specification/experiment.ts";
import { openExperiment } from "./open_experiment.ts";
import { rc49 } from "../experiments/rc49.ts";
import { openSmallest } from "../testing/smallest_run.ts";
import { carryOn } from "./measure_step.ts";
import { titleOf } from "./work_list.ts";

const dataset = toyShapes({ perClass: 16, testPerClass: 4 });

function contextOf(folder: string, changes: Record<string, string> = {}): Context {
  return {
    specification: resolve(cifar10, "smoke", { "ratio.batch": "32", ...changes }),
    setting: "toy",
    dataset,
    store: new Store(folder),
  };
}

Deno.test("estimateRun() measures every part and multiplies by what is left", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const tensors = tf.memory().numTensors;
    const estimate = await estimateRun({ context: contextOf(folder) }, {
      secondsPerMeasurement: 0,
    });
    assert.equal(tf.memory().numTensors, tensors);
    assert.deepEqual([...Deno.readDirSync(folder)], []);

    // 64 real images, 100 fakes; batches of 64, of 32 for the ratio, of 50 fakes.
    const steps = Object.fromEntries(estimate.rows.map(({ stage, steps }) => [stage, steps]));
    assert.deepEqual(steps, {
      "teacher VGG11": 3,
      cGAN: 30,
      "extractor VGG11": 1,
      "density ratio": 4,
      // Four classes, each 40 for the first bound and five draws for each of 40 accepted.
      fakes: 20,
      "teacher on the fakes": 1,
      "student VGG11, NOKD on real": 2,
      "student VGG11, BLKD on real": 2,
      "assistant VGG13, TAKD on real": 2,
      "student VGG11, TAKD on real": 2,
      "student VGG11, NOKD on real and fake": 6,
      "student VGG11, BLKD on real and fake": 6,
      "assistant VGG13, TAKD on real and fake": 6,
      "student VGG11, TAKD on real and fake": 6,
      // Features of the test images and of 100 fakes, 200 at a time.
      "error bound": 1,
    });
    for (const { stage, runs, held, steps, secondsPerStep, hours, memory } of estimate.rows) {
      assert.deepEqual([runs, held], [1, 0], stage);
      assert.ok(secondsPerStep! > 0, stage);
      assert.ok(Math.abs(hours - steps * secondsPerStep! / 3600) < 1e-12, stage);
      // The images alone take that much.
      assert.ok(memory > 80 * 32 * 32 * 3, `${stage}: ${memory}`);
    }
    const sum = estimate.rows.reduce((total, { hours }) => total + hours, 0);
    assert.equal(estimate.hours, sum);
    assert.match(
      estimate.sentence,
      /^About .* on this machine .*; 0 of 15 stages are in the store\./,
    );
    assert.ok(estimateTable(estimate).toText().includes("density ratio"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("estimateRun() measures the judge and the score of a generator of scalar labels", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const run = await openExperiment(rc49, { preset: "smoke", results: folder });
    const tensors = tf.memory().numTensors;
    const estimate = await estimateRun(run, { secondsPerMeasurement: 0 });
    assert.equal(tf.memory().numTensors, tensors);
    const rows = new Map(estimate.rows.map((row) => [row.stage, row]));
    // 32 images in batches of 16 for one epoch; five labels with 16 real and 4 fake images each.
    const { assistant } = run.specification;
    for (
      const [stage, steps] of [
        ["evaluation autoencoder", 2],
        ["evaluation regressor", 2],
        ["generator score", 5],
        [`judge ${titleOf(assistant)}`, rows.get(`teacher ${titleOf(assistant)}`)?.steps],
      ] as const
    ) {
      const row = rows.get(stage);
      assert.ok(row, `${stage} of ${[...rows.keys()]}`);
      assert.equal(row.runs, 1, stage);
      if (steps !== undefined) assert.equal(row.steps, steps, stage);
      assert.ok(row.secondsPerStep! > 0 && row.hours > 0 && row.memory > 0, stage);
    }
    assert.ok(rows.has("error bound"));
    assert.ok(!rows.has("evaluation classifier"), "needles have no kinds");
    // What is there counts as held, under the same keys.
    await run.judge();
    await run.generatorScore();
    await run.bound();
    const after = await estimateRun(run, { secondsPerMeasurement: 0 });
    const left = after.rows.filter(({ runs, held }) => held < runs).map(({ stage }) => stage);
    assert.deepEqual(left.filter((stage) => !stage.startsWith("student")), []);
    assert.equal(after.rows.length, estimate.rows.length);
    // Plain samples have a pool of their own.
    const changes = { "evaluation.compat.sampler": "raw" };
    const raw = await openExperiment(rc49, { preset: "smoke", results: folder, changes });
    const more = (await estimateRun(raw, { secondsPerMeasurement: 0 })).rows
      .filter(({ runs, held, stage }) => held < runs && !stage.startsWith("student"));
    assert.deepEqual(more.map(({ stage }) => stage), ["plain fakes", "generator score"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("estimateRun() measures fakes that vary training images", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const tensors = tf.memory().numTensors;
    const { rows } = await estimateRun({
      context: contextOf(folder, {
        "gan.family": "diffusion",
        "gan.sampling.variations": '{"noise": 1, "neighbours": 1}',
        "synthesis.steps": '["filter"]',
      }),
    }, { secondsPerMeasurement: 0 });
    const { secondsPerStep } = rows.find(({ stage }) => stage === "fakes")!;
    assert.ok(secondsPerStep! > 0);
    assert.equal(tf.memory().numTensors, tensors);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("estimateRun() finds all held after a run, but for what a change moves", async () => {
  const results = await Deno.makeTempDir();
  try {
    const { run } = openSmallest({ results });
    await run.students();
    await run.bound();
    const work = join(results, ".work");
    const all = [...Deno.readDirSync(work)].filter(({ name }) =>
      existsSync(join(work, name, "arrays.safetensors"))
    ).length;
    const estimate = await estimateRun(run);
    assert.equal(
      estimate.rows.reduce((sum, { held }) =>
        sum + held, 0),
      all,
    );
    assert.equal(
      estimate.sentence,
      `Nothing is left to do: all ${all} stages are in the store.`,
    );
    assert.equal(estimate.hours, 0);
    const longer = openSmallest({ results, changes: { "gan.steps.toy": "5" } }).run;
    const { rows } = await estimateRun(longer, { secondsPerMeasurement: 0 });
    const left = rows.filter(({ runs, held }) => held < runs).map(({ stage }) => stage);
    assert.deepEqual(left, [
      "cGAN",
      "density ratio",
      "fakes",
      "teacher on the fakes",
      "student VGG11, NOKD on real and fake",
      "student VGG11, BLKD on real and fake",
      "assistant VGG13, TAKD on real and fake",
      "student VGG11, TAKD on real and fake",
      "error bound",
    ]);
  } finally {
    await Deno.remove(results, { recursive: true });
  }
});

Deno.test("estimateRun() counts seeds and teachers, and plans no fakes that nobody trains on", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const estimate = await estimateRun(
      {
        context: contextOf(folder, {
          seeds: "[1, 2, 3]",
          trainOn: '["real"]',
          distillers: '["nokd", "blkd"]',
          teachers:
            '[{"network": "vgg11", "width": 0.0625}, {"network": "vgg13", "width": 0.0625}]',
        }),
      },
      { secondsPerMeasurement: 0 },
    );
    assert.deepEqual(estimate.rows.map(({ stage, runs }) => [stage, runs]), [
      ["teacher VGG11", 1],
      ["teacher VGG13", 1],
      ["student VGG11, NOKD on real", 3],
      ["student VGG11, BLKD on real", 6],
    ]);
    const last = estimate.rows.at(-1)!;
    assert.ok(Math.abs(last.hours - 6 * last.steps * last.secondsPerStep! / 3600) < 1e-12);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("estimateRun() plans the teacher's labels of real images in the place of fakes, and no generator", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const changes = { trainOn: '["real+other real"]', distillers: '["nokd"]' };
    const { rows } = await estimateRun({ context: contextOf(folder, changes) }, {
      secondsPerMeasurement: 0,
    });
    // 64 of the 100 images that are asked for are there, and 64 of the setting.
    assert.deepEqual(rows.map(({ stage, runs }) => [stage, runs]), [
      ["teacher VGG11", 1],
      ["teacher on other real images", 1],
      ["student VGG11, NOKD on real and other real", 1],
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("estimateRun() gives errors on unused images a row of their own", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const context = {
      ...contextOf(folder, { distillers: '["blkd","dml"]', trainOn: '["real"]', seeds: "[1,2]" }),
      dataset: unusedSet(dataset),
    };
    const { rows } = await estimateRun({ context }, { secondsPerMeasurement: 0 });
    const runs = Object.fromEntries(rows.map(({ stage, runs }) => [stage, runs]));
    assert.deepEqual(runs, {
      "teacher VGG11": 1,
      "student VGG11, BLKD on real": 2,
      "student VGG11, DML on real": 2,
      "errors on unused images": 5,
    });
    const { steps, hours } = rows.at(-1)!;
    assert.equal(steps, 1);
    assert.ok(hours > 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("estimateRun() asks for more memory where batches and networks are larger", async () => {
  const memoryOf = async (changes: Record<string, string>) => {
    const context = contextOf("", {
      trainOn: '["real"]',
      distillers: '["nokd"]',
      ...changes,
    });
    return (await estimateRun({ context }, { secondsPerMeasurement: 0 })).memory;
  };
  const small = await memoryOf({});
  const images = 64;
  const batch = await memoryOf({ "studentTraining.batch": "16" });
  assert.ok(batch < small, `${batch} at batch 16, ${small} at batch ${images}`);
  const wide = await memoryOf({ students: '[{"network": "vgg11", "width": 0.25}]' });
  assert.ok(wide > 2 * small, `${wide} at width 0.25, ${small} at 0.0625`);
});

Deno.test("estimateRun() says what it measures, and can be stopped in between", async () => {
  const stop = new AbortController();
  const seen: string[] = [];
  const context: Context = {
    ...contextOf("", { trainOn: '["real"]', distillers: '["nokd", "blkd"]' }),
    signal: stop.signal,
    progress({ stage, state }) {
      seen.push(`${stage}, ${state}`);
      if (state === "done") stop.abort(new Error("enough"));
    },
  };
  await assert.rejects(estimateRun({ context }, { secondsPerMeasurement: 0 }), /^Error: enough$/);
  assert.deepEqual(seen, ["measuring teacher VGG11, training", "measuring teacher VGG11, done"]);
});

Deno.test("carryOn() keeps what does not grow with the batch, and is proportional without a slope", () => {
  assert.equal(carryOn({ batch: 8, seconds: 2 }, { batch: 16, seconds: 3 }, 128), 17);
  assert.equal(carryOn(undefined, { batch: 8, seconds: 2 }, 128), 32);
  assert.equal(carryOn({ batch: 8, seconds: 3 }, { batch: 16, seconds: 2 }, 128), 16);
  // Steeper than proportional is noise.
  assert.equal(carryOn({ batch: 8, seconds: 0.5 }, { batch: 16, seconds: 2 }, 32), 4);
});
