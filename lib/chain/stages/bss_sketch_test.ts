/**
 * BSS (Heo et al., AAAI 2019) sketched on the contract: images are moved across the teacher's decision boundary, and
 * the student follows the teacher there too.
 *
 * What it needs of the runner: a teacher that the method runs itself, with gradients for images, in the constants
 * that the teacher wants; tensors that go from before the step into the loss; a student that is called twice there.
 * Ours: the student's answers that choose the images are those of inference mode, before the step.
 */
import assert from "node:assert/strict";
import { tf } from "../../base/tf.ts";
import type { Rng } from "../../base/rng.ts";
import type { Distiller } from "../../distill/distiller.ts";
import { waves } from "../../testing/distill.ts";
import { crossEntropy } from "../../networks/supervised.ts";
import { trainThroughStages } from "../../testing/stages.ts";

const TEMPERATURE = 3;
const STEP = 0.3;
const EPSILON = 1e-4;
const SEARCH_STEPS = 10;
const AT_MOST = 16;

/** Where a search starts and where it wants to. */
interface Search {
  /** The class that each image is taken for, and the one that it shall be taken for: `[batch]`, int32. */
  readonly base: tf.Tensor1D;
  readonly target: tf.Tensor1D;
  /** Smallest and largest value of each channel. */
  readonly bounds: readonly [tf.Tensor1D, tf.Tensor1D];
}

/** z_target − z_base: negative until the boundary is crossed. */
function gapsOf(
  logits: tf.Tensor2D,
  { base, target }: Pick<Search, "base" | "target">,
): tf.Tensor1D {
  const [, classes] = logits.shape;
  const direction = tf.oneHot(target, classes).cast("float32").sub(tf.oneHot(base, classes));
  return tf.sum(logits.mul(direction), 1);
}

/** x + η · (−g + ε) · ∇g / ‖∇g‖ within the bounds, for images that are still taken for their base; ten times. */
function acrossBoundary(
  logitsOf: (x: tf.Tensor4D) => tf.Tensor2D,
  start: tf.Tensor4D,
  search: Search,
): tf.Tensor4D {
  const slope = tf.grad((x) => tf.sum(gapsOf(logitsOf(x as tf.Tensor4D), search)));
  const [low, high] = search.bounds;
  let x = start;
  for (let i = 0; i < SEARCH_STEPS; i++) {
    x = tf.tidy(() => {
      const logits = logitsOf(x);
      const isThere = tf.equal(tf.argMax(logits, 1), search.base).cast("float32");
      const direction = slope(x) as tf.Tensor4D;
      const length = tf.sqrt(tf.sum(tf.square(direction), [1, 2, 3]));
      const size = gapsOf(logits, search).neg().add(EPSILON).mul(STEP).mul(isThere)
        // A saturated path has no slope to follow.
        .div(tf.maximum(length, 1e-7));
      const moved = x.add(direction.mul(size.reshape([-1, 1, 1, 1])));
      return tf.minimum(tf.maximum(moved, low), high);
    });
  }
  return x;
}

/** Another class than the likeliest, by the teacher's odds: the largest of ln p + Gumbel noise. */
function drawTargets(logits: tf.Tensor2D, base: tf.Tensor1D, rng: Rng): tf.Tensor1D {
  const noise = Float32Array.from(
    { length: logits.size },
    () => -Math.log(-Math.log(rng.uniform())),
  );
  const odds = tf.logSoftmax(logits).add(tf.tensor2d(noise, logits.shape));
  return tf.argMax(odds.sub(tf.oneHot(base, logits.shape[1]).mul(1e9)), 1);
}

/** Σ over wrong classes of the squared difference of probabilities. */
function disagreement(
  student: tf.Tensor2D,
  teacher: tf.Tensor2D,
  labels: tf.Tensor1D,
): tf.Tensor1D {
  const others = tf.sub(1, tf.oneHot(labels, student.shape[1]));
  return tf.sum(tf.squaredDifference(tf.softmax(student), tf.softmax(teacher)).mul(others), 1);
}

/** −mean over the rows that count of Σ softmax(z_t / T) ln softmax(z_s / T); 0 where none does. */
function softCrossEntropy(
  student: tf.Tensor2D,
  teacher: tf.Tensor2D,
  counts: tf.Tensor1D,
): tf.Scalar {
  const target = tf.softmax(teacher.div<tf.Tensor2D>(TEMPERATURE));
  const rows = tf.sum(target.mul(tf.logSoftmax(student.div<tf.Tensor2D>(TEMPERATURE))), 1);
  return tf.sum(rows.mul(counts)).neg().div(tf.maximum(tf.sum(counts), 1));
}

/** Weights of the teacher's outputs on images, and across the boundary. */
function weightsAt(epoch: number, epochs: number): { images: number; boundary: number } {
  const done = epoch / epochs;
  return { images: 3 * (1 - done) + 1, boundary: Math.max(2 * (1 - 4 / 3 * done), 0) };
}

function bss(): Distiller {
  return {
    name: "bss_sketch",
    title: "BSS",
    tasks: ["classification"],
    needs: { teacher: "own" },
    prepare({ student, teacher, teacherInput, normalisation: { mean, std } }) {
      const ask = (x: tf.Tensor4D) => teacher!.forward(teacherInput(x), { training: false }).output;
      return {
        beforeStep(batch) {
          const { x, labels } = batch;
          const answers = ask(x);
          const own = student.forward(x, { training: false }).output;
          const isRight = (logits: tf.Tensor2D) => tf.equal(tf.argMax(logits, 1), labels);
          const isBase = tf.logicalAnd(isRight(answers), isRight(own)).cast("float32");
          // Those that count come first, the most disputed in front.
          const order = isBase.mul(disagreement(own, answers, labels).add(1));
          const { indices } = tf.topk(order, Math.min(AT_MOST, labels.size));
          const chosen = tf.gather(answers, indices) as tf.Tensor2D;
          const base = tf.argMax(chosen, 1) as tf.Tensor1D;
          const found = acrossBoundary(ask, tf.gather(x, indices) as tf.Tensor4D, {
            base,
            target: drawTargets(chosen, base, batch.rng.child("targets")),
            bounds: [
              tf.tensor1d(mean.map((m, c) => -m / std[c]!)),
              tf.tensor1d(mean.map((m, c) => (1 - m) / std[c]!)),
            ],
          });
          const counts = tf.gather(isBase, indices);
          return { ...batch, extras: { answers, found, foundAnswers: ask(found), counts } };
        },
        loss({ output }, { labels, extras, epoch, epochs, mode }) {
          const { images, boundary } = weightsAt(epoch, epochs);
          const across = student.forward(extras.found as tf.Tensor4D, mode).output;
          const every = tf.onesLike(labels).cast<tf.Tensor1D>("float32");
          return {
            crossEntropy: { weight: 1, value: crossEntropy(output, labels) },
            images: {
              weight: images,
              value: softCrossEntropy(output, extras.answers as tf.Tensor2D, every),
            },
            boundary: {
              weight: boundary,
              value: softCrossEntropy(
                across,
                extras.foundAnswers as tf.Tensor2D,
                extras.counts as tf.Tensor1D,
              ),
            },
          };
        },
      };
    },
  };
}

Deno.test("BSS runs with a teacher of its own that it never changes", async () => {
  await trainThroughStages(bss(), ({ network }) => {
    const [row] = network.artifact.notes.history as { images: number; boundary: number }[];
    assert.ok(row!.images > 0 && row!.boundary >= 0);
  }, { keepsTeacher: true });
});

Deno.test("BSS's search on a linear teacher shrinks the gap by 1 − η a step, or crosses at once", () => {
  const gapAfter = (slope: number) =>
    tf.tidy(() => {
      const start = tf.zeros<tf.Rank.R4>([1, 1, 1, 1]);
      // Two logits: 1 and slope · x.
      const logitsOf = (x: tf.Tensor4D) =>
        tf.concat([tf.onesLike(x).reshape([1, 1]), x.reshape([1, 1]).mul(slope)], 1) as tf.Tensor2D;
      const at = (values: number[]) => tf.tensor1d(values, "int32");
      const search = {
        base: at([0]),
        target: at([1]),
        bounds: [tf.tensor1d([-10]), tf.tensor1d([10])] as const,
      };
      return gapsOf(logitsOf(acrossBoundary(logitsOf, start, search)), search).dataSync()[0]!;
    });
  // −(gap after ten steps), with ε carried along: 0.7^10 · (1 + ε) − ε.
  assert.ok(Math.abs(gapAfter(1) + 0.7 ** 10 * (1 + EPSILON) - EPSILON) < 1e-6);
  assert.ok(gapAfter(4) > 0);
});

Deno.test("BSS's losses and schedule equal the stored values of the method's specification", () => {
  const epochs = 80;
  const found = [0, 1, 40, 60, 79].map((epoch) => weightsAt(epoch, epochs));
  const wanted = [[4, 2], [3.9625, 1.966667], [2.5, 0.666667], [1.75, 0], [1.0375, 0]];
  wanted.forEach(([images, boundary], i) => {
    assert.ok(Math.abs(found[i]!.images - images!) < 1e-6, `${found[i]!.images}`);
    assert.ok(Math.abs(found[i]!.boundary - boundary!) < 1e-6, `${found[i]!.boundary}`);
  });
  tf.tidy(() => {
    const [s, t] = (["student", "teacher"] as const).map((kind) =>
      waves(kind, [2, 3], 5) as tf.Tensor2D
    );
    const scores = disagreement(s!, t!, tf.tensor1d([2, 0], "int32")).dataSync();
    assert.ok(Math.abs(scores[0]! - 0.569499) < 1e-5 && Math.abs(scores[1]! - 0.007488) < 1e-5);
    const every = tf.tensor1d([1, 1]);
    assert.ok(Math.abs(softCrossEntropy(s!, t!, every).dataSync()[0]! - 0.998254023) < 1e-6);
    assert.ok(Math.abs(softCrossEntropy(t!, t!, every).dataSync()[0]! - 0.923573097) < 1e-6);
    // No image that counts: the term is 0.
    assert.ok(softCrossEntropy(s!, t!, tf.tensor1d([0, 0])).dataSync()[0] === 0);
  });
});
