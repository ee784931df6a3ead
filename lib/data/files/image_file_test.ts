import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { PNG } from "pngjs";
import { decodeJpeg, decodePng, encodePng } from "./image_file.ts";

const WIDTH = 5;
const HEIGHT = 4;
const PIXELS = Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) => (i * 53) & 255);

/** 16 x 16, left half red, right half grey level 128; written by mozjpeg. */
const JPEG = Uint8Array.fromBase64(
  "/9j/4AAQSkZJRgABAQAAAQABAAD/2wCEAAMDAwMDAwQEBAQFBQUFBQcHBgYHBwsICQgJCAsRCwwLCw" +
    "wLEQ8SDw4PEg8bFRMTFRsfGhkaHyYiIiYwLTA+PlQBAwMDAwMDBAQEBAUFBQUFBwcGBgcHCwgJCAkI" +
    "CxELDAsLDAsRDxIPDg8SDxsVExMVGx8aGRofJiIiJjAtMD4+VP/CABEIABAAEAMBEQACEQEDEQH/xA" +
    "AnAAEAAAAAAAAAAAAAAAAAAAAIAQEBAAAAAAAAAAAAAAAAAAAHCf/aAAwDAQACEAMQAAAAOgZVNFuc" +
    "rDoGVTRbnKz/xAAUEAEAAAAAAAAAAAAAAAAAAAAg/9oACAEBAAE/AB//xAAUEQEAAAAAAAAAAAAAAA" +
    "AAAAAg/9oACAECAQE/AB//xAAUEQEAAAAAAAAAAAAAAAAAAAAg/9oACAEDAQE/AB//2Q==",
);
/** 16 x 16, one channel, left half 40, right half 200. */
const GREY_JPEG = Uint8Array.fromBase64(
  "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMDAwMDAwQEBAQFBQUFBQcHBgYHBwsICQgJCAsRCwwLCw" +
    "wLEQ8SDw4PEg8bFRMTFRsfGhkaHyYiIiYwLTA+PlT/wgALCAAQABABAREA/8QAFQABAQAAAAAAAAAA" +
    "AAAAAAAACQj/2gAIAQEAAAAAhRqxUav/xAAUEAEAAAAAAAAAAAAAAAAAAAAg/9oACAEBAAE/AB//2Q" +
    "==",
);

Deno.test("decodePng() gives back what encodePng() was given", () => {
  const image = decodePng(encodePng({ width: WIDTH, height: HEIGHT, pixels: PIXELS }), "a.png");
  assert.deepEqual(image, { width: WIDTH, height: HEIGHT, pixels: PIXELS });
});

Deno.test("decodePng() expands grey levels and drops transparency", () => {
  const image = new PNG({ width: 2, height: 1, colorType: 0, inputColorType: 0 });
  image.data = Buffer.from([7, 200]);
  const grey = PNG.sync.write(image, { colorType: 0, inputColorType: 0, inputHasAlpha: false });
  assert.deepEqual([...decodePng(new Uint8Array(grey), "g.png").pixels], [7, 7, 7, 200, 200, 200]);
  const clear = new PNG({ width: 1, height: 1 });
  clear.data = Buffer.from([1, 2, 3, 4]);
  assert.deepEqual([...decodePng(new Uint8Array(PNG.sync.write(clear)), "t.png").pixels], [
    1,
    2,
    3,
  ]);
});

Deno.test("decodePng() names file and size of what it cannot decode, wherever it is cut", () => {
  const whole = encodePng({ width: WIDTH, height: HEIGHT, pixels: PIXELS });
  for (const length of [0, 4, 20, 50, whole.length - 13, whole.length - 1]) {
    assert.throws(
      () => decodePng(whole.subarray(0, length), "dir/cut.png"),
      new RegExp(`Cannot decode "dir/cut.png" as PNG: found ${length} bytes .*want a whole PNG`),
    );
  }
  const damaged = whole.slice();
  damaged[45]! ^= 1;
  assert.throws(() => decodePng(damaged, "damaged.png"), SyntaxError);
});

Deno.test("decodeJpeg() gives red, green and blue in reading order", async () => {
  const { width, height, pixels } = await decodeJpeg(JPEG, "c.jpg");
  assert.deepEqual([width, height, pixels.length], [16, 16, 768]);
  const near = (found: Uint8Array, wanted: number[]) =>
    wanted.every((value, c) => Math.abs(found[c]! - value) <= 6);
  assert.ok(near(pixels.subarray(0, 3), [255, 0, 0]), `${pixels.subarray(0, 3)}`);
  assert.ok(near(pixels.subarray(765), [128, 128, 128]), `${pixels.subarray(765)}`);
});

Deno.test("decodeJpeg() expands grey levels to three equal channels", async () => {
  const { pixels } = await decodeJpeg(GREY_JPEG, "g.jpg");
  assert.equal(pixels.length, 768);
  for (let i = 0; i < pixels.length; i += 3) {
    assert.ok(pixels[i] === pixels[i + 1] && pixels[i] === pixels[i + 2]);
  }
  assert.ok(Math.abs(pixels[0]! - 40) <= 4 && Math.abs(pixels[767]! - 200) <= 4);
});

Deno.test("decodeJpeg() refuses a cut file, and tells it from whole ones decoded beside it", async () => {
  const lengths = [0, 3, 100, JPEG.length - 30, JPEG.length - 2, JPEG.length];
  const results = await Promise.allSettled(
    lengths.map((length) => decodeJpeg(JPEG.subarray(0, length), `${length}.jpg`)),
  );
  assert.equal(results.at(-1)!.status, "fulfilled");
  for (const [i, result] of results.slice(0, -1).entries()) {
    assert.ok(result.status === "rejected" && result.reason instanceof SyntaxError);
    const start = `Cannot decode "${lengths[i]}.jpg" as JPEG: found ${lengths[i]} bytes`;
    assert.ok(result.reason.message.startsWith(start), result.reason.message);
  }
});
