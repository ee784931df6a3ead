import assert from "node:assert/strict";
import { imagesInMemory, type LabelledImages } from "../../base/contracts.ts";
import { join } from "../../base/disk/path.ts";
import { rngOf } from "../../base/rng.ts";
import { readSafetensors } from "../../base/disk/safetensors.ts";
import { tf } from "../../base/tf.ts";
import { ANGLES } from "../../testing/tasks.ts";
import {
  type EmbeddingFit,
  fitLabelEmbedding,
  type FittedEmbedding,
} from "./fit_label_embedding.ts";
import { embeddingError, labelEmbedding } from "./label_embedding.ts";

const SIDE = 32;
// A last batch of one image.
const COUNT = 61;

/** A bright bar on a dark ground, the further right the larger the angle; a tint of its own. */
function bars(): LabelledImages {
  const bytes = new Uint8Array(COUNT * SIDE * SIDE * 3);
  const labels = Float32Array.from({ length: COUNT }, (_, i) => (1 + 15 * (i % 60)) / 10);
  for (let i = 0; i < COUNT; i++) {
    const rng = rngOf(1, "bar", i);
    const centre = 3 + (SIDE - 7) * labels[i]! / 90;
    const tint = [0, 1, 2].map(() => 120 + rng.integer(130));
    for (let p = 0; p < SIDE * SIDE; p++) {
      const cover = Math.max(0, Math.min(1, 3 - Math.abs(p % SIDE - centre)));
      for (let c = 0; c < 3; c++) {
        const ground = 20 + rng.integer(30);
        bytes[(i * SIDE * SIDE + p) * 3 + c] = cover * tint[c]! + (1 - cover) * ground;
      }
    }
  }
  const shape = { height: SIDE, width: SIDE, channels: 3 };
  return { images: imagesInMemory(bytes, shape), labels, task: ANGLES, origin: "toy" };
}

function fitOf(changes: { images?: number; labels?: number; loop?: object } = {}): EmbeddingFit {
  const { images = 4, labels = 60, loop = {} } = changes;
  return {
    set: bars(),
    width: 1 / 16,
    training: {
      images: { epochs: images, batch: 20, learningRate: 0.01, milestones: [] },
      labels: { epochs: labels, batch: 60, learningRate: 0.01, milestones: [45] },
      weightDecay: 1e-4,
      noise: 0.2,
      flip: false,
    },
    rng: rngOf(2, "embedding"),
    loop: { stage: "label embedding", seed: 2, logEvery: 10, ...loop },
  };
}

/** Of long arrays, whose differences a failed `deepEqual` would take minutes and gigabytes to print. */
function sameBits(first: Float32Array, second: Float32Array): boolean {
  return first.length === second.length && first.every((value, i) => Object.is(value, second[i]));
}

/** Same weights, curves and error, to the bit. */
function assertSameFit(found: FittedEmbedding, wanted: FittedEmbedding): void {
  assert.deepEqual(Object.keys(found.weights).sort(), Object.keys(wanted.weights).sort());
  for (const [name, { values }] of Object.entries(wanted.weights)) {
    assert.ok(sameBits(found.weights[name]!.values, values), `${name} has other bits`);
  }
  assert.deepEqual(found.histories, wanted.histories);
  assert.equal(found.error, wanted.error);
}

Deno.test("fitLabelEmbedding() learns an embedding that gives labels back", async () => {
  const { numTensors } = tf.memory();
  const stages: string[] = [];
  const progress = ({ stage, state }: { stage: string; state: string }) => {
    if (state === "trained") stages.push(stage);
  };
  const fitted = await fitLabelEmbedding(fitOf({ loop: { progress } }));
  assert.deepEqual(stages, [
    "label embedding, images to labels",
    "label embedding, labels to embedding",
  ]);
  const { images, labels } = fitted.histories;
  assert.ok(images.at(-1)!.loss! < images[0]!.loss!);
  assert.ok(labels.at(-1)!.error! < labels[0]!.error! / 3);
  const embedding = labelEmbedding(fitted.weights, ANGLES);
  // Before training the mean error over the range is above 22 degrees, that of the best constant.
  assert.ok(fitted.error < 3, `found ${fitted.error} degrees`);
  assert.equal(await embeddingError(embedding, ANGLES.labels), fitted.error);
  const inverted = tf.tidy(() => {
    const grid = Array.from({ length: 9 }, (_, i) => 5 + 10 * i);
    return [...embedding.labelsOf(embedding.conditionOf(grid)).dataSync()];
  });
  for (let i = 1; i < 9; i++) assert.ok(inverted[i]! > inverted[i - 1]!, `order of ${inverted}`);
  embedding.dispose();
  assert.equal(tf.memory().numTensors, numTensors);
});

Deno.test("fitLabelEmbedding() leaves h2y as x2y made it while y2h learns", async () => {
  const checkpointFolder = await Deno.makeTempDir();
  try {
    const { weights } = await fitLabelEmbedding(
      fitOf({ images: 1, labels: 12, loop: { checkpointFolder } }),
    );
    // The last checkpoint of the first training holds h2y as it was before the second one.
    const { arrays } = await readSafetensors(
      join(checkpointFolder, "images_to_labels.safetensors"),
    );
    for (const name of ["h2y/dense/weight", "h2y/dense/bias"]) {
      const before = arrays[`weights:${name}`]!.values as Float32Array;
      assert.ok(sameBits(weights[name]!.values, before), name);
      assert.ok(before.some((value) => value !== 0));
    }
  } finally {
    await Deno.remove(checkpointFolder, { recursive: true });
  }
});

Deno.test("fitLabelEmbedding() ends with the same bits, resumed in either training or not", async () => {
  const checkpointFolder = await Deno.makeTempDir();
  const fit = (loop: object) => fitLabelEmbedding(fitOf({ images: 2, labels: 20, loop }));
  const stopIn = async (name: string) => {
    const stop = new AbortController();
    const progress = ({ stage }: { stage: string }) => {
      if (stage.endsWith(name)) stop.abort();
    };
    await assert.rejects(fit({ checkpointFolder, progress, signal: stop.signal }), {
      name: "TrainingStopped",
      message: new RegExp(`^Stopped label embedding, ${name} at step 1 of`),
    });
  };
  try {
    const undisturbed = await fit({});
    assertSameFit(await fit({}), undisturbed);
    await stopIn("images to labels");
    const starts: Record<string, number> = {};
    const progress = ({ stage, step }: { stage: string; step: number }) => {
      starts[stage.slice(17)] ??= step;
    };
    const resumed = await fit({ checkpointFolder, progress });
    assert.deepEqual(starts, { "images to labels": 1, "labels to embedding": 0 });
    assertSameFit(resumed, undisturbed);
    // The first training is there already, the second one goes on.
    await Deno.remove(join(checkpointFolder, "labels_to_embedding.safetensors"));
    await stopIn("labels to embedding");
    const again = await fit({ checkpointFolder });
    assertSameFit(again, undisturbed);
  } finally {
    await Deno.remove(checkpointFolder, { recursive: true });
  }
});

Deno.test("fitLabelEmbedding() refuses classes, labels out of range and other sizes", async () => {
  const fit = fitOf();
  const { set } = fit;
  const refused = (changes: Partial<LabelledImages>, expected: object) =>
    assert.rejects(fitLabelEmbedding({ ...fit, set: { ...set, ...changes } }), expected);
  await refused(
    { task: { kind: "classification", classes: 90, classNames: [] } },
    { name: "TypeError" },
  );
  await refused(
    { labels: set.labels.map((label, i) => i === 3 ? 90 : label) },
    { name: "RangeError", message: /label of image 3: found 90 degrees, want 0\.1 to 89\.9/ },
  );
  const shape = { height: 16, width: 64, channels: 3 };
  await refused(
    { images: imagesInMemory(new Uint8Array(COUNT * 16 * 64 * 3), shape) },
    { name: "RangeError", message: /label embedding for 16 x 16 images: want 32 x 32 or 64 x 64/ },
  );
});
