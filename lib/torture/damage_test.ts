import assert from "node:assert/strict";
import { join } from "../base/disk/path.ts";
import { readRecords } from "../base/disk/records.ts";
import { rngOf } from "../base/rng.ts";
import { damaged, DAMAGES, siegeByDamage } from "./damage.ts";
import { MADE } from "./job.ts";
import { inFolder, runVictim } from "./siege.ts";
import { fillStore } from "./works/store.ts";

Deno.test("damaged() changes every file that holds something", () => {
  const bytes = Uint8Array.from({ length: 300 }, (_, i) => i % 255 + 1);
  for (const damage of DAMAGES) {
    for (let seed = 0; seed < 20; seed++) {
      const left = damaged(bytes, damage, rngOf(seed));
      assert.notDeepEqual(left, bytes);
      if (damage === "flipped bit") assert.equal(left!.length, bytes.length);
    }
  }
});

Deno.test("no damage to a file of the store goes unnoticed where the file is read", () =>
  inFolder(async (folder) => {
    await runVictim({ work: "store", folder });
    const made = join(folder, MADE);
    const { fates, faults } = await siegeByDamage({
      folder,
      // Checkpoints of finished stages are read by nobody.
      pick: (name) => !name.includes("checkpoint"),
      kinds: DAMAGES.length,
      seed: 1,
      async run() {
        await fillStore(made, () => {});
        const records = await readRecords(join(made, "results"), "cifar10", "desk");
        return records.map(({ value, stages }) => [value, stages]);
      },
    });
    assert.deepEqual(faults, []);
    const total = [...fates.values()].flatMap((counts) => [...counts.values()]);
    assert.ok(total.reduce((sum, count) => sum + count, 0) >= 50);
  }));

Deno.test("siegeByDamage() sees results that change without a word", () =>
  inFolder(async (folder) => {
    const path = join(folder, MADE, "number.txt");
    await Deno.mkdir(join(folder, MADE));
    await Deno.writeTextFile(path, "12345");
    const { faults } = await siegeByDamage({
      folder,
      kinds: 2,
      seed: 1,
      run: () => Deno.readTextFile(path),
    });
    assert.deepEqual(faults, [
      "flipped bit in number.txt: other results, and no word of it",
      "zeros in number.txt: other results, and no word of it",
    ]);
  }));
