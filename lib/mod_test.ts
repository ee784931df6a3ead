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
  "furtherPass",
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

const RUN = { dataset: {}, specification: {} };
const SET = { images: { shape: {}, count: 0 }, labels: [] };

/** What comes before the options of every chart, grid and figure that takes some, and of tables. */
const BEFORE_OPTIONS: Readonly<Record<string, readonly unknown[]>> = {
  agreementByClass: [[]],
  boundOrdering: [[]],
  captionedGrid: [SET, []],
  componentsChart: [[]],
  confusionMatrix: [[], []],
  errorAgainst: [[]],
  errorBoundChart: [[], []],
  estimateAgainstTruth: [[]],
  estimateRun: [{ context: {} }],
  ganCurves: [[]],
  gridByLabel: [[]],
  kerasJudge: [],
  heatMap: [[]],
  imageGrid: [SET.images],
  labelHistogram: [[]],
  labelStrip: [SET],
  maePerLabel: [[]],
  measureKnownTruth: [],
  measurePanels: [[]],
  onnxJudge: [],
  pairedTable: [[]],
  predictedAgainstTrue: [[]],
  predictionPanels: [[]],
  ratioAgainstLabel: [[]],
  ratioHistogram: [[]],
  resultDots: [[]],
  resultTable: [[]],
  stripByLabel: [[]],
  studentCurves: [[]],
  teacherScoreHistogram: [{ scores: [] }],
  trainStudents: [RUN],
  trainingCurves: [[]],
  "figures.boundFigure": [RUN, []],
  "figures.boundaryPathFigure": [RUN],
  "figures.boundarySamplesFigure": [RUN],
  "figures.boundarySimilarityTable": [RUN, []],
  "figures.outsideJudgementTable": [RUN],
  "figures.sampleGrid": [RUN],
};

/** Take the options of a run, which `checkCall` refuses in words of its own. */
const OF_RUNS = ["openExperiment", "runAblation", "selectRho"];

Deno.test("every chart, grid and figure refuses an option that it does not know, and names those that it does", async () => {
  for (const [name, call] of CALLS) {
    const given = BEFORE_OPTIONS[name];
    if (given === undefined) {
      // A new one cannot be overlooked: Deno leaves the names of parameters.
      const parameters = /^(?:async )?function \w+\(([^)]*)\)/.exec(String(call))?.[1] ?? "";
      const takesOptions = /\b(options|request)\b/.test(parameters) && !OF_RUNS.includes(name);
      assert.ok(!takesOptions, `${name}(${parameters}): want it in BEFORE_OPTIONS`);
      continue;
    }
    const { message } = await refusalOf(call, ...given, { tilte: "A", oops: 1 });
    const ours = `Cannot use option "tilte" of ${name}(): want one of `;
    assert.ok(message.startsWith(ours), `${name}: ${message}`);
    const known = message.slice(ours.length).replace(/; did you mean.*$/, "").split(", ");
    assert.ok(known.length > 0 && !known.includes("tilte"), message);
    // Every name that is told is one that is taken: only what comes behind them is refused.
    const taken = Object.fromEntries(known.map((option) => [option, null]));
    const { message: next } = await refusalOf(call, ...given, { ...taken, oops: 1 });
    assert.ok(next.startsWith(`Cannot use option "oops" of ${name}()`), `${name}: ${next}`);
    const { message: other } = await refusalOf(call, ...given, 7);
    assert.match(other, /found number 7, want an object of options, such as \{/, name);
  }
  assert.deepEqual(
    Object.keys(BEFORE_OPTIONS).filter((name) => CALLS.every(([known]) => known !== name)),
    [],
  );
});

Deno.test("misspelt options of tables and figures are named", async () => {
  const cases: [unknown, unknown[], RegExp][] = [
    [
      mod.resultTable,
      [[], { papertable: "1" }],
      /"papertable" of resultTable\(\): .*"paperTable"\?$/,
    ],
    [mod.pairedTable, [[], { titel: "Gains" }], /of pairedTable\(\): .*did you mean "title"\?$/],
    [
      mod.trainingCurves,
      [[], { smooting: 0.9 }],
      /^Cannot use option "smooting" of trainingCurves\(\): want one of title, .*did you mean "smoothing"\?$/,
    ],
    [mod.imageGrid, [SET.images, { colums: 3 }], /did you mean "columns"\?$/],
    [mod.figures.boundFigure, [RUN, [], { optimization: true }], /did you mean "optimisation"\?$/],
    [mod.figures.boundaryPathFigure, [RUN, { mots: 3 }], /did you mean "most"\?$/],
    [mod.figures.boundarySimilarityTable, [RUN, [], { image: 3 }], /did you mean "images"\?$/],
    [
      mod.figures.sampleGrid,
      [RUN, { lable: 1 }],
      /figures\.sampleGrid\(\).*did you mean "label"\?$/,
    ],
    [mod.figures.sampleGrid, [RUN, {}], /found nothing as label, want a class/],
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
