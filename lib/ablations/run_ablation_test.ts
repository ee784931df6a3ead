import assert from "node:assert/strict";
import type { ProgressEvent } from "../base/progress.ts";
import { readRecords } from "../base/disk/records.ts";
import { join } from "../base/disk/path.ts";
import { TrainingStopped } from "../base/training/failures.ts";
import { planRuns } from "../chain/plan_runs.ts";
import type { PlannedRun } from "../chain/run_options.ts";
import type { Session } from "../chain/session.ts";
import { studentChoices } from "../chain/stages/student_choice.ts";
import { cifar10 } from "../experiments/cifar10.ts";
import { SMALLEST } from "../testing/smallest_run.ts";
import { type Ablation, WITHOUT_FAKES } from "./ablation.ts";
import { ablationTable } from "./ablation_table.ts";
import { type AblationOptions, namesOf, runAblation } from "./run_ablation.ts";

const CHANGES = { ...SMALLEST, dataset: '{"name": "toy", "perClass": 32, "testPerClass": 10}' };

/** Two points with fakes and one without, so that a test takes seconds. */
const THREE: Ablation = {
  name: "three",
  title: "Three numbers of fakes",
  what: "For tests.",
  x: { title: "M^g", scale: "linear" },
  points: () => [
    { ...WITHOUT_FAKES, value: 0 },
    { label: "M^g = 12", value: 12, changes: { "synthesis.fakes": "12" } },
    { label: "M^g = 24", value: 24, changes: { "synthesis.fakes": "24" } },
  ],
};

/** A session that keeps what it hears, and can stop at a point. */
function watched(stopAt?: string) {
  const events: ProgressEvent[] = [];
  const displays: unknown[] = [];
  const controller = new AbortController();
  const session: Session = {
    progress: (event) => {
      events.push(event);
      if (stopAt !== undefined && event.remark?.startsWith(stopAt)) {
        controller.abort(new TrainingStopped("Stopped by the test"));
      }
    },
    signal: controller.signal,
    live: (work) => (displays.push(work), work),
  };
  return { session, events, displays };
}

Deno.test("students and teachers of one family and two widths have names of their own in a sweep", () => {
  const sized = (network: string, ...widths: number[]) =>
    JSON.stringify(widths.map((width) => ({ network, width })));
  const [{ specification }] = planRuns(cifar10, {
    preset: "smoke",
    changes: {
      students: sized("vgg11", 0.25, 0.5),
      teachers: sized("resnet18", 0.25, 0.5),
      distillers: '["blkd"]',
    },
  }) as [PlannedRun];
  const names = studentChoices(specification, { trainOn: ["real"] })
    .map((choice) => namesOf({ specification }, choice))
    .map(({ student, teacher }) => `${student} from ${teacher}`);
  assert.deepEqual([...new Set(names)], [
    "VGG11 (width 0.25) from ResNet-18 (width 0.25)",
    "VGG11 (width 0.25) from ResNet-18 (width 0.5)",
    "VGG11 (width 0.5) from ResNet-18 (width 0.25)",
    "VGG11 (width 0.5) from ResNet-18 (width 0.5)",
  ]);
});

async function sweepIn(results: string, options: AblationOptions = {}, stopAt?: string) {
  const { session, events, displays } = watched(stopAt);
  const all = { preset: "smoke", changes: CHANGES, bound: false, results, session, ...options };
  const sweep = await runAblation(cifar10, THREE, all);
  return { sweep, events, displays };
}

/** How many results of each stage lie in the store. */
async function storeOf(results: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for await (const { name } of Deno.readDir(join(results, ".work"))) {
    const stage = name.replace(/-[0-9a-f]{16}$/, "");
    counts[stage] = (counts[stage] ?? 0) + 1;
  }
  return counts;
}

const made = (events: readonly ProgressEvent[], word: string) =>
  events.filter(({ stage, state }) => ["done", "trained"].includes(state) && stage.includes(word));

Deno.test("a sweep of M^g trains one GAN and draws one pool, stops and goes on", async (t) => {
  const results = await Deno.makeTempDir();
  try {
    await t.step("stops at its second point, and keeps the first", async () => {
      await assert.rejects(sweepIn(results, {}, "point 2 of 3"), { name: "TrainingStopped" });
      assert.equal((await readRecords(results, "cifar10", "smoke")).length, 1);
    });

    const { sweep, events } = await sweepIn(results);

    await t.step("goes on where it stopped, and makes what points share once", async () => {
      const { cgan, fakes, teacher, student } = await storeOf(results);
      assert.deepEqual({ cgan, fakes, teacher, student }, {
        cgan: 1,
        fakes: 1,
        teacher: 1,
        student: 3,
      });
      const reused = events.filter(({ state, remark }) =>
        state === "reused" && remark?.startsWith("point 1 of 3")
      );
      assert.match(reused[0]!.stage, /^student VGG11 .*NOKD/);
      assert.equal(made(events, "cGAN BigGAN").length, 1);
      assert.ok(events.some(({ remark }) => remark === "point 3 of 3, student 1 of 1"));
    });

    await t.step("has ordinary records, which name what was changed", async () => {
      const records = await readRecords(results, "cifar10", "smoke");
      const found = records.map(({ cell, changes, stages }) => [
        cell.method,
        changes?.["synthesis.fakes"],
        "gan" in stages,
      ]);
      assert.deepEqual(found.sort(), [
        // 24 is what the run had already.
        ["NOKD", "24", false],
        ["cGAN-KD", "12", true],
        ["cGAN-KD", "24", true],
      ]);
    });

    await t.step("trains nothing a second time", async () => {
      const again = await sweepIn(results);
      assert.deepEqual(again.sweep.points, sweep.points);
      assert.deepEqual([...new Set(again.events.map(({ state }) => state))], ["reused"]);
      // The data that all points change, and each point.
      assert.equal(again.displays.length, 4);
    });

    await t.step("compares every point with the first, seed by seed", () => {
      assert.ok(sweep.hasEqualSteps);
      const [none, few] = sweep.points.map(({ results }) => results[0]!.value!);
      const rows = ablationTable(sweep).rows;
      assert.deepEqual(rows.map(({ point }) => point), ["no fakes", "M^g = 12", "M^g = 24"]);
      assert.equal(rows[0]!.difference, undefined);
      assert.equal(rows[1]!.difference, few! - none!);
      assert.equal(rows[1]!.fakes, 12);
      assert.match(
        ablationTable(sweep).toText(),
        /million weights, [\d.]+ GFLOPs an image \(twice the multiply-adds\), [\d,]+ images a second on /,
      );
    });

    await t.step("`fresh` makes again once what points share", async () => {
      const fresh = await sweepIn(results, { fresh: true });
      assert.equal(made(fresh.events, "cGAN BigGAN").length, 1);
      assert.equal(made(fresh.events, "student").length, 3);
      // All but what time decides.
      const untimed = ({ points }: typeof sweep) =>
        points.map((point) => ({
          ...point,
          results: point.results.map(({ seconds: _seconds, speed: _speed, ...result }) => result),
        }));
      assert.deepEqual(untimed(fresh.sweep), untimed(sweep));
    });

    await t.step("measures the bound where there are fakes", async () => {
      const { sweep } = await sweepIn(results, { bound: true });
      const [none, few] = sweep.points;
      assert.equal(none!.bound, undefined);
      assert.ok(few!.bound!.greatestGap >= 0 && few!.bound!.threshold > 0);
      assert.match(ablationTable(sweep).toText(), /gap Δ/);
    });
  } finally {
    await Deno.remove(results, { recursive: true });
  }
});

Deno.test("runAblation() refuses what is unknown or cannot be, before anything is trained", async () => {
  const results = await Deno.makeTempDir();
  try {
    const options = { preset: "smoke", changes: CHANGES, results };
    await assert.rejects(runAblation(cifar10, "component", options), {
      name: "RangeError",
      message: /Cannot find ablation "component".*did you mean "components"/,
    });
    const tooMany: Ablation = {
      ...THREE,
      points: () => [WITHOUT_FAKES, { label: "all", changes: { "synthesis.fakes": "4000" } }],
    };
    await assert.rejects(runAblation(cifar10, tooMany, options), /Cannot draw M\^g = 4000/);
    await assert.rejects(runAblation(cifar10, "fakes", { ...options, cells: "ResNet" }), /ResNet/);
    assert.deepEqual(await Array.fromAsync(Deno.readDir(results)), []);
  } finally {
    await Deno.remove(results, { recursive: true });
  }
});
