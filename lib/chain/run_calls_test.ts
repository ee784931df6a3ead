import assert from "node:assert/strict";
import { openSmallest } from "../testing/smallest_run.ts";
import { startSession } from "./session.ts";

type Calls = Record<string, (...given: unknown[]) => unknown>;

Deno.test("every call of a run says what it was given in place of what it wants", async (t) => {
  const results = await Deno.makeTempDir();
  const run = openSmallest({ results }).run as unknown as Calls;
  const cases: [string, unknown[], RegExp][] = [
    [
      "sample",
      [],
      /: Cannot call run\.sample\(\): found nothing, want an object of options, such as/,
    ],
    ["sample", [3], /found number 3, want an object of options, such as \{ label: 3 \}$/],
    ["sample", [{}], /found nothing as label, want a class by its name or number/],
    ["sample", [{ label: 0, cuont: 2 }], /option "cuont" of run\.sample\(\): .*"count"\?$/],
    ["export", [], /run\.export\(\): found nothing, want "teacher", "generator" or a student/],
    ["export", [Promise.resolve(), { out: "x" }], /found a promise \(await it\), want "teacher"/],
    ["export", [[], { out: "x" }], /found an empty list, want "teacher"/],
    ["export", ["techer", { out: "x" }], /found string "techer", want "teacher"/],
    [
      "export",
      ["teacher"],
      /found nothing, want an object of options, such as \{ out: "export" \}/,
    ],
    ["export", ["teacher", "out"], /found string "out", want an object of options/],
    ["export", ["teacher", {}], /found nothing, want a folder as out, such as/],
    [
      "export",
      ["teacher", { out: "x", formats: "onnx" }],
      /found string "onnx", want a list as for/,
    ],
    ["export", ["teacher", { out: "x", format: ["onnx"] }], /did you mean "formats"\?$/],
    ["student", [], /run\.student\(\): found nothing, want a choice, such as one of run\.choices/],
    ["student", [[]], /found an empty list, want a choice/],
    ["students", ["VGG11"], /run\.students\(\): found string "VGG11", want an object of options/],
    ["students", [{ cell: "VGG11" }], /option "cell" of run\.students\(\): .*"cells"\?$/],
    ["students", [{ cells: 11 }], /found number 11, want text as cells/],
    ["students", [{ trainOn: "real" }], /found string "real", want a list as trainOn/],
    ["choices", [{ trainon: [] }], /option "trainon" of run\.choices\(\): .*"trainOn"\?$/],
    ["processed", [{ fake: 10 }], /option "fake" of run\.processed\(\): .*"fakes"\?$/],
    ["processed", [10], /found number 10, want an object of options, such as \{ fakes: 1000 \}/],
    ["answers", [], /run\.answers\(\): found nothing, want a student/],
    ["trainingError", [Promise.resolve()], /run\.trainingError\(\): found a promise \(await it\)/],
  ];
  try {
    for (const [name, given, words] of cases) {
      await t.step(`run.${name}(${JSON.stringify(given).slice(1, -1)})`, async () => {
        await assert.rejects(async () => await run[name]!(...given), words);
      });
    }
  } finally {
    await Deno.remove(results, { recursive: true });
  }
});

Deno.test("session.live() refuses a call that lacks its brackets", async () => {
  const session = startSession();
  const work = (() => {}) as unknown as Promise<void>;
  await assert.rejects(
    () => session.live(work),
    /found a function, .* run\.students\(\) with brackets/,
  );
});
