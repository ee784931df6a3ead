#!/usr/bin/env bash
# Checksums of zip entries in zip.js 2.24.0.
#
# Guess: reading an entry compares its bytes with the CRC-32 that the zip holds, as unzip and Python's zipfile do.
# Seen: it does not unless it is asked to. An image data set in one zip, whose JPEGs are stored uncompressed, is read
# with a changed byte and without a word; with `checkSignature: true` the same read ends in "Invalid CRC32". Python's
# zipfile refuses the file as it stands.
# For us: entries are inflated and compared with their CRC-32 by our own reader (lib/data/files/archive.ts).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --save-exact @zip.js/zip.js@2.24.0 > install.log 2>&1 ||
  { cat install.log; exit 1; }
cat > run.js <<'JS'
import { writeFileSync } from "node:fs";
import { Uint8ArrayReader, Uint8ArrayWriter, ZipReader, ZipWriter } from "@zip.js/zip.js";

// A worn disk: one byte of a stored entry is another one than when the zip was made.
const writer = new ZipWriter(new Uint8ArrayWriter());
await writer.add("image.bin", new Uint8ArrayReader(new Uint8Array(3072).fill(200)), { level: 0 });
const zip = await writer.close();
zip[zip.indexOf(200) + 1500] = 10;
writeFileSync("set.zip", zip);

async function read(options) {
  const [entry] = await new ZipReader(new Uint8ArrayReader(zip), options).getEntries();
  try {
    const bytes = await entry.getData(new Uint8ArrayWriter());
    return `${bytes.filter((value) => value !== 200).length} wrong of ${bytes.length} bytes, no error`;
  } catch (error) {
    return error.message;
  }
}
const plain = await read({});
const checked = await read({ checkSignature: true });
console.log(`zip.js, as it comes: ${plain}`);
console.log(`zip.js, checkSignature: ${checked}`);
if (plain !== "1 wrong of 3072 bytes, no error" || checked !== "Invalid CRC32") {
  console.error("The behaviour changed");
  process.exitCode = 1;
}
JS
node run.js
python3 - <<'PY'
import zipfile
try:
    zipfile.ZipFile("set.zip").read("image.bin")
    raise SystemExit("The behaviour changed")
except zipfile.BadZipFile as error:
    print(f"Python's zipfile: {error}")
PY
