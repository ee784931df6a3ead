import assert from "node:assert/strict";
import { cifar10 } from "../experiments/cifar10.ts";
import { rc49 } from "../experiments/rc49.ts";
import { resolve } from "../experiments/specification/experiment.ts";
import { planRuns } from "./plan_runs.ts";

Deno.test("planRuns() has a run for each setting of a preset, as it is resolved for that setting", () => {
  for (const experiment of [cifar10, rc49]) {
    for (const preset of ["desk", "paper"]) {
      const { settings } = resolve(experiment, preset);
      const planned = planRuns(experiment, { preset });
      assert.deepEqual(planned.map(({ setting }) => setting), settings);
      for (const { setting, specification } of planned) {
        assert.deepEqual(specification, resolve(experiment, preset, {}, setting));
      }
    }
  }
});

Deno.test("planRuns() has the run of a setting that is named, with changes", () => {
  const changes = { "synthesis.fakes": "100" };
  const [planned, ...others] = planRuns(rc49, { preset: "desk", setting: "R-5", changes });
  assert.deepEqual(others, []);
  assert.equal(planned!.setting, "R-5");
  assert.deepEqual(planned!.specification, resolve(rc49, "desk", changes, "R-5"));
  assert.deepEqual(planned!.changes, changes);
});

Deno.test("planRuns() takes the first seeds of a preset, and goes on from the largest", () => {
  const seedsOf = (seeds: number) => {
    const [{ specification, changes }] = planRuns(cifar10, { preset: "desk", seeds }) as [
      ReturnType<typeof planRuns>[number],
    ];
    assert.equal(changes.seeds, JSON.stringify(specification.seeds));
    return specification.seeds;
  };
  assert.deepEqual(seedsOf(2), [1, 2]);
  assert.deepEqual(seedsOf(5), [1, 2, 3, 4, 5]);
  const [own] = planRuns(cifar10, { preset: "desk", seeds: 4, changes: { seeds: "[3,1]" } });
  assert.deepEqual(own!.specification.seeds, [3, 1, 4, 5]);
  const [plain] = planRuns(cifar10, { preset: "desk" });
  assert.deepEqual([plain!.specification.seeds, plain!.changes], [[1, 2, 3], {}]);
});

Deno.test("planRuns() refuses what any of the settings cannot do, before one runs", () => {
  assert.throws(() => planRuns(cifar10, { preset: "paper", cells: "NOKDD" }), {
    name: "RangeError",
    message: /^Cannot find students of cells "NOKDD"/,
  });
  assert.throws(() => planRuns(cifar10, { preset: "paper", setting: "C-30K" }), {
    message: /^Cannot run setting "C-30K" at preset "paper"/,
  });
  assert.throws(
    () => planRuns(cifar10, { preset: "paper", changes: { "teacherTraining.epochs": "200" } }),
    /^RangeError: Cannot use teacherTraining\.milestones = \[150,250\]/,
  );
});
