import assert from "node:assert/strict";
import { rngOf } from "../../../base/rng.ts";
import { tf } from "../../../base/tf.ts";
import { batchTensors, makeBatch } from "../../../data/batches/batches.ts";
import { nokd } from "../nokd.ts";
import { TOY_CLASSES, TOY_TRAINING, toyImages, toyRun, waves } from "../../../testing/distill.ts";
import { distillTrainee } from "../../trainee.ts";
import { trainStudent } from "../../train_student.ts";
import { bssWeights, softCrossEntropy } from "./boundary_loss.ts";
import { boundsOf, bss } from "./bss.ts";
import { logitGaps, searchBoundary, type SearchRule } from "./search.ts";
import { baseSamples, disagreement, drawTargets, targetProbabilities } from "./selection.ts";
import { boundarySimilarity } from "./similarity.ts";

const RULE: SearchRule = { stepSize: 0.3, overshoot: 1e-4, searchSteps: 10, stepRule: "plain" };
const ints = (values: number[]) => tf.tensor1d(values, "int32");
const golden = () =>
  (["student", "teacher"] as const).map((kind) => waves(kind, [2, 3], 5) as tf.Tensor2D);
const isNear = (found: number, wanted: number, tolerance = 1e-6) =>
  assert.ok(Math.abs(found - wanted) < tolerance, `${found}, want ${wanted}`);

/** The gap after a search from 0 on a network with the two logits 1 and slope · x. */
function gapAfter(slope: number, rule: SearchRule, limit = 10): number {
  return tf.tidy(() => {
    const logitsOf = (x: tf.Tensor4D) =>
      tf.concat([tf.onesLike(x).reshape([1, 1]), x.reshape([1, 1]).mul(slope)], 1) as tf.Tensor2D;
    const goal = {
      base: ints([0]),
      target: ints([1]),
      bounds: [tf.tensor1d([-limit]), tf.tensor1d([limit])] as const,
    };
    return searchBoundary(logitsOf, tf.zeros([1, 1, 1, 1]), goal, rule).gaps.dataSync()[0]!;
  });
}

Deno.test("searchBoundary() on a linear network shrinks the gap by 1 − η a step, or crosses at once", () => {
  // With ε carried along: −g ← 0.7 · (−g + ε) − ε.
  isNear(gapAfter(1, RULE), -(0.7 ** 10 * (1 + 1e-4) - 1e-4));
  assert.ok(gapAfter(4, RULE) > 0);
  const newton = { ...RULE, stepRule: "newton" } as const;
  isNear(gapAfter(4, newton), -(0.7 ** 10 * (1 + 1e-4) - 1e-4));
  isNear(gapAfter(4, { ...newton, stepSize: 1 }), 1e-4);
  // Nothing leaves the bounds.
  isNear(gapAfter(1, { ...RULE, stepSize: 1 }, 0.5), -0.5);
  assert.ok(gapAfter(4, { ...RULE, tolerance: 1e-3 }) < 1e-3);
});

Deno.test("searchBoundary() survives a network without a slope", () => {
  tf.tidy(() => {
    const flat = (x: tf.Tensor4D) =>
      tf.concat(
        [tf.onesLike(x).reshape([1, 1]), tf.relu(x.sub(5)).reshape([1, 1])],
        1,
      ) as tf.Tensor2D;
    const goal = {
      base: ints([0]),
      target: ints([1]),
      bounds: [tf.tensor1d([-9]), tf.tensor1d([9])] as const,
    };
    const { images, isFound, isLost } = searchBoundary(flat, tf.zeros([1, 1, 1, 1]), goal, RULE);
    assert.equal(images.dataSync()[0], 0);
    assert.deepEqual([isFound.dataSync()[0], isLost.dataSync()[0]], [0, 0]);
  });
});

Deno.test("searchBoundary() finds samples whose logits differ by less than the tolerance, 90 % at least", async () => {
  const run = toyRun({
    distiller: nokd(),
    train: toyImages(96, TOY_CLASSES),
    training: { ...TOY_TRAINING, epochs: 10 },
  });
  await trainStudent(run);
  const network = run.student;
  tf.tidy(() => {
    const ask = (x: tf.Tensor4D) => network.forward(x, { training: false }).output;
    const every = Uint32Array.from({ length: 96 }, (_, i) => i);
    const { x } = batchTensors(makeBatch(run.train, every, { normalisation: run.normalisation }));
    const logits = ask(x);
    const base = tf.argMax(logits, 1) as tf.Tensor1D;
    const goal = {
      base,
      target: drawTargets(logits, rngOf(1)),
      bounds: boundsOf(run.normalisation, 3),
    };
    const tolerance = 1e-2;
    const rule = { ...RULE, searchSteps: 50 };
    const found = searchBoundary(ask, x, goal, { ...rule, tolerance });
    const isFound = found.isFound.dataSync();
    const gaps = found.gaps.dataSync();
    const near = Array.from(gaps).filter((gap, i) =>
      isFound[i] === 1 && gap >= 0 && gap < tolerance
    );
    const count = Array.from(isFound).filter((one) => one === 1).length;
    assert.ok(count >= 48, `${count} found of 96`);
    assert.ok(near.length >= 0.9 * count, `${near.length} of ${count}`);
    // As published they lie where their last step ended: further across.
    const plain = searchBoundary(ask, x, goal, rule);
    assert.ok(
      tf.mean(tf.abs(plain.gaps)).dataSync()[0]! > tf.mean(tf.abs(found.gaps)).dataSync()[0]!,
    );
    const again = logitGaps(ask(found.images), goal).dataSync();
    again.forEach((gap, i) => isNear(gap, gaps[i]!, 1e-4));
    const [low, high] = [tf.min(found.images).dataSync()[0]!, tf.max(found.images).dataSync()[0]!];
    assert.ok(low >= -1 && high <= 1);
  });
});

Deno.test("bssWeights() are those of the published schedule", () => {
  const found = [0, 1, 40, 60, 79].map((epoch) => bssWeights(epoch, 80));
  const wanted = [[4, 2], [3.9625, 1.966667], [2.5, 0.666667], [1.75, 0], [1.0375, 0]];
  wanted.forEach(([images, boundary], i) => {
    isNear(found[i]!.images, images!);
    isNear(found[i]!.boundary, boundary!);
  });
  assert.equal(bssWeights(60, 80).boundary, 0);
});

Deno.test("BSS's losses and choices equal the stored values of the method's specification", () => {
  tf.tidy(() => {
    const [student, teacher] = golden() as [tf.Tensor2D, tf.Tensor2D];
    const scores = disagreement({ student, teacher, labels: ints([2, 0]) }).dataSync();
    isNear(scores[0]!, 0.569499);
    isNear(scores[1]!, 0.007488);
    const three = { temperature: 3 };
    isNear(softCrossEntropy(student, teacher, three).dataSync()[0]!, 0.998254023);
    isNear(softCrossEntropy(teacher, teacher, three).dataSync()[0]!, 0.923573097);
    const none = { ...three, counts: tf.tensor1d([0, 0]) };
    assert.ok(softCrossEntropy(student, teacher, none).dataSync()[0] === 0);
    const odds = targetProbabilities(teacher).dataSync();
    [0, 0.966884, 0.033116, 0.492793, 0.507207, 0].forEach((p, i) => isNear(odds[i]!, p));
    // The slope of the plain KL: (p_s − p_t) / (T n).
    const slope = tf.grad((x) => softCrossEntropy(x as tf.Tensor2D, teacher, three))(student);
    const wanted = tf.softmax(student.div(3)).sub(tf.softmax(teacher.div(3))).div(6);
    assert.ok(tf.max(tf.abs(slope.sub(wanted))).dataSync()[0]! < 1e-6);
  });
});

Deno.test("drawTargets() follows the teacher's odds and never draws its likeliest class", () => {
  tf.tidy(() => {
    const [, teacher] = golden() as [tf.Tensor2D, tf.Tensor2D];
    const rows = tf.tile(teacher, [2000, 1]) as tf.Tensor2D;
    const drawn = drawTargets(rows, rngOf(3)).dataSync();
    const counts = [[0, 0, 0], [0, 0, 0]];
    drawn.forEach((k, i) => counts[i % 2]![k]!++);
    assert.equal(counts[0]![0], 0);
    assert.equal(counts[1]![2], 0);
    // Three standard deviations of a share of 2,000 draws.
    isNear(counts[0]![1]! / 2000, 0.966884, 0.012);
    isNear(counts[1]![1]! / 2000, 0.507207, 0.034);
  });
});

Deno.test("baseSamples() are right for both networks, the most disputed first, and may be none", () => {
  tf.tidy(() => {
    const teacher = tf.tensor2d([[3, 0, 0], [3, 0, 0], [0, 3, 0], [3, 0, 0]]);
    const student = tf.tensor2d([[3, 0, 0], [0.5, 0, 0.4], [3, 0, 0], [1, 0, 0]]);
    const labels = ints([0, 0, 1, 0]);
    const at = (most: number) => [...baseSamples({ student, teacher, labels }, most).dataSync()];
    assert.deepEqual(at(64), [1, 3, 0]);
    assert.deepEqual(at(2), [1, 3]);
    assert.equal(baseSamples({ student, teacher, labels: ints([1, 1, 2, 1]) }, 64).size, 0);
  });
});

Deno.test("bss() without a base sample, and with exactly one, has finite terms", () => {
  for (const right of [0, 1]) {
    const train = toyImages(8, TOY_CLASSES);
    const run = toyRun({ distiller: bss({ most: 1 }), train });
    // A student that is the teacher is right where the teacher is: labels decide what is a base sample.
    const teacher = run.student;
    const answers = tf.tidy(() => {
      const { x } = batchTensors(makeBatch(train, [0, 1, 2, 3, 4, 5, 6, 7], run));
      return teacher.forward(x, { training: false }).output.argMax(1).dataSync();
    });
    answers.forEach((answer, i) => train.labels[i] = (answer + (i < right ? 0 : 1)) % 3);
    const trainee = distillTrainee({
      ...run,
      teacher,
      training: { ...run.training, flip: false },
    });
    const row = tf.tidy(() => {
      const { boundary, loss } = trainee.step(0);
      return [boundary!.dataSync()[0]!, loss!.dataSync()[0]!];
    });
    assert.ok(row.every(Number.isFinite), `${row}`);
    assert.equal(row[0]! > 0, right === 1);
    trainee.dispose();
  }
});

Deno.test("boundarySimilarity() is 1 for equal boundaries, and leaves out images that did not move", () => {
  const rows = [[1, 2], [0, 0], [3, -1]];
  const { magnitude, angle, count } = boundarySimilarity(rows, rows);
  isNear(magnitude, 1);
  isNear(angle, 1);
  assert.equal(count, 2);
  isNear(boundarySimilarity([[1, 1]], [[-2, -2]]).angle, -1);
  assert.ok(Number.isNaN(boundarySimilarity([], []).magnitude));
  assert.throws(() => boundarySimilarity([[1]], []), /found 1 and 0 samples/);
  assert.throws(() => boundarySimilarity([[1]], [[1, 2]]), /found 1 and 2 values of sample 0/);
});
