import assert from "node:assert/strict";
import { type Job, makespan, type Outcome, remainingPaths, runJobs } from "./schedule.ts";

/** A teacher and a generator, three students of the first, one of both. */
const JOBS: readonly Job[] = [
  { id: "teacher", needs: [], hours: 2 },
  { id: "gan", needs: [], hours: 6 },
  { id: "plain", needs: [], hours: 1 },
  { id: "first", needs: ["teacher"], hours: 3 },
  { id: "second", needs: ["teacher"], hours: 3 },
  { id: "fakes", needs: ["teacher", "gan"], hours: 4 },
];

Deno.test("remainingPaths() is the longest chain from the start of a job", () => {
  assert.deepEqual(Object.fromEntries(remainingPaths(JOBS)), {
    teacher: 6,
    gan: 10,
    plain: 1,
    first: 3,
    second: 3,
    fakes: 4,
  });
});

Deno.test("makespan() is the sum for one worker, the longest chain for many, and in between solved by hand", () => {
  assert.equal(makespan(JOBS, 1), 19);
  assert.equal(makespan(JOBS, 6), 10);
  // 0 gan and teacher; 2 first; 5 second; 6 fakes; 8 plain; all by 10.
  assert.equal(makespan(JOBS, 2), 10);
  assert.equal(makespan([], 3), 0);
});

/** Runs jobs that end when they are told to; says what started as which worker. */
async function run(workers: number, outcomes: Readonly<Record<string, Outcome>> = {}) {
  const started: string[] = [];
  const slots = new Set<number>();
  let most = 0;
  const ended = await runJobs(JOBS, {
    workers,
    async start({ id }, { slot, isAlone }) {
      assert.ok(!slots.has(slot), "two jobs as one worker");
      slots.add(slot);
      most = Math.max(most, slots.size);
      started.push(isAlone ? `${id} alone` : id);
      await new Promise((resolve) => setTimeout(resolve));
      slots.delete(slot);
      return (outcomes[id] ?? "done") as "done";
    },
  });
  return { started, most, ended: Object.fromEntries(ended) };
}

Deno.test("runJobs() starts the longest chain first, each job after those that it needs, no more than asked at once", async () => {
  const one = await run(1);
  assert.deepEqual(one.started, [
    "gan",
    "teacher",
    "fakes",
    "first",
    "second",
    "plain alone",
  ]);
  assert.equal(one.most, 1);
  assert.equal((await run(2)).most, 2);
});

Deno.test("runJobs() goes on after a failure with all that does not need the failed one", async () => {
  const { started, ended } = await run(2, { teacher: "failed" });
  assert.deepEqual(started.map((name) => name.replace(" alone", "")).sort(), [
    "gan",
    "plain",
    "teacher",
  ]);
  assert.deepEqual(ended, {
    gan: "done",
    teacher: "failed",
    plain: "done",
    first: "blocked",
    second: "blocked",
    fakes: "blocked",
  });
});

Deno.test("runJobs() starts nothing after its signal, and waits for what runs", async () => {
  const controller = new AbortController();
  const started: string[] = [];
  const ended = await runJobs(JOBS, {
    workers: 2,
    signal: controller.signal,
    async start({ id }) {
      started.push(id);
      await new Promise((resolve) => setTimeout(resolve));
      controller.abort();
      return "stopped";
    },
  });
  assert.deepEqual(started, ["gan", "teacher"]);
  assert.deepEqual([...new Set(ended.values())], ["stopped"]);
  assert.equal(ended.size, JOBS.length);
});
