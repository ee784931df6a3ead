import assert from "node:assert/strict";
import type { Cell } from "../base/disk/records.ts";
import { recordOf } from "../testing/records.ts";
import { pairedTable } from "./paired_table.ts";

const CELL = { dataset: "CIFAR-10", setting: "C-10K", student: "VGG11" };

const records = (cell: Partial<Cell>, values: readonly number[], changes = {}) =>
  values.map((value, k) =>
    recordOf({
      cell: { ...CELL, method: "NOKD", ...cell },
      recipe: JSON.stringify([cell, changes]),
      seed: k + 1,
      value,
      ...changes,
    })
  );

const ALL = [
  ...records({}, [22, 23, 24]),
  ...records({ method: "cGAN-KD" }, [20, 21, 22.5]),
  ...records({ method: "BLKD", teacher: "ResNet-18" }, [21, 21]),
  ...records({ method: "cGAN-KD+BLKD", teacher: "ResNet-18" }, [20]),
];

Deno.test("pairedTable() compares each method with the same students without it, seed by seed", () => {
  const { rows, notes } = pairedTable(ALL);
  assert.deepEqual(
    rows.map(({ method, against, difference, pairs }) => [method, against, difference, pairs]),
    [
      ["cGAN-KD", "NOKD", -5.5 / 3, 3],
      ["BLKD", "NOKD", -1.5, 2],
      ["cGAN-KD+BLKD", "BLKD", -1, 1],
    ],
  );
  // p = 0.008163 of −2, −2, −1.5, doubled as the smaller of two; −1 and −2 have t = −3 and p = 0.2048.
  assert.equal((rows[0]!.pValue as number).toFixed(4), "0.0163");
  assert.equal((rows[1]!.pValue as number).toFixed(4), "0.2048");
  assert.equal(rows[2]!.pValue, undefined);
  assert.match(notes.join(" "), /for 2 tests/);
});

Deno.test("pairedTable() compares a control with other real images with the method without them", () => {
  const real = "real in place of fakes";
  const method = (method: string, value: number) =>
    records({ method, teacher: "ResNet-18" }, [value]);
  const { rows } = pairedTable([
    ...ALL,
    ...records({ method: `cGAN-KD (${real})` }, [19, 20, 20]),
    ...method(`cGAN-KD+BLKD (${real})`, 18),
    ...method("BLKD (T = 2)", 22),
    ...method("cGAN-KD+BLKD (T = 2)", 20.5),
    ...method(`cGAN-KD+BLKD (T = 2, ${real})`, 18.5),
  ]);
  assert.deepEqual(
    rows.filter(({ method }) => (method as string).includes("(")).map(
      ({ method, against, difference }) => [method, against, difference],
    ),
    [
      [`cGAN-KD (${real})`, "NOKD", -10 / 3],
      [`cGAN-KD+BLKD (${real})`, "BLKD", -3],
      ["BLKD (T = 2)", "NOKD", 0],
      ["cGAN-KD+BLKD (T = 2)", "BLKD (T = 2)", -1.5],
      [`cGAN-KD+BLKD (T = 2, ${real})`, "BLKD (T = 2)", -3.5],
    ],
  );
});

Deno.test("pairedTable() takes the base of the same run where recipes differ", () => {
  const other = { specification: "spec2", changes: { "studentTraining.epochs": "9" } };
  const table = pairedTable([
    ...ALL,
    ...records({}, [30, 31], other),
    ...records({ method: "cGAN-KD" }, [29, 31], other),
  ]);
  const found = table.rows.filter(({ method }) => method === "cGAN-KD");
  assert.deepEqual(found.map(({ difference }) => difference), [-5.5 / 3, -0.5]);
  assert.match(table.toLatex(), /Holm/);
  assert.match(table.toText(), /changed/);
});

Deno.test("pairedTable() takes the base of the same width where a run has several", () => {
  const sized = (weights: number) => ({ size: { weights, multiplyAdds: 1000 * weights } });
  const table = pairedTable([
    ...records({}, [22, 23], sized(580_000)),
    ...records({}, [32, 33], sized(140_000)),
    ...records({ method: "cGAN-KD" }, [21, 22], sized(580_000)),
    ...records({ method: "cGAN-KD" }, [30, 31], sized(140_000)),
  ]);
  assert.deepEqual(table.rows.map(({ difference }) => difference), [-1, -2]);
});

Deno.test("pairedTable() says how large and fast the students are", () => {
  const measured = {
    size: { weights: 580_000, multiplyAdds: 9_650_000 },
    speed: { imagesPerSecond: 1500, where: "CPU" },
  };
  const { notes } = pairedTable([
    ...records({}, [22], measured),
    ...records({ method: "cGAN-KD" }, [20], measured),
  ]);
  assert.match(notes.join(" "), /a single pair has no interval and no p-value\. VGG11/);
  assert.match(
    notes.join(" "),
    /VGG11: 0\.58 million weights, 0\.0193 GFLOPs an image \(twice the multiply-adds\), 1,500 images a second on CPU\./,
  );
});

Deno.test("pairedTable() names the unit of the metric that was asked for", () => {
  const other = records({}, [1, 2]).map((record) => ({ ...record, metric: "nll", unit: "nats" }));
  const text = pairedTable([...other, ...ALL], { metric: "error_rate_pct" }).toText();
  assert.match(text, /difference \(points\)/);
});

Deno.test("pairedTable() has no rows where nothing pairs", () => {
  assert.equal(pairedTable(records({}, [22])).rows.length, 0);
  assert.equal(pairedTable(records({ method: "cGAN-KD" }, [22])).rows.length, 0);
});
