import assert from "node:assert/strict";
import { measure } from "./measure.ts";
import type { Contender } from "./works/work.ts";

/** Contenders that take the given milliseconds per step on a clock of their own. */
function stage(stepMs: Readonly<Record<string, number>>) {
  const calls: string[] = [];
  let clock = 0;
  const contender = (name: string): Contender => ({
    run(steps) {
      calls.push(name);
      clock += steps * stepMs[name]!;
      return Promise.resolve(steps * stepMs[name]!);
    },
    dispose() {},
  });
  return { calls, contender, now: () => clock };
}

Deno.test("measure() warms every contender up by three steps, then takes turns that begin with one", async () => {
  const { calls, contender, now } = stage({ ours: 10, eager: 20, matmul: 1 });
  const { repetitions } = await measure(
    { ours: contender("ours"), eager: contender("eager"), matmul: contender("matmul") },
    { repeat: 3, budgetMs: Infinity, now },
  );
  const turn = ["ours", "eager", "matmul"];
  const warm = turn.flatMap((name) => [name, name, name]);
  const counted = turn.flatMap((name) => [name, name]);
  assert.deepEqual(calls, [...warm, ...counted, ...counted, ...counted]);
  assert.equal(repetitions.length, 3);
  for (const { ours, eager, matmul, compile } of repetitions) {
    assert.deepEqual([ours, eager, matmul, compile], [10, 20, 1, undefined]);
  }
});

Deno.test("measure() warms work of many seconds up by one step", async () => {
  const { calls, contender, now } = stage({ ours: 5000 });
  await measure({ ours: contender("ours") }, { repeat: 3, budgetMs: 0, now });
  assert.equal(calls.length, 4);
});

Deno.test("measure() makes a repetition of as many steps as last long enough", async () => {
  const steps: number[] = [];
  const ours: Contender = {
    run(count) {
      steps.push(count);
      return Promise.resolve(30 * count);
    },
    dispose() {},
  };
  const { repetitions } = await measure({ ours }, { repeat: 3, budgetMs: 1e9, repetitionMs: 100 });
  assert.deepEqual(steps, [1, 1, 1, 1, 4, 1, 4, 1, 4]);
  assert.equal(repetitions[0]!.ours, 30);
});

Deno.test("measure() stops at its budget, yet not before three repetitions", async () => {
  const { contender, now } = stage({ ours: 1000 });
  const run = (budgetMs: number) =>
    measure({ ours: contender("ours") }, { repeat: 9, budgetMs, now });
  assert.equal((await run(0)).repetitions.length, 3);
  assert.equal((await run(9000)).repetitions.length, 5);
  assert.equal((await run(1e9)).repetitions.length, 9);
});

Deno.test("measure() keeps the time of the compilation apart", async () => {
  let isFirst = true;
  const compile: Contender = {
    run(steps) {
      const milliseconds = isFirst ? 5000 : 300 * steps;
      isFirst = false;
      return Promise.resolve(milliseconds);
    },
    dispose() {},
  };
  const { contender } = stage({ ours: 250 });
  const result = await measure({ ours: contender("ours"), compile }, { repeat: 3, budgetMs: 1e9 });
  assert.equal(result.compilationMs, 5000);
  assert.deepEqual(result.repetitions.map((one) => one.compile), [300, 300, 300]);
});

/** Measures with made-up amounts of other work, one for each repetition. */
function measureBeside(others: number[], repeat: number) {
  const { contender } = stage({ ours: 250 });
  const left = [0, ...others];
  return measure({ ours: contender("ours") }, {
    repeat,
    budgetMs: 1e9,
    others: () => left.shift() ?? 1,
  });
}

Deno.test("measure() makes up for disturbed repetitions and throws them away", async () => {
  const { repetitions } = await measureBeside([0.9, 0, 0.5, 0.01, 0.1, 0.9], 3);
  assert.deepEqual(repetitions.map(({ others }) => others), [0, 0.01, 0.1]);
});

Deno.test("measure() keeps all repetitions where hardly any was undisturbed", async () => {
  const { repetitions } = await measureBeside([1, 1, 0, 1, 0, 1], 3);
  assert.equal(repetitions.length, 6);
});

Deno.test("measure() divides the processor time of a contender by its steps", async () => {
  let seconds = 0;
  const ours: Contender = {
    run(steps) {
      seconds += 0.08 * steps;
      return Promise.resolve(50 * steps);
    },
    dispose() {},
  };
  const { repetitions } = await measure({ ours }, {
    repeat: 3,
    budgetMs: 1e9,
    processorTime: () => seconds,
  });
  for (const { processor } of repetitions) assert.ok(Math.abs(processor!.ours! - 80) < 1e-9);
});
