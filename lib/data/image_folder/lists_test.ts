import assert from "node:assert/strict";
import type { LabelledImages } from "../../base/contracts.ts";
import { join } from "../../base/disk/path.ts";
import { levelsOf, plainPng, withFiles } from "../../testing/own_files.ts";
import { checkDataset } from "../parts/check.ts";
import { imageFolder, type ImageFolderOptions } from "./image_folder.ts";

Deno.test("imageFolder() keeps a list of the images to test on", async () => {
  const files: Record<string, Uint8Array> = {};
  for (const [place, name] of ["a", "b"].entries()) {
    for (let i = 0; i < 5; i++) files[`${name}/${i}.png`] = plainPng(10 * place + i);
  }
  await withFiles(files, async (folder, root) => {
    const settings = { path: folder, size: 8, cache: join(root, "prepared"), threads: 1 };
    const load = (options: Partial<ImageFolderOptions>) => imageFolder({ ...settings, ...options });
    const lists = join(root, "test.txt");
    const levels = (part: LabelledImages) => levelsOf(part).map(([level]) => level);
    const write = (...rows: readonly string[]) => Deno.writeTextFile(lists, rows.join("\n"));
    await write("b/3.png", "a\\4.png", "./a/0.png", "");
    using set = await load({ lists });
    checkDataset(set);
    assert.deepEqual(levels(set.test), [0, 4, 13]);
    assert.deepEqual(levels(set.train), [1, 2, 3, 10, 11, 12, 14]);
    await write("split,file", "train,b/1.png", "test,b/3.png", "test,a/0.png", "test,a/4.png");
    using table = await load({ lists, seed: 7 });
    assert.deepEqual(levels(table.test), [0, 4, 13]);

    const expect = async (message: RegExp, ...rows: readonly string[]) => {
      await write(...rows);
      await assert.rejects(load({ lists }), message);
    };
    await expect(/"a\/9\.png" in line 2, want an image of a class in .*, such as "a\/0\.png"/, ...[
      "a/0.png",
      "a/9.png",
    ]);
    await expect(/"\.\/a\/0\.png" in lines 1 and 3/, "a/0.png", "b/0.png", "./a/0.png");
    await expect(/the list ".*", line 2: found part "dev", want/, "file,split", "a/0.png,dev");
    await expect(/found 2 cells in line 1, want a name in each line/, "a/0.png,b/0.png");
    await expect(/found no name, want those of images to test on/, "");
    await expect(/found no image of "b" to test on/, "a/0.png");
    await assert.rejects(
      load({ lists: join(folder, "none") }),
      /found no file or folder of this name, want one; a relative/,
    );
    await write("a/0.png");
    for (const part of ["train", "test"]) {
      for (const name of ["a", "b"]) {
        const inner = join(root, "parts", part, name);
        await Deno.mkdir(inner, { recursive: true });
        await Deno.writeFile(join(inner, "0.png"), plainPng(1));
      }
    }
    await assert.rejects(
      load({ lists, path: join(root, "parts") }),
      /found folders of parts in ".*", want one or the other/,
    );
  });
});
