#!/usr/bin/env bash
# Files without loss in sharp 0.35.5.
#
# Guess: a PNG holds every pixel as it is. `png({ effort: 10 })` makes a smaller file by more work, and `png({ quality: 100 })`
# is at least no worse than `png()`; a TIFF keeps the pixels too.
# Seen: naming an effort, or a quality, 100 as well, asks for a palette: 256 colours, dithered. Of a 32 x 32 image of noise
# pixels are up to 38 levels off, and 7 on average; a smooth picture is up to 17 off. `compressionLevel` is the option that
# costs time alone. `tiff()` stores a JPEG of quality 80: noise is up to 227 levels off; `tiff({ compression: "deflate" })`
# keeps it. Fakes so kept are other images than those that were filtered and scored. Webp and AVIF are exact with
# `lossless: true`. The page of options names the palette.
# For us: PNGs are written from the bytes: "decodePng() gives back what encodePng() was given".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --save-exact sharp@0.35.5 > install.log 2>&1 || { cat install.log; exit 1; }
cat > run.js <<'JS'
import sharp from "sharp";

/** Noise by a congruential generator, so that it is the same everywhere. */
function noise(size) {
  let state = 1;
  return Buffer.from(Array.from({ length: size * size * 3 }, () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state >> 16 & 255;
  }));
}

function smooth(size) {
  const pixels = Buffer.alloc(size * size * 3);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) pixels.set([4 * x, 4 * y, 2 * (x + y)], 3 * (y * size + x));
  }
  return pixels;
}

const images = { "noise, 32 x 32": [noise(32), 32], "smooth, 64 x 64": [smooth(64), 64] };
const formats = {
  "png()": (image) => image.png(),
  "png({ compressionLevel: 9 })": (image) => image.png({ compressionLevel: 9 }),
  "png({ effort: 10 })": (image) => image.png({ effort: 10 }),
  "png({ quality: 100 })": (image) => image.png({ quality: 100 }),
  "tiff()": (image) => image.tiff(),
  'tiff({ compression: "deflate" })': (image) => image.tiff({ compression: "deflate" }),
  "webp({ lossless: true })": (image) => image.webp({ lossless: true }),
  "avif({ lossless: true })": (image) => image.avif({ lossless: true }),
};
const leastOff = { "png({ effort: 10 })": 10, "png({ quality: 100 })": 10, "tiff()": 3 };
console.log(`sharp ${sharp.versions.sharp}: levels of 255 that a pixel is off after writing and reading`);
let changed = false;
for (const [title, [pixels, size]] of Object.entries(images)) {
  for (const [name, write] of Object.entries(formats)) {
    const file = await write(sharp(pixels, { raw: { width: size, height: size, channels: 3 } })).toBuffer();
    const back = await sharp(file).removeAlpha().raw().toBuffer();
    const off = Array.from(pixels, (value, index) => Math.abs(value - back[index]));
    const most = Math.max(...off);
    console.log(`${title}, ${name}: at most ${most}, ${(off.reduce((a, b) => a + b) / off.length).toFixed(1)} on average`);
    changed ||= back.length !== pixels.length || (name in leastOff ? most < leastOff[name] : most > 0);
  }
}
if (changed) {
  console.error("The behaviour changed");
  process.exitCode = 1;
}
JS
node run.js
