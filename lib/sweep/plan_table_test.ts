import assert from "node:assert/strict";
import { manifestFor } from "../testing/manifests.ts";
import { planTable } from "./plan_table.ts";
import { workersFor } from "./workers.ts";

const MANIFEST = manifestFor([
  { id: "teacher-1", title: "teacher VGG11 on toy, seed 1", hours: 2, memory: 2e9 },
  { id: "cgan-1", title: "cGAN BigGAN on toy", held: true },
  ...[1, 2, 3].map((seed) => ({
    id: `student-${seed}`,
    title: `student VGG11 on toy, BLKD, seed ${seed}, from VGG11`,
    needs: ["teacher-1"],
    hours: 1,
    memory: 3e9,
  })),
]);

Deno.test("planTable() has a row for stages that differ only in seed and teacher, and says how long all take", () => {
  const table = planTable(MANIFEST, { workers: 2, kind: "GPU" });
  assert.deepEqual(table.rows, [
    { level: 0, stage: "teacher VGG11 on toy", runs: 1, held: 0, time: "2 h 00 min", memory: 2 },
    {
      level: 0,
      stage: "cGAN BigGAN on toy",
      runs: 1,
      held: 1,
      time: undefined,
      memory: undefined,
    },
    {
      level: 1,
      stage: "student VGG11 on toy, BLKD",
      runs: 3,
      held: 0,
      time: "1 h 00 min",
      memory: 3,
    },
  ]);
  assert.deepEqual(table.notes, [
    "4 of 5 stages are to be made: about 5 h 00 min of one GPU as fast as this machine, 4 h 00 min by 2 side by side, " +
    "never less than 3 h 00 min, the longest chain. Up to 3.0 GB a stage, the process itself (1.5 GB) beside it. " +
    "Estimates: one step of each part was measured here.",
  ]);
});

Deno.test("planTable() says that nothing was measured, or that nothing is left", () => {
  const stages = MANIFEST.stages.map(({ hours: _hours, ...stage }) => stage);
  const noteOf = (changed: typeof stages) =>
    planTable({ ...MANIFEST, stages: changed }, { workers: 1, kind: "worker" }).notes[0];
  assert.equal(
    noteOf(stages),
    "4 of 5 stages are to be made; how long they take was not measured.",
  );
  assert.equal(
    noteOf(stages.map((stage) => ({ ...stage, held: true }))),
    "Nothing is left to do: all 5 stages are in the store.",
  );
});

Deno.test("workersFor() is one a GPU, else one a processor, as memory and work allow", () => {
  const { stages } = MANIFEST;
  const machine = { processors: 4, gpus: [], freeBytes: 100e9 };
  assert.equal(workersFor(stages, machine), 4);
  assert.equal(workersFor(stages, { ...machine, gpus: ["0", "1"] }), 2);
  assert.equal(workersFor(stages.slice(0, 1), machine), 1);
  // 3 GB of a student and 1.5 GB of its process.
  assert.equal(workersFor(stages, { ...machine, freeBytes: 13e9 }), 2);
  assert.equal(workersFor(stages, { ...machine, freeBytes: 1e9 }), 1);
  assert.equal(workersFor([], machine), 1);
});
