import assert from "node:assert/strict";
import { takeLock } from "../base/disk/lock.ts";
import { join } from "../base/disk/path.ts";
import { openSmallest } from "../testing/smallest_run.ts";

Deno.test("run.students() trains the others first while another process trains one of them", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const changes = { distillers: '["nokd", "blkd"]', trainOn: '["real"]' };
    const alone = await openSmallest({ results: join(folder, "alone"), changes }).run.students();
    const results = join(folder, "shared");
    const place = join(results, ".work", alone[0]!.network.artifact.id);
    await Deno.mkdir(place, { recursive: true });
    const lock = await takeLock(join(place, "lock"), { what: "the first student" });
    const { run, events } = openSmallest({
      results,
      changes,
      // Its holder ends when the others are trained and this process comes back to it.
      progress: ({ state }) => void (state === "waiting" && lock[Symbol.dispose]()),
    });
    const students = await run.students();
    const told = events.filter(({ stage, state }) =>
      stage.startsWith("student") && ["trained", "waiting"].includes(state)
    );
    assert.deepEqual(told.map(({ stage, state }) => `${/NOKD|BLKD/.exec(stage)} ${state}`), [
      "BLKD trained",
      "NOKD waiting",
      "NOKD trained",
    ]);
    assert.match(told[1]!.remark!, /waiting for process \d+, at work on the first student since/);
    assert.deepEqual(
      students.map(({ cell, record }) => [cell.method, record.value]),
      alone.map(({ cell, record }) => [cell.method, record.value]),
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
