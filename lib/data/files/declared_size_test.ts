import assert from "node:assert/strict";
import { crc32, deflateSync } from "node:zlib";
import { flawOfSize } from "./declared_size.ts";
import { decodePng } from "./image_file.ts";
import { openJpegDecoder } from "./jpeg.ts";

Deno.test("flawOfSize() takes what deflate can pack at best, and no more", () => {
  assert.equal(flawOfSize({ width: 8256, height: 100 }, 100), undefined);
  assert.match(
    flawOfSize({ width: 8257, height: 100 }, 100)!,
    /8257 x 100 pixels, more than so few/,
  );
  assert.match(flawOfSize({ width: 2 ** 14, height: 2 ** 14 }, 2 ** 30)!, /more than 134217728/);
  assert.match(flawOfSize({ width: 0, height: 5 }, 100)!, /none at all/);
});

/** A PNG of grey levels with whatever pixel data; its checksums are right. */
function pngOf(
  { width, height, interlaced }: { width: number; height: number; interlaced?: boolean },
  data: Uint8Array,
): Uint8Array {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, 0, 0, 0, interlaced ? 1 : 0], 8);
  const chunk = (type: string, content: Uint8Array) => {
    const bytes = new Uint8Array(12 + content.length);
    const out = new DataView(bytes.buffer);
    out.setUint32(0, content.length);
    bytes.set(new TextEncoder().encode(type), 4);
    bytes.set(content, 8);
    out.setUint32(8 + content.length, crc32(bytes.subarray(4, 8 + content.length)));
    return bytes;
  };
  const parts = [
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(data)),
    chunk("IEND", new Uint8Array()),
  ];
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

Deno.test("decodePng() refuses a declared size that its bytes cannot hold, whoever calls it", () => {
  const small = pngOf({ width: 2, height: 2 }, Uint8Array.of(0, 7, 8, 0, 9, 10));
  assert.deepEqual([...decodePng(small, "a.png").pixels], [7, 7, 7, 8, 8, 8, 9, 9, 9, 10, 10, 10]);
  for (const [width, height] of [[40_000, 40_000], [11_000, 11_000], [0, 5]] as const) {
    assert.throws(
      () => decodePng(pngOf({ width, height }, new Uint8Array(6)), "a.png"),
      { name: "SyntaxError", message: /^Cannot decode "a\.png" as PNG: .* pixels, / },
    );
  }
});

Deno.test("decodePng() refuses an interlaced file that unpacks to more than its pixels", () => {
  // Nothing of such a file tells its size before it is unpacked: 2 MB from 2 KB.
  const png = pngOf({ width: 3, height: 3, interlaced: true }, new Uint8Array(2 ** 21));
  assert.ok(png.length < 4096);
  assert.throws(() => decodePng(png, "a.png"), /^SyntaxError: Cannot decode "a\.png" as PNG/);
  const data = Uint8Array.of(0, 1, 0, 2, 3, 0, 4);
  const whole = pngOf({ width: 2, height: 2, interlaced: true }, data);
  assert.equal(decodePng(whole, "a.png").pixels.length, 12);
});

Deno.test("a JPEG decoder refuses a declared size that its bytes cannot hold", async () => {
  using decoder = openJpegDecoder();
  // A frame header of 65,535 x 65,535 pixels, and nothing after it.
  const frame = [
    0xff,
    0xc0,
    0,
    17,
    8,
    0xff,
    0xff,
    0xff,
    0xff,
    3,
    1,
    0x22,
    0,
    2,
    0x11,
    1,
    3,
    0x11,
    1,
  ];
  await assert.rejects(
    decoder.decode(Uint8Array.of(0xff, 0xd8, ...frame), "a.jpg"),
    { name: "SyntaxError", message: /^Cannot decode "a\.jpg" as JPEG: .*65535 x 65535 pixels, / },
  );
});
