import assert from "node:assert/strict";
import { imagesInMemory, type LabelledImages } from "../../base/contracts.ts";
import { ParameterSet } from "../../base/module.ts";
import { rngOf } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import { AGES } from "../../testing/tasks.ts";
import { biggan } from "../biggan.ts";
import { buildH2y, buildY2h, EMBEDDING_SIZE, labelEmbedding } from "./label_embedding.ts";
import type { ConditionOf } from "../sample.ts";
import { cganTrainee } from "../train_cgan.ts";
import { vicinalData, type VicinalOptions } from "./vicinal_data.ts";
import { drawVicinities, indexLabels } from "./vicinity.ts";

const COUNT = 80;

/** Image i holds byte i everywhere but in its first column, which holds 255; ages with gaps, unsorted. */
function numberedFaces(side = 4): LabelledImages {
  const perImage = side * side * 3;
  const bytes = Uint8Array.from({ length: COUNT * perImage }, (_, i) => {
    const column = Math.floor(i / 3) % side;
    return column === 0 ? 255 : Math.floor(i / perImage);
  });
  return {
    images: imagesInMemory(bytes, { height: side, width: side, channels: 3 }),
    labels: Float32Array.from({ length: COUNT }, (_, i) => 1 + (i * 37) % 50),
    task: AGES,
    origin: "toy",
  };
}

/** An embedding with its first weights, and a copy of them. */
async function untrainedEmbedding() {
  const [h2y, y2h] = [buildH2y({ rng: rngOf(4) }), buildY2h({ rng: rngOf(5) })];
  const joint = ParameterSet.join({ h2y: h2y.parameters, y2h: y2h.parameters });
  const weights = structuredClone(await joint.read());
  joint.dispose();
  return { embedding: labelEmbedding(weights, AGES), weights };
}

/** Labels themselves in place of an embedding, so that conditions can be read. */
const plain: ConditionOf = (labels) => tf.tensor2d(Float32Array.from(labels), [labels.length, 1]);

function optionsOf(changes: Partial<VicinalOptions> = {}): VicinalOptions {
  return {
    kind: "soft",
    conditionOf: plain,
    flip: false,
    generatorTargets: "reused",
    discriminatorSteps: 1,
    ...changes,
  };
}

/** A batch on the host. */
function look(draw: number, batch: number, changes: Partial<VicinalOptions> = {}, seed = 1) {
  const data = vicinalData(numberedFaces(), optionsOf(changes), rngOf(seed, "data"));
  const seen = tf.tidy(() => {
    const { real, realCondition, fakeCondition, judgedCondition, weights } = data
      .discriminatorBatch(draw, batch);
    assert.deepEqual(real.shape, [batch, 4, 4, 3]);
    assert.deepEqual(weights!.real.shape, [batch, 1]);
    assert.deepEqual(weights!.fake.shape, [batch, 1]);
    const pixels = real.dataSync();
    const rows = Array.from({ length: batch }, (_, i) => ({
      // The second column is free of the mark whichever way the image is turned.
      index: Math.round((pixels[i * 48 + 3]! + 1) * 127.5),
      mirrored: pixels[i * 48]! < 0.999,
    }));
    return {
      rows,
      told: [...realCondition.dataSync()],
      judged: [...judgedCondition!.dataSync()],
      asked: [...fakeCondition.dataSync()],
      realWeights: [...weights!.real.dataSync()],
      fakeWeights: [...weights!.fake.dataSync()],
    };
  });
  return { ...seen, vicinity: data.vicinity };
}

const generatorLabels = (step: number, batch: number, changes: Partial<VicinalOptions>) =>
  tf.tidy(() => {
    const data = vicinalData(numberedFaces(), optionsOf(changes), rngOf(1, "data"));
    return [...data.generatorBatch(step, batch).condition.dataSync()];
  });

for (const kind of ["soft", "hard"] as const) {
  Deno.test(`vicinalData() shows ${kind} neighbours of its targets, weighted by distance`, () => {
    const { labels } = numberedFaces();
    for (const draw of [0, 1, 9]) {
      const { rows, told, judged, asked, vicinity, ...weights } = look(draw, 40, { kind });
      assert.deepEqual(judged, told);
      const radius = vicinity.radius * 60 + 1e-4;
      const weightOf = (distance: number) =>
        kind === "hard" ? 1 : Math.exp(-vicinity.nu! * (distance / 60) ** 2);
      for (const [j, { index, mirrored }] of rows.entries()) {
        const own = labels[index]! - told[j]!;
        assert.ok(Math.abs(own) <= radius, `image ${own} years from its target`);
        assert.ok(Math.abs(weights.realWeights[j]! - weightOf(own)) < 1e-4);
        const fake = asked[j]! - told[j]!;
        assert.ok(Math.abs(fake) <= radius && asked[j]! >= 0 && asked[j]! <= 60);
        assert.ok(Math.abs(weights.fakeWeights[j]! - weightOf(fake)) < 1e-4);
        assert.equal(mirrored, false);
      }
      assert.ok(new Set(told).size === 40 && new Set(asked).size === 40);
      assert.ok(rows.some(({ index }, j) => labels[index]! !== Math.round(told[j]!)));
    }
  });
}

Deno.test("vicinalData() gives the images and labels that drawVicinities() draws", () => {
  const { labels, task } = numberedFaces();
  const { rows, told, asked, vicinity } = look(3, 50);
  const rng = rngOf(1, "data").child("vicinity", 3);
  const drawn = drawVicinities(indexLabels(labels, task), vicinity, { batch: 50, rng });
  assert.deepEqual(rows.map(({ index }) => index), [...drawn.real]);
  const years = (units: Float64Array) => [...Float32Array.from(units, (y) => y * 60)];
  assert.deepEqual(told, years(drawn.targets));
  assert.deepEqual(asked, years(drawn.fake));
});

Deno.test("vicinalData() mirrors about half of the images where it shall", () => {
  const mirrored = [0, 1, 2, 3].flatMap((draw) => look(draw, 100, { flip: true }).rows)
    .filter((row) => row.mirrored).length;
  // 400 draws: standard deviation 10.
  assert.ok(mirrored > 150 && mirrored < 250, `found ${mirrored} of 400`);
});

Deno.test("vicinalData() gives G the targets of the D step before it, or fresh ones", () => {
  for (const discriminatorSteps of [1, 4]) {
    for (const step of [0, 1, 5]) {
      const last = (step + 1) * discriminatorSteps - 1;
      const reused = generatorLabels(step, 30, { generatorTargets: "reused", discriminatorSteps });
      assert.deepEqual(reused, look(last, 30).told);
      const fresh = generatorLabels(step, 30, { generatorTargets: "fresh", discriminatorSteps });
      for (let draw = 0; draw < 24; draw++) assert.notDeepEqual(fresh, look(draw, 30).told);
    }
  }
  // Fresh targets are near no image where the vicinity is narrow; targets of D never are.
  const narrow = { kind: "hard", kappa: 1e-3, sigma: 0.05 } as const;
  const distance = (label: number) =>
    Math.min(...Array.from(numberedFaces().labels, (own) => Math.abs(own - label)));
  const fresh = generatorLabels(0, 100, { ...narrow, generatorTargets: "fresh" });
  assert.ok(fresh.filter((label) => distance(label) > 0.06).length > 50);
  const reused = generatorLabels(0, 100, { ...narrow, generatorTargets: "reused" });
  assert.ok(reused.every((label) => distance(label) < 0.0601));
});

Deno.test("vicinalData() is a function of the draw, whatever was drawn before", () => {
  const data = vicinalData(
    numberedFaces(),
    optionsOf({ flip: true, generatorTargets: "fresh" }),
    rngOf(1, "data"),
  );
  const bitsOf = (draw: number) =>
    tf.tidy(() => {
      const { real, realCondition, fakeCondition, weights } = data.discriminatorBatch(draw, 8);
      const condition = data.generatorBatch(draw, 8).condition;
      return [real, realCondition, fakeCondition, weights!.real, weights!.fake, condition]
        .map((tensor) => tensor.dataSync().slice());
    });
  const { numTensors } = tf.memory();
  const forwards = [0, 1, 2, 40].map(bitsOf);
  const backwards = [40, 2, 1, 0].map(bitsOf).reverse();
  assert.deepEqual(forwards, backwards);
  assert.equal(tf.memory().numTensors, numTensors);
  forwards[0]!.forEach((bits, i) => assert.notDeepEqual(bits, forwards[1]![i]));
  assert.notDeepEqual(look(2, 8, {}, 1).told, look(2, 8, {}, 2).told);
});

Deno.test("vicinalData() shows a diffusion model the reals, targets and weights of a D step", () => {
  const data = vicinalData(
    numberedFaces(),
    optionsOf({ flip: true, generatorTargets: "fresh" }),
    rngOf(1, "data"),
  );
  tf.tidy(() => {
    const { images, condition, weights } = data.realBatch(3, 8);
    const step = data.discriminatorBatch(3, 8);
    assert.deepEqual(images.dataSync(), step.real.dataSync());
    assert.deepEqual(condition.dataSync(), step.realCondition.dataSync());
    assert.deepEqual(weights!.dataSync(), step.weights!.real.dataSync());
  });
});

Deno.test("GAN steps on vicinalData() move both players and no bit of the embedding", async () => {
  const { embedding, weights } = await untrainedEmbedding();
  const pair = biggan.build({
    conditionSize: EMBEDDING_SIZE,
    imageSize: 32,
    width: 1 / 64,
    rng: rngOf(6),
  });
  const training = {
    batch: 4,
    discriminatorSteps: 2,
    generatorRate: 1e-3,
    discriminatorRate: 1e-3,
    beta1: 0.5,
    beta2: 0.999,
    diffAugment: true,
  };
  const options = { conditionOf: embedding.conditionAnywhere, discriminatorSteps: 2, flip: true };
  const data = vicinalData(numberedFaces(32), optionsOf(options), rngOf(7));
  const trainee = cganTrainee(pair, data, training, rngOf(8));
  const bitsOf = async (set: ParameterSet) => structuredClone(await set.read());
  const players = [pair.generator.parameters, pair.discriminator.parameters];
  const playersBefore = await Promise.all(players.map(bitsOf));
  const { numTensors } = tf.memory();
  for (let step = 0; step < 3; step++) tf.dispose(tf.tidy(() => trainee.step(step)));
  assert.equal(tf.memory().numTensors, numTensors);
  assert.deepEqual(await bitsOf(embedding.parameters), weights);
  assert.notDeepEqual(await Promise.all(players.map(bitsOf)), playersBefore);
  for (const state of Object.values(trainee.state)) state.dispose();
  embedding.dispose();
});

Deno.test("vicinalData() needs a condition for labels beyond the range", async () => {
  const { embedding } = await untrainedEmbedding();
  const data = vicinalData(
    numberedFaces(),
    optionsOf({ conditionOf: embedding.conditionOf }),
    rngOf(1),
  );
  assert.throws(() => tf.tidy(() => data.discriminatorBatch(0, 64).real.dataSync()), {
    name: "RangeError",
    message: /^Cannot use the label \d+: found \S+ years, want 1 to 60/,
  });
  embedding.dispose();
});

Deno.test("vicinalData() refuses classes and numbers that cannot be, before any batch", () => {
  const set = numberedFaces();
  const classes: LabelledImages = {
    ...set,
    task: { kind: "classification", classes: 51, classNames: [] },
  };
  assert.throws(() => vicinalData(classes, optionsOf(), rngOf(1)), { name: "TypeError" });
  const old = { ...set, labels: set.labels.map((age, i) => i === 5 ? 61 : age) };
  assert.throws(() => vicinalData(old, optionsOf(), rngOf(1)), /label of image 5: found 61 years/);
  for (const bad of [{ sigma: NaN }, { sigma: Infinity }, { kappa: 0 }, { kappa: -2 }]) {
    assert.throws(() => vicinalData(set, optionsOf(bad), rngOf(1)), { name: "RangeError" });
  }
  assert.throws(
    () => vicinalData(set, optionsOf({ discriminatorSteps: 0 }), rngOf(1)),
    /discriminatorSteps/,
  );
});
