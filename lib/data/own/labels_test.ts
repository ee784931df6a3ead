import assert from "node:assert/strict";
import { rngOf } from "../../base/rng.ts";
import { scalarTask, sortedClasses } from "./labels.ts";
import { splitShare } from "./split.ts";

Deno.test("sortedClasses() orders numbers by size and names by the alphabet, each once", () => {
  assert.deepEqual(sortedClasses(["10", "9", "-1", "9", "0"]), ["-1", "0", "9", "10"]);
  assert.deepEqual(sortedClasses(["10", "9", "b", "a"]), ["10", "9", "a", "b"]);
  assert.deepEqual(sortedClasses(["1", "01", "1"]), ["01", "1"]);
});

Deno.test("scalarTask() spreads the labels of fakes over those of training images", () => {
  const kind = { kind: "scalar", unit: "cm", targets: 3 } as const;
  const task = scalarTask(kind, [9, 1, 2, 3, 4, 5, 5], [5, 4, 3, 2, 1, 5]);
  assert.deepEqual([task.minimum, task.maximum, task.scale], [1, 9, 9]);
  assert.deepEqual(task.labels, [1, 3, 5]);
  assert.deepEqual(scalarTask({ ...kind, targets: 9 }, [1, 2], [2, 1, 2]).labels, [1, 2]);
  // A bound that float32 rounds down still holds its label.
  const label = Math.fround(0.9);
  assert.equal(scalarTask({ ...kind, maximum: 0.9 }, [0, label], [0, label]).maximum, label);
});

Deno.test("splitShare() takes a share of every run of neighbouring amounts, and of every class", () => {
  const labels = Float32Array.from({ length: 103 }, (_, i) => (i * 29) % 103);
  const { chosen, rest } = splitShare(
    labels,
    { kind: "scalar", unit: "", targets: 2 },
    0.2,
    rngOf(1),
  );
  const runs = [0, 0, 0, 0];
  for (const image of chosen) runs[Math.min(3, Math.floor(labels[image]! / 25))]!++;
  // The last run has 28 images.
  assert.deepEqual(runs, [5, 5, 5, 6]);
  assert.deepEqual([...chosen, ...rest].sort((a, b) => a - b), [...labels.keys()]);
  const classes = { kind: "classes", classNames: ["a", "b"] } as const;
  const split = splitShare([0, 0, 0, 0, 0, 1, 1, 1, 1, 1], classes, 0.2, rngOf(1));
  assert.deepEqual(Array.from(split.chosen, (image) => Number(image > 4)), [0, 1]);
});
