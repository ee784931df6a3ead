import assert from "node:assert/strict";
import type { ProgressEvent } from "../base/progress.ts";
import { openRun } from "../chain/open_run.ts";
import { cifar10 } from "../experiments/cifar10.ts";
import type { Experiment } from "../experiments/specification/experiment.ts";
import { SMALLEST } from "../testing/smallest_run.ts";
import { planSweep, readManifest, writeManifest } from "./manifest.ts";
import { trainStudents } from "./students.ts";

const CHANGES = {
  ...SMALLEST,
  dataset: '{"name":"toy","perClass":32,"testPerClass":10}',
  distillers: '["nokd","blkd"]',
  trainOn: '["real"]',
  seeds: "[2020,2021]",
};

/** A run whose events are kept. */
async function opened(experiment: Experiment, options: { fresh?: boolean; results: string }) {
  const events: ProgressEvent[] = [];
  const run = await openRun(experiment, {
    ...options,
    preset: "smoke",
    changes: CHANGES,
    session: {
      progress: (event) => void events.push(event),
      signal: new AbortController().signal,
      live: (work) => work,
    },
  });
  /** How each stage came about here; workers make what this process reuses. */
  const states = () =>
    Object.fromEntries(
      events.filter(({ state }) => state === "trained" || state === "reused").map((
        { stage, state },
      ) => [stage, state]),
    );
  return { run, states };
}

Deno.test("trainStudents() trains by workers, with the bits of run.students()", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const { run, states } = await opened(cifar10, { results: `${folder}/workers` });
    const students = await trainStudents(run, { workers: 2, seeds: [2020] });
    assert.deepEqual(students.map(({ cell }) => cell.method), ["NOKD", "BLKD"]);
    assert.equal(states()["student VGG11 on toy, BLKD, seed 2020"], "reused");

    const alone = await opened(cifar10, { results: `${folder}/alone` });
    const others = await alone.run.students({ seeds: [2020] });
    assert.equal(alone.states()["student VGG11 on toy, BLKD, seed 2020"], "trained");
    const sumsOf = (all: typeof students) => all.map(({ network }) => network.artifact.id);
    assert.deepEqual(sumsOf(students), sumsOf(others));
    assert.deepEqual(
      students.map(({ network, record }) => [network.test, record.value]),
      others.map(({ network, record }) => [network.test, record.value]),
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("trainStudents() leaves alone what a planned sweep and other calls work by", async () => {
  const results = await Deno.makeTempDir();
  try {
    const options = { preset: "smoke", setting: "toy", changes: CHANGES, results };
    const { manifest, folder } = await planSweep(cifar10, options);
    const stages = manifest.stages.map((stage) => ({ ...stage, hours: 1 }));
    await writeManifest(folder, { ...manifest, stages });
    const before = await readManifest(folder);
    const runs = [await opened(cifar10, { results }), await opened(cifar10, { results })];
    // As in two terminals: workers of the first start after the second has written what it is to make.
    const trained = await Promise.all(
      runs.map(({ run }, k) => trainStudents(run, { workers: 2, seeds: [2020 + k] })),
    );
    assert.deepEqual(trained.map((students) => students.length), [2, 2]);
    assert.deepEqual(await readManifest(folder), before);
  } finally {
    await Deno.remove(results, { recursive: true });
  }
});

Deno.test("trainStudents() trains here what no worker could make", async () => {
  const results = await Deno.makeTempDir();
  try {
    // Of the same name, and nobody else has it.
    const changed = { ...cifar10, deviations: { ...cifar10.deviations, smoke: ["Ours"] } };
    for (
      const { run, states } of [
        await opened(changed, { results }),
        await opened(cifar10, { results, fresh: true }),
      ]
    ) {
      const students = await trainStudents(run, { workers: 2, cells: "NOKD", seeds: [2020] });
      assert.equal(students.length, 1);
      assert.equal(states()["student VGG11 on toy, NOKD, seed 2020"], "trained");
    }
  } finally {
    await Deno.remove(results, { recursive: true });
  }
});
