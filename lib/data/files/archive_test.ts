import assert from "node:assert/strict";
import { join } from "../../base/disk/path.ts";
import { zipOf } from "../../testing/own_files.ts";
import { openZip } from "./archive.ts";

Deno.test("an entry of a zip that the zip cannot hold is refused before memory is taken for it", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "a.zip");
    const bytes = await zipOf({ "a.txt": "some words, some words, some words" });
    await Deno.writeFile(path, bytes);
    using whole = openZip(path);
    assert.equal((await whole.read("a.txt")).length, 34);
    // The packed size in the list of contents, 20 bytes after its signature.
    const at = bytes.findLastIndex((_, i) =>
      bytes[i] === 0x50 && bytes[i + 1] === 0x4b && bytes[i + 2] === 1 && bytes[i + 3] === 2
    );
    new DataView(bytes.buffer, bytes.byteOffset).setUint32(at + 20, 0xfffffff0, true);
    await Deno.writeFile(path, bytes);
    using damaged = openZip(path);
    await assert.rejects(damaged.read("a.txt"), {
      name: "SyntaxError",
      message: new RegExp(`"a\\.txt" cannot be unpacked: it ends at ${bytes.length} bytes`),
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
