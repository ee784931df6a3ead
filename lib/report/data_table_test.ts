import assert from "node:assert/strict";
import { desc, op } from "arquero";
import { DataTable } from "./data_table.ts";

const TABLE = DataTable.of({
  title: "Errors & more",
  columns: [
    { key: "method", title: "method" },
    { key: "ours", title: "ours", digits: 2 },
    { key: "half", title: "95 %", digits: 2, plusMinus: true },
    { key: "gap", title: "difference", digits: 2, signed: true },
  ],
  rows: [
    { method: "NOKD", ours: 22.8, half: 0.456, gap: 4.23 },
    { method: "a|b_<c>", ours: 5, half: undefined, gap: -0.001 },
    { method: "BLKD, T = 4", ours: undefined, half: NaN, gap: -1.5 },
  ],
  notes: ["A dash is what nobody ran."],
});

Deno.test("DataTable.toText() aligns columns, and what is missing is a dash", () => {
  assert.equal(
    TABLE.toText(),
    [
      "Errors & more",
      "method        ours    95 %  difference",
      "───────────  ─────  ──────  ──────────",
      "NOKD         22.80  ± 0.46       +4.23",
      "a|b_<c>       5.00       –        0.00",
      "BLKD, T = 4      –       –       −1.50",
      "A dash is what nobody ran.",
    ].join("\n"),
  );
});

Deno.test("DataTable.toMarkdown() aligns numbers to the right and escapes bars", () => {
  assert.equal(
    TABLE.toMarkdown(),
    [
      "**Errors & more**",
      "",
      "| method | ours | 95 % | difference |",
      "| --- | ---: | ---: | ---: |",
      "| NOKD | 22.80 | ± 0.46 | +4.23 |",
      "| a\\|b_<c> | 5.00 | – | 0.00 |",
      "| BLKD, T = 4 | – | – | −1.50 |",
      "",
      "A dash is what nobody ran.",
    ].join("\n"),
  );
});

Deno.test("DataTable.toCSV() keeps all digits and leaves missing fields empty", () => {
  assert.equal(
    TABLE.toCSV(),
    'method,ours,half,gap\nNOKD,22.8,0.456,4.23\na|b_<c>,5,,-0.001\n"BLKD, T = 4",,,-1.5\n',
  );
});

Deno.test("DataTable.toLatex() is a booktabs table with what LaTeX reads escaped", () => {
  assert.equal(
    TABLE.toLatex(),
    [
      "\\begin{table}",
      "\\centering",
      "\\caption{Errors \\& more}",
      "\\begin{tabular}{lrrr}",
      "\\toprule",
      "method & ours & 95 \\% & difference \\\\",
      "\\midrule",
      "NOKD & 22.80 & $\\pm$ 0.46 & +4.23 \\\\",
      "a|b\\_<c> & 5.00 & -- & 0.00 \\\\",
      "BLKD, T = 4 & -- & -- & $-$1.50 \\\\",
      "\\bottomrule",
      "\\end{tabular}",
      "\\par\\footnotesize A dash is what nobody ran.",
      "\\end{table}",
    ].join("\n"),
  );
});

Deno.test("DataTable.toHTML() escapes text and holds every row", () => {
  const html = TABLE.toHTML();
  assert.equal(html.split("<tr>").length - 1, 4);
  assert.ok(html.includes("a|b_&lt;c&gt;") && html.includes("Errors &amp; more"));
  assert.ok(!html.includes("<c>"));
  assert.deepEqual(Object.keys(TABLE.bundle()), ["text/html", "text/plain"]);
});

Deno.test("verbs of arquero work on a table, and what they give prints the columns as before", () => {
  const ordered = TABLE.orderby("gap");
  assert.deepEqual(ordered.array("method"), ["BLKD, T = 4", "a|b_<c>", "NOKD"]);
  const best = ordered.filter((row: { gap: number }) => row.gap < 0).select("method", "gap");
  assert.equal(
    best.toText(),
    [
      "method       difference",
      "───────────  ──────────",
      "BLKD, T = 4       −1.50",
      "a|b_<c>            0.00",
    ].join("\n"),
  );
  assert.deepEqual([best.title, best.notes, TABLE.title], [undefined, [], "Errors & more"]);
  // What is missing counts as nothing, least of all as 0; columns without a look are printed as they are.
  const mean = TABLE.rollup({ mean: op.mean("ours"), count: op.valid("ours") });
  assert.deepEqual(mean.rows, [{ mean: 13.9, count: 2 }]);
  assert.equal(mean.toCSV(), "mean,count\n13.9,2\n");
  assert.ok(mean.toHTML().includes(">13.9<"));
});

Deno.test("DataTable refuses columns that share a key", () => {
  const column = { key: "a", title: "a" };
  assert.throws(
    () => DataTable.of({ columns: [column, column], rows: [] }),
    /found columns \[a, a\]/,
  );
  assert.throws(() => DataTable.of({ columns: [], rows: [] }), RangeError);
});

Deno.test("DataTable prints units in headings, and six digits where nobody said how many", () => {
  const table = DataTable.of({
    columns: [{ key: "error", unit: "degrees" }],
    rows: [{ error: -1 / 3 }, { error: 1234567.8 }, { error: Infinity }],
  });
  assert.equal(
    table.toMarkdown(),
    "| error (degrees) |\n| ---: |\n| −0.333333 |\n| 1234570 |\n| – |",
  );
});

Deno.test("DataTable.orderby() puts what is missing last, so that the best is one that was run", () => {
  const table = DataTable.of({
    columns: [{ key: "method" }, { key: "error" }, { key: "seeds" }],
    rows: [
      { method: "not run", error: undefined, seeds: 1 },
      { method: "b", error: 3, seeds: 2 },
      { method: "failed", error: NaN, seeds: 1 },
      { method: "a", error: 2, seeds: 1 },
      { method: "endless", error: Infinity, seeds: 1 },
      { method: "c", error: 3, seeds: 1 },
      { method: "null", error: null, seeds: 1 },
    ],
  });
  const firsts = (ordered: DataTable) => ordered.array("method").slice(0, 3);
  assert.deepEqual(firsts(table.orderby("error", "seeds")), ["a", "c", "b"]);
  assert.deepEqual(firsts(table.orderby(["error", desc("seeds")])), ["a", "b", "c"]);
  assert.deepEqual(firsts(table.orderby(desc("error"), "seeds")), ["c", "b", "a"]);
  assert.deepEqual(firsts(table.orderby({ first: desc("error"), then: "method" })), [
    "b",
    "c",
    "a",
  ]);
  assert.deepEqual(firsts(table.orderby(1, 2)), ["a", "c", "b"]);
  assert.deepEqual(firsts(table.orderby("seeds", "error")), ["a", "c", "not run"]);
  assert.equal(table.orderby("error").array("method").length, 7);
  // After a roll-up, as notebooks do it: a method of which every run failed has no mean.
  const means = table.groupby("method").rollup({ mean: op.mean("error") }).orderby("mean");
  assert.equal(means.rows[0]!.method, "a");
  const byExpression = table.filter((row: { error: number }) => op.is_finite(row.error))
    .orderby(desc((row: { error: number; seeds: number }) => row.error * 10 + row.seeds));
  assert.deepEqual(firsts(byExpression), ["b", "c", "a"]);
});

Deno.test("DataTable.concat() keeps the columns that only some tables have, with their looks", () => {
  const first = DataTable.of({
    columns: [{ key: "epoch" }, { key: "error", unit: "%", digits: 1 }],
    rows: [{ epoch: 1, error: 22.61 }],
  });
  const second = DataTable.of({
    columns: [{ key: "error", digits: 4 }, { key: "fid", title: "FID", digits: 2 }],
    rows: [{ error: 20.41, fid: 14.2 }],
  });
  const both = first.concat(second, first);
  assert.deepEqual(both.columnNames(), ["epoch", "error", "fid"]);
  assert.deepEqual(Array.from(both.array("fid"), (fid) => fid ?? null), [null, 14.2, null]);
  assert.equal(
    both.toMarkdown(),
    "| epoch | error (%) | FID |\n| ---: | ---: | ---: |\n" +
      "| 1 | 22.6 | – |\n| – | 20.4 | 14.20 |\n| 1 | 22.6 | – |",
  );
  assert.equal(first.concat([first]).toMarkdown(), first.concat(first).toMarkdown());
  const filtered = second.filter((row: { error: number }) => row.error > 30).concat(first);
  assert.deepEqual(filtered.rows, [{ error: 22.61, fid: undefined, epoch: 1 }]);
});

Deno.test("DataTable.pivot() orders columns of numbers by their size", () => {
  const table = DataTable.of({
    columns: [{ key: "student" }, { key: "fakes" }, { key: "error" }, { key: "seeds" }],
    rows: [10000, 250, -1, 1000, 0.5].flatMap((fakes) => [
      { student: "VGG11", fakes, error: fakes / 2, seeds: 3 },
      { student: "ResNet", fakes, error: fakes / 4, seeds: 1 },
    ]),
  });
  const wide = table.groupby("student").pivot("fakes", "error");
  assert.deepEqual(wide.columnNames(), ["student", "-1", "0.5", "250", "1000", "10000"]);
  assert.deepEqual(wide.rows[1], {
    student: "ResNet",
    "-1": -0.25,
    "0.5": 0.125,
    "250": 62.5,
    "1000": 250,
    "10000": 2500,
  });
  const two = table.groupby("student").pivot("fakes", ["error", "seeds"], { limit: 2 });
  assert.deepEqual(
    two.columnNames(),
    ["student", "error_-1", "error_0.5", "seeds_-1", "seeds_0.5"],
  );
  // Names stay in the order of their letters, and what is not to be sorted is not.
  assert.deepEqual(table.groupby("fakes").pivot("student", "error").columnNames(), [
    "fakes",
    "ResNet",
    "VGG11",
  ]);
  const vgg = table.filter((row: { student: string }) => row.student === "VGG11");
  const unsorted = vgg.pivot("fakes", "error", { sort: false, limit: 2 });
  assert.deepEqual(unsorted.columnNames(), ["10000", "250"]);
});

Deno.test("DataTable.pivot() asks what several rows of a cell become", () => {
  const table = DataTable.of({
    columns: [{ key: "method" }, { key: "setting" }, { key: "seed" }, { key: "error" }],
    rows: [20, 22, 24].map((error, seed) => ({ method: "KD", setting: "C-10K", seed, error })),
  });
  const methods = table.groupby("method");
  for (const values of ["error", ["error"], ["seed", "error"]]) {
    assert.throws(
      () => methods.pivot("setting", values),
      /^RangeError: Cannot turn a table wide: found 3 rows for the cell of KD, C-10K, want one; group/,
    );
  }
  assert.throws(
    () => table.pivot(["method", "setting"], "error"),
    /the cell of KD_C-10K, want one/,
  );
  const means = methods.pivot("setting", { error: op.mean("error") });
  assert.deepEqual(means.rows, [{ method: "KD", "C-10K": 22 }]);
  const seeds = table.groupby("method", "seed").pivot("setting", "error");
  assert.deepEqual(seeds.array("C-10K"), [20, 22, 24]);
});
