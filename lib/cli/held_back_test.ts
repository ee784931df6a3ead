import assert from "node:assert/strict";
import { join } from "node:path";
import { projectFolder } from "../setup/folders.ts";

/** Whether git, which reads the `.gitignore` in a folder, would leave a file of this path out of a commit. */
async function isIgnored(folder: string, path: string): Promise<boolean> {
  const { code } = await git(folder, "check-ignore", "--quiet", path);
  assert.ok(code === 0 || code === 1, `git check-ignore ended with ${code}`);
  return code === 0;
}

function git(folder: string, ...args: string[]): Promise<Deno.CommandOutput> {
  return new Deno.Command("git", { args, cwd: folder }).output();
}

/**
 * Where photographs are written, and fakes, which may be variations of them (`gan.sampling.variations`). Notebooks write
 * there by the data set that a cell opened, whatever the notebook is called; see `runNotebook()`.
 */
const HELD_BACK = [
  ...["01_cifar10", "04_utkface", "mine"].flatMap((name) => [
    `results/unpublished/${name}/quick/${name}.ipynb`,
    `results/unpublished/${name}/desk_T-100/figures/real_and_fake_images.svg`,
  ]),
  "results/01_cifar10/desk/01_cifar10.failed.ipynb",
  // What earlier versions wrote there may still lie on disks.
  ...["02_tiny_imagenet", "04_utkface", "06_your_data"].map((name) =>
    `results/${name}/quick/figures/one_noise_per_row.svg`
  ),
  // Pixels of a pool of fakes.
  "results/.work/fakes-0123456789abcdef/pool/shard_0.bin",
  "sample/labels.csv",
  "sample/35/0.png",
  "export/generator/model.json",
  "demo/parts.js",
];

Deno.test("photographs, and fakes that vary them, stay out of commits", async () => {
  const folder = await Deno.makeTempDir();
  try {
    assert.ok((await git(folder, "init", "--quiet")).success);
    await Deno.copyFile(join(projectFolder(), ".gitignore"), join(folder, ".gitignore"));
    for (const path of HELD_BACK) assert.ok(await isIgnored(folder, path), path);
    // The rule is not to ignore everything.
    const drawing = "results/01_cifar10/quick/figures/real_and_fake_images.svg";
    assert.ok(!await isIgnored(folder, drawing));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
