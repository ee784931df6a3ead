import assert from "node:assert/strict";
import { DataTable } from "./data_table.ts";

const TABLE = new DataTable({
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

Deno.test("DataTable.toArquero() gives a table to work on", () => {
  const table = TABLE.toArquero();
  assert.deepEqual(table.columnNames(), ["method", "ours", "half", "gap"]);
  assert.deepEqual(table.orderby("gap").array("method"), ["BLKD, T = 4", "a|b_<c>", "NOKD"]);
});

Deno.test("DataTable refuses columns that share a key", () => {
  const column = { key: "a", title: "a" };
  assert.throws(
    () => new DataTable({ columns: [column, column], rows: [] }),
    /found columns \[a, a\]/,
  );
  assert.throws(() => new DataTable({ columns: [], rows: [] }), RangeError);
});
