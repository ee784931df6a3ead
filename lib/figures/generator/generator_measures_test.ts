import assert from "node:assert/strict";
import { tf } from "../../base/tf.ts";
import { openSmallest } from "../../testing/smallest_run.ts";
import { generatorMeasuresTable } from "./generator_measures.ts";

Deno.test("generatorMeasures() of the smallest run", async (t) => {
  const results = await Deno.makeTempDir();
  try {
    const { run, events } = openSmallest({ results });
    await run.gan();
    await run.judge();
    const tensors = tf.memory().numTensors;
    const found = await run.generatorMeasures();

    await t.step("leaves no tensor, and training images do better than an untrained GAN", () => {
      assert.equal(tf.memory().numTensors, tensors);
      const { fake, training } = found;
      assert.ok(training.frechet.distance < fake.frechet.distance);
      assert.ok(training.mean.coverage > fake.mean.coverage);
      for (const share of [fake.labels, training.labels, found.heldOutLabels]) {
        assert.ok(share >= 0 && share <= 1);
      }
    });

    await t.step("compares every class", () => {
      const { task } = run.dataset.train;
      const names = task.kind === "classification" ? task.classNames : [];
      assert.deepEqual(found.fake.ranges.map(({ title }) => title), names);
      assert.equal(found.images, run.dataset.test.labels.length);
    });

    await t.step("tells once that it is done", () => {
      const own = events.filter(({ stage }) => stage.startsWith("measures of the generator"));
      assert.deepEqual(own.map(({ state }) => state).filter((state) => state !== "training"), [
        "done",
      ]);
      assert.equal(own.at(-1)!.state, "done");
      const drawing = events.filter(({ stage }) => stage.startsWith("fakes for the measures"));
      assert.deepEqual(drawing.at(-1)!.step, run.dataset.test.labels.length);
    });

    await t.step("is kept", async () => {
      const again = openSmallest({ results });
      const { artifact: _, ...notes } = await again.run.generatorMeasures();
      const { artifact, ...first } = found;
      assert.deepEqual(notes, first);
      assert.ok(again.events.every(({ state }) => state === "reused"), artifact.id);
    });

    await t.step(
      "becomes a table with a row for training images, fakes and each class",
      async () => {
        const { rows } = await generatorMeasuresTable(run);
        assert.deepEqual(rows.slice(0, 2).map(({ what }) => what), ["training images", "fakes"]);
        assert.equal(rows.length, 2 + found.fake.ranges.length);
      },
    );
  } finally {
    await Deno.remove(results, { recursive: true });
  }
});
