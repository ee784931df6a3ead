import assert from "node:assert/strict";
import { hostname } from "node:os";
import { DESCRIPTION } from "../base/disk/artifact.ts";
import { join } from "../base/disk/path.ts";
import { noteFailure, PROGRESS } from "../base/disk/stage_progress.ts";
import { Store } from "../base/disk/store.ts";
import { manifestFor } from "../testing/manifests.ts";
import { runningEvents, statusOf, statusTable, statusText } from "./status.ts";

const { stages } = manifestFor([
  { id: "teacher-1", title: "teacher VGG11 on toy, seed 1", hours: 1 },
  { id: "cgan-1", title: "cGAN BigGAN on toy", hours: 8 },
  { id: "student-1", title: "student VGG11 on toy, BLKD, seed 1", needs: ["teacher-1"], hours: 2 },
  { id: "student-2", title: "student VGG11 on toy, NOKD, seed 1", hours: 2 },
  { id: "assistant-1", title: "assistant VGG13 on toy, TAKD", needs: ["teacher-1"], hours: 1 },
  {
    id: "student-3",
    title: "student VGG11 on toy, TAKD, seed 1",
    needs: ["assistant-1"],
    hours: 2,
  },
]);

/** A store in which a teacher is done, a cGAN and a student run, and an assistant has failed. */
async function withStore(work: (store: Store) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const place = async (id: string, name: string, content: unknown) => {
      await Deno.mkdir(join(folder, id), { recursive: true });
      await Deno.writeTextFile(join(folder, id, name), JSON.stringify(content));
    };
    await place("teacher-1", DESCRIPTION, {});
    for (const [id, step, stepsHere] of [["cgan-1", 600, 100], ["student-1", 50, 50]] as const) {
      await place(id, PROGRESS, {
        title: id,
        pid: Deno.pid,
        host: hostname(),
        state: "running",
        updated: new Date().toISOString(),
        event: {
          step,
          total: 1000,
          metrics: { loss: 0.25 },
          elapsedSeconds: 900,
          stepsHere,
          state: "training",
        },
      });
    }
    await noteFailure(join(folder, "assistant-1"), "assistant", "loss is NaN at step 40");
    await work(new Store(folder));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("statusOf() tells done, running, failed, held up and waiting stages", () =>
  withStore(async (store) => {
    const statuses = await statusOf(store, stages);
    assert.deepEqual(Object.fromEntries(statuses.map(({ stage, state }) => [stage.id, state])), {
      "teacher-1": "done",
      "cgan-1": "running",
      "student-1": "running",
      "student-2": "waiting",
      "assistant-1": "failed",
      "student-3": "blocked",
    });
    assert.deepEqual(
      runningEvents(statuses).map(({ stage, step }) => [stage, step]),
      [["cGAN BigGAN on toy", 600], ["student VGG11 on toy, BLKD, seed 1", 50]],
    );
  }));

Deno.test("statusText() has counts, remaining time, what runs, and why something failed", () =>
  withStore(async (store) => {
    const lines = statusText(await statusOf(store, stages)).split("\n");
    // The cGAN's 400 steps take an hour, the student's 950 take 4.75; another of 2 hours follows the cGAN.
    assert.equal(
      lines[0],
      "1 of 6 stages are done, 2 running, 1 failed, 1 waiting for a failed one, 1 waiting; about 4 h 45 min " +
        "left as it was planned",
    );
    assert.match(
      lines[1]!,
      /^cGAN BigGAN on toy █+░+ 60 % 600\/1,000, 1 h 00 min left, loss 0.250 \(process \d+ on \S+\)$/,
    );
    assert.equal(lines[3], "✗ assistant VGG13 on toy, TAKD: failed: loss is NaN at step 40");
    assert.equal(lines.length, 4);
    const table = statusTable(await statusOf(store, stages));
    assert.deepEqual(table.rows.map(({ state, share }) => [state, share]), [
      ["running", 60],
      ["running", 5],
      ["waiting", undefined],
      ["failed", undefined],
      ["blocked", undefined],
    ]);
  }));

Deno.test("statusText() says that times are not known where nothing was measured", () =>
  withStore(async (store) => {
    const unmeasured = stages.map(({ hours: _hours, ...stage }) => stage);
    assert.match(
      statusText(await statusOf(store, unmeasured)),
      /how long it takes is not known: "deno task sweep plan" measures it/,
    );
  }));
