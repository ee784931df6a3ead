#!/usr/bin/env bash
# Turning images in tfjs 4.22.0.
#
# Guess: `tf.image.rotateWithOffset(images, Math.PI)` is the image turned upside down, all of it: the standard centre of 0.5
# is described as the middle of the image.
# Seen: the centre is at 0.5 of the size in numbers of pixels, which count from 0 to the size - 1; half a pixel below and to
# the right of the middle. A turn by 180 degrees loses the first row and the first column and puts two black ones in their
# place; one by 90 degrees loses a row or a column. By other angles an image is moved as well, the more the farther it is
# turned, by up to 1.4 pixels, so that angle and place are tied in whatever is learned from them. The middle is
# `center: (size - 1) / size / 2`, for width and height each.
# For us: views of chairs are drawn at their angle, and no image is turned after it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --save-exact @tensorflow/tfjs@4.22.0 > install.log 2>&1 ||
  { cat install.log; exit 1; }
cat > run.js <<'JS'
import * as tf from "@tensorflow/tfjs";

console.log(`tfjs ${tf.version.tfjs}, pixels of an image of 4 rows and 4 columns, numbered from 1`);
const SIZE = 4;
const image = tf.range(1, SIZE * SIZE + 1).reshape([1, SIZE, SIZE, 1]);
const middle = (SIZE - 1) / SIZE / 2;
const rows = (turned) => turned.round().arraySync()[0].map((row) => row.flat().join(" ")).join(" | ");
const turn = (degrees, center) => rows(tf.image.rotateWithOffset(image, degrees * Math.PI / 180, 0, center));

const upsideDown = rows(tf.reverse(image, [1, 2]));
const half = turn(180), quarter = turn(90);
const halfInTheMiddle = turn(180, [middle, middle]), quarterInTheMiddle = turn(90, [middle, middle]);
const found = { "upside down": upsideDown, "180 degrees": half, [`180 degrees, center ${middle}`]: halfInTheMiddle };
Object.assign(found, { "90 degrees": quarter, [`90 degrees, center ${middle}`]: quarterInTheMiddle });
for (const [name, pixels] of Object.entries(found)) console.log(`${name}: ${pixels}`);

const lost = (pixels) => pixels.split(/[ |]+/).filter((pixel) => Number(pixel) === 0).length;
if (halfInTheMiddle !== upsideDown || lost(quarterInTheMiddle) !== 0 || lost(half) !== 7 || lost(quarter) !== 4) {
  console.error("The behaviour changed");
  process.exitCode = 1;
}
JS
# The library greets on the error stream.
node run.js 2> errors.log || { cat errors.log; exit 1; }
