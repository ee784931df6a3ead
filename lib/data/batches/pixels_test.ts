import assert from "node:assert/strict";
import {
  concatLabelled,
  imagesInMemory,
  type LabelledImages,
  selectLabelled,
} from "../../base/contracts.ts";
import { join } from "../../base/disk/path.ts";
import { rngOf } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import { hasBatchKernel, placeImages } from "../../native/maps/batch.ts";
import { backendInfo } from "../../native/tensorflow/backend.ts";
import { bytesOfBatch, placedPixels, placedTensor } from "./pixels.ts";
import { batchTensors, makeBatch, MINUS_ONE_TO_ONE, type Normalisation } from "./batches.ts";
import { openImageFile } from "../files/disk_images.ts";

const UNEVEN: Normalisation = { mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] };

function randomBytes(count: number, name: string): Uint8Array {
  const rng = rngOf(3, name);
  return Uint8Array.from({ length: count }, () => rng.integer(256));
}

function setOf(
  origin: LabelledImages["origin"],
  [count, height, width, channels]: [number, number, number, number],
): LabelledImages {
  const bytes = randomBytes(count * height * width * channels, origin);
  return {
    images: imagesInMemory(bytes, { height, width, channels }),
    labels: Float32Array.from({ length: count }, (_, i) => i % 3),
    task: { kind: "classification", classes: 3, classNames: ["a", "b", "c"] },
    origin,
  };
}

/** Bit patterns, so that −0 and 0 differ. */
function sameBits(found: Float32Array, wanted: Float32Array): boolean {
  const [a, b] = [found, wanted].map(({ buffer, byteOffset, length }) =>
    new Int32Array(buffer, byteOffset, length)
  );
  return a!.length === b!.length && a!.every((bits, i) => bits === b![i]);
}

/** What `batchTensors` uploads against what JavaScript makes of the same bytes. */
function check(set: LabelledImages, options: Parameters<typeof makeBatch>[2], name: string) {
  const rng = rngOf(4, name);
  const indices = Array.from({ length: 9 }, () => rng.integer(set.labels.length));
  const batch = makeBatch(set, indices, options);
  const { x, labels } = batchTensors(batch);
  const { height, width, channels } = set.images.shape;
  assert.deepEqual(x.shape, [9, height, width, channels], name);
  const found = x.dataSync() as Float32Array;
  assert.ok(sameBits(found, placedPixels(batch.placed)), `${name}: bits differ`);
  // Wider windows may lie outside of every image: all black.
  if ((options.crop ?? 0) <= 4) {
    assert.ok(new Set(found).size > 20, `${name}: hardly any levels`);
  }
  tf.dispose([x, labels]);
}

Deno.test("the kernel of batches is there wherever our kernels are expected", () => {
  const wanted = backendInfo.name === "native" && backendInfo.device === "CPU" &&
    Deno.env.get("CGAN_KD_KERNELS") !== "stock";
  assert.equal(hasBatchKernel, wanted);
});

Deno.test("batchTensors() has the bits of JavaScript: crops, flips, normalisations, odd shapes", () => {
  const shapes = [[20, 8, 8, 3], [20, 5, 7, 3], [20, 7, 5, 1], [20, 3, 9, 4]] as const;
  const tensors = tf.memory().numTensors;
  for (const shape of shapes) {
    const set = setOf("real", [...shape]);
    const grey = { mean: [0.3], std: [0.21] };
    for (const normalisation of [MINUS_ONE_TO_ONE, shape[3] === 3 ? UNEVEN : grey]) {
      for (const crop of [0, 1, 4, 9]) {
        for (const flip of [false, true]) {
          const name = `${shape}, crop ${crop}, flip ${flip}`;
          check(set, { normalisation, crop, flip, rng: rngOf(5, name) }, name);
        }
      }
    }
  }
  assert.equal(tf.memory().numTensors, tensors);
});

Deno.test("batchTensors() has the bits of JavaScript for real and fake images together", () => {
  const [real, fake] = [setOf("real", [15, 8, 8, 3]), setOf("fake", [12, 8, 8, 3])];
  const mixed = concatLabelled(real, selectLabelled(fake, [11, 3, 3, 0]));
  const options = { normalisation: UNEVEN, crop: 4, flip: true };
  check(mixed, { ...options, rng: rngOf(6, "mixed") }, "mixed");
});

Deno.test("batchTensors() has the bits of JavaScript for images that are read from disk", () => {
  const folder = Deno.makeTempDirSync();
  try {
    const shape = { height: 8, width: 8, channels: 3 };
    const path = join(folder, "images.u8");
    const set = setOf("fake", [15, 8, 8, 3]);
    Deno.writeFileSync(path, randomBytes(15 * 192, "fake"));
    using images = openImageFile(path, shape, 15);
    const onDisk = { ...set, images };
    const options = () => ({ normalisation: UNEVEN, crop: 2, flip: true, rng: rngOf(7) });
    check(onDisk, options(), "disk");
    const pixels = (source: LabelledImages) =>
      placedPixels(makeBatch(source, [3, 14], options()).placed);
    assert.ok(sameBits(pixels(onDisk), pixels(set)));
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("batchTensors() keeps what it was given when images change afterwards", () => {
  const shape = { height: 8, width: 8, channels: 3 };
  const bytes = randomBytes(192, "change");
  const set = { ...setOf("real", [1, 8, 8, 3]), images: imagesInMemory(bytes, shape) };
  const { x } = batchTensors(makeBatch(set, [0], { normalisation: UNEVEN }));
  bytes.fill(7);
  const x7 = batchTensors(makeBatch(set, [0], { normalisation: UNEVEN })).x;
  assert.ok(!sameBits(x.dataSync() as Float32Array, x7.dataSync() as Float32Array));
});

Deno.test("an empty batch is a tensor without entries", () => {
  const x = placedTensor(
    makeBatch(setOf("real", [1, 8, 8, 3]), [], {
      normalisation: UNEVEN,
    }).placed,
  );
  assert.deepEqual(x.shape, [0, 8, 8, 3]);
});

Deno.test("bytesOfBatch() lies in a buffer of whole entries", () => {
  for (const [count, wanted] of [[0, 0], [1, 4], [4, 4], [75, 76]] as const) {
    const bytes = bytesOfBatch(count);
    assert.deepEqual([bytes.length, bytes.buffer.byteLength], [count, wanted]);
  }
});

Deno.test({
  name: "placeImages() refuses bytes, places and levels that do not fit together",
  ignore: !hasBatchKernel,
  fn() {
    const fits = {
      bytes: new Int32Array(48),
      places: new Int32Array(3),
      sides: [8, 8, 3] as const,
      levels: new Float32Array(768),
    };
    placeImages(fits).dispose();
    const wrong = [
      { bytes: new Int32Array(47) },
      { places: new Int32Array(4) },
      { levels: new Float32Array(256) },
      { sides: [8, 8, 0] as const },
    ];
    for (const part of wrong) assert.throws(() => placeImages({ ...fits, ...part }), /want/);
  },
});
