import assert from "node:assert/strict";
import { imagesInMemory, type LabelledImages, type Task } from "../../base/contracts.ts";
import { rngOf } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import {
  batchTensors,
  channelStatistics,
  imagesFromTensor,
  makeBatch,
  MINUS_ONE_TO_ONE,
} from "./batches.ts";
import { placedPixels } from "./pixels.ts";

const CLASSES: Task = { kind: "classification", classes: 4, classNames: ["a", "b", "c", "d"] };
const SIDE = 6;

/** Random images with no byte 0, so that padding can be told from pixels. */
function randomSet(count: number, task = CLASSES): LabelledImages & { bytes: Uint8Array } {
  const rng = rngOf(5, "pixels");
  const bytes = Uint8Array.from({ length: count * SIDE * SIDE * 3 }, () => 1 + rng.integer(255));
  const labels = Float32Array.from({ length: count }, (_, i) => i % 4);
  const images = imagesInMemory(bytes, { height: SIDE, width: SIDE, channels: 3 });
  return { images, labels, task, origin: "toy", bytes };
}

/** Bytes of a batch made with `MINUS_ONE_TO_ONE`. */
const toBytes = (pixels: Float32Array) =>
  Array.from(pixels, (value) => Math.round((value + 1) * 127.5));

Deno.test("channelStatistics() gives mean and population deviation of x / 255 per channel", () => {
  const bytes = Uint8Array.from([0, 10, 255, 255, 30, 255]);
  const { mean, std } = channelStatistics(
    imagesInMemory(bytes, { height: 1, width: 2, channels: 3 }),
  );
  const near = (found: readonly number[], wanted: number[]) =>
    found.forEach((value, c) => assert.ok(Math.abs(value - wanted[c]!) < 1e-12, `${value}`));
  near(mean, [0.5, 20 / 255, 1]);
  near(std, [0.5, 10 / 255, 1]);
});

Deno.test("pixels of a channel of one level become 0, whatever the level", () => {
  for (const level of [0, 1, 77, 255]) {
    const bytes = Uint8Array.from({ length: 3 * 49 }, (_, i) => i % 3 === 2 ? level : i);
    const images = imagesInMemory(bytes, { height: 7, width: 7, channels: 3 });
    const normalisation = channelStatistics(images);
    const set = { images, labels: Float32Array.of(0), task: CLASSES };
    const pixels = placedPixels(makeBatch(set, [0], { normalisation }).placed);
    for (let i = 2; i < pixels.length; i += 3) assert.ok(Math.abs(pixels[i]!) < 1e-7, `${level}`);
  }
});

Deno.test("channelStatistics() of an empty set, and a deviation of 0, are refused", () => {
  const empty = imagesInMemory(new Uint8Array(0), { height: 1, width: 1, channels: 3 });
  assert.throws(() => channelStatistics(empty), /the set is empty/);
  const normalisation = { mean: [0], std: [0] };
  assert.throws(() => makeBatch(randomSet(1), [0], { normalisation }), /want above 0/);
});

Deno.test("makeBatch() normalises channel by channel and keeps labels in dataset units", () => {
  const set = randomSet(5);
  const normalisation = { mean: [0.4, 0.5, 0.6], std: [0.2, 0.25, 0.3] };
  const { placed, labels, size } = makeBatch(set, [3, 1], { normalisation });
  const pixels = placedPixels(placed);
  assert.equal(size, 2);
  assert.deepEqual([...labels], [3, 1]);
  const perImage = SIDE * SIDE * 3;
  for (let i = 0; i < pixels.length; i++) {
    const byte = set.bytes[(i < perImage ? 3 : 0) * perImage + i]!;
    const wanted = (byte / 255 - normalisation.mean[i % 3]!) / normalisation.std[i % 3]!;
    assert.ok(Math.abs(pixels[i]! - wanted) < 1e-6);
  }
});

Deno.test("makeBatch() crops a window of the zero-padded image and mirrors half of the images", () => {
  const set = randomSet(1);
  const pad = 2;
  // Every window, cut by hand from the padded image.
  const windows = new Map<string, string>();
  for (let dy = -pad; dy <= pad; dy++) {
    for (let dx = -pad; dx <= pad; dx++) {
      for (const mirrored of [false, true]) {
        const window: number[] = [];
        for (let y = 0; y < SIDE; y++) {
          for (let x = 0; x < SIDE; x++) {
            const sourceX = (mirrored ? SIDE - 1 - x : x) + dx;
            const sourceY = y + dy;
            const inside = Math.min(sourceX, sourceY) >= 0 && Math.max(sourceX, sourceY) < SIDE;
            for (let c = 0; c < 3; c++) {
              window.push(inside ? set.bytes[(sourceY * SIDE + sourceX) * 3 + c]! : 0);
            }
          }
        }
        windows.set(window.join(), `${dy} ${dx} ${mirrored}`);
      }
    }
  }
  assert.equal(windows.size, 50);
  const seen = new Set<string>();
  let mirrors = 0;
  const draws = 600;
  for (let step = 0; step < draws; step++) {
    const { placed } = makeBatch(set, [0], {
      normalisation: MINUS_ONE_TO_ONE,
      crop: pad,
      flip: true,
      rng: rngOf(1, "augment", step),
    });
    const name = windows.get(toBytes(placedPixels(placed)).join());
    assert.ok(name !== undefined, "a batch is none of the windows");
    seen.add(name);
    if (name.endsWith("true")) mirrors++;
  }
  assert.equal(seen.size, 50);
  assert.ok(Math.abs(mirrors - draws / 2) < 4 * Math.sqrt(draws / 4), `${mirrors} mirrors`);
});

Deno.test("makeBatch() gives the same batch for the same stream and none for a missing one", () => {
  const set = randomSet(8);
  const batch = (step: number) =>
    placedPixels(
      makeBatch(set, [0, 1, 2, 3, 4, 5, 6, 7], {
        normalisation: MINUS_ONE_TO_ONE,
        crop: 4,
        flip: true,
        rng: rngOf(1, step),
      }).placed,
    );
  assert.deepEqual(batch(3), batch(3));
  assert.notDeepEqual(batch(3), batch(4));
  const options = { normalisation: MINUS_ONE_TO_ONE, flip: true };
  assert.throws(() => makeBatch(set, [0], options), /found no random stream, want one/);
  const normalisation = { mean: [0, 0], std: [1, 1] };
  assert.throws(() => makeBatch(set, [0], { normalisation }), /found mean of 2 channels, want 3/);
  assert.throws(() => makeBatch(set, [8], { normalisation: MINUS_ONE_TO_ONE }), /image 8/);
});

Deno.test("batchTensors() are NHWC with int32 classes or float32 quantities", () => {
  const years: Task = {
    kind: "regression",
    minimum: 0,
    maximum: 4,
    scale: 4,
    unit: "years",
    labels: [1, 2, 3],
  };
  for (const [task, dtype] of [[CLASSES, "int32"], [years, "float32"]] as const) {
    const set = randomSet(3, task);
    const { x, labels } = batchTensors(
      makeBatch(set, [2, 0], { normalisation: MINUS_ONE_TO_ONE }),
    );
    assert.deepEqual(x.shape, [2, SIDE, SIDE, 3]);
    assert.equal(labels.dtype, dtype);
    assert.deepEqual([...labels.dataSync()], [2, 0]);
    tf.dispose([x, labels]);
  }
});

Deno.test("imagesFromTensor() turns every normalised byte back into itself, and clamps", async () => {
  const levels = Float32Array.from({ length: 258 }, (_, i) => ((i - 1) / 255 - 0.5) / 0.5);
  const tensor = tf.tensor4d(levels, [1, 1, 86, 3]);
  const bytes = await imagesFromTensor(tensor);
  assert.deepEqual(
    [...bytes],
    Array.from({ length: 258 }, (_, i) => Math.min(255, Math.max(0, i - 1))),
  );
  tensor.dispose();
});

Deno.test("imagesFromTensor() truncates when told to, and refuses what is not a number", async () => {
  const level = (value: number) => value / 127.5 - 1;
  const tensor = tf.tensor4d([level(3.9), level(3.4), level(0.2)], [1, 1, 1, 3]);
  assert.deepEqual([...await imagesFromTensor(tensor, "floor")], [3, 3, 0]);
  assert.deepEqual([...await imagesFromTensor(tensor, "round")], [4, 3, 0]);
  const broken = tf.tensor4d([0, NaN, 0], [1, 1, 1, 3]);
  await assert.rejects(() => imagesFromTensor(broken), /value 1 is not a number/);
  tf.dispose([tensor, broken]);
});
