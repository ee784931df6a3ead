import assert from "node:assert/strict";
import { ARRAYS } from "../base/disk/artifact.ts";
import { readRecords } from "../base/disk/records.ts";
import { join } from "../base/disk/path.ts";
import { cifar10 } from "../experiments/cifar10.ts";
import { openRun } from "../chain/open_run.ts";
import { SMALLEST } from "../testing/smallest_run.ts";
import { planSweep, readManifest, storeOf } from "./manifest.ts";
import { statusOf } from "./status.ts";
import { workOn } from "./work.ts";

const CHANGES = { ...SMALLEST, dataset: '{"name":"toy","perClass":32,"testPerClass":10}' };
const OPTIONS = { preset: "smoke", cells: "VGG11, cGAN-KD", changes: CHANGES };

Deno.test("workOn() makes one stage of a sweep at a time, with the bits and the record of a run that makes all", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const whole = { ...OPTIONS, results: join(folder, "whole") };
    const run = await openRun(cifar10, whole);
    await run.verdict();
    await run.students({ cells: OPTIONS.cells });

    const results = join(folder, "parts");
    const { manifest, folder: place } = await planSweep(cifar10, { ...OPTIONS, results });
    assert.deepEqual(await readManifest(place), JSON.parse(JSON.stringify(manifest)));
    const kinds = manifest.stages.map(({ id, level }) => `${level} ${id.replace(/-.*/, "")}`);
    assert.deepEqual(kinds.sort(), [
      "0 cgan",
      "0 extractor",
      "0 teacher",
      "1 ratio",
      "2 fakes",
      "3 opinion",
      "4 bound",
      "4 student",
    ]);
    const store = storeOf(place);
    for (const [done, stage] of manifest.stages.entries()) {
      await workOn(stage, { manifest, folder: place, experiment: cifar10 });
      const statuses = await statusOf(store, manifest.stages);
      assert.deepEqual(
        statuses.map(({ state }) => state),
        manifest.stages.map((_, i) => i <= done ? "done" : "waiting"),
        stage.title,
      );
      // Once more is no work.
      if (stage.level === 0) {
        await workOn(stage, { manifest, folder: place, experiment: cifar10 });
      }
    }
    for (const { id } of manifest.stages) {
      const [found, wanted] = await Promise.all(
        [store.work, join(folder, "whole", ".work")].map((root) =>
          Deno.readFile(join(root, id, ARRAYS))
        ),
      );
      assert.deepEqual(found, wanted, `other bits in ${id}`);
    }
    const recordsIn = async (results: string) =>
      (await readRecords(results, "cifar10", "smoke")).map(({ value, cell, seed, stages }) => ({
        value,
        cell,
        seed,
        stages,
      }));
    assert.equal((await recordsIn(results)).length, 1);
    assert.deepEqual(await recordsIn(results), await recordsIn(whole.results));
    const again = await planSweep(cifar10, { ...OPTIONS, results });
    assert.ok(again.manifest.stages.every(({ held }) => held));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("workOn() refuses a stage that this code makes no more", async () => {
  const results = await Deno.makeTempDir();
  try {
    const changes = { ...CHANGES, distillers: '["nokd"]', trainOn: '["real"]' };
    const { manifest, folder } = await planSweep(cifar10, { preset: "smoke", changes, results });
    const [stage] = manifest.stages;
    assert.equal(manifest.stages.length, 1);
    const old = { ...stage!, id: "student-0000000000000000" };
    await assert.rejects(
      workOn(old, { manifest, folder, experiment: cifar10 }),
      /^RangeError: Cannot make "student-0+" .*: the manifest is of revision .*run "deno task sweep plan" again/,
    );
  } finally {
    await Deno.remove(results, { recursive: true });
  }
});

Deno.test("planSweep() labels real images in the place of fakes before the students that learn them", async () => {
  const results = await Deno.makeTempDir();
  try {
    const changes = { ...CHANGES, trainOn: '["real+other real"]' };
    const options = { ...OPTIONS, cells: "VGG11, cGAN-KD (real", changes, results };
    const { manifest } = await planSweep(cifar10, options);
    const found = manifest.stages.map(({ id, level, part }) =>
      `${level} ${id.replace(/-.*/, "")}, by ${part.name}`
    );
    assert.deepEqual(found.sort(), [
      "0 teacher, by teacher",
      "1 opinion, by others",
      "2 student, by student",
    ]);
  } finally {
    await Deno.remove(results, { recursive: true });
  }
});
