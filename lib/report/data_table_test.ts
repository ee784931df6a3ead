import assert from "node:assert/strict";
import { op } from "arquero";
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
