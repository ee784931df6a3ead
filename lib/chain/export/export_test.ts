import assert from "node:assert/strict";
import { join } from "../../base/disk/path.ts";
import { tf } from "../../base/tf.ts";
import { errorRateInterval } from "../../base/metrics.ts";
import { batchTensors, makeBatch } from "../../data/batches/batches.ts";
import { openLayersModel } from "../../export/layers/open_layers_model.ts";
import { openSmallest } from "../../testing/smallest_run.ts";

async function openIn(folder: string) {
  const json = JSON.parse(await Deno.readTextFile(join(folder, "model.json")));
  const [{ paths }] = json.weightsManifest;
  return await openLayersModel({ json, weights: await Deno.readFile(join(folder, paths[0])) });
}

Deno.test("a run exports students, teacher and generator with their cards", async (t) => {
  const folder = await Deno.makeTempDir();
  const out = join(folder, "export");
  try {
    const { run } = openSmallest({ results: join(folder, "results") });
    const [student] = await run.students({ cells: "VGG11, NOKD" });
    const { test } = run.dataset;

    await t.step(
      "a student's files say of raw pixels what the network says of normalised ones",
      async () => {
        const place = await run.export(student!, { out, formats: ["layers", "keras", "onnx"] });
        assert.equal(place, join(out, "VGG11_NOKD_toy_seed_2020"));
        const files = [...Deno.readDirSync(place)].map(({ name }) => name).sort();
        assert.deepEqual(files, [
          "README.md",
          "card.json",
          "example.json",
          "model.h5",
          "model.json",
          "model.onnx",
          "weights.bin",
        ]);
        const indices = Uint32Array.of(0, 5, 9);
        const size = 32 * 32 * 3;
        const bytes = new Uint8Array(3 * size);
        indices.forEach((index, i) => test.images.read(index, bytes, i * size));
        const model = await openIn(place);
        const network = student!.network.open();
        const { normalisation } = student!.network;
        const [want, found] = tf.tidy(() => {
          const { x } = batchTensors(makeBatch(test, indices, { normalisation }));
          const pixels = tf.tensor4d(Float32Array.from(bytes), [3, 32, 32, 3]);
          return [
            network.forward(x, { training: false }).output.dataSync(),
            (model.predict(pixels) as tf.Tensor).dataSync(),
          ];
        });
        want!.forEach((value, i) => assert.ok(Math.abs(value - found![i]!) < 1e-4));
        network.parameters.dispose();
        model.dispose();
      },
    );

    await t.step("a student that is looked up was trained when it was", async () => {
      const { run: later } = openSmallest({ results: join(folder, "results") });
      const [same] = await later.students({ cells: "VGG11, NOKD" });
      assert.deepEqual(same!.record, student!.record);
      assert.ok(same!.record.time < new Date().toISOString());
    });

    await t.step("its card has the result with intervals, the recipe and hashes", async () => {
      const place = join(out, "VGG11_NOKD_toy_seed_2020");
      const card = JSON.parse(await Deno.readTextFile(join(place, "card.json")));
      const { value, recipe } = student!.record;
      assert.equal(card.metric.value, value);
      assert.deepEqual(card.metric.interval, errorRateInterval(value, test.labels.length));
      assert.equal(card.metric.images, test.labels.length);
      assert.deepEqual(card.metric.seeds, { count: 1, mean: value });
      assert.equal(card.identities.stage, student!.network.artifact.id);
      assert.equal(card.identities.recipe, recipe);
      assert.equal(card.data.checksum, run.dataset.checksum);
      assert.equal(card.training.network, "vgg11");
      assert.equal(card.training["training.epochs"], 1);
      const { files } = card as { files: { name: string; sha256: string }[] };
      for (const { name, sha256 } of files) {
        const bytes = await Deno.readFile(join(place, name));
        const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
        assert.equal(digest.toHex(), sha256, name);
      }
      const page = await Deno.readTextFile(join(place, "README.md"));
      assert.match(page, /^# VGG11, NOKD, on .* toy, seed 2020\n/);
      assert.match(page, /test error: \d+\.\d\d % on 40 test images, 95 % interval \d+/);
      assert.match(page, /One seed: how far another training would differ is not known/);
      assert.match(page, /\| classes, from 0 \| /);
      assert.match(
        page,
        /onnxruntime\.InferenceSession\("model\.onnx"\)\.run\(None, \{"image": image\}\)/,
      );
    });

    await t.step("teacher and generator", async () => {
      const teacher = await run.export("teacher", { out });
      const model = await openIn(teacher);
      assert.deepEqual(model.outputs[0]!.shape, [null, 4]);
      model.dispose();
      const generator = await openIn(await run.export("generator", { out }));
      assert.deepEqual(generator.inputs.map(({ shape }) => shape), [[null, 128], [null, 4]]);
      assert.deepEqual(generator.outputs[0]!.shape, [null, 32, 32, 3]);
      generator.dispose();
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
