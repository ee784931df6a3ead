import assert from "node:assert/strict";
import { join } from "../base/disk/path.ts";
import type { ProgressEvent } from "../base/progress.ts";
import { eventsOf, scalarRecord } from "./event_file.ts";
import { replayToBoard } from "./replay.ts";
import { readLog } from "./run_log.ts";
import { optionsName } from "./series.ts";
import { trackRun } from "./tracker.ts";

const RUN = { experiment: "toy", preset: "smoke", setting: "T", changes: {}, versions: {} };

function event(state: ProgressEvent["state"], step: number, steps: number[] = []): ProgressEvent {
  const rows = steps.map((step) => ({ step, loss: 1 / step }));
  return {
    stage: "student, seed 1",
    step,
    total: 60,
    metrics: {},
    elapsedSeconds: 1,
    stepsHere: step,
    state,
    ...(rows.length > 0 && { rows }),
  };
}

/** How many steps each folder of TensorBoard holds. */
function pointsIn(folder: string, path = ""): Record<string, number> {
  const found: Record<string, number> = {};
  const size = scalarRecord(eventsOf([{ step: 20, loss: 1 }], () => 1000)[0]!).length;
  for (const { name, isDirectory } of Deno.readDirSync(join(folder, path))) {
    if (isDirectory) Object.assign(found, pointsIn(folder, path === "" ? name : `${path}/${name}`));
    else {
      // The first record is that of the version.
      const bytes = Deno.statSync(join(folder, path, name)).size;
      found[path] = (found[path] ?? 0) + Math.floor(bytes / size);
    }
  }
  return found;
}

async function inFolder(work: (folder: string) => Promise<void> | void): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function logsIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => join(folder, name))
    .filter((path) => path.endsWith(".jsonl")).sort();
}

Deno.test("trackRun() gives trainings of other options folders of their own, and so does a replay", async () => {
  await inFolder(async (folder) => {
    const all: Record<string, string>[] = [
      {},
      { "synthesis.fakes": "100", trainOn: '["real+fake"]' },
      { "synthesis.fakes": "200", trainOn: '["real+fake"]' },
    ];
    for (const changes of all) {
      const tracker = trackRun({ ...RUN, changes }, { folder, warn: assert.fail });
      tracker.progress(event("training", 40, [20, 40]));
      tracker.progress(event("trained", 60, [60]));
    }
    const want = {
      "student_seed_1": 3,
      "synthesis.fakes_100/student_seed_1": 3,
      "synthesis.fakes_200/student_seed_1": 3,
    };
    assert.deepEqual(pointsIn(join(folder, "tensorboard")), want);
    const again = join(folder, "again");
    // A second replay takes the place of the first.
    for (const path of [...logsIn(folder), ...logsIn(folder)]) {
      await replayToBoard((await readLog(path)).events, again);
    }
    assert.deepEqual(pointsIn(again), want);
  });
});

Deno.test("trackRun() gives what begins again a folder of its own", async () => {
  await inFolder((folder) => {
    for (let times = 0; times < 2; times++) {
      const tracker = trackRun(RUN, { folder, warn: assert.fail });
      tracker.progress(event("training", 40, [20, 40]));
      // Another network in the place of a dead one.
      tracker.progress(event("training", 20, [20]));
      tracker.progress(event("resumed", 20));
      tracker.progress(event("trained", 60, [40, 60]));
    }
    assert.deepEqual(pointsIn(join(folder, "tensorboard")), {
      "student_seed_1": 2,
      "student_seed_1/again-2": 1,
      "student_seed_1/again-3": 2,
      "student_seed_1/again-4": 1,
      "student_seed_1/from-step-20": 2,
      "student_seed_1/from-step-20/again-2": 2,
    });
  });
});

Deno.test("optionsName() leaves out what titles of trainings say, and is no longer than a name may be", () => {
  assert.equal(optionsName({ seeds: "[1,2]", trainOn: '["real"]', distillers: '["kd"]' }), "");
  assert.equal(
    optionsName({ "gan.steps.T": "4", "gan.batch": "8" }),
    "gan.batch_8_gan.steps.T_4",
  );
  assert.ok(optionsName({ "gan.decay": "x".repeat(300) }).length <= 120);
});
