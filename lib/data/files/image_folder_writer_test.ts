import assert from "node:assert/strict";
import { imagesInMemory, type LabelledImages } from "../../base/contracts.ts";
import { join } from "../../base/disk/path.ts";
import { writeImageFolder } from "./image_folder_writer.ts";

const setOf = (count: number): LabelledImages => ({
  images: imagesInMemory(new Uint8Array(count * 12), { height: 2, width: 2, channels: 3 }),
  labels: Float32Array.from({ length: count }, (_, i) => i % 2),
  task: { kind: "classification", classes: 2, classNames: ["cat", "dog"] },
  origin: "fake",
});

Deno.test("writeImageFolder() takes away what an earlier, longer set left, and nothing of anybody else", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await writeImageFolder(setOf(4), folder);
    await Deno.writeTextFile(join(folder, "0009.png"), "not ours");
    await writeImageFolder(setOf(2), folder);
    const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
    assert.deepEqual(names, ["0000.png", "0001.png", "0009.png", "labels.csv"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
