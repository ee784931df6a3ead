import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { crc32, deflateSync } from "node:zlib";
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

/** A part of a PNG: length, name, contents, CRC-32 (ISO/IEC 15948, 5.3). */
function part(name: string, contents: readonly number[] | Uint8Array): Uint8Array {
  const body = new Uint8Array([...new TextEncoder().encode(name), ...contents]);
  const bytes = new Uint8Array(body.length + 8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, contents.length);
  bytes.set(body, 4);
  view.setUint32(body.length + 4, crc32(body));
  return bytes;
}

/** A PNG of one row, with a level or colour that counts as transparent. */
function keyedPng({ width, depth, colours, key, row }: {
  width: number;
  depth: number;
  colours: number;
  key: readonly number[];
  row: readonly number[];
}): Uint8Array {
  return new Uint8Array([
    ...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    ...part("IHDR", [0, 0, 0, width, 0, 0, 0, 1, depth, colours, 0, 0, 0]),
    ...part("tRNS", key),
    ...part("IDAT", deflateSync(new Uint8Array([0, ...row]))),
    ...part("IEND", []),
  ]);
}

Deno.test("decodePng() keeps pixels of the level or colour that counts as transparent", () => {
  const white = { depth: 8, width: 2, key: [0, 255, 0, 255, 0, 255] };
  const row = [255, 255, 255, 1, 2, 3];
  assert.deepEqual([...decodePng(keyedPng({ ...white, colours: 2, row }), "k.png").pixels], row);
  const grey = { depth: 8, width: 2, colours: 0, key: [0, 200], row: [200, 7] };
  assert.deepEqual([...decodePng(keyedPng(grey), "k.png").pixels], [200, 200, 200, 7, 7, 7]);
  const deep = { depth: 16, width: 1, colours: 0, key: [255, 255], row: [255, 255] };
  assert.deepEqual([...decodePng(keyedPng(deep), "k.png").pixels], [255, 255, 255]);
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
