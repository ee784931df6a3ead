import assert from "node:assert/strict";
import type { StudentResult } from "../chain/run.ts";
import { distillers } from "../experiments/distillers.ts";
import {
  type DistillerRun,
  distillersFinding,
  distillersTable,
  publishedGainsTable,
} from "./distillers.ts";

const run = {
  experiment: distillers,
  specification: { split: "test" },
  dataset: { name: "CIFAR-10", train: { origin: "real" } },
  answers: () =>
    Promise.resolve({
      agreement: 80,
      divergence: 0.5,
      expectedError: 3,
      negativeLogLikelihood: 0.7,
      bins: 15,
    }),
} as unknown as DistillerRun;

/** A student of VGG11; methods with a teacher have ResNet-18. */
function student(method: string, seed: number, test: number, seconds = 10): StudentResult {
  const hasTeacher = !["NOKD", "cGAN-KD"].includes(method);
  return {
    cell: {
      dataset: "CIFAR-10",
      setting: "C-10K",
      student: "VGG11",
      method,
      ...(hasTeacher && { teacher: "ResNet-18" }),
    },
    seed,
    network: {
      test,
      seconds,
      cost: { student: 100, adapters: 7, peers: 5, state: 11 },
      artifact: { peakBytes: 2 ** 21 },
    },
    record: { size: { weights: 582_000, multiplyAdds: 9_650_000 } },
    earlier: { first: { seconds: 3 }, second: { seconds: 4 } },
  } as unknown as StudentResult;
}

const of = async (...students: StudentResult[]) => {
  const table = await distillersTable(run, students);
  return { table, rows: table.objects() as Record<string, number | string | undefined>[] };
};

Deno.test("distillersTable() takes gains seed by seed and sorts by them, with plain training at 0", async () => {
  const { rows } = await of(
    student("AT", 1, 11),
    student("AT", 2, 22),
    student("NOKD", 1, 10),
    student("NOKD", 2, 20),
    student("BLKD", 1, 9),
    student("BLKD", 2, 18.8),
  );
  assert.deepEqual(rows.map(({ method }) => method), ["BLKD", "NOKD", "AT"]);
  const [blkd, nokd, at] = rows;
  assert.ok(Math.abs(blkd!.gain as number - 1.1) < 1e-9);
  // Two seeds: 12.706 · (0.2 / √2) / √2.
  assert.ok(Math.abs(blkd!.gainHalf as number - 1.2706) < 1e-3);
  assert.equal(nokd!.gain, undefined);
  assert.equal(nokd!.error, 15);
  assert.equal(at!.gain, -1.5);
});

Deno.test("distillersTable() says what fakes add to the same method, and only then", async () => {
  const { rows, table } = await of(
    student("NOKD", 1, 10),
    student("cGAN-KD", 1, 9),
    student("BLKD+UDA", 1, 8),
    student("cGAN-KD+BLKD+UDA", 1, 8.5),
    student("cGAN-KD+AT", 1, 12),
  );
  const added = Object.fromEntries(rows.map(({ method, byFakes }) => [method, byFakes]));
  assert.deepEqual(added, {
    "NOKD": undefined,
    "cGAN-KD": 1,
    "BLKD+UDA": undefined,
    "cGAN-KD+BLKD+UDA": -0.5,
    "cGAN-KD+AT": undefined,
  });
  assert.match(distillersFinding(table), /^3 of 4 rows .*, 0 of them .* 1 of 2 methods\.$/);
});

Deno.test("distillersTable() adds up what a method costs; older results leave a dash", async () => {
  const { network: { cost: _cost, ...rest }, ...others } = student("SP", 1, 9);
  const old = { ...others, network: { ...rest, artifact: {} } } as unknown as StudentResult;
  const { rows } = await of(student("AT", 1, 8, 10), student("AT", 2, 8, 20), old);
  const [at, sp] = rows;
  assert.deepEqual(
    [at!.seconds, at!.before, at!.extra, at!.state, at!.memory, at!.seeds],
    [15, 7, 12, 11, 2, 2],
  );
  assert.deepEqual([sp!.extra, sp!.state, sp!.memory], [undefined, undefined, undefined]);
  assert.equal(sp!.seconds, 10);
});

Deno.test("publishedGainsTable() has every method without fakes once, with a dash where nothing is known", async () => {
  const { table } = await of(
    student("NOKD", 1, 10),
    student("ReviewKD", 1, 9),
    student("cGAN-KD+ReviewKD", 1, 8),
    student("my own", 1, 9.5),
  );
  const rows = publishedGainsTable(run, table).objects() as Record<string, unknown>[];
  assert.deepEqual(rows.map(({ method }) => method), ["ReviewKD", "my own"]);
  assert.equal(rows[0]!.gain, 1);
  assert.ok(Math.abs(rows[0]!.reported as number - 2.83) < 1e-9);
  assert.equal(rows[1]!.reported, undefined);
});

Deno.test("distillersFinding() is silent without NOKD", async () => {
  const { table } = await of(student("AT", 1, 8));
  assert.equal(distillersFinding(table), "No method was run beside NOKD.");
});

Deno.test("distillersTable() says once how large the students are", async () => {
  const { table } = await of(student("NOKD", 1, 10), student("AT", 1, 11));
  assert.equal(
    table.toText().split("VGG11: 0.58 million weights, 0.0193 GFLOPs an image").length,
    2,
  );
});
