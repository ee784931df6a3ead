import assert from "node:assert/strict";
import { tf } from "../../base/tf.ts";
import { assertGradient, assertValue, toyRun, waves } from "../../testing/distill.ts";
import { unitRows } from "../losses.ts";
import { distillTrainee } from "../trainee.ts";
import { nearestMeans } from "./batch_graph.ts";
import { hkd } from "./hkd.ts";
import { pickContrast } from "./noise_contrast.ts";

const memory = unitRows(waves("teacher", [4, 2]) as tf.Tensor2D);
const QUERIES = tf.tensor2d([[1, 0], [0.6, 0.8]]);
// Indices (0, 2, 3) and (1, 3, 2), the positive first.
const CHOICE = {
  positives: tf.gather(memory, [0, 1]) as tf.Tensor2D,
  negatives: tf.tensor2d([[0, 0, 1, 1], [0, 0, 1, 1]]),
  memory,
  temperature: 0.5,
};

Deno.test("pickContrast() equals its stored value, and is ln(1 + m) where all are equally alike", () => {
  assertValue(pickContrast({ ...CHOICE, queries: QUERIES }), 2.042072256);
  const blank = {
    ...CHOICE,
    positives: tf.zeros<tf.Rank.R2>([2, 2]),
    memory: tf.zeros<tf.Rank.R2>([4, 2]),
  };
  assertValue(pickContrast({ ...blank, queries: QUERIES }), Math.log(3), 1e-6);
  assertGradient(
    (queries) => pickContrast({ ...CHOICE, queries: queries as tf.Tensor2D }),
    QUERIES,
  );
});

Deno.test("nearestMeans() averages each image with those of the likest outputs, itself included", () => {
  const v = tf.tensor2d([[1, 0], [3, 0], [0, 2], [0, 6]]);
  // Rows 0 and 1 agree, and so do rows 2 and 3.
  const logits = tf.tensor2d([[5, 0], [4, 0], [0, 5], [0, 4]]);
  assert.deepEqual([...nearestMeans(v, logits, 2).dataSync()], [2, 0, 2, 0, 0, 4, 0, 4]);
  assert.deepEqual([...nearestMeans(v, logits, 1).dataSync()], [...v.dataSync()]);
  // Logits say who is near, and get no gradient for it.
  const slope = tf.grad((z) => tf.sum(nearestMeans(v, z as tf.Tensor2D, 2)))(logits);
  assert.equal(tf.max(tf.abs(slope)).dataSync()[0], 0);
});

Deno.test("hkd() has no graph part in a batch of fewer images than neighbours, and remembers it all the same", async () => {
  // Both parts begin at ln(1 + m) and a bit for each of two networks.
  const firstLoss = (neighbours: number) => {
    const trainee = distillTrainee(toyRun({ distiller: hkd({ negatives: 8, neighbours }) }));
    const loss = tf.tidy(() => trainee.step(0).hkd!.dataSync()[0]!);
    return { loss, trainee };
  };
  const [whole, short] = [firstLoss(8), firstLoss(9)];
  assert.ok(whole.loss > 1.5 * short.loss, `${whole.loss} of four contrasts, ${short.loss} of two`);
  const rows = (await short.trainee.state["method.memory"]!.read()).teacher!;
  const lengths = Array.from(
    { length: 22 },
    (_, row) => Math.hypot(...rows.values.subarray(128 * row, 128 * (row + 1))),
  );
  assert.equal(lengths.filter((length) => Math.abs(length - 1) < 1e-6).length, 8);
  whole.trainee.dispose();
  short.trainee.dispose();
});
