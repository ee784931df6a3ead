import assert from "node:assert/strict";
import { readRecords } from "../base/disk/records.ts";
import { cifar10 } from "../experiments/cifar10.ts";
import { SMALLEST } from "../testing/smallest_run.ts";
import { ablationTable } from "./ablation_table.ts";
import type { Ablation } from "./ablation.ts";
import { ABLATIONS } from "./registry.ts";
import { foretelling } from "./foretelling.ts";
import { runAblation } from "./run_ablation.ts";

const CHANGES = {
  ...SMALLEST,
  dataset: '{"name": "toy", "perClass": 32, "testPerClass": 10}',
  "gan.steps.toy": "2",
};

/** Runs an ablation at preset smoke; counts stage results by their kind. */
async function runSmallest(name: string | Ablation, bound: boolean) {
  const results = await Deno.makeTempDir();
  try {
    const sweep = await runAblation(cifar10, name, {
      preset: "smoke",
      changes: CHANGES,
      bound,
      results,
    });
    const counts: Record<string, number> = {};
    for await (const { name } of Deno.readDir(`${results}/.work`)) {
      const stage = name.replace(/-[0-9a-f]{16}$/, "");
      counts[stage] = (counts[stage] ?? 0) + 1;
    }
    return { sweep, counts, records: await readRecords(results, "cifar10", "smoke") };
  } finally {
    await Deno.remove(results, { recursive: true });
  }
}

Deno.test("ablation real compares each N with its own students without fakes", async () => {
  const { sweep, counts, records } = await runSmallest("real", false);
  assert.deepEqual(
    sweep.points.map(({ real, fakes }) => [real, fakes]),
    [[64, 0], [64, 24], [128, 0], [128, 24]],
  );
  // Each N has a generator, a teacher and a pool.
  assert.deepEqual([counts["cgan"], counts["teacher"], counts["fakes"]], [2, 2, 2]);
  const table = ablationTable(sweep);
  assert.deepEqual(
    table.rows.map(({ difference }) => difference !== undefined),
    [false, true, false, true],
  );
  const [without, withFakes] = sweep.points.map(({ results: [first] }) => first!.value!);
  assert.ok(Math.abs((table.rows[1]!.difference as number) - (withFakes! - without!)) < 1e-9);
  assert.deepEqual(
    new Set(records.map(({ cell }) => cell.setting)),
    new Set(["toy", "toy, N = 64"]),
  );
});

Deno.test("ablation generator measures both families, and what foretells the gain", async () => {
  const { generator } = ABLATIONS;
  const { sweep, counts } = await runSmallest({
    ...generator!,
    // Two evaluations an image in place of many.
    points: (input) =>
      generator!.points(input).map((point) => ({
        ...point,
        changes: {
          ...point.changes,
          ...(point.label.startsWith("diffusion") && { "gan.sampling.steps": "2" }),
        },
      })),
  }, true);
  assert.deepEqual(sweep.points.map(({ label }) => label), [
    "no fakes",
    "biggan, 1 steps",
    "biggan, 2 steps",
    "diffusion, 1 steps",
    "diffusion, 2 steps",
  ]);
  assert.deepEqual([counts["cgan"], counts["teacher"]], [4, 1]);
  for (const { measures, bound } of sweep.points.slice(1)) {
    assert.ok(measures!.coverage >= 0 && measures!.coverage <= 1);
    assert.ok(measures!.frechet > 0 && measures!.accuracyScore > 0);
    assert.ok(bound!.totalVariation >= 0 && bound!.seconds > 0);
  }
  const found = foretelling(sweep);
  assert.equal(found.length, 8);
  for (const { pairs, tau } of found) {
    assert.equal(pairs.length, 4);
    assert.ok(tau.low <= tau.value && tau.value <= tau.high);
  }
});
