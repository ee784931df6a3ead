import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
// @ts-types="./pngjs.d.ts"
import { PNG } from "pngjs";
import { decodePng, encodePng } from "./image_file.ts";

const WIDTH = 5;
const HEIGHT = 4;
const PIXELS = Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) => (i * 53) & 255);

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
