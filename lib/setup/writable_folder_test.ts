import assert from "node:assert/strict";
import { join } from "node:path";
import { makeWritableFolder } from "./writable_folder.ts";

Deno.test("makeWritableFolder() leaves an empty folder, or says what cannot be written", async () => {
  const root = await Deno.makeTempDir();
  try {
    const folder = join(root, "a", "b");
    await makeWritableFolder(folder);
    await makeWritableFolder(folder);
    assert.deepEqual([...Deno.readDirSync(folder)], []);
    const file = join(root, "file");
    await Deno.writeTextFile(file, "");
    for (const path of [file, join(file, "below")]) {
      await assert.rejects(makeWritableFolder(path), {
        name: "Error",
        message:
          /^Cannot write to ".*file.*": .*; free disk space or check the folder's permissions/,
      });
    }
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
