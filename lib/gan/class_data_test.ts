import assert from "node:assert/strict";
import { imagesInMemory, type LabelledImages } from "../base/contracts.ts";
import { rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { classData } from "./class_data.ts";

const COUNT = 14;
const SIDE = 4;
const CLASSES = 5;
const PER_IMAGE = SIDE * SIDE * 3;

/** Image i holds byte 10 i everywhere but for its first column, which holds 255; label i mod 5. */
function numberedSet(): LabelledImages {
  const bytes = Uint8Array.from({ length: COUNT * PER_IMAGE }, (_, i) => {
    const column = Math.floor(i / 3) % SIDE;
    return column === 0 ? 255 : 10 * Math.floor(i / PER_IMAGE);
  });
  return {
    images: imagesInMemory(bytes, { height: SIDE, width: SIDE, channels: 3 }),
    labels: Float32Array.from({ length: COUNT }, (_, i) => i % CLASSES),
    task: { kind: "classification", classes: CLASSES, classNames: ["a", "b", "c", "d", "e"] },
    origin: "toy",
  };
}

/** A batch on the host: which images it shows, which of them mirrored, and its three conditions. */
function look(draw: number, batch: number, seed = 1) {
  return tf.tidy(() => {
    const { real, ...rest } = classData(numberedSet(), rngOf(seed, "data"))
      .discriminatorBatch(draw, batch);
    assert.deepEqual(real.shape, [batch, SIDE, SIDE, 3]);
    const pixels = real.dataSync();
    const rows = Array.from({ length: batch }, (_, i) => {
      const image = pixels.slice(i * PER_IMAGE, (i + 1) * PER_IMAGE);
      // The second column is free of the mark whichever way the image is turned.
      const index = Math.round((image[3]! + 1) * 127.5 / 10);
      return { index, mirrored: image[0]! < 0.999, image };
    });
    const classesOf = (condition: tf.Tensor2D) => {
      assert.equal(condition.dtype, "float32");
      assert.deepEqual(condition.shape, [batch, CLASSES]);
      const values = Array.from(condition.dataSync());
      return Array.from({ length: batch }, (_, i) => {
        const row = values.slice(i * CLASSES, (i + 1) * CLASSES);
        assert.deepEqual([...row].sort(), [0, 0, 0, 0, 1]);
        return row.indexOf(1);
      });
    };
    return {
      rows,
      pixels: Array.from(pixels),
      real: classesOf(rest.realCondition),
      fake: classesOf(rest.fakeCondition),
      hasMore: rest.judgedCondition !== undefined || rest.weights !== undefined,
    };
  });
}

Deno.test("classData() gives reals in [−1, 1] under their own labels", () => {
  for (const draw of [0, 1, 2, 7]) {
    const { rows, pixels, real, hasMore } = look(draw, 4);
    assert.ok(pixels.every((value) => value >= -1 && value <= 1));
    assert.ok(pixels.includes(1));
    for (const [i, { index, mirrored, image }] of rows.entries()) {
      assert.equal(real[i], index % CLASSES);
      for (let k = 0; k < PER_IMAGE; k++) {
        const column = Math.floor(k / 3) % SIDE;
        const byte = column === (mirrored ? SIDE - 1 : 0) ? 255 : 10 * index;
        assert.ok(Math.abs(image[k]! - (byte / 127.5 - 1)) < 1e-6);
      }
    }
    assert.equal(hasMore, false);
  }
});

Deno.test("classData() shows each image once per epoch, in a new order, without the last part", () => {
  const orders = [0, 1, 2].map((epoch) => {
    // 14 images are three batches of 4; two are left out.
    const seen = [0, 1, 2].flatMap((k) => look(3 * epoch + k, 4).rows.map(({ index }) => index));
    assert.equal(new Set(seen).size, 12);
    assert.ok(seen.every((index) => index >= 0 && index < COUNT));
    return seen.join();
  });
  assert.equal(new Set(orders).size, 3);
  // With a batch that divides the set every image comes up.
  const all = [0, 1].flatMap((draw) => look(draw, 7).rows.map(({ index }) => index));
  assert.deepEqual(all.sort((a, b) => a - b), Array.from({ length: COUNT }, (_, i) => i));
});

Deno.test("classData() mirrors about half of the images", () => {
  let mirrored = 0;
  for (let draw = 0; draw < 60; draw++) {
    mirrored += look(draw, 7).rows.filter((row) => row.mirrored).length;
  }
  // 420 draws: standard deviation 10.
  assert.ok(mirrored > 160 && mirrored < 260, `found ${mirrored} of 420`);
});

Deno.test("classData() draws classes of fakes uniformly, with new draws for every step and player", () => {
  const batch = 14;
  const counts = new Array<number>(CLASSES).fill(0);
  const drawn = new Set<string>();
  for (let step = 0; step < 60; step++) {
    const { fake, real } = look(step, batch);
    const condition = tf.tidy(() => {
      const tensor =
        classData(numberedSet(), rngOf(1, "data")).generatorBatch(step, batch).condition;
      assert.deepEqual(tensor.shape, [batch, CLASSES]);
      return Array.from(tf.argMax(tensor, 1).dataSync());
    });
    for (const label of [...fake, ...condition]) counts[label]! += 1;
    for (const classes of [fake, condition, real]) drawn.add(classes.join());
  }
  // 1,680 draws: 336 per class, standard deviation 16.
  for (const count of counts) assert.ok(count > 260 && count < 412, `found ${counts}`);
  assert.equal(drawn.size, 180);
});

Deno.test("classData() is a function of the draw, whatever was drawn before", () => {
  const data = classData(numberedSet(), rngOf(1, "data"));
  const bitsOf = (draw: number) =>
    tf.tidy(() => {
      const { real, realCondition, fakeCondition } = data.discriminatorBatch(draw, 4);
      return [real, realCondition, fakeCondition, data.generatorBatch(draw, 4).condition]
        .map((tensor) => tensor.dataSync().slice());
    });
  const { numTensors } = tf.memory();
  const forwards = [0, 1, 2, 3, 4, 40].map(bitsOf);
  const backwards = [40, 4, 3, 2, 1, 0].map(bitsOf).reverse();
  assert.deepEqual(forwards, backwards);
  assert.equal(tf.memory().numTensors, numTensors);
  assert.deepEqual(look(2, 4), look(2, 4));
  assert.notDeepEqual(look(2, 4, 1).pixels, look(2, 4, 2).pixels);
  assert.notDeepEqual(forwards[0], forwards[1]);
});

Deno.test("classData() refuses scalar labels and batches above the set", () => {
  const set = numberedSet();
  const ages: LabelledImages = {
    ...set,
    task: {
      kind: "regression",
      minimum: 1,
      maximum: 60,
      scale: 60,
      unit: "years",
      labels: [1, 2, 3],
    },
  };
  assert.throws(() => classData(ages, rngOf(1)), {
    name: "TypeError",
    message: "Cannot draw classes: found a regression task, want classification",
  });
  assert.throws(() => classData(set, rngOf(1)).discriminatorBatch(0, 15), { name: "RangeError" });
});

Deno.test("classData() shows a diffusion model the reals and classes of a D step", () => {
  tf.tidy(() => {
    for (const draw of [0, 5]) {
      const data = classData(numberedSet(), rngOf(1, "data"));
      const { images, condition, weights } = data.realBatch(draw, 4);
      const { real, realCondition } = data.discriminatorBatch(draw, 4);
      assert.deepEqual(images.dataSync(), real.dataSync());
      assert.deepEqual(condition.dataSync(), realCondition.dataSync());
      assert.equal(weights, undefined);
    }
  });
});
