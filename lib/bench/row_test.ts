import assert from "node:assert/strict";
import type { Measurement, Repetition } from "./measure.ts";
import { rowOf } from "./row.ts";

function measurement(times: Partial<Record<keyof Repetition, number[]>>): Measurement {
  const count = times.ours!.length;
  return {
    repetitions: Array.from(
      { length: count },
      (_, i) =>
        Object.fromEntries(
          Object.entries(times).map(([name, values]) => [name, values[i]]),
        ) as unknown as Repetition,
    ),
  };
}

const ABOUT = { work: "w", group: "g", matmulFlops: 4e9 };

Deno.test("rowOf() takes ratios within repetitions and medians over them", () => {
  const row = rowOf({ ...ABOUT, flops: 1e9, images: 64 }, {
    ...measurement({
      ours: [100, 200, 110],
      eager: [200, 400, 100],
      compile: [100, 100, 110],
      matmul: [200, 400, 220],
      others: [0, 0.02, 0.1],
    }),
    compilationMs: 30_000,
  });
  assert.deepEqual(row, {
    work: "w",
    group: "g",
    ours_ms: 110,
    eager_ms: 200,
    compile_ms: 100,
    ratio_eager: 0.5,
    ratio_compile: 1,
    // A quarter of the product's operations in half of its time.
    share_of_matmul: 0.5,
    images_per_s: 581.8,
    gflop: 1,
    matmul_gflops: 18.18,
    compilation_s: 30,
    repetitions: 3,
    // Quartiles 105 and 155.
    spread: 0.2273,
    others: 0.02,
  });
});

Deno.test("rowOf() compares sums of processor time, which is counted coarsely", () => {
  const { repetitions } = measurement({ ours: [100, 100], eager: [100, 100] });
  const processor = [{ ours: 90, eager: 110 }, { ours: 110, eager: 290 }];
  const row = rowOf(ABOUT, {
    repetitions: repetitions.map((one, i) => ({ ...one, processor: processor[i]! })),
  });
  assert.equal(row.ratio_eager_cpu, 0.5);
  assert.equal("ratio_compile_cpu" in row, false);
});

Deno.test("rowOf() as JSON has the names that programs read and no empty ones", () => {
  const text = JSON.stringify(rowOf({ ...ABOUT, reference: "step" }, {
    ...measurement({ ours: [3], reference: [60] }),
  }));
  assert.equal(text.includes("\n"), false);
  assert.deepEqual(JSON.parse(text), {
    work: "w",
    group: "g",
    ours_ms: 3,
    share_of_reference: 0.05,
    reference: "step",
    repetitions: 1,
    spread: 0,
  });
});
