import assert from "node:assert/strict";
import { readRecords } from "../base/disk/records.ts";
import { runHash } from "../chain/student_record.ts";
import { resolve } from "../experiments/specification/experiment.ts";
import { COMPARED_PRESETS } from "../report/reproduction/ours.ts";
import { copyKeptRecords } from "../testing/kept_records.ts";
import { EXPERIMENTS } from "../experiments/by_name.ts";

const RESULTS = new URL("../../results", import.meta.url).pathname;

Deno.test("each record in version control is what its preset with its changes gives today", async () => {
  const folder = await Deno.makeTempDir();
  const others: string[] = [];
  let count = 0;
  try {
    await copyKeptRecords(RESULTS, folder);
    for (const [name, load] of Object.entries(EXPERIMENTS)) {
      const experiment = await load();
      for (const preset of COMPARED_PRESETS) {
        for (const record of await readRecords(folder, name, preset)) {
          const { cell, changes = {}, seed, specification } = record;
          // Behind a comma tables say that images are held out, or fewer.
          const setting = cell.setting.split(", ")[0]!;
          const resolved = resolve(experiment, preset, changes, setting);
          count++;
          if (await runHash(resolved, setting) !== specification) {
            others.push(
              `${name}, ${preset}, ${cell.setting}, ${cell.student}, ${cell.method}, seed ${seed}`,
            );
          }
        }
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  assert.ok(count > 0);
  // A preset that changes would make tables say of them what was not so, equal steps for instance.
  assert.deepEqual(
    others,
    [],
    "the preset is not what these records were made with: write into their `changes` what it no longer says",
  );
});
