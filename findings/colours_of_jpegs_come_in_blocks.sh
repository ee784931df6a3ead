#!/usr/bin/env bash
# JPEG files with halved colours in jpeg-js 0.4.4, the decoder of jimp, and in sharp 0.35.5.
#
# Guess: two decoders of one file differ by a grey level or two, since the standard leaves little more than rounding open.
# Seen: that holds where colours are stored in full (3 levels at most). Of a file with colours of half the resolution
# (4:2:0, what most cameras and libraries write) jpeg-js repeats each colour over two by two pixels, and sharp, like all
# that is built on libjpeg-turbo, interpolates. On a picture of 64 pixels that is up to 76 levels, more than 10 in one
# pixel of thirteen, and three quarters of what JPEG itself cost at quality 95. A network trained on the one and judged on
# the other sees another edge around every object.
# For us: "JpegDecoder.decode() interpolates colours of half the resolution as libjpeg-turbo does".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --save-exact jpeg-js@0.4.4 sharp@0.35.5 > install.log 2>&1 ||
  { cat install.log; exit 1; }
cat > run.js <<'JS'
import jpeg from "jpeg-js";
import sharp from "sharp";

const size = 64;
const picture = Buffer.alloc(3 * size * size);
for (let y = 0; y < size; y++) {
  for (let x = 0; x < size; x++) {
    const inDisc = (x - 31) ** 2 + (y - 30) ** 2 < 17 ** 2;
    picture.set(inDisc ? [210, 40, 45] : [60, 90 + x, 190], 3 * (y * size + x));
  }
}

/** Greatest and mean distance in grey levels, and the share of pixels that are more than 10 apart. */
function distance(one, other) {
  const apart = Array.from(one, (value, i) => Math.abs(value - other[i]));
  const far = Array.from({ length: size * size }, (_, i) => Math.max(...apart.slice(3 * i, 3 * i + 3)) > 10);
  return {
    greatest: Math.max(...apart),
    mean: apart.reduce((sum, value) => sum + value, 0) / apart.length,
    far: far.filter(Boolean).length / far.length,
  };
}

console.log("jpeg-js 0.4.4, sharp 0.35.5: a red disc on blue, 64 x 64, quality 95");
const found = {};
for (const chromaSubsampling of ["4:4:4", "4:2:0"]) {
  const file = await sharp(picture, { raw: { width: size, height: size, channels: 3 } })
    .jpeg({ quality: 95, chromaSubsampling }).toBuffer();
  const bySharp = await sharp(file).raw().toBuffer();
  const byJpegJs = jpeg.decode(file, { useTArray: true, formatAsRGBA: false }).data;
  found[chromaSubsampling] = distance(byJpegJs, bySharp);
  const pairs = { "jpeg-js and sharp": found[chromaSubsampling], "sharp and the picture": distance(bySharp, picture) };
  for (const [pair, { greatest, mean, far }] of Object.entries(pairs)) {
    console.log(`${chromaSubsampling}, ${pair}: at most ${greatest} levels, ${mean.toFixed(2)} on average, ` +
      `above 10 in ${(100 * far).toFixed(1)} % of pixels`);
  }
}
if (found["4:4:4"].greatest > 4 || found["4:2:0"].greatest < 40 || found["4:2:0"].far < 0.05) {
  console.error("The behaviour changed");
  process.exitCode = 1;
}
JS
node run.js
