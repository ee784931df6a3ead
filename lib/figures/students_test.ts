import assert from "node:assert/strict";
import type { RunRecord } from "../base/disk/records.ts";
import { cifar10 } from "../experiments/cifar10.ts";
import type { ExperimentRun, StudentResult } from "../chain/run.ts";
import { recordOf } from "../testing/records.ts";
import { conclusion, studentsFigure } from "./students.ts";

/** A record of VGG11 on C-10K. */
function record(method: string, seed: number, value: number, specification = "now"): RunRecord {
  return recordOf({
    cell: { ...recordOf().cell, method },
    seed,
    value,
    specification,
    recipe: `${method} ${specification}`,
  });
}

const conclude = (records: RunRecord[]) =>
  conclusion(
    {
      experiment: cifar10,
      dataset: { name: "CIFAR-10", train: { origin: "real" } },
      identity: () => Promise.resolve("now"),
      records: () => Promise.resolve(records),
    } as unknown as ExperimentRun,
  );

Deno.test("conclusion() takes differences seed by seed", async () => {
  const sentence = await conclude([
    // Seeds differ by far more than methods do.
    ...[10, 20, 30].map((value, i) => record("NOKD", i + 1, value)),
    ...[9, 19.2, 28.8].map((value, i) => record("cGAN-KD", i + 1, value)),
    // Of another run.
    record("cGAN-KD", 1, 50, "before"),
  ]);
  // Mean and Student's interval of −1, −0.8, −1.2: 4.303 · 0.2 / √3.
  assert.equal(
    sentence,
    "VGG11 on C-10K, cGAN-KD: test error −1.00 points against NOKD (paper: −4.25) (± 0.50 over 3 seeds).",
  );
});

Deno.test("conclusion() compares each width of a student with its own", async () => {
  const sized = (weights: number, method: string, value: number) => ({
    ...record(method, 1, value),
    recipe: `${method} ${weights}`,
    size: { weights, multiplyAdds: 1000 },
  });
  const said = await conclude([
    sized(580_000, "NOKD", 22),
    sized(140_000, "NOKD", 32),
    sized(580_000, "cGAN-KD", 21),
    sized(140_000, "cGAN-KD", 30),
  ]);
  assert.match(said, /VGG11 \(0\.58 million weights\) on C-10K, cGAN-KD: test error −1\.00 /);
  assert.match(said, /VGG11 \(0\.14 million weights\) on C-10K, cGAN-KD: test error −2\.00 /);
});

Deno.test("conclusion() is sure of nothing after one seed, and silent without NOKD", async () => {
  const one = [record("NOKD", 1, 10), record("cGAN-KD", 1, 9)];
  assert.match(await conclude(one), /−1\.00 points.*; with so few seeds this may be chance\.$/);
  assert.equal(await conclude(one.slice(1)), "No method was run beside NOKD.");
});

Deno.test("studentsFigure() tells students of several teachers or widths apart", async () => {
  const student = (teacher: string | undefined, method: string, weights = 580_000) =>
    ({
      cell: { student: "VGG11", method, ...(teacher && { teacher }) },
      seed: 1,
      record: { size: { weights } },
      network: { curve: [{ epoch: 0, test: 50 }, { epoch: 1, test: 40 }] },
    }) as unknown as StudentResult;
  const chart = studentsFigure(
    {
      experiment: cifar10,
      dataset: { name: "CIFAR-10", train: { origin: "real" } },
    } as unknown as ExperimentRun,
    [
      student(undefined, "NOKD"),
      student(undefined, "NOKD", 140_000),
      student("ResNet-18", "BLKD"),
      student("VGG19", "BLKD"),
    ],
  );
  assert.deepEqual(chart.facts.map((fact) => fact.split(":")[0]), [
    "VGG11, NOKD (0.58 million weights)",
    "VGG11, NOKD (0.14 million weights)",
    "VGG11, BLKD from ResNet-18",
    "VGG11, BLKD from VGG19",
  ]);
  await chart.toSVG();
});
