import assert from "node:assert/strict";
import { tf } from "../../base/tf.ts";
import { assertValue, sameArrays, toyStages, waves } from "../../testing/distill.ts";
import { stagesOf } from "../stages.ts";
import { trainStudent } from "../train_student.ts";
import { factorLoss, ft } from "./ft.ts";

const maps = (kind: "student" | "teacher") => waves(kind, [2, 4, 4, 3]) as tf.Tensor4D;

Deno.test("factorLoss() equals its stored value, ignores the scale of an image and keeps its bound", () => {
  assertValue(factorLoss(maps("student"), maps("teacher")), 0.067466882);
  const scaled = maps("student").mul<tf.Tensor4D>(tf.tensor4d([3, 0.5], [2, 1, 1, 1]));
  assertValue(factorLoss(scaled, maps("teacher")), 0.067466882);
  const apart = (place: number) => {
    const values = new Float32Array(16);
    values[place] = 1;
    return tf.tensor4d(values, [1, 4, 4, 1]);
  };
  // Two positions of sixteen differ, each by 1: as far apart as single points can be.
  assert.equal(factorLoss(apart(0), apart(5)).dataSync()[0], 2 / 16);
  const bound = Math.sqrt(2 / 16);
  assert.ok(factorLoss(maps("student"), maps("teacher")).dataSync()[0]! <= bound);
});

Deno.test("ft() trains a paraphraser that comes closer to the teacher's map, on a teacher that stays", async () => {
  const [first, last] = await toyStages(ft());
  const run = first!.make({ training: { ...first!.make().training, epochs: 8 } });
  const before = await run.student.parameters.read();
  const { history, leftovers, weights } = await trainStudent(run);
  assert.ok(history.at(-1)!.loss! < 0.9 * history[0]!.loss!, `${history.at(-1)!.loss}`);
  assert.ok(sameArrays(before, weights));
  // C → C → C/2 → C/2 for a last map of 16 channels.
  assert.deepEqual(
    Object.entries(leftovers.encoder!).filter(([name]) => name.endsWith("weight")).map((
      [, { shape }],
    ) => shape),
    [[3, 3, 16, 16], [3, 3, 16, 8], [3, 3, 8, 8]],
  );
  const student = last!.make();
  assert.deepEqual(Object.keys(student.earlier!), ["ft_paraphraser"]);
  assert.equal(stagesOf(ft({ paraphraserEpochs: 3 }))[0]!.training(run.training).epochs, 3);
});
