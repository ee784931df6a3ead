import assert from "node:assert/strict";
import { compareRuns, compareText, type StoredRun } from "../compare.ts";
import { benchTables } from "../table.ts";
import { measurePeak, peakRow, peakWorks } from "./peak.ts";

const RESULT = { ms: 12.34567, parameters: 9, peakBytes: 600e6 };
const MACHINE = { cpu: "x", cores: 2 } as StoredRun["machine"];

const runOf = (ours: number, theirs?: number): StoredRun => ({
  time: "2026-01-01",
  machine: MACHINE,
  rows: [
    peakRow(
      "peak",
      { ...RESULT, peakBytes: ours },
      theirs === undefined ? undefined : { ...RESULT, peakBytes: theirs },
    ),
  ],
});

Deno.test("peakRow() has both peaks and their ratio, and no ratio of times", () => {
  const row = peakRow("peak", RESULT, { ...RESULT, peakBytes: 800e6 });
  assert.deepEqual([row.ours_peak_mb, row.eager_peak_mb, row.ratio_peak], [600, 800, 0.75]);
  assert.equal(row.ratio_eager, undefined);
  assert.deepEqual(
    Object.keys(peakRow("peak", RESULT)).filter((key) => /eager|ratio/.test(key)),
    [],
  );
  assert.throws(() => peakRow("peak", { ...RESULT, peakBytes: null }), /want Linux/);
});

Deno.test("benchTables() shows peaks and no time of a row that measured memory", () => {
  const text = benchTables(runOf(600e6, 800e6).rows)[0]!.toText();
  assert.match(text, /ours MB +eager MB +MB, ours \/ eager/);
  assert.match(text, /600 +800 +0\.75/);
  assert.doesNotMatch(text, /ours ms|± %/);
});

Deno.test("compareRuns() judges peaks by the peer's, else by themselves", () => {
  const [worse] = compareRuns(runOf(600e6, 800e6), runOf(900e6, 800e6));
  assert.deepEqual([worse!.factor, worse!.by, worse!.isSlower], [1.5, "PyTorch's peak", true]);
  const [same] = compareRuns(runOf(600e6), runOf(660e6, 800e6));
  assert.deepEqual([same!.factor, same!.by, same!.isSlower], [1.1, "peak alone", false]);
  const { text } = compareText(runOf(600e6), runOf(900e6));
  assert.match(text, /1\.50 times the stored memory \(by peak alone\): peak/);
});

Deno.test({
  name: "measurePeak() sees what a training process of ours holds",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const [work] = peakWorks();
    const training = { ...work!.training, images: 200, batch: 8, steps: 2 };
    const row = await measurePeak({ ...work!, training });
    // TensorFlow by itself takes some 400 MB.
    assert.ok(row.ours_peak_mb! > 100 && row.ours_peak_mb! < 2000, `${row.ours_peak_mb}`);
    assert.ok(row.ours_ms > 0, `${row.ours_ms}`);
  },
});
