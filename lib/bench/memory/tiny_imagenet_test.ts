import assert from "node:assert/strict";
import { smallTinyImagenet, writeFiles } from "../../testing/tiny_imagenet.ts";
import { tinyImagenetPeaks } from "./tiny_imagenet.ts";

const SMALL = {
  teacher: { network: "resnet18", width: 0.25, batch: 2, steps: 1 },
  gan: { width: 0.125, batch: 2, iterations: 1 },
} as const;

Deno.test({
  name: "tinyImagenetPeaks() sees what a process holds from the files to the networks",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      assert.deepEqual(await tinyImagenetPeaks(folder, SMALL), []);
      await writeFiles(folder, await smallTinyImagenet());
      const [work, ...others] = await tinyImagenetPeaks(folder, SMALL);
      assert.deepEqual(others, []);
      assert.match(work!.work, /^peak resident, Tiny-ImageNet from "folder"/);
      const row = await work!.measure();
      // TensorFlow by itself takes some 400 MB.
      assert.ok(row.ours_peak_mb! > 100 && row.ours_peak_mb! < 2000, `${row.ours_peak_mb}`);
      assert.ok(row.ours_ms > 0, `${row.ours_ms}`);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
