import assert from "node:assert/strict";
import type { Row } from "./row.ts";
import { benchTables } from "./table.ts";

const ROW: Row = { work: "w", group: "g", ours_ms: 12.34, repetitions: 3, spread: 0.02 };

Deno.test("benchTables() makes one table a group with the columns that have figures", () => {
  const tables = benchTables([
    { ...ROW, work: "a", eager_ms: 20, ratio_eager: 0.617, share_of_matmul: 0.85 },
    { ...ROW, work: "b", group: "h" },
    { ...ROW, work: "c" },
  ]);
  assert.deepEqual(tables.map(({ title }) => title), ["g", "h"]);
  const [first, second] = tables.map((table) => table.toCSV().trim().split("\n"));
  assert.equal(first![0], "work,ours_ms,eager_ms,ratio_eager,share,scatter");
  assert.equal(first![1], "a,12.34,20,0.617,85,2");
  assert.equal(second![0], "work,ours_ms,scatter");
});

Deno.test("benchTables() marks rows that others disturbed and leaves their ratios out", () => {
  const [table] = benchTables([
    { ...ROW, others: 0.02, ratio_eager: 0.81 },
    { ...ROW, work: "v", others: 0.5, ratio_eager: 0.13 },
  ]);
  const text = table!.toText();
  assert.match(text, /^v \*/m);
  assert.doesNotMatch(text, /^w \*/m);
  assert.match(text, /\* Other processes/);
  assert.match(text, /0\.81/);
  assert.doesNotMatch(text, /0\.13/);
});

Deno.test("benchTables() shows processor times of disturbed rows whose peer slept while it waited", () => {
  const disturbed = { ...ROW, others: 0.5, ratio_eager: 0.13, ratio_eager_cpu: 0.77 };
  const textOf = (row: Row) => benchTables([row])[0]!.toText();
  assert.match(textOf({ ...disturbed, sleepy: true }), /0\.77/);
  assert.doesNotMatch(textOf({ ...disturbed, sleepy: true }), /0\.13|12\.3/);
  assert.doesNotMatch(textOf(disturbed), /0\.77/);
});

Deno.test("benchTables() names the work that a share is of", () => {
  const [table] = benchTables([{ ...ROW, share_of_reference: 0.023, reference: "a step" }]);
  assert.match(table!.toText(), /2\.3[\s\S]*Its step: a step\./);
});
