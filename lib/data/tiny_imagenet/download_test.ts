import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "../../base/disk/path.ts";
import { fileAnswer, startRawServer } from "../../testing/raw_server.ts";
import { downloadTinyImagenet, TINY_IMAGENET_ZIP } from "./download.ts";
import { findTinyImagenet } from "./find.ts";

Deno.test("downloadTinyImagenet() puts the zip where the loader finds it, and gets none where the set is", async () => {
  const body = new TextEncoder().encode("a zip");
  await using server = startRawServer((asked) => fileAnswer(asked, { body }));
  const file = {
    ...TINY_IMAGENET_ZIP,
    url: `${server.url}/tiny-imagenet-200.zip`,
    bytes: body.length,
    checksum: { algorithm: "md5", digits: createHash("md5").update(body).digest("hex") },
  } as const;
  const folder = await Deno.makeTempDir();
  try {
    const place = await downloadTinyImagenet(folder, {}, file);
    assert.deepEqual(await findTinyImagenet(folder), [{ form: "zip", path: place }]);
    assert.deepEqual(await Deno.readFile(place), body);
    await downloadTinyImagenet(folder, {}, file);
    assert.equal(server.asked.length, 1);
    // What somebody else packed is not overwritten.
    await Deno.writeTextFile(place, "a part of the set");
    await assert.rejects(downloadTinyImagenet(folder, {}, file), /use it as it is, or take it/);
    await Deno.remove(place);
    await Deno.mkdir(join(folder, "tiny-imagenet-200"));
    await Deno.writeTextFile(join(folder, "tiny-imagenet-200", "wnids.txt"), "n01\n");
    assert.equal(
      await downloadTinyImagenet(folder, {}, file),
      join(folder, "tiny-imagenet-200"),
    );
    assert.equal(server.asked.length, 1);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
