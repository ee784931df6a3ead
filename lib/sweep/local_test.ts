import assert from "node:assert/strict";
import type { ProgressEvent } from "../base/progress.ts";
import { readRecords } from "../base/disk/records.ts";
import { join } from "../base/disk/path.ts";
import { cifar10 } from "../experiments/cifar10.ts";
import { openRun } from "../chain/open_run.ts";
import { SMALLEST } from "../testing/smallest_run.ts";
import { failureLines, runLocally } from "./local.ts";
import { planSweep, storeOf } from "./manifest.ts";
import { statusOf } from "./status.ts";
import { watchRun } from "./watch.ts";

Deno.test("runLocally() trains side by side; a failure costs whoever needs it and leaves its reason", async () => {
  const results = await Deno.makeTempDir();
  try {
    const options = {
      preset: "smoke",
      results,
      changes: {
        ...SMALLEST,
        dataset: '{"name":"toy","perClass":32,"testPerClass":10}',
        // Every step multiplies the weights by −9: no number is that large after 13 steps.
        "teacherTraining.learningRate": "10",
        "teacherTraining.weightDecay": "1",
        "teacherTraining.epochs": "20",
        // Long enough to be looked at.
        "studentTraining.epochs": "200",
        distillers: '["nokd","blkd"]',
        trainOn: '["real"]',
      },
    };
    const { manifest: { stages }, folder } = await planSweep(cifar10, options);
    const events: ProgressEvent[] = [];
    const watching = await openRun(cifar10, {
      ...options,
      session: {
        progress: (event) => void events.push(event),
        signal: new AbortController().signal,
        live: (work) => work,
      },
    });
    const working = runLocally(stages, { folder, workers: 2, processors: 2 });
    let isOver = false;
    void working.finally(() => isOver = true);
    const isBegun = async () =>
      (await statusOf(storeOf(folder), stages)).some(({ stage, progress }) =>
        stage.id.startsWith("student-") && progress?.event !== undefined
      );
    while (!isOver && !await isBegun()) await new Promise((resolve) => setTimeout(resolve, 20));
    const watched = await watchRun(watching);
    const outcomes = await working;
    const kinds = Object.fromEntries(
      stages.map(({ id, title }) => [title.replace(/, seed.*/, ""), outcomes.get(id)]),
    );
    const failures = await failureLines(stages, outcomes, folder);
    assert.deepEqual(kinds, {
      "teacher VGG11 on toy": "failed",
      "student VGG11 on toy, NOKD": "done",
      "student VGG11 on toy, BLKD": "blocked",
    }, failures.join("\n"));
    assert.match(
      failures.join("\n"),
      /^teacher VGG11 on toy, seed 2020: Cannot go on with .*\nNot begun: student VGG11/,
    );
    const alone = new Map([[stages[0]!.id, "stopped"]] as const);
    assert.deepEqual(await failureLines(stages, alone, folder), [
      `Stopped: ${stages[0]!.title}; run again to go on from its checkpoint`,
    ]);
    const [record, ...others] = await readRecords(results, "cifar10", "smoke");
    assert.equal(record!.cell.method, "NOKD");
    assert.equal(others.length, 0);

    // Whoever looked on saw it at work, and the same end.
    const [seen] = events;
    assert.equal(seen?.stage, "student VGG11 on toy, NOKD, seed 2020");
    assert.ok(seen.step < seen.total, `${seen.step} of ${seen.total}`);
    const ends = (statuses: typeof watched) =>
      statuses.map(({ stage, state }) => [stage.id, state]);
    assert.deepEqual(ends(watched), ends(await statusOf(storeOf(folder), stages)));
    assert.ok(
      (await Deno.readTextFile(join(folder, "logs", `${stages[0]!.id}.log`))).length > 0,
    );
  } finally {
    await Deno.remove(results, { recursive: true });
  }
});
