import assert from "node:assert/strict";
import type { LabelledImages } from "../base/contracts.ts";
import { join } from "../base/disk/path.ts";
import { tf } from "../base/tf.ts";
import { writeImageFolder } from "../data/files/image_folder_writer.ts";
import { decodePng } from "../data/files/image_file.ts";
import { chainIn } from "../testing/stages.ts";
import { Chain } from "./chain.ts";

const pixelsOf = ({ images }: LabelledImages) => {
  const { height, width, channels } = images.shape;
  const size = height * width * channels;
  const pixels = new Uint8Array(images.count * size);
  for (let i = 0; i < images.count; i++) images.read(i, pixels, i * size);
  return pixels;
};

Deno.test("sample() draws classes by name or number, the same for the same seed, and writes them", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const chain = chainIn(join(folder, "work"));
    const { task } = chain.dataset.train;
    assert.ok(task.kind === "classification");
    const name = task.classNames[1]!;
    const request = { label: [name, 0], count: 3 };
    const set = await chain.sample(request);
    assert.deepEqual([...set.labels], [1, 1, 1, 0, 0, 0]);
    assert.equal(set.origin, "fake");
    const tensors = tf.memory().numTensors;
    assert.deepEqual(pixelsOf(await chain.sample(request)), pixelsOf(set));
    assert.notDeepEqual(pixelsOf(await chain.sample({ ...request, seed: 1 })), pixelsOf(set));
    assert.equal(tf.memory().numTensors, tensors, "tensors were left");

    const files = await writeImageFolder(set, join(folder, "out"));
    assert.deepEqual(files, [
      "0000.png",
      "0001.png",
      "0002.png",
      "0003.png",
      "0004.png",
      "0005.png",
      "labels.csv",
    ]);
    const csv = await Deno.readTextFile(join(folder, "out", "labels.csv"));
    assert.equal(csv.split("\n")[1], `0000.png,${name},1`);
    const png = decodePng(await Deno.readFile(join(folder, "out", "0004.png")), "0004.png");
    const size = png.width * png.height * 3;
    assert.deepEqual(png.pixels, pixelsOf(set).subarray(4 * size, 5 * size));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("sample() of processed images has as many as were asked for, with the teacher's labels", async () => {
  const folder = await Deno.makeTempDir();
  try {
    // The ratio of so short a fit gives 0 for every fake, which "plain" takes as they come.
    const { context } = chainIn(join(folder, "work"));
    const { specification } = context;
    const synthesis = { ...specification.synthesis, whenStuck: "plain" as const };
    const chain = new Chain({ ...context, specification: { ...specification, synthesis } });
    const set = await chain.sample({ label: [0, 2], count: 5, processed: true });
    assert.equal(set.labels.length, 10);
    assert.ok(set.labels.every((label) => Number.isInteger(label)));
    const angles = chainIn(join(folder, "angles"), { task: "regression" });
    const { task } = angles.dataset.train;
    assert.ok(task.kind === "regression");
    // Between two labels of the training set.
    const label = (task.labels[0]! + task.labels[1]!) / 2;
    const raw = await angles.sample({ label, count: 2 });
    assert.deepEqual([...raw.labels], [Math.fround(label), Math.fround(label)]);
    const adjusted = await angles.sample({ label, count: 2, processed: true });
    assert.notDeepEqual([...adjusted.labels], [...raw.labels]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
