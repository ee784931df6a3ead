#!/usr/bin/env bash
# JPEG files that end too early in @jsquash/jpeg 1.6.0 (mozjpeg in WebAssembly).
#
# Guess: decoding half a file rejects, as Pillow's does ("image file is truncated").
# Seen: it resolves. What is missing is filled with grey 128, and the only sign is a line on the console. An interrupted
# download of a face data set so becomes images with a grey lower half and good labels.
# For us: what the decoder prints is read, and such files are named and skipped or refused (lib/data/files/jpeg_worker.ts).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --save-exact @jsquash/jpeg@1.6.0 > install.log 2>&1 ||
  { cat install.log; exit 1; }
cat > run.js <<'JS'
import { readFileSync } from "node:fs";
import decode, { init as initDecoder } from "@jsquash/jpeg/decode.js";
import encode, { init as initEncoder } from "@jsquash/jpeg/encode.js";

globalThis.ImageData ??= class {
  constructor(data, width, height) {
    Object.assign(this, { data, width, height });
  }
};
const codec = (name) => WebAssembly.compile(readFileSync(`node_modules/@jsquash/jpeg/codec/${name}.wasm`));
await initDecoder(await codec("dec/mozjpeg_dec"));
await initEncoder(await codec("enc/mozjpeg_enc"));

const side = 64;
const data = new Uint8ClampedArray(side * side * 4).map((_, i) => i % 4 === 3 ? 255 : Math.imul(i, 2654435761) >>> 24);
const file = new Uint8Array(await encode({ data, width: side, height: side }, { quality: 90, progressive: false }));
const shares = [];
for (const part of [1, 0.5]) {
  const image = await decode(file.slice(0, file.length * part).buffer);
  let grey = 0;
  for (let i = 0; i < image.data.length; i += 4) {
    if ([0, 1, 2].every((channel) => image.data[i + channel] === 128)) grey++;
  }
  shares.push(grey / side ** 2);
  const percent = (100 * shares.at(-1)).toFixed(0);
  const size = `${image.width} x ${image.height}`;
  console.log(`${100 * part} % of the file: ${size}, ${percent} % of the pixels grey 128, no error`);
}
if (shares[0] > 0.01 || shares[1] < 0.4) {
  console.error("The behaviour changed");
  process.exitCode = 1;
}
JS
node run.js
