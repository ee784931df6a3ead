import assert from "node:assert/strict";
import type { PublishedComponent } from "../paper/figures.ts";
import type { PublishedResult } from "../paper/published.ts";
import { tableStatements } from "./claims.ts";
import { componentStatements } from "./component_claims.ts";
import { countOrderings } from "./orderings.ts";
import type { OurRun } from "./ours.ts";

/** A published value of Table 1. */
function published(
  setting: string,
  method: string,
  value: number,
  teacher = "ResNet-18",
): PublishedResult {
  const cell = { dataset: "CIFAR-10", setting, teacher, student: "VGG11", method };
  return { table: "1", ...cell, metric: "error_rate_pct", value };
}

/** A run of ours with a value for each seed from 1 on; undefined where the seed was not run. */
function run(
  setting: string,
  method: string,
  values: readonly (number | undefined)[],
  more: Partial<OurRun> = {},
): OurRun {
  return {
    experiment: "cifar10",
    preset: "desk",
    dataset: "CIFAR-10",
    setting,
    student: "VGG11",
    method,
    metric: "error_rate_pct",
    unit: "%",
    changes: {},
    values: new Map(
      values.flatMap((value, index) => value === undefined ? [] : [[index + 1, value] as const]),
    ),
    failed: 0,
    time: "2026-01-01T00:00:00Z",
    ...more,
  };
}

/** Counts of the claim whose words begin so: pairs, holds, tested, ours, agree, sure for, sure against. */
function countsOf(
  claim: RegExp,
  values: readonly PublishedResult[],
  runs: readonly OurRun[],
): (number | undefined)[] {
  const [count, ...others] = countOrderings(tableStatements(values), runs)
    .filter((one) => claim.test(one.claim));
  assert.deepEqual(others, []);
  const { paperPairs, paperHolds, tested, holds, agree, sureFor, sureAgainst } = count!;
  return [paperPairs, paperHolds, tested.length, holds, agree, sureFor, sureAgainst];
}

const BETTER = /than NOKD$/;

Deno.test("cGAN-KD against NOKD is one pair a student, not one a teacher", () => {
  const values = ["ResNet-18", "DenseNet-121"].flatMap((teacher) => [
    published("C-10K", "NOKD", 18, teacher),
    published("C-10K", "cGAN-KD", 14, teacher),
  ]);
  assert.deepEqual(countsOf(BETTER, values, []), [1, 1, 0, 0, 0, 0, 0]);
});

Deno.test("an interval of paired differences is sure where the intervals of the means overlap", () => {
  const values = [published("C-10K", "NOKD", 18), published("C-10K", "cGAN-KD", 14)];
  // Differences of -1.0, -1.1 and -0.9 between seeds that are 10 points apart.
  const nokd = run("C-10K", "NOKD", [20, 30, 40]);
  const better = run("C-10K", "cGAN-KD", [19, 28.9, 39.1]);
  assert.deepEqual(countsOf(BETTER, values, [nokd, better]), [1, 1, 1, 1, 1, 1, 0]);
  const worse = run("C-10K", "cGAN-KD", [21, 31.1, 40.9]);
  assert.deepEqual(countsOf(BETTER, values, [nokd, worse]), [1, 1, 1, 0, 0, 0, 1]);
  const unsure = run("C-10K", "cGAN-KD", [15, 34, 39]);
  assert.deepEqual(countsOf(BETTER, values, [nokd, unsure]), [1, 1, 1, 1, 1, 0, 0]);
  // One seed is tested and never sure.
  const single = run("C-10K", "cGAN-KD", [10]);
  assert.deepEqual(countsOf(BETTER, values, [nokd, single]), [1, 1, 1, 1, 1, 0, 0]);
});

Deno.test("only seeds in common at one preset on the same images are a pair", () => {
  const values = [published("C-10K", "NOKD", 18), published("C-10K", "cGAN-KD", 14)];
  const nokd = run("C-10K", "NOKD", [20, 21]);
  const untested = [
    run("C-10K", "cGAN-KD", [undefined, undefined, 19]),
    run("C-10K", "cGAN-KD", [19], { preset: "quick" }),
    run("C-10K", "cGAN-KD", [19], { dataset: "CIFAR-10 (rendered by us)" }),
    run("C-10K", "cGAN-KD", [19], { metric: "nll" }),
    run("C-10K", "cGAN-KD", [19], { changes: { "gan.steps": "5" } }),
    run("C-10K", "cGAN-KD", []),
  ];
  for (const one of untested) {
    assert.deepEqual(countsOf(BETTER, values, [nokd, one]), [1, 1, 0, 0, 0, 0, 0]);
  }
  // Both at quick, since only one is at desk.
  const quick = ["NOKD", "cGAN-KD"].map((name, k) =>
    run("C-10K", name, [9 - k], { preset: "quick" })
  );
  assert.deepEqual(countsOf(BETTER, values, [nokd, ...quick]), [1, 1, 1, 1, 1, 0, 0]);
});

Deno.test("what the paper's own values contradict is counted, and agrees with ours where ours does", () => {
  const values = [published("C-10K", "BLKD", 14), published("C-10K", "cGAN-KD+BLKD", 15)];
  const teacher = "ResNet-18";
  const runs = [
    run("C-10K", "BLKD", [20, 21], { teacher }),
    run("C-10K", "cGAN-KD+BLKD", [22, 23.1], { teacher }),
  ];
  assert.deepEqual(countsOf(/than alone$/, values, runs), [1, 0, 1, 0, 1, 0, 1]);
  // Of another teacher it is another pair.
  const others = runs.map((one) => ({ ...one, teacher: "DenseNet-121" }));
  assert.deepEqual(countsOf(/than alone$/, values, others), [1, 0, 0, 0, 0, 0, 0]);
});

Deno.test("gains are compared over every two settings, from more to less data", () => {
  const values = [
    published("C-50K", "NOKD", 8),
    published("C-50K", "cGAN-KD", 7),
    published("C-20K", "NOKD", 12),
    published("C-20K", "cGAN-KD", 10.5),
    published("C-10K", "NOKD", 18),
    published("C-10K", "cGAN-KD", 17.5),
  ];
  // Gains of the paper: 1, 1.5 and 0.5. Ours: none at C-20K; 1 and then 3.
  const runs = [
    run("C-50K", "NOKD", [10, 12]),
    run("C-50K", "cGAN-KD", [9, 11]),
    run("C-10K", "NOKD", [20, 24]),
    run("C-10K", "cGAN-KD", [17, 21.1]),
  ];
  assert.deepEqual(countsOf(/^The gain of cGAN-KD/, values, runs), [3, 1, 1, 1, 0, 1, 0]);
});

Deno.test("the control at equal steps is ours, and the paper has no pair of it", () => {
  const values = [published("C-10K", "NOKD", 18), published("C-10K", "cGAN-KD", 14)];
  const runs = [run("C-10K", "NOKD (equal steps)", [20, 22]), run("C-10K", "cGAN-KD", [21, 23])];
  assert.deepEqual(
    countsOf(/equal steps/, values, runs),
    [undefined, undefined, 1, 0, undefined, 0, 1],
  );
});

Deno.test("the order of components needs runs that change nothing but the steps", () => {
  const bar = (processing: PublishedComponent["processing"], value: number) => ({
    dataset: "CIFAR-10",
    setting: "C-10K",
    student: "VGG11",
    processing,
    metric: "error_rate_pct" as const,
    value,
  });
  const statements = componentStatements([
    bar("NOKD", 18),
    bar("unprocessed", 16),
    bar("subsampling", 16.5),
    bar("subsampling+filtering", 15),
    bar("subsampling+filtering+adjustment", 14),
  ]);
  const steps = (text: string) => ({ changes: { "synthesis.steps": text } });
  const runs = [
    run("C-10K", "NOKD", [20]),
    run("C-10K", "cGAN-KD", [22], steps("[]")),
    run("C-10K", "cGAN-KD", [21], steps('["subsample"]')),
    run("C-10K", "cGAN-KD", [19], steps('["subsample", "filter"]')),
    run("C-10K", "cGAN-KD", [18]),
  ];
  const counts = countOrderings(statements, runs);
  assert.deepEqual(
    counts.map((one) => [one.paperPairs, one.paperHolds, one.tested.length, one.holds, one.agree]),
    [[1, 1, 1, 0, 0], [1, 0, 1, 1, 0], [1, 1, 1, 1, 1], [1, 1, 1, 1, 1]],
  );
  const changed = { ...runs[3]!, changes: { ...runs[3]!.changes, "gan.batch": "8" } };
  const fewer = countOrderings(statements, [...runs.slice(0, 3), changed, runs[4]!]);
  assert.deepEqual(fewer.map(({ tested }) => tested.length), [1, 1, 0, 0]);
});
