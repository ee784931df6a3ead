#!/usr/bin/env bash
# The order of operations in sharp 0.35.5.
#
# Guess: `sharp(file).blur(2).resize(16, 16)` blurs and then makes smaller: operations are chained, and a chain is worked off
# from left to right.
# Seen: each kind has its place, whatever the chain says: images become smaller first. A blur of 2 pixels before going from 64
# to 16 is one of 2 small pixels, four times as wide: a white line of an image is at 16 of 255 where it should be at 40, and
# both orders give the same bytes. `threshold(128).resize(24, 24)` has black and white only, since greys are cut after they
# were made. The same chain with the image written out between is as one expects: `await sharp(file).blur(2).toBuffer()`.
# For us: "resizeImage() equals the mean of finely cut pixels, also across pixel borders", one function after another.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --save-exact sharp@0.35.5 > install.log 2>&1 ||
  { cat install.log; exit 1; }
cat > run.js <<'JS'
import sharp from "sharp";

const SIDE = 64;
const raw = { raw: { width: SIDE, height: SIDE, channels: 1 } };
/** A white line of one pixel on black, and stripes. */
const line = Buffer.from(Array.from({ length: SIDE * SIDE }, (_, i) => i % SIDE === 32 ? 255 : 0));
const stripes = Buffer.from(Array.from({ length: SIDE * SIDE }, (_, i) => i % 2 ? 255 : 0));

const pixels = async (image) => [...await image.extractChannel(0).raw().toBuffer()];
const again = async (image) => sharp(await image.raw().toBuffer(), raw);
const small = (image) => image.resize(16, 16);
const greys = (values) => new Set(values).size;

const found = {
  "blur(2).resize(16, 16)": await pixels(small(sharp(line, raw).blur(2))),
  "resize(16, 16).blur(2)": await pixels(small(sharp(line, raw)).blur(2)),
  "blurred, written, made smaller": await pixels(small(await again(sharp(line, raw).blur(2).extractChannel(0)))),
};
console.log(`sharp ${sharp.versions.sharp}: a row across a white line, 64 pixels to 16`);
for (const [name, values] of Object.entries(found)) console.log(`${name}: ${values.slice(8 * 16, 9 * 16).join(" ")}`);
const cut = {
  "threshold(128).resize(24, 24)": await pixels(sharp(stripes, raw).threshold(128).resize(24, 24)),
  "cut, written, made smaller": await pixels((await again(sharp(stripes, raw).threshold(128).extractChannel(0))).resize(24, 24)),
};
for (const [name, values] of Object.entries(cut)) console.log(`${name}: ${greys(values)} different greys`);
const [chained, turned, apart] = Object.values(found);
const [cutLast, cutFirst] = Object.values(cut).map(greys);
if (chained.join() !== turned.join() || Math.max(...apart) < 2 * Math.max(...chained) || cutLast !== 2 || cutFirst < 4) {
  console.error("The behaviour changed");
  process.exitCode = 1;
}
JS
node run.js
