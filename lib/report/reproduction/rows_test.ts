import assert from "node:assert/strict";
import type { RunRecord } from "../../base/disk/records.ts";
import { recordOf } from "../../testing/records.ts";
import type { PublishedResult } from "../paper/published.ts";
import { ourRuns } from "./ours.ts";
import { reproductionRows } from "./rows.ts";

const PUBLISHED: PublishedResult = {
  table: "1",
  dataset: "CIFAR-10",
  setting: "C-10K",
  teacher: "ResNet-18",
  teacherMetric: 16.07,
  student: "VGG11",
  method: "NOKD",
  metric: "error_rate_pct",
  value: 18.57,
};

function record(seed: number, value: number | undefined, more: Partial<RunRecord> = {}): RunRecord {
  return recordOf({
    seed,
    ...(value === undefined ? { failure: "test is NaN" } : { value }),
    time: `2026-01-0${seed}T00:00:00Z`,
    ...more,
  });
}

const rowOf = (records: readonly RunRecord[], published: Partial<PublishedResult> = {}) =>
  reproductionRows([{ ...PUBLISHED, ...published }], ourRuns(records))[0]!;

Deno.test("reproductionRows() has mean, half of Student's interval, difference and seeds", () => {
  const row = rowOf([record(1, 22), record(2, 23), record(3, 24)]);
  assert.equal(row.cell, "VGG11, NOKD");
  assert.deepEqual([row.ours?.mean, row.ours?.seeds, row.ours?.preset], [23, 3, "desk"]);
  // Student's t for two degrees of freedom is 4.303; 4.303 * 1 / sqrt(3) = 2.48.
  assert.equal(row.ours?.halfWidth?.toFixed(2), "2.48");
  assert.equal(row.difference?.toFixed(2), "4.43");
  assert.equal(row.refused, undefined);
  // One seed has no interval.
  assert.ok(!("halfWidth" in rowOf([record(1, 22)]).ours!));
});

Deno.test("reproductionRows() has no run where nobody ran the cell, and none of smoke", () => {
  const others: Partial<RunRecord>[] = [
    { preset: "smoke" },
    { cell: { ...record(1, 1).cell, setting: "C-20K" } },
    { cell: { ...record(1, 1).cell, student: "ShuffleNetV2" } },
    { cell: { ...record(1, 1).cell, method: "NOKD (equal steps)" } },
    { changes: { "studentTraining.epochs": "350" } },
  ];
  for (const more of others) {
    const row = rowOf([record(1, 22, more)]);
    assert.deepEqual([row.ours, row.difference, row.failed], [undefined, undefined, 0]);
  }
  // Another seed is the same cell of the preset.
  assert.equal(rowOf([record(7, 22, { changes: { seeds: "[7]" } })]).ours?.mean, 22);
});

Deno.test("reproductionRows() takes desk before quick, results before failures, the newest recipe", () => {
  const quick = record(4, 40, { preset: "quick" });
  const desk = record(1, 22);
  assert.equal(rowOf([quick, desk]).ours?.preset, "desk");
  assert.equal(rowOf([quick]).ours?.preset, "quick");
  const failed = rowOf([record(1, undefined)]);
  assert.deepEqual([failed.ours, failed.failed], [undefined, 1]);
  assert.equal(rowOf([record(1, undefined), quick]).ours?.mean, 40);
  // Never a mean over two recipes.
  const newer = record(5, 30, { recipe: "recipe2" });
  for (const records of [[newer, desk], [desk, newer]]) {
    const { ours } = rowOf(records);
    assert.deepEqual([ours?.mean, ours?.seeds], [30, 1]);
  }
  const again = record(1, 25, { time: "2026-02-01T00:00:00Z", specification: "spec2" });
  assert.deepEqual([rowOf([again, desk]).ours?.mean, rowOf([again, desk]).ours?.seeds], [25, 1]);
});

Deno.test("reproductionRows() keeps teachers apart, where ours has one", () => {
  const cell = { ...record(1, 1).cell, method: "BLKD", teacher: "ResNet-18" };
  const records = [record(1, 20, { cell })];
  const method = "BLKD";
  assert.equal(rowOf(records, { method }).ours?.mean, 20);
  assert.equal(rowOf(records, { method, teacher: "DenseNet-121" }).ours, undefined);
  // NOKD has none and stands in the rows of each.
  assert.equal(rowOf([record(1, 22)], { teacher: "DenseNet-121" }).ours?.mean, 22);
});

Deno.test("reproductionRows() refuses a difference where images, protocol or metric are others", () => {
  const cell = {
    dataset: "RC-49 (rendered by us)",
    setting: "R-5",
    student: "VGG11",
    method: "NOKD",
  };
  const degrees = { experiment: "rc49", metric: "mae_degrees", unit: "degrees" };
  const chairs = {
    table: "7",
    dataset: "RC-49",
    setting: "R-5",
    metric: "mae_degrees",
    value: 1.95,
  } as const;
  const rendered = record(1, 3, { ...degrees, cell });
  const row = rowOf([rendered], chairs);
  assert.deepEqual([row.ours?.mean, row.refused, row.difference], [3, "images", undefined]);
  // The authors' images are compared, and come first.
  const real = record(1, 4, { ...degrees, cell: { ...cell, dataset: "RC-49" }, recipe: "real" });
  assert.equal(rowOf([rendered, real], chairs).difference?.toFixed(2), "2.05");

  const faces = { table: "7-v3", dataset: "UTKFace", setting: "all", metric: "mae_years" } as const;
  const years = { metric: "mae_years", unit: "years" };
  const face = { ...cell, dataset: "UTKFace", setting: "all" };
  const later = rowOf([record(1, 9, { ...years, cell: face })], faces);
  assert.deepEqual([later.ours?.mean, later.refused, later.difference], [9, "protocol", undefined]);

  for (const other of [{ metric: "nll", unit: "nats" }, { unit: "share" }]) {
    const { refused, difference } = rowOf([record(1, 0.9, other)]);
    assert.deepEqual([refused, difference], ["metric", undefined]);
  }
});
