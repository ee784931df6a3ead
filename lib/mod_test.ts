import assert from "node:assert/strict";
import * as mod from "./mod.ts";
import { DataTable } from "./report/tables.ts";

type Call = (...given: unknown[]) => unknown;

/** Every function that a cell can call, by the name that a cell calls it. */
const CALLS: [string, Call][] = [
  ...functionsOf(mod),
  ...functionsOf(mod.figures).map(([name, call]): [string, Call] => [`figures.${name}`, call]),
];

/** Need no argument. */
const ALONE = ["measureKnownTruth", "publishedGains", "publishedTable", "startSession"];

/** For methods and charts of one's own, whose code is checked before it comes to a cell: numbers, arrays, tensors. */
const OF_ARRAYS = [
  "boundarySimilarity",
  "calibration",
  "compareBoundaries",
  "countBins",
  "fidelity",
  "findBoundarySamples",
  "ordinaryLoss",
  "publishedValue",
  "scoresAlongPath",
];

function functionsOf(names: object): [string, Call][] {
  return Object.entries(names).filter(([name, value]) =>
    typeof value === "function" && /^[a-z]/.test(name)
  );
}

async function refusalOf(call: Call, ...given: unknown[]): Promise<Error> {
  try {
    await call(...given);
  } catch (error) {
    return error as Error;
  }
  return new Error("no refusal");
}

Deno.test("every function of a cell says in words that it was given nothing, or a promise", async () => {
  for (const [name, call] of CALLS) {
    if (ALONE.includes(name) || OF_ARRAYS.includes(name)) continue;
    for (
      const [given, found] of [
        [undefined, "nothing"],
        [Promise.resolve([]), "a promise (await it)"],
        [42, "number 42"],
      ]
    ) {
      const { message } = await refusalOf(call, given);
      assert.match(message, /^Cannot .*: found .*, want /, name);
      assert.ok(message.includes(`found ${found},`), `${name}: ${message}`);
      if (name.startsWith("figures.")) assert.ok(message.includes(`${name}()`), message);
    }
  }
});

Deno.test("the functions that need no words of their own are there", () => {
  const known = CALLS.map(([name]) => name);
  assert.deepEqual([...ALONE, ...OF_ARRAYS].filter((name) => !known.includes(name)), []);
});

Deno.test("every function of figures refuses an experiment and a planned run in place of a run", async () => {
  const planned = { experiment: {}, specification: {}, setting: "toy", preset: "smoke" };
  for (const [name, call] of functionsOf(mod.figures)) {
    for (const other of [mod.cifar10, planned]) {
      const { message } = await refusalOf(call, other, []);
      assert.match(message, /^Cannot call figures\.\w+\(\): found another object, want /, name);
    }
  }
});

Deno.test("figures that take students refuse those that nobody waited for", async () => {
  const run = { dataset: {}, specification: {} };
  const { boundFigure, distillersTable, studentTermsTable, studentsByLabel, studentsFigure } =
    mod.figures;
  const all = [boundFigure, distillersTable, studentTermsTable, studentsByLabel, studentsFigure];
  for (const call of all as unknown as Call[]) {
    const cases: [unknown, RegExp][] = [
      [undefined, /found nothing, want students, as from await run\.students\(\)$/],
      [Promise.resolve([]), /found a promise \(await it\), want students/],
      [[Promise.resolve()], /found a list of promises \(await Promise\.all\(list\)\), want stud/],
      ["VGG11", /found string "VGG11", want students/],
    ];
    for (const [given, words] of cases) {
      assert.match((await refusalOf(call, run, given)).message, words);
    }
  }
});

Deno.test("misspelt options of tables and figures are named", async () => {
  const run = { dataset: {}, specification: {} };
  const cases: [unknown, unknown[], RegExp][] = [
    [
      mod.resultTable,
      [[], { papertable: "1" }],
      /"papertable" of resultTable\(\): .*"paperTable"\?$/,
    ],
    [mod.pairedTable, [[], { titel: "Gains" }], /of pairedTable\(\): .*did you mean "title"\?$/],
    [mod.figures.boundFigure, [run, [], { optimization: true }], /did you mean "optimisation"\?$/],
    [mod.figures.boundaryPathFigure, [run, { mots: 3 }], /did you mean "most"\?$/],
    [mod.figures.boundarySimilarityTable, [run, [], { image: 3 }], /did you mean "images"\?$/],
    [
      mod.figures.sampleGrid,
      [run, { lable: 1 }],
      /figures\.sampleGrid\(\).*did you mean "label"\?$/,
    ],
    [mod.figures.sampleGrid, [run, {}], /found nothing as label, want a class/],
    [mod.measureKnownTruth, [{ epoch: 1 }], /did you mean "epochs"\?$/],
  ];
  for (const [call, given, words] of cases) {
    assert.match((await refusalOf(call as Call, ...given)).message, words);
  }
});

Deno.test("resultTable() says what it found in place of records", async () => {
  const students = [{ network: {}, cell: {}, record: {} }];
  const refused = [students, {}, "NOKD", new Map()];
  for (const given of refused) {
    const { message } = await refusalOf(mod.resultTable as Call, given);
    assert.match(
      message,
      /^Cannot call resultTable\(\): found .*, want records, as from await run/,
    );
  }
  assert.ok(mod.resultTable([]) instanceof DataTable);
});
