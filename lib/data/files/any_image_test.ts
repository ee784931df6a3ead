import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { drawFace } from "../../testing/faces.ts";
import { decodeImage, imageKind } from "./any_image.ts";
import { openJpegDecoder } from "./jpeg.ts";

/** A JPEG of four inks, 8 x 4: cyan at the left, a quarter of black at the right; made by Pillow 12. */
const CMYK = Uint8Array.from(
  atob(
    [
      "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwADAgIDAgIDAwMDBAMDBAUIBQUEBAUKBwcGCAwKDAwLCgsLDQ4SEA0OEQ4LCxAW",
      "EBETFBUVFQwPFxgWFBgSFBUU/8AAFAgABAAIBEMRAE0RAFkRAEsRAP/EABYAAQEBAAAAAAAAAAAAAAAAAAkBCP/EABwQ",
      "AAEDBQAAAAAAAAAAAAAAAAAHCUVHg4XDxP/aAA4EQwBNAFkASwAAPwCMY1swneKmKmb9XSEv6z//2Q==",
    ].join(""),
  ),
  (letter) => letter.charCodeAt(0),
);

Deno.test("decodeImage() turns inks into colours", async () => {
  assert.deepEqual(imageKind(CMYK), {
    format: "JPEG",
    width: 8,
    height: 4,
    isGrey: false,
    isCmyk: true,
  });
  using decoder = openJpegDecoder();
  const { width, height, pixels } = await decodeImage(CMYK, { name: "a.jpg", decoder });
  assert.deepEqual([width, height], [8, 4]);
  const near = (x: number, colour: readonly number[]) =>
    colour.every((value, channel) => Math.abs(pixels[3 * x + channel]! - value) <= 3);
  assert.ok(near(0, [0, 255, 255]), `${pixels.subarray(0, 3)}`);
  assert.ok(near(7, [191, 191, 191]), `${pixels.subarray(21, 24)}`);
  await assert.rejects(decodeImage(CMYK.subarray(0, 176), { name: "a.jpg", decoder }), {
    name: "SyntaxError",
    message: /^Cannot decode "a\.jpg" as JPEG: found 176 bytes \(/,
  });
});

Deno.test("decodeImage() names what it does not read", async () => {
  using decoder = openJpegDecoder();
  const refusal = async (text: string) => {
    const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
    const error = await decodeImage(bytes, { name: "a.jpg", decoder }).catch((error) => error);
    return /found (\d+ bytes \(.*\)), want/.exec(error.message)?.[1];
  };
  const save = "save it as JPEG or PNG)";
  assert.equal(await refusal(""), "0 bytes (it is empty)");
  assert.equal(await refusal("text"), "4 bytes (it has no image header)");
  assert.equal(await refusal("RIFF\0\0\0\0WEBPVP8 "), `16 bytes (it is a WebP image: ${save}`);
  assert.equal(await refusal("GIF89a"), `6 bytes (it is a GIF image: ${save}`);
  assert.equal(await refusal("II*\0"), `4 bytes (it is a TIFF image: ${save}`);
  assert.equal(await refusal("\0\0\0\x18ftypheic"), `12 bytes (it is a HEIC image: ${save}`);
  assert.equal(await refusal("\0\0\0\x1cftypavif"), `12 bytes (it is an AVIF image: ${save}`);
});

Deno.test("decodeImage() leaves the bytes that it was given, those of a Buffer too", async () => {
  using decoder = openJpegDecoder();
  const jpeg = await drawFace(1, 20);
  const pool = Buffer.alloc(jpeg.length + 20);
  pool.set(jpeg, 10);
  const part = pool.subarray(10, 10 + jpeg.length);
  const first = await decodeImage(part, { name: "a.jpg", decoder });
  const again = await decodeImage(part, { name: "a.jpg", decoder });
  assert.deepEqual(again.pixels, first.pixels);
  assert.deepEqual(new Uint8Array(part), jpeg);
});
