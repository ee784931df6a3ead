import assert from "node:assert/strict";
import {
  declareParameters,
  figuresOf,
  joinCells,
  missingOutputs,
  type Notebook,
  type NotebookCell,
  parseNotebook,
  secondsOfCell,
  titleOfCell,
} from "./notebook_file.ts";

const PARAMETERS = { preset: "smoke", fresh: true, changes: { "gan.batch": "8" } };

function markdown(source: string): NotebookCell {
  return { cell_type: "markdown", metadata: {}, source };
}

function code(source: string, parts: Partial<NotebookCell> = {}): NotebookCell {
  return { cell_type: "code", metadata: {}, source, outputs: [], execution_count: 1, ...parts };
}

function notebookOf(...cells: NotebookCell[]): Notebook {
  return { cells, metadata: {}, nbformat: 4, nbformat_minor: 5 };
}

const DECLARED = [
  "// Change these",
  'let preset = "quick";',
  "let setting: string | undefined = undefined;",
  "let fresh = false;",
  "let changes: Record<string, string> = {};",
];

Deno.test("declareParameters() puts the values where the notebook declares them", () => {
  const declared = code(DECLARED.join("\n"), { metadata: { tags: ["parameters"] } });
  const before = notebookOf(markdown("# Title"), declared, code("run(preset)"));
  const once = declareParameters(before, PARAMETERS);
  assert.deepEqual(once.cells.map(({ source }) => source), [
    "# Title",
    [
      "// Change these",
      'let preset = "smoke";',
      "let setting: string | undefined = undefined;",
      "let fresh = true;",
      'let changes: Record<string, string> = { "gan.batch":"8" };',
    ].join("\n"),
    "run(preset)",
  ]);
  const set = declareParameters(once, { ...PARAMETERS, setting: "C-20K", changes: {} });
  assert.match(set.cells[1]!.source as string, /^let setting: string \| undefined = "C-20K";$/m);
  assert.match(set.cells[1]!.source as string, /^let changes: Record<string, string> = \{\};$/m);
  assert.equal(before.cells[1]!.source, DECLARED.join("\n"));
  // As it is, where a copy is run with what it was written with.
  const same = { preset: "quick", fresh: false, changes: {} };
  assert.equal(declareParameters(before, same).cells[1]!.source, DECLARED.join("\n"));
});

Deno.test("declareParameters() refuses a notebook that does not declare them", () => {
  assert.throws(
    () => declareParameters(notebookOf(code("1")), PARAMETERS),
    /found 0 cells tagged "parameters", want one/,
  );
  const cell = code('let preset = "quick";', { metadata: { tags: ["parameters"] } });
  assert.throws(
    () => declareParameters(notebookOf(cell), PARAMETERS),
    /found no line "let setting = \.\.\.;" in its parameter cell, want one/,
  );
});

Deno.test("parseNotebook() names the file that is not a notebook", () => {
  assert.throws(() => parseNotebook("{", "a.ipynb"), { name: "SyntaxError", message: /a\.ipynb/ });
  assert.throws(() => parseNotebook('{"nbformat": 3}', "a.ipynb"), /found format 3/);
});

Deno.test("titleOfCell() is the nearest heading above, else the cell's first line", () => {
  const notebook = notebookOf(
    code("// Imports\nimport 1"),
    markdown("# One\ntext\n## Density *ratio*\nmore"),
    code("a"),
    markdown("only text"),
    code("b"),
  );
  assert.equal(titleOfCell(notebook, 0), "Imports");
  assert.equal(titleOfCell(notebook, 2), "Density ratio");
  assert.equal(titleOfCell(notebook, 4), "Density ratio");
});

Deno.test("missingOutputs() finds cells that did not run, failed, or lost an output", () => {
  const output = (type: string) => [{ output_type: "display_data", data: { [type]: "x" } }];
  const withHtml = (html: string) => [{
    output_type: "display_data",
    data: { "text/plain": "x", "text/html": html },
  }];
  const sound = notebookOf(
    code("let a = 1;"),
    code("await show(chart);", { outputs: output("image/svg+xml") }),
    code("chart", {
      metadata: { tags: ["expects:image/svg+xml"] },
      outputs: output("image/svg+xml"),
    }),
    code("await show(sentenceInPlaceOfAChart);", {
      metadata: { tags: ["expects:image/svg+xml"] },
      outputs: output("text/plain"),
    }),
    code("await show(sentenceInPlaceOfAChart);", {
      metadata: { tags: ["expects:image/svg+xml"] },
      outputs: withHtml("<p style>x</p>"),
    }),
    code("  "),
  );
  assert.deepEqual(missingOutputs(sound), []);
  const unsound = notebookOf(
    code("let a = 1;", { execution_count: null }),
    code("await show(chart);"),
    code("chart", {
      metadata: { tags: ["expects:image/svg+xml"] },
      outputs: output("text/plain"),
    }),
    code("fail()", { outputs: [{ output_type: "error" }] }),
    code("await show(chart);", {
      metadata: { tags: ["expects:image/svg+xml"] },
      outputs: withHtml("<div>what is to be seen in the picture that is lost</div>"),
    }),
  );
  const problems = missingOutputs(unsound);
  assert.equal(problems.length, 5);
  assert.match(problems[0]!, /cell 1 .* did not run/);
  assert.match(problems[1]!, /cell 2 .* no output of it arrived/);
  assert.match(problems[2]!, /cell 3 .* no output of type image\/svg\+xml/);
  assert.match(problems[3]!, /cell 4 .* failed/);
  assert.match(problems[4]!, /cell 5 .* no output of type image\/svg\+xml/);
});

Deno.test("figuresOf() takes SVG before PNG and names figures by what they show", () => {
  const chart = (title: string) => ({
    output_type: "display_data",
    data: {
      "image/svg+xml": ["<svg", "/>"],
      "text/plain": [`[chart] ${title}\n`, "  real: median 1"],
    },
  });
  const both = {
    output_type: "display_data",
    data: {
      "image/svg+xml": "<svg/>",
      "image/png": "AA==",
      "text/plain": "[images] Labels of fakes, seen by another: 20 images of 8x8 pixels",
    },
  };
  const png = { output_type: "execute_result", data: { "image/png": "AQID\n" } };
  const figures = figuresOf(
    notebookOf(
      markdown("## Ratios, before & after"),
      code("a", { outputs: [chart("Density-ratio fit"), both] }),
      code("b", { outputs: [png, chart("Density-ratio fit, RC-49 (rendered by us)")] }),
      code("c", { outputs: [{ output_type: "stream" }] }),
    ),
  );
  assert.deepEqual(figures, [
    { name: "density_ratio_fit.svg", content: "<svg/>" },
    { name: "labels_of_fakes.svg", content: "<svg/>" },
    { name: "ratios_before_after.png", content: new Uint8Array([1, 2, 3]) },
    { name: "density_ratio_fit_2.svg", content: "<svg/>" },
  ]);
});

Deno.test("secondsOfCell() is the time between start and reply", () => {
  const execution = {
    "iopub.execute_input": "2026-01-01T00:00:01.000Z",
    "shell.execute_reply": "2026-01-01T00:00:03.500Z",
  };
  assert.equal(secondsOfCell(code("a", { metadata: { execution } })), 2.5);
  assert.equal(secondsOfCell(code("a")), undefined);
});

Deno.test("joinCells() keeps only code, in order", () => {
  const cells = [code("const a = 1;"), markdown("# no"), code(["const b", " = 2;"] as never)];
  assert.equal(joinCells(notebookOf(...cells)), "const a = 1;\n\nconst b = 2;\n");
});

Deno.test("parseNotebook() refuses values of another shape by the file's name and the cell", () => {
  const cell = { cell_type: "code", metadata: {}, source: "1", outputs: [] };
  const notebook = (...cells: unknown[]) => ({
    cells,
    metadata: {},
    nbformat: 4,
    nbformat_minor: 5,
  });
  const cases: [unknown, string][] = [
    [null, "found null, want a notebook"],
    [[], "found a list, want a notebook"],
    [{}, "found format nothing, want cells of format 4"],
    [{ ...notebook(), cells: {} }, "found format 4, want cells of format 4"],
    [notebook(cell, null), "found null in place of a cell in cell 2"],
    [notebook({ ...cell, cell_type: "x" }), 'found the type "x" in cell 1'],
    [notebook({ ...cell, source: [null] }), "found the source a list in cell 1"],
    [notebook({ ...cell, metadata: null }), "found the metadata null in cell 1"],
    [notebook({ ...cell, metadata: { tags: "a" } }), 'found the tags "a" in cell 1'],
    [notebook({ ...cell, outputs: [null] }), "found the outputs a list in cell 1"],
  ];
  for (const [value, finding] of cases) {
    assert.throws(() => parseNotebook(JSON.stringify(value), "a.ipynb"), {
      name: "SyntaxError",
      message: `Cannot read notebook "a.ipynb": ${finding}`,
    });
  }
  assert.equal(parseNotebook(JSON.stringify(notebook(cell)), "a.ipynb").cells.length, 1);
});
