import assert from "node:assert/strict";
import { Store } from "../../base/store.ts";
import { tf } from "../../base/tf.ts";
import { toyShapes } from "../../data/toy.ts";
import { cifar10 } from "../cifar10.ts";
import type { Context } from "../stages/context.ts";
import { estimateRun, estimateTable } from "./estimate.ts";
import { resolve } from "../experiment.ts";
import { carryOn } from "./measure.ts";

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
    const estimate = await estimateRun(contextOf(folder), { secondsPerMeasurement: 0 });
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
    });
    for (const { stage, runs, held, steps, secondsPerStep, hours, memory } of estimate.rows) {
      assert.deepEqual([runs, held], [1, 0], stage);
      assert.ok(secondsPerStep! > 0, stage);
      assert.ok(Math.abs(hours - steps * secondsPerStep! / 3600) < 1e-12, stage);
      // The images alone take that much.
      assert.ok(memory > 80 * 32 * 32 * 3, stage);
    }
    const sum = estimate.rows.reduce((total, { hours }) => total + hours, 0);
    assert.equal(estimate.hours, sum);
    assert.match(
      estimate.sentence,
      /^About 1 min on this machine .*; 0 of 14 stages are in the store\./,
    );
    assert.ok(estimateTable(estimate).toText().includes("density ratio"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("estimateRun() counts seeds and teachers, and plans no fakes that nobody trains on", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const estimate = await estimateRun(
      contextOf(folder, {
        seeds: "[1, 2, 3]",
        trainOn: '["real"]',
        distillers: '["nokd", "blkd"]',
        teachers: '[{"network": "vgg11", "width": 0.0625}, {"network": "vgg13", "width": 0.0625}]',
      }),
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

Deno.test("estimateRun() asks for more memory where batches and networks are larger", async () => {
  const memoryOf = async (changes: Record<string, string>) => {
    const context = contextOf("", {
      trainOn: '["real"]',
      distillers: '["nokd"]',
      ...changes,
    });
    return (await estimateRun(context, { secondsPerMeasurement: 0 })).memory;
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
  await assert.rejects(estimateRun(context, { secondsPerMeasurement: 0 }), /^Error: enough$/);
  assert.deepEqual(seen, ["measuring teacher VGG11, training", "measuring teacher VGG11, done"]);
});

Deno.test("carryOn() keeps what does not grow with the batch, and is proportional without a slope", () => {
  assert.equal(carryOn({ batch: 8, seconds: 2 }, { batch: 16, seconds: 3 }, 128), 17);
  assert.equal(carryOn(undefined, { batch: 8, seconds: 2 }, 128), 32);
  assert.equal(carryOn({ batch: 8, seconds: 3 }, { batch: 16, seconds: 2 }, 128), 16);
  // Steeper than proportional is noise.
  assert.equal(carryOn({ batch: 8, seconds: 0.5 }, { batch: 16, seconds: 2 }, 32), 4);
});
