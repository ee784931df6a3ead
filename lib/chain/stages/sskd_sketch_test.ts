/**
 * SSKD (Xu et al., ECCV 2020) sketched on the contract: a head on the frozen teacher learns to tell rotated images
 * apart, then the student follows the teacher on images, on rotated images and in how alike they are.
 *
 * What it needs of the runner: a stage that trains adapters only, on a copy of the teacher; leftovers that the
 * student's stage reads; batches of four views. Crops of single views are left out here.
 */
import assert from "node:assert/strict";
import { type Mode, ParameterSet, Scope } from "../../base/module.ts";
import { tf } from "../../base/tf.ts";
import type { Distiller, RawBatch } from "../../distill/distiller.ts";
import { unitRows } from "../../distill/losses.ts";
import { shapesOf } from "../../distill/shapes.ts";
import { sameArrays, waves } from "../../testing/distill.ts";
import { linear } from "../../networks/layers.ts";
import { crossEntropy } from "../../networks/supervised.ts";
import { trainThroughStages } from "../../testing/stages.ts";

/** Each image turned by 0, 90, 180 and 270 degrees: `[batch, side, side, 3]` to `[4 · batch, ...]`, views fastest. */
function turned(batch: RawBatch): RawBatch {
  const { x } = batch;
  const [count, ...shape] = x.shape;
  const flipped = tf.transpose(x, [0, 2, 1, 3]);
  const views = [x, tf.reverse(flipped, 1), tf.reverse(x, [1, 2]), tf.reverse(flipped, 2)];
  return { ...batch, x: tf.stack(views, 1).reshape([4 * count, ...shape]) };
}

/** dense(d, d), ReLU, dense(d, d) on feature vectors. */
function headOf(scope: Scope, size: number) {
  const into = { in: size, out: size };
  const layers = [linear(scope.at("first"), into), linear(scope.at("second"), into)];
  return (features: tf.Tensor2D, mode: Mode) =>
    layers[1]!(tf.relu(layers[0]!(features, mode)), mode);
}

/** Cosines of each turned image with each upright one: `[4 · batch, size]` to `[3 · batch, batch]`. */
function likeness(heads: tf.Tensor2D): tf.Tensor2D {
  const { upright, others } = viewsOf(unitRows(heads));
  return tf.matMul(others, upright, false, true);
}

/** Rows of upright images, and of turned ones: `[4 · batch, size]` to `[batch, size]` and `[3 · batch, size]`. */
function viewsOf(rows: tf.Tensor2D): { upright: tf.Tensor2D; others: tf.Tensor2D } {
  const [count, size] = rows.shape;
  const [first, rest] = tf.split(rows.reshape([count / 4, 4, size]), [1, 3], 1);
  return {
    upright: first!.reshape([count / 4, size]),
    others: rest!.reshape([3 * count / 4, size]),
  };
}

/** ⌊i / 3⌋ for each of 3 · batch rows. */
function ownImage(rows: number): tf.Tensor1D {
  return tf.tensor1d(Int32Array.from({ length: rows }, (_, i) => Math.floor(i / 3)));
}

/** Place of the right answer in each row, the largest first; equal ones by index. `[rows]`, int32. */
function ranksOf(scores: tf.Tensor2D, answers: tf.Tensor1D): tf.Tensor1D {
  const [rows, columns] = scores.shape;
  const isRight = tf.oneHot(answers, columns).cast("float32");
  const right = tf.sum(scores.mul(isRight), 1, true);
  const index = tf.tile(tf.range(0, columns).expandDims(0), [rows, 1]);
  const isEarlier = tf.less(index, answers.cast("float32").expandDims(1));
  const isAbove = tf.logicalOr(
    tf.greater(scores, right),
    tf.logicalAnd(tf.equal(scores, right), isEarlier),
  );
  return tf.sum(isAbove.cast("float32").mul(tf.sub(1, isRight)), 1).cast("int32");
}

/** 1 for rows of rank 0 and for the ⌊ratio · w⌋ least wrong of the w others, else 0. */
function keptRows(ranks: tf.Tensor1D, ratio: number): tf.Tensor1D {
  const count = ranks.size;
  const isWrong = tf.greater(ranks, 0).cast("float32");
  const order = ranks.mul(count).add(tf.range(0, count, 1, "int32")).cast("float32");
  const isBefore = tf.less(order.expandDims(0), order.expandDims(1)).cast("float32");
  const place = tf.sum(isBefore.mul(isWrong.expandDims(0)), 1);
  const limit = tf.floor(tf.sum(isWrong).mul(ratio));
  return tf.sub(1, isWrong.mul(tf.greaterEqual(place, limit).cast("float32")));
}

/** T² · KL of each kept row, divided by how many are kept. */
function keptKd(
  student: tf.Tensor2D,
  teacher: tf.Tensor2D,
  { temperature, kept }: { temperature: number; kept: tf.Tensor1D },
): tf.Scalar {
  const [s, t] = [student, teacher].map((rows) => tf.logSoftmax(rows.div(temperature)));
  const rows = tf.sum(tf.exp(t!).mul(t!.sub(s!)), 1);
  return tf.sum(rows.mul(kept)).div(tf.sum(kept)).mul(temperature ** 2);
}

/** Stage 1: the teacher's head, on a frozen copy of the teacher. */
const teacherHead: Distiller = {
  name: "sskd_head",
  title: "SSKD's head",
  tasks: ["classification"],
  needs: { teacher: "none", startsFrom: "teacher", trainsStudent: false },
  prepare({ student, train, rng }) {
    const adapters = new ParameterSet();
    const size = shapesOf(student, train).features;
    const head = headOf(new Scope(adapters, rng), size);
    return {
      adapters,
      leaves: { head: adapters },
      beforeStep: turned,
      loss({ features }, { mode }) {
        const rows = likeness(head(features, mode));
        return { own: { weight: 1, value: crossEntropy(rows, ownImage(rows.shape[0])) } };
      },
    };
  },
};

/** The three stages; the first, the teacher's own training, is the experiment's. */
function sskd(): Distiller {
  const temperature = 4;
  return {
    name: "sskd_sketch",
    title: "SSKD",
    tasks: ["classification"],
    needs: { teacher: "frozen", reads: ["sskd_head"] },
    before: [{
      name: "sskd_head",
      trains: "teacher",
      distiller: teacherHead,
      // 60 epochs of 240, a tenth of the rate from half and from three quarters on.
      training(student) {
        const epochs = Math.max(1, Math.round(student.epochs / 4));
        const milestones = [0.5, 0.75].map((share) => Math.round(share * epochs));
        return { ...student, epochs, milestones, learningRate: 0.05, weightDecay: 5e-4 };
      },
    }],
    prepare({ student, teacher, train, rng, earlier }) {
      const adapters = new ParameterSet();
      const size = shapesOf(student, train).features;
      const own = headOf(new Scope(adapters, rng), size);
      const frozen = new ParameterSet();
      const teachers = headOf(new Scope(frozen, rng), shapesOf(teacher!, train).features);
      frozen.write(earlier.sskd_head!.head!);
      return {
        adapters,
        state: { frozen },
        beforeStep: turned,
        loss({ output, features }, { labels, teacher, mode }) {
          const [s, t] = [viewsOf(output), viewsOf(teacher!.output)];
          const [alikeS, alikeT] = [
            likeness(own(features, mode)),
            likeness(teachers(teacher!.features, mode)),
          ];
          const answers = tf.gather(labels, ownImage(s.others.shape[0])) as tf.Tensor1D;
          const all = tf.onesLike(labels).cast<tf.Tensor1D>("float32");
          const byClass = keptRows(ranksOf(t.others, answers), 1);
          const byImage = keptRows(ranksOf(alikeT, ownImage(alikeT.shape[0])), 0.75);
          return {
            crossEntropy: { weight: 0.1, value: crossEntropy(s.upright, labels) },
            kd: { weight: 0.9, value: keptKd(s.upright, t.upright, { temperature, kept: all }) },
            turned: {
              weight: 2.7,
              value: keptKd(s.others, t.others, { temperature, kept: byClass }),
            },
            alike: {
              weight: 10,
              value: keptKd(alikeS, alikeT, { temperature: 0.5, kept: byImage }),
            },
          };
        },
      };
    },
  };
}

Deno.test("SSKD runs in its three stages; the teacher's head stands on a teacher that stays", async () => {
  await trainThroughStages(sskd(), ({ teacher, earlier, network }, artifacts) => {
    const head = earlier.sskd_head!;
    // Weights that are the teacher's are stored once.
    const stored = Object.keys(head.artifact.arrays);
    assert.ok(stored.length > 0 && stored.every((name) => name.startsWith("head:")), `${stored}`);
    assert.ok(sameArrays(head.weights(), teacher!.weights()));
    const copy = head.open();
    assert.equal(copy.name, "resnet18");
    copy.parameters.dispose();
    assert.equal(head.test, teacher!.test);
    assert.ok(head.curve.at(-1)!.epoch === 1 && network.curve.at(-1)!.epoch === 2);
    assert.equal(artifacts.size, 3);
  });
});

Deno.test("SSKD's parts equal the stored values of the method's specification", () => {
  tf.tidy(() => {
    const close = (found: tf.Tensor, wanted: number[], tolerance = 1e-5) => {
      const values = found.dataSync();
      assert.equal(values.length, wanted.length);
      wanted.forEach((value, i) =>
        assert.ok(Math.abs(values[i]! - value) < tolerance, `${values}`)
      );
    };
    const [student, teacher] = (["student", "teacher"] as const).map((kind) =>
      likeness(waves(kind, [8, 3]) as tf.Tensor2D)
    );
    const own = ownImage(6);
    close(student!.reshape([12]), [
      ...[-0.99081, -0.92007, 0.96371, 0.96431, -0.9194, -0.99104],
      ...[-0.78213, -0.99097, 0.69072, 0.96374, -0.58538, -0.91822],
    ]);
    close(crossEntropy(student!, own).reshape([1]), [0.72047396]);
    const ranks = ranksOf(teacher!, own);
    close(ranks, [1, 0, 0, 1, 1, 0]);
    const kept = keptRows(ranks, 0.75);
    close(kept, [1, 1, 1, 1, 0, 1]);
    close(keptRows(ranks, 0), [0, 1, 1, 0, 0, 1]);
    const loss = keptKd(student!, teacher!, { temperature: 0.5, kept });
    close(loss.reshape([1]), [0.096087542], 1e-6);
  });
});
