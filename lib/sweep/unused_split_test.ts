import assert from "node:assert/strict";
import { ARRAYS, DESCRIPTION } from "../base/disk/artifact.ts";
import { join } from "../base/disk/path.ts";
import { readRecords, type RunRecord } from "../base/disk/records.ts";
import type { ProgressEvent } from "../base/progress.ts";
import { openRun } from "../chain/open_run.ts";
import { planRuns } from "../chain/plan_runs.ts";
import { cifar10 } from "../experiments/cifar10.ts";
import { SMALLEST } from "../testing/smallest_run.ts";
import { recordHeld } from "./collect.ts";
import { runLocally } from "./local.ts";
import { type Manifest, planSweep, storeOf } from "./manifest.ts";
import { planTable } from "./plan_table.ts";
import { workOn } from "./work.ts";

const CHANGES = {
  ...SMALLEST,
  dataset: '{"name":"toy","perClass":32,"testPerClass":10}',
  students: '[{"network":"vgg11","width":0.0625}]',
  split: "unused",
  trainOn: '["real"]',
};

/** Titles of a manifest's stages, each with its level. */
const titlesOf = ({ stages }: Manifest) =>
  stages.map(({ level, title }) => `${level} ${title.replaceAll(", seed 2020", "")}`).sort();

/** What a record says, but for when and where it was made. */
const saidBy = ({ value, cell, seed, data, stages }: RunRecord) => ({
  value,
  cell,
  seed,
  data,
  stages,
});

async function within(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("planSweep() measures every network on unused images right after its training", () =>
  within(async (results) => {
    const planned = async (distillers: string, trainOn = "real") => {
      const changes = { ...CHANGES, distillers, trainOn: `["${trainOn}"]` };
      return (await planSweep(cifar10, { preset: "smoke", results, changes })).manifest;
    };
    assert.deepEqual(titlesOf(await planned('["takd"]')), [
      "0 teacher VGG11 on toy",
      "1 errors on unused images of teacher VGG11 on toy",
      "2 assistant VGG13 on toy, TAKD, from VGG11",
      "3 errors on unused images of assistant VGG13 on toy, TAKD, from VGG11",
      "4 student VGG11 on toy, TAKD, from VGG11",
      "5 errors on unused images of student VGG11 on toy, TAKD, from VGG11",
    ]);
    // Their peers are measured in the same stage.
    for (const [name, title] of [["dml", "DML"], ["ffsd", "FFSD"]]) {
      assert.deepEqual(titlesOf(await planned(`["${name}"]`)), [
        `0 student VGG11 on toy, ${title}`,
        `1 errors on unused images of student VGG11 on toy, ${title}`,
      ]);
    }
    const fakes = titlesOf(await planned('["nokd"]', "real+fake"));
    assert.deepEqual(fakes.filter((title) => title.includes("errors on")), [
      "1 errors on unused images of extractor VGG11 on toy",
      "1 errors on unused images of teacher VGG11 on toy",
      "6 errors on unused images of student VGG11 on toy, cGAN-KD",
    ]);
    const seeds = { ...CHANGES, distillers: '["nokd"]', seeds: "[1,2]" };
    const { manifest } = await planSweep(cifar10, { preset: "smoke", results, changes: seeds });
    const table = planTable(manifest, { workers: 1, kind: "worker" }).toText();
    assert.match(table, /1 +errors on unused images of student VGG11 on toy, NOKD +2 /);
  }));

Deno.test("planSweep() measures how long errors on unused images take", () =>
  within(async (results) => {
    const changes = { ...CHANGES, distillers: '["blkd"]' };
    const options = { preset: "smoke", results, changes, isMeasured: true };
    const { stages } = (await planSweep(cifar10, options)).manifest;
    assert.equal(stages.length, 4);
    for (const { title, hours, memory } of stages) {
      assert.ok(hours !== undefined && hours > 0 && memory !== undefined, title);
    }
  }));

for (const [distiller, peers] of [["dml", 1], ["ffsd", 2]] as const) {
  Deno.test(`workOn() measures a student of ${distiller} and its peers on unused images, as a run does`, () =>
    within(async (folder) => {
      const options = { preset: "smoke", changes: { ...CHANGES, distillers: `["${distiller}"]` } };
      const whole = join(folder, "whole");
      const run = await openRun(cifar10, { ...options, results: whole });
      const [student] = await run.students();
      assert.equal(student!.network.peers.length, peers);
      const errors = [student!.network, ...student!.network.peers].map(({ test }) => test);
      assert.ok(errors.every((error) => error >= 0 && error <= 100), `${errors}`);

      const results = join(folder, "parts");
      const { manifest, folder: place } = await planSweep(cifar10, { ...options, results });
      for (const stage of manifest.stages) {
        await workOn(stage, { manifest, folder: place, experiment: cifar10 });
      }
      const [, measured] = manifest.stages;
      const { notes } = JSON.parse(
        await Deno.readTextFile(join(storeOf(place).work, measured!.id, DESCRIPTION)),
      );
      assert.deepEqual([notes.test, ...notes.peers], errors);
      const [found, wanted] = await Promise.all(
        [results, whole].map((one) => readRecords(one, "cifar10", "smoke")),
      );
      assert.equal(found!.length, 1);
      assert.deepEqual(found!.map(saidBy), wanted!.map(saidBy));
      const weights = await Promise.all(
        [results, whole].map((one) =>
          Deno.readFile(join(one, ".work", manifest.stages[0]!.id, ARRAYS))
        ),
      );
      assert.deepEqual(weights[0], weights[1]);
    }));
}

Deno.test("runLocally() measures on unused images and does not tell the error on test images", () =>
  within(async (results) => {
    const options = { preset: "smoke", results, changes: { ...CHANGES, distillers: '["blkd"]' } };
    const { manifest: { stages }, folder } = await planSweep(cifar10, options);
    const events: ProgressEvent[] = [];
    const session = {
      progress: (event: ProgressEvent) => void events.push(event),
      signal: new AbortController().signal,
      live: <T>(work: T) => work,
    };
    const outcomes = await runLocally(stages, { folder, workers: 1, processors: 1, session });
    assert.deepEqual([...outcomes.values()], ["done", "done", "done", "done"]);
    const told = events.filter(({ metrics }) => "test" in metrics).map(({ stage }) => stage);
    assert.deepEqual(
      told,
      stages.filter(({ id }) => id.startsWith("errors-")).map(({ title }) => title),
    );
    const [record] = await readRecords(results, "cifar10", "smoke");
    assert.equal(record!.cell.setting, "toy, unused");
    assert.equal(events.at(-1)!.metrics.test, record!.value);
  }));

Deno.test("recordHeld() records a student on unused images beside its record on test images", () =>
  within(async (results) => {
    const optionsOf = (split: string) => ({
      preset: "smoke",
      results,
      changes: { ...CHANGES, distillers: '["nokd"]', split },
    });
    await (await openRun(cifar10, optionsOf("test"))).students();
    const options = optionsOf("unused");
    const { manifest, folder } = await planSweep(cifar10, options);
    const collecting = () =>
      recordHeld(manifest, {
        results,
        store: storeOf(folder),
        specificationOf: () => planRuns(cifar10, options)[0]!.specification,
        runOf: () => openRun(cifar10, options),
      });
    // It is trained and not measured, which collecting leaves to workers.
    assert.equal(await collecting(), 1);
    const settings = async () =>
      (await readRecords(results, "cifar10", "smoke")).map(({ cell }) => cell.setting).sort();
    assert.deepEqual(await settings(), ["toy"]);
    const [trained, measured] = manifest.stages;
    assert.deepEqual([trained!.held, measured!.held], [true, false]);
    await workOn(measured!, { manifest, folder, experiment: cifar10 });
    assert.deepEqual(await settings(), ["toy", "toy, unused"]);

    // Measured, but its record is gone.
    for (const { path } of await recordFiles(results, "unused")) await Deno.remove(path);
    assert.equal(await collecting(), 0);
    assert.deepEqual(await settings(), ["toy", "toy, unused"]);
  }));

/** Files of records whose name holds a word. */
async function recordFiles(results: string, word: string): Promise<{ path: string }[]> {
  const folder = join(results, "cifar10", "records", "smoke");
  const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
  return names.filter((name) => name.includes(word)).map((name) => ({ path: join(folder, name) }));
}
