import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import type { OutsideJudge } from "../../evaluation/outside/outside_judge.ts";
import { openSmallest } from "../../testing/smallest_run.ts";
import { outsideJudgementTable } from "./outside_judgement.ts";

Deno.test("outsideJudgementTable() shows a judge real images, fakes and processed fakes", async () => {
  const results = await Deno.makeTempDir();
  try {
    const { run } = openSmallest({ results });
    await assert.rejects(
      outsideJudgementTable(run),
      /^RangeError: Cannot judge .* from outside: found no judge for it among those of cifar10 and utkface; hand in/,
    );
    // That is told before anything is trained.
    assert.ok(
      !existsSync(run.context.store.work) ||
        [...Deno.readDirSync(run.context.store.work)].length === 0,
    );
    let disposed = 0;
    const first: OutsideJudge = {
      title: "first class",
      remark: "It knows one class only.",
      predict: (_, { count }) => Promise.resolve(new Float32Array(count)),
      dispose: () => disposed++,
    };
    const { rows, notes } = await outsideJudgementTable(run, { judge: first });
    const shareOf = (labels: Float32Array) =>
      100 * labels.filter((label) => label === 0).length / labels.length;
    const { train, test } = run.dataset;
    const drawn = (await run.pool()).open().set;
    const { set: processed } = await run.processed();
    assert.deepEqual(
      rows.map(({ what, images, labels }) => [what, images, labels]),
      [
        ["held-out real images", test.labels.length, shareOf(test.labels)],
        ["training images", train.labels.length, shareOf(train.labels)],
        ["fakes", drawn.labels.length, shareOf(drawn.labels)],
        ["processed fakes", processed.labels.length, shareOf(processed.labels)],
      ],
    );
    assert.match(notes![0]!, /^It knows one class only\./);
    // Whoever hands in a judge may go on with it.
    assert.equal(disposed, 0);
  } finally {
    await Deno.remove(results, { recursive: true });
  }
});
