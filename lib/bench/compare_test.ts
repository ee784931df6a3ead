import assert from "node:assert/strict";
import { compareRuns, compareText, joinRuns, readRun, type StoredRun } from "./compare.ts";
import type { Machine } from "./machine.ts";
import type { Row } from "./row.ts";

const MACHINE: Machine = {
  cpu: "a CPU",
  cores: 2,
  features: ["avx2"],
  memory_gib: 24,
  os: "linux",
  device: "CPU",
  backend: "native TensorFlow",
  deno: "2",
};

function row(work: string, values: Partial<Row>): Row {
  return { work, group: "g", ours_ms: 100, repetitions: 9, spread: 0.01, ...values };
}

function run(rows: Row[], machine = MACHINE): StoredRun {
  return { time: "2026-01-01T00:00:00.000Z", machine, rows };
}

const OLD = run([
  row("a", { ours_ms: 100, matmul_gflops: 200, ratio_eager: 0.8 }),
  row("b", { ours_ms: 100, matmul_gflops: 200 }),
  row("gone", {}),
]);

Deno.test("compareRuns() takes the machine's own speed out", () => {
  // Twice the time on a machine of half the rate is no change.
  const now = run([row("b", { ours_ms: 200, matmul_gflops: 100 }), row("new", {})]);
  assert.deepEqual(compareRuns(OLD, now), [
    { work: "b", factor: 1, by: "matrix product", isSlower: false, isDoubtful: false },
  ]);
});

Deno.test("compareRuns() lists a row from 20 % on", () => {
  const slower = (ours_ms: number) =>
    compareRuns(OLD, run([row("b", { ours_ms, matmul_gflops: 200 })]))[0]!.isSlower;
  assert.equal(slower(119), false);
  assert.equal(slower(120), true);
});

Deno.test("compareRuns() believes a loss only when the peer confirms it", () => {
  const factorOf = (ratio_eager: number) =>
    compareRuns(OLD, run([row("a", { ours_ms: 150, matmul_gflops: 200, ratio_eager })]))[0]!;
  // The peer became slower as well: the machine was disturbed.
  const kept = factorOf(0.8);
  assert.deepEqual([kept.factor, kept.by, kept.isSlower], [1, "PyTorch eager", false]);
  const lost = factorOf(1.2);
  assert.equal(lost.isSlower, true);
  assert.ok(Math.abs(lost.factor - 1.5) < 1e-12);
});

Deno.test("compareText() does not judge rows that other processes disturbed", () => {
  const now = run([row("b", { ours_ms: 500, matmul_gflops: 200, others: 0.9 })]);
  const { text, isSlower } = compareText(OLD, now);
  assert.equal(isSlower, false);
  assert.match(text, /0 slower[\s\S]*1 rows are not judged[\s\S]*5\.00 times/);
});

Deno.test("compareText() names the rows that became slower, and says so", () => {
  const now = run([
    row("a", { ours_ms: 90, matmul_gflops: 200, ratio_eager: 0.8 }),
    row("b", { ours_ms: 130, matmul_gflops: 200 }),
  ]);
  const { text, isSlower } = compareText(OLD, now);
  assert.equal(isSlower, true);
  assert.match(text, /2 rows compared .*: 1 slower, 0 faster/);
  assert.match(text, /1\.30 times the stored time \(by matrix product\): b/);
  assert.doesNotMatch(text, /: a$/m);
  assert.equal(compareText(OLD, OLD).isSlower, false);
});

Deno.test("compareText() says when the machine is another one, and when nothing can be compared", () => {
  assert.match(
    compareText(OLD, run([...OLD.rows], { ...MACHINE, cores: 4 })).text,
    /another machine/,
  );
  assert.throws(() => compareText(OLD, run([row("other", {})])), /found no row in both/);
});

Deno.test("readRun() reads what was saved and refuses other files", async () => {
  const path = await Deno.makeTempFile();
  await Deno.writeTextFile(path, JSON.stringify(OLD));
  assert.deepEqual(await readRun(path), OLD);
  for (const text of ["not JSON", "[]", "{}"]) {
    await Deno.writeTextFile(path, text);
    await assert.rejects(readRun(path), SyntaxError);
  }
  await Deno.remove(path);
});

Deno.test("joinRuns() replaces rows measured again, keeps the others with their revision", () => {
  const now = { ...run([row("b", { ours_ms: 7 }), row("new", {})]), revision: "later" };
  const { revision, rows } = joinRuns({ ...OLD, revision: "earlier" }, now);
  assert.equal(revision, "later");
  assert.deepEqual(rows.map(({ work, revision }) => [work, revision]), [
    ["a", "earlier"],
    ["gone", "earlier"],
    ["b", undefined],
    ["new", undefined],
  ]);
  assert.equal(rows[2]!.ours_ms, 7);
});

Deno.test("joinRuns() keeps nothing of another machine or another PyTorch", () => {
  const now = run([row("new", {})], { ...MACHINE, torch: "2" });
  assert.equal(joinRuns(OLD, now).rows.length, 4);
  assert.equal(joinRuns(run([row("a", {})], { ...MACHINE, cores: 4 }), now).rows.length, 1);
  assert.equal(joinRuns(run([row("a", {})], { ...MACHINE, torch: "1" }), now).rows.length, 1);
});
