import assert from "node:assert/strict";
import { DISTILLERS } from "../registry.ts";
import { cifar10 } from "./cifar10.ts";
import { distillers } from "./distillers.ts";
import { type Preset, PRESETS, resolve } from "./specification/experiment.ts";

const PRESETS_HERE = PRESETS.filter((preset) => preset !== "paper");

Deno.test("distillers has all methods for classes at smoke and desk, with and without fakes at equal steps", () => {
  for (const preset of PRESETS_HERE) {
    const { distillers: methods, trainOn, studentEpochs, students, teachers } = resolve(
      distillers,
      preset,
    );
    assert.deepEqual([students.length, teachers.length], [1, 1], preset);
    assert.deepEqual(trainOn, ["real", "real+fake"]);
    assert.equal(studentEpochs, "real images");
    assert.ok(methods.includes("nokd"), "the zero of the gains");
    const names = methods.map((method) => typeof method === "string" ? method : method.name);
    if (preset !== "quick") assert.deepEqual(names.sort(), Object.keys(DISTILLERS).sort());
  }
});

Deno.test("distillers shares teacher, generator, ratio and pool with cifar10", () => {
  const partsOf = (experiment: typeof cifar10, preset: Preset) => {
    const all = resolve(experiment, preset);
    const { dataset, settings, split, filterTeacher, teacherTraining, gan, ratio, synthesis } = all;
    const { compat, seeds: [chainSeed] } = all;
    return {
      ...{ dataset, settings, split, filterTeacher, teacherTraining, gan, ratio, synthesis },
      ...{ compat, chainSeed },
    };
  };
  for (const preset of PRESETS_HERE) {
    assert.deepEqual(partsOf(distillers, preset), partsOf(cifar10, preset), preset);
  }
});

Deno.test("distillers has no preset of the paper", () => {
  assert.throws(() => resolve(distillers, "paper"), /it is a demonstration/);
});
