import assert from "node:assert/strict";
import { join } from "../base/disk/path.ts";
import { encodePng } from "../data/files/image_file.ts";
import { ownImages } from "../experiments/own_images.ts";
import { ownLabels } from "../experiments/own_labels.ts";
import { openRun } from "./open_run.ts";

Deno.test("the chain runs on a table of somebody's own amounts, in their unit", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const rows = ["file,depth,split"];
    for (let i = 0; i < 60; i++) {
      const [name, depth] = [`${i}.png`, 2 + i % 6 / 2];
      const pixels = new Uint8Array(16 * 16 * 3).fill(40 * depth + i);
      await Deno.writeFile(join(folder, name), encodePng({ width: 16, height: 16, pixels }));
      rows.push(`${name},${depth},${i < 12 ? "test" : "train"}`);
    }
    const path = join(folder, "depths.csv");
    await Deno.writeTextFile(path, rows.join("\n"));
    const dataset = {
      name: "image_table",
      path,
      label: "depth",
      task: "scalar",
      unit: "metres",
      maximum: 6,
    };
    const run = await openRun(ownLabels, {
      preset: "smoke",
      results: join(folder, "results"),
      changes: {
        dataset: JSON.stringify(dataset),
        "synthesis.fakes": "10",
        // After a step or two running statistics say nothing yet, and errors are as large as chance has it.
        "studentTraining.epochs": "15",
      },
    });
    const { train, test } = run.dataset;
    assert.deepEqual([train.labels.length, test.labels.length], [48, 12]);
    const students = await run.students();
    assert.equal(students.length, 2);
    for (const { record } of students) {
      assert.deepEqual([record.metric, record.unit], ["mae", "metres"]);
      assert.ok(Number.isFinite(record.value) && record.value! >= 0, `${record.value}`);
    }
    // Of real images only: what four steps of a GAN teach has no limit.
    const [plain] = students.filter(({ cell }) => cell.method === "NOKD");
    assert.ok(plain!.record.value! <= 6, `${plain!.record.value}`);
    const { labels } = (await run.processed()).set;
    assert.ok(labels.length === 10 && labels.every((label) => label >= 0));
    assert.match((await run.verdict()).sentence, /metres/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("an experiment on amounts refuses classes, and one on classes amounts", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const rows = ["file,label"];
    for (let i = 0; i < 30; i++) {
      const pixels = new Uint8Array(16 * 16 * 3).fill(8 * i);
      await Deno.writeFile(
        join(folder, `${i}.png`),
        encodePng({ width: 16, height: 16, pixels }),
      );
      rows.push(`${i}.png,${i % 3}`);
    }
    const path = join(folder, "ages.csv");
    await Deno.writeTextFile(path, rows.join("\n"));
    const opening = (experiment: typeof ownLabels, task: "classes" | "scalar") =>
      openRun(experiment, {
        preset: "smoke",
        results: join(folder, "results"),
        // Whoever replaces the whole data set says nothing of what labels are.
        changes: {
          dataset: JSON.stringify({ name: "image_table", path, task }),
          trainOn: '["real"]',
        },
      });
    await assert.rejects(opening(ownLabels, "classes"), {
      name: "RangeError",
      message:
        'Cannot run "own_labels" on "ages": found labels that are classes, want amounts; say ' +
        'dataset.task=scalar where numbers are meant so, or run "own_images"',
    });
    await assert.rejects(opening(ownImages, "scalar"), {
      message: /^Cannot run "own_images" on "ages": found labels that are amounts, want classes; /,
    });
    await opening(ownImages, "classes");
    await opening(ownLabels, "scalar");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
