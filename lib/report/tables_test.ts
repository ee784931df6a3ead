import assert from "node:assert/strict";
import type { RunRecord } from "../base/disk/records.ts";
import { op } from "arquero";
import { recordOf } from "../testing/records.ts";
import { historyTable, recordTable, resultRows, resultTable } from "./tables.ts";

function record(
  method: string,
  seed: number,
  value: number,
  changes: Partial<RunRecord> = {},
): RunRecord {
  const teacher = method === "NOKD" ? {} : { teacher: "DenseNet-121" };
  return recordOf({
    cell: { dataset: "CIFAR-10", setting: "C-10K", student: "VGG11", method, ...teacher },
    seed,
    value,
    time: `2026-01-01T00:00:0${seed}Z`,
    ...changes,
  });
}

const RECORDS = [
  record("NOKD", 1, 22),
  record("NOKD", 2, 23),
  record("NOKD", 3, 24),
  record("cGAN-KD", 1, 25.5),
];

Deno.test("resultTable() shows paper, ours, interval, difference and seeds", () => {
  const cells = [{
    dataset: "CIFAR-10",
    setting: "C-10K",
    teacher: "DenseNet-121",
    student: "VGG11",
    method: "TAKD",
  }];
  const lines = resultTable(RECORDS, { paperTable: "1", cells }).toText().split("\n");
  // Student's t for two degrees of freedom is 4.303; 4.303 * 1 / sqrt(3) = 2.48.
  assert.deepEqual(lines, [
    `CIFAR-10: test error (%), preset "desk"`,
    "setting  teacher       student  method   paper   ours    95 %  difference (points)  seeds",
    "───────  ────────────  ───────  ───────  ─────  ─────  ──────  ───────────────────  ─────",
    "C-10K    DenseNet-121  VGG11    TAKD     16.43      –       –                    –      –",
    "C-10K    –             VGG11    NOKD     18.57  23.00  ± 2.48                +4.43      3",
    "C-10K    DenseNet-121  VGG11    cGAN-KD  14.32  25.50       –               +11.18      1",
    `Ours: mean over seeds at preset "desk", with half the width of Student's 95 % interval.`,
    "Paper: one run of the authors at their own scale.",
    "A dash is what nobody ran.",
  ]);
});

Deno.test("resultTable() of images of one's own has no columns for the paper, and says shared changes once", () => {
  const changes = { "dataset.path": "pets", seeds: "[1]" };
  const pets = (method: string, more = {}) =>
    record(method, 1, 20, {
      experiment: "own_images",
      cell: { dataset: "pets", setting: "all", student: "VGG11", method },
      changes: { ...changes, ...more },
    });
  const table = resultTable([pets("NOKD"), pets("cGAN-KD")]);
  const [head = ""] = table.toCSV().split("\n");
  assert.doesNotMatch(head, /paper|difference|changes/);
  assert.ok(table.notes.includes("Changed in every row: dataset.path=pets."));

  const other = resultTable([pets("NOKD"), pets("cGAN-KD", { fakeShare: "0.5" })]);
  assert.match(other.toCSV(), /changes/);
  assert.doesNotMatch(other.notes.join(), /Changed in every row/);
});

Deno.test("resultTable() never mixes presets and says which it found", () => {
  const mixed = [...RECORDS, record("NOKD", 4, 30, { preset: "quick" })];
  assert.throws(
    () => resultTable(mixed, { paperTable: "1" }),
    {
      name: "RangeError",
      message: 'Cannot build a table: found presets "desk" and "quick", want records of one preset',
    },
  );
});

Deno.test("resultTable() never mixes experiments or metrics", () => {
  const cases: [Partial<RunRecord>, RegExp][] = [
    [{ experiment: "rc49" }, /found experiments "cifar10" and "rc49"/],
    [{ metric: "nll", unit: "nats" }, /found metrics "error_rate_pct in %" and "nll in nats"/],
  ];
  for (const [changes, message] of cases) {
    const mixed = [...RECORDS, record("NOKD", 4, 30, changes)];
    assert.throws(() => resultTable(mixed, { paperTable: "1" }), message);
  }
});

Deno.test("resultRows() shows one metric of several when it is named", () => {
  const records = [...RECORDS, record("NOKD", 1, 0.9, { metric: "nll", unit: "nats" })];
  const rows = resultRows(records, { paperTable: "1", metric: "nll" });
  assert.equal(rows.length, 1);
  assert.equal(rows[0]?.ours, 0.9);
  // The paper's number is an error in percent and has no place beside nats.
  assert.equal(rows[0]?.paper, undefined);
});

Deno.test("resultRows() takes the first table of the paper that has a cell when none is named", () => {
  // NOKD of VGG11 on C-10K is 18.57 % in Table 1 and 16.05 % in Table 2.
  const named = resultRows(RECORDS, { paperTable: "1" });
  assert.deepEqual(resultRows(RECORDS), named);
  assert.equal(named.find(({ method }) => method === "NOKD")?.paper, 18.57);
});

Deno.test("resultRows() counts a repeated seed once, the newer run", () => {
  const again = record("NOKD", 1, 99, { time: "2026-02-01T00:00:00Z" });
  const rows = resultRows([again, record("NOKD", 1, 22)], { paperTable: "1" });
  assert.deepEqual(rows.map((row) => [row.ours, row.seeds, row.halfWidth]), [[99, 1, undefined]]);
});

Deno.test("resultTable() keeps students of another recipe apart", () => {
  const table = resultTable([...RECORDS, record("NOKD", 1, 40, { recipe: "recipe2" })], {
    paperTable: "1",
  });
  assert.ok(table.columnNames().includes("recipe"));
  const nokd = table.rows.filter((row) => row["method"] === "NOKD");
  assert.deepEqual(nokd.map((row) => [row["recipe"], row["ours"], row["seeds"]]), [
    ["recipe1", 23, 3],
    ["recipe2", 40, 1],
  ]);
});

Deno.test("resultRows() has one row for a student that two runs share", () => {
  const rows = resultRows([
    record("NOKD", 1, 22),
    record("NOKD", 1, 22, { specification: "spec2" }),
    record("cGAN-KD", 1, 20),
    record("cGAN-KD", 1, 21, { specification: "spec2", recipe: "recipe2" }),
  ], { paperTable: "1" });
  assert.deepEqual(rows.map((row) => [row.method, row.ours, row.seeds, row.specifications]), [
    ["NOKD", 22, 1, ["spec1", "spec2"]],
    ["cGAN-KD", 20, 1, ["spec1"]],
    ["cGAN-KD", 21, 1, ["spec2"]],
  ]);
  assert.deepEqual([...rows[0]!.values], [[1, 22]]);
});

Deno.test("resultRows() puts a teacher's own error beside the paper's", () => {
  const cell = {
    dataset: "CIFAR-10",
    setting: "C-10K",
    teacher: "ResNet-18",
    method: "teacher",
  };
  const rows = resultRows([record("teacher", 1, 18.4, { cell })], { paperTable: "1" });
  assert.equal(rows[0]?.paper, 16.07);
  assert.equal(rows[0]?.difference?.toFixed(2), "2.33");
});

Deno.test("resultTable() says in every row that chairs are rendered, and takes no difference", () => {
  const cell = {
    dataset: "RC-49 (rendered by us)",
    setting: "R-5",
    student: "MobileNetV2",
    method: "cGAN-KD",
  };
  const changes = { cell, metric: "mae_degrees", unit: "degrees", experiment: "rc49" };
  const ours = [record("cGAN-KD", 1, 2, changes), record("cGAN-KD", 2, 3, changes)];
  const table = resultTable(ours, { title: "RC-49, preset desk", paperTable: "7" });
  const [row] = table.rows;
  assert.deepEqual([row?.["paper"], row?.["ours"], row?.["difference"]], [1.18, 2.5, undefined]);
  const printed = [table.toText(), table.toCSV(), table.toMarkdown(), table.toLatex()];
  for (const text of printed) {
    const lines = text.split("\n").filter((line) => line.includes("MobileNetV2"));
    assert.equal(lines.length, 1);
    assert.match(lines[0]!, /RC-49 \(rendered by us\).*1\.18/);
  }
  assert.match(table.toText(), /on the authors' images; ours on images rendered by us/);
  // The authors' own file is compared as usual.
  const real = { ...changes, cell: { ...cell, dataset: "RC-49" } };
  const [same] = resultRows([record("cGAN-KD", 1, 2, real)], { paperTable: "7" });
  assert.equal(same?.difference?.toFixed(2), "0.82");
  assert.ok(!resultTable([record("cGAN-KD", 1, 2, real)]).toText().includes("rendered"));
});

Deno.test("resultTable() says that UTKFace's published numbers are of another protocol", () => {
  const cell = { dataset: "UTKFace", setting: "all", student: "MobileNetV2", method: "NOKD" };
  const changes = { cell, metric: "mae_years", unit: "years", experiment: "utkface" };
  const table = resultTable([record("NOKD", 1, 8, changes)]);
  assert.deepEqual([table.rows[0]?.["paper"], table.rows[0]?.["difference"]], [7.16, undefined]);
  assert.match(table.toText(), /Paper: from version 3 of the paper, whose protocol is another/);
  // No number of the paper, nothing to be said about it.
  const other = { ...changes, cell: { ...cell, student: "ShuffleNetV2" } };
  assert.ok(!resultTable([record("NOKD", 1, 8, other)]).toText().includes("Paper:"));
});

Deno.test("resultTable() of no records holds the wanted cells as dashes", () => {
  const cells = [{ dataset: "RC-49", setting: "R-5", student: "MobileNetV2", method: "NOKD" }];
  const table = resultTable([], { paperTable: "7", cells });
  assert.match(table.toText(), /R-5 +– +MobileNetV2 +NOKD +1\.74 +– +– +– +–/);
  assert.equal(resultTable([]).rows.length, 0);
});

/** A run whose training came to nothing. */
function failed(method: string, seed: number, changes: Partial<RunRecord> = {}): RunRecord {
  const { value: _value, ...rest } = record(method, seed, 0, changes);
  return { ...rest, failure: "test is NaN at step 4" };
}

Deno.test("a run that failed is a dash and is counted, and is in no mean", () => {
  const mixed = [...RECORDS.slice(0, 2), failed("NOKD", 3), failed("cGAN-KD", 1)];
  const rows = resultRows(mixed, { paperTable: "1" });
  assert.deepEqual(rows.map(({ ours, seeds, failed }) => [ours, seeds, failed]), [
    [22.5, 2, 1],
    [undefined, 0, 1],
  ]);
  const table = resultTable(mixed, { paperTable: "1" });
  const lines = table.toText().split("\n");
  assert.match(lines[3]!, /NOKD +18\.57 +22\.50 .* 2 +1$/);
  assert.match(lines[4]!, /cGAN-KD +14\.32 +– +– +– +– +1$/);
  assert.match(
    lines.at(-1)!,
    /^Failed: runs whose training came to no number; they are in no mean\.$/,
  );
  // The same seed run again with a result has not failed.
  const again = record("cGAN-KD", 1, 20, { time: "2026-02-01T00:00:00Z" });
  const finished = resultTable([...mixed.slice(0, 2), failed("cGAN-KD", 1), again], {
    paperTable: "1",
  });
  assert.ok(!finished.columnNames().includes("failed"));
});

Deno.test("resultTable() calls a row changed only where no run of the preset itself shares it", () => {
  // The student without fakes is that of the ordinary run, in whichever order they ran.
  const other = record("NOKD", 1, 22, {
    changes: { "synthesis.steps": "[]" },
    specification: "spec2",
  });
  for (const records of [[...RECORDS, other], [other, ...RECORDS]]) {
    assert.doesNotMatch(resultTable(records).toText(), /synthesis/);
    assert.doesNotMatch(resultTable(recordTable(records)).toText(), /synthesis/);
  }
  const twice = { ...other, changes: { "synthesis.steps": "[]", "gan.batch": "8" } };
  assert.doesNotMatch(resultTable([twice, other]).toText(), /gan\.batch/);
});

Deno.test("recordTable() takes the verbs of arquero, whose means leave out runs that failed", () => {
  const table = recordTable([...RECORDS, failed("cGAN-KD", 2)]);
  const means = table.filter((d: { preset: string }) => d.preset === "desk").groupby("method")
    .rollup({ mean: op.mean("value"), runs: op.count(), failed: op.valid("failure") });
  assert.deepEqual(means.objects(), [
    { method: "NOKD", mean: 23, runs: 3, failed: 0 },
    { method: "cGAN-KD", mean: 25.5, runs: 2, failed: 1 },
  ]);
});

Deno.test("resultTable() reads filtered tables of records as it reads the records", () => {
  const changes = { changes: { seeds: "[1]", "gan.batch": "8" }, recipe: "recipe2" };
  const records = [...RECORDS, record("BLKD", 2, 21, changes), failed("NOKD", 4)];
  const table = recordTable(records);
  const options = { paperTable: "1" };
  assert.equal(resultTable(table, options).toText(), resultTable(records, options).toText());
  const chosen = table.filter((d: { method: string }) => d.method === "BLKD");
  assert.match(resultTable(chosen, options).toText(), /BLKD +gan\.batch=8 +15\.95 +21\.00/);
  assert.throws(
    () => resultTable(table.select("method", "value")),
    /Cannot read records from a table: found no column "experiment"/,
  );
});

Deno.test("historyTable() has a column for each metric, whenever it begins", () => {
  const table = historyTable([{ step: 20, loss: 0.5 }, { step: 40, loss: 0.25, test: 30 }]);
  assert.deepEqual(table.columnNames(), ["step", "loss", "test"]);
  assert.deepEqual(table.rollup({ test: op.mean("test"), loss: op.mean("loss") }).objects(), [
    { test: 30, loss: 0.375 },
  ]);
  assert.deepEqual(historyTable([]).columnNames(), ["step"]);
  assert.deepEqual(historyTable([{ epoch: 1, test: 30 }]).columnNames(), ["epoch", "test"]);
});

Deno.test("resultTable() shows weights and FLOPs of students whose records have them", () => {
  const size = { weights: 1_234_567, multiplyAdds: 2_500_000 };
  const sized = record("NOKD", 1, 30);
  const table = resultTable([{ ...sized, size }, record("BLKD", 1, 20)]);
  const rows = table.objects() as { method: string; weights?: number; gflops?: number }[];
  assert.deepEqual(rows.map(({ method, weights, gflops }) => [method, weights, gflops]), [
    ["NOKD", 1.234567, 0.005],
    ["BLKD", undefined, undefined],
  ]);
  assert.match(table.toText(), /weights \(M\) +GFLOPs/);
  assert.match(table.toText(), /GFLOPs: twice the multiply-adds/);
  assert.ok(!resultTable([sized]).toText().includes("GFLOPs"));
});

Deno.test("resultTable() shows how fast students are where all were measured in one place", () => {
  const at = (where: string, imagesPerSecond: number) => ({ speed: { imagesPerSecond, where } });
  const [first, second, other] = [1, 2, 3].map((seed) => record("NOKD", seed, 30));
  const table = resultTable([
    { ...first!, ...at("A", 900) },
    // The best of the seeds.
    { ...second!, ...at("A", 1000) },
    record("BLKD", 1, 20),
  ]);
  const speeds = table.objects() as { imagesPerSecond?: number }[];
  assert.deepEqual(speeds.map(({ imagesPerSecond }) => imagesPerSecond), [1000, undefined]);
  assert.match(table.toText(), /images\/s/);
  assert.match(table.toText(), /right after its training, with whatever else ran then; on A\./);
  // A machine says nothing of another one.
  const time = "2027-01-01T00:00:00.000Z";
  const mixed = resultTable([
    { ...first!, ...at("A", 900) },
    { ...other!, ...at("B", 100), time },
    { ...record("BLKD", 1, 20), ...at("A", 500) },
  ]);
  assert.ok(!mixed.toText().includes("images/s"));
  assert.match(mixed.toText(), /measured in several places, which do not compare/);
  const [row] = resultRows([{ ...first!, ...at("A", 900) }, { ...other!, ...at("B", 100), time }]);
  assert.deepEqual([row!.imagesPerSecond, row!.speedWhere], [100, "B"]);
  // Trained again elsewhere, with an equal result.
  const confirmed = { time, revision: "later", wallSeconds: 1, ...at("B", 100) };
  const again = { ...first!, ...at("A", 900), confirmed };
  assert.equal(resultRows([again])[0]!.speedWhere, "B");
});

Deno.test("resultTable() says in its title where errors are of held-out training images", () => {
  const held = record("NOKD", 1, 30);
  const validation = { ...held, cell: { ...held.cell, setting: "C-10K, validation" } };
  const titleOf = (...records: RunRecord[]) => resultTable(records).toText().split("\n")[0];
  assert.equal(titleOf(held), 'CIFAR-10: test error (%), preset "desk"');
  assert.equal(titleOf(validation), 'CIFAR-10: validation error (%), preset "desk"');
  assert.equal(titleOf(held, validation), 'CIFAR-10: test or validation error (%), preset "desk"');
  const unused = { ...held, cell: { ...held.cell, setting: "C-10K, N = 2,000, unused" } };
  assert.equal(titleOf(unused), 'CIFAR-10: held-out error (%), preset "desk"');
  assert.equal(titleOf(held, unused), 'CIFAR-10: test or held-out error (%), preset "desk"');
});
