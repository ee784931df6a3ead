import assert from "node:assert/strict";
import { tf } from "../base/tf.ts";
import { at, attentionLoss } from "./methods/at.ts";
import type { Distiller } from "./distiller.ts";
import { decoupledKd, dkd } from "./methods/dkd.ts";
import { temperatureKd } from "./losses.ts";
import { fitnet } from "./methods/fitnet.ts";
import { nst } from "./methods/nst.ts";
import { pktLoss } from "./methods/pkt.ts";
import { reviewKd } from "./methods/review_kd.ts";
import { angleLoss, distanceLoss } from "./methods/rkd.ts";
import { similarityLoss } from "./methods/sp.ts";
import { vid } from "./methods/vid.ts";
import { TOY_TRAINING, toyRun, waves } from "../testing/distill.ts";
import { trainStudent } from "./train_student.ts";

function assertClose(loss: tf.Tensor, wanted: number, relative = 1e-5) {
  const found = loss.dataSync()[0]!;
  assert.ok(Math.abs(found - wanted) <= relative * Math.abs(wanted), `${found} for ${wanted}`);
}

const maps = (kind: "student" | "teacher", shape = [2, 4, 4, 3]) =>
  waves(kind, shape) as tf.Tensor4D;
const rows = (kind: "student" | "teacher", scale = 1) => waves(kind, [3, 4], scale) as tf.Tensor2D;

Deno.test("attentionLoss() equals its stored values, pooled or not", () => {
  assertClose(attentionLoss(maps("student"), maps("teacher")), 0.006053024);
  assertClose(attentionLoss(maps("student"), maps("teacher", [2, 8, 8, 3])), 0.006029958);
});

Deno.test("attentionLoss() ignores the scale of a sample and the order of channels, is 0 at 1 x 1", () => {
  const scaled = maps("student").mul<tf.Tensor4D>(tf.tensor4d([3, 0.5], [2, 1, 1, 1]));
  assertClose(attentionLoss(scaled, maps("teacher")), 0.006053024);
  assertClose(attentionLoss(tf.reverse(maps("student"), 3), maps("teacher")), 0.006053024);
  const point = (kind: "student" | "teacher") => maps(kind, [2, 1, 1, 3]);
  assert.ok(attentionLoss(point("student"), point("teacher")).dataSync()[0]! < 1e-12);
});

Deno.test("similarityLoss() equals its stored values and is 0 for a batch of one", () => {
  assertClose(similarityLoss(maps("student"), maps("teacher")), 0.001757047);
  assertClose(similarityLoss(rows("student"), rows("teacher")), 0.047736794);
  const one = (kind: "student" | "teacher") => waves(kind, [1, 4]);
  assert.ok(similarityLoss(one("student"), one("teacher")).dataSync()[0]! < 1e-12);
  assertClose(similarityLoss(rows("student", 7), rows("teacher")), 0.047736794);
});

Deno.test("distanceLoss() and angleLoss() equal their stored values", () => {
  const [student, teacher] = [rows("student"), rows("teacher")];
  assertClose(distanceLoss(student, teacher), 0.014818374);
  assertClose(angleLoss(student, teacher), 0.003883294, 2e-5);
  // As rkd() weighs them.
  const both = distanceLoss(student, teacher).mul(25).add(angleLoss(student, teacher).mul(50));
  assertClose(both, 0.564624041);
});

Deno.test("distanceLoss() and angleLoss() ignore scale and translation", () => {
  const moved = rows("student", 3).add<tf.Tensor2D>(tf.tensor1d([1, -2, 0.5, 3]));
  assertClose(distanceLoss(moved, rows("teacher")), 0.014818374, 1e-4);
  assertClose(angleLoss(moved, rows("teacher")), 0.003883294, 1e-4);
});

Deno.test("distanceLoss() and angleLoss() have finite gradients where embeddings coincide", () => {
  const same = tf.tensor2d([[1, 2], [1, 2], [0, 1]]);
  const target = tf.tensor2d([[1, 0], [0, 1], [1, 1]]);
  for (const loss of [distanceLoss, angleLoss]) {
    const gradient = tf.grad((z) => loss(z as tf.Tensor2D, target))(same);
    assert.ok(gradient.dataSync().every(Number.isFinite), loss.name);
  }
});

Deno.test("pktLoss() equals its stored value and ignores the scale of a sample", () => {
  assertClose(pktLoss(rows("student"), rows("teacher")), 0.023665377);
  const scaled = rows("student").mul<tf.Tensor2D>(tf.tensor2d([[2], [0.1], [5]]));
  assertClose(pktLoss(scaled, rows("teacher")), 0.023665377);
});

const student = waves("student", [2, 3], 5) as tf.Tensor2D;
const teacher = waves("teacher", [2, 3], 5) as tf.Tensor2D;
const labels = tf.tensor1d([2, 0], "int32");

Deno.test("decoupledKd() equals its stored values at T = 4", () => {
  const { target, others } = decoupledKd(student, teacher, { labels, temperature: 4 });
  assertClose(target, 0.065450584);
  assertClose(others, 0.721186948);
  assertClose(target.add(others.mul(8)), 5.834946166);
});

Deno.test("decoupledKd() adds up to temperatureKd() with 1 − p_t of the target as weight", () => {
  const one = (z: tf.Tensor2D, i: number) => tf.slice(z, [i, 0], [1, 3]);
  let sum = 0;
  for (const [i, label] of [2, 0].entries()) {
    const { target, others } = decoupledKd(one(student, i), one(teacher, i), {
      labels: tf.tensor1d([label], "int32"),
      temperature: 4,
    });
    const p = tf.softmax(one(teacher, i).div<tf.Tensor2D>(4)).dataSync()[label]!;
    sum += target.dataSync()[0]! + (1 - p) * others.dataSync()[0]!;
  }
  const whole = temperatureKd(student, teacher, { temperature: 4 }).dataSync()[0]!;
  assert.ok(Math.abs(sum / 2 - whole) < 1e-5);
});

Deno.test("decoupledKd() has no second half for two classes, and none that sees the target", () => {
  const two = (z: tf.Tensor2D) => tf.slice(z, [0, 0], [2, 2]);
  const at = { labels: tf.tensor1d([1, 0], "int32"), temperature: 4 };
  assert.ok(Math.abs(decoupledKd(two(student), two(teacher), at).others.dataSync()[0]!) < 1e-6);
  const raised = student.add<tf.Tensor2D>(tf.oneHot(labels, 3).mul(3));
  const { others } = decoupledKd(raised, teacher, { labels, temperature: 4 });
  assertClose(others, 0.721186948);
});

Deno.test("dkd() grows its terms over the first epochs", async () => {
  const training = { ...TOY_TRAINING, epochs: 3 };
  const { history } = await trainStudent(toyRun({ distiller: dkd({ warmUpEpochs: 2 }), training }));
  // Rows of one epoch each: half the weight in the first, all of it from the second on.
  for (const [i, growth] of [0.5, 1, 1].entries()) {
    const { loss, crossEntropy, targetKd, othersKd } = history[i]!;
    const wanted = crossEntropy! + growth * (targetKd! + 8 * othersKd!);
    assert.ok(Math.abs(loss! - wanted) < 1e-5 * wanted);
  }
});

/** Weights of the terms at a step of a training of some epochs, of ten steps each. */
function weightsAt(distiller: Distiller, epochs: number, step: number) {
  const training = { ...TOY_TRAINING, epochs };
  const run = toyRun({ distiller, training });
  const { teacher, train } = run;
  const method = distiller.prepare({
    ...run,
    peers: [],
    earlier: {},
    teacherInput: (x) => x,
    stepsPerEpoch: 10,
  });
  const x = tf.zeros<tf.Rank.R4>([2, 8, 8, 3]);
  const mode = { training: true, taps: true };
  const terms = method.loss(run.student.forward(x, mode), {
    x,
    labels: tf.tensor1d(train.labels.subarray(0, 2), "int32"),
    indices: new Uint32Array(2),
    step,
    steps: 10 * epochs,
    epoch: Math.floor(step / 10),
    epochs,
    rng: run.rng,
    mode,
    extras: {},
    keep() {},
    teacher: teacher!.forward(x, { training: false, taps: true }),
  });
  return Object.fromEntries(Object.entries(terms).map(([name, { weight }]) => [name, weight]));
}

for (const epochs of [240, 10, 5, 1]) {
  Deno.test(`warm-ups end after a twelfth of a training of ${epochs} epochs`, () => {
    const steps = 10 * epochs;
    const dkdAt = (step: number) => weightsAt(dkd(), epochs, step).othersKd!;
    const reviewAt = (step: number) => weightsAt(reviewKd(), epochs, step).review_kd!;
    assert.deepEqual([dkdAt(0), reviewAt(0)], [8 / 20, 0]);
    const full = Math.ceil(steps / 12);
    assert.deepEqual([dkdAt(full), reviewAt(full)], [8, 1]);
    assert.ok(reviewAt(full - 1) < 1);
    assert.deepEqual([dkdAt(steps - 1), reviewAt(steps - 1)], [8, 1]);
  });
}

Deno.test("warm-ups of the papers' own length are the papers'", () => {
  for (const epoch of [0, 1, 10, 19, 20, 100]) {
    for (const step of [10 * epoch, 10 * epoch + 9]) {
      assert.equal(weightsAt(reviewKd(), 240, step).review_kd, Math.min(1, epoch / 20));
      assert.equal(weightsAt(dkd(), 240, step).targetKd, Math.min(1, (epoch + 1) / 20));
    }
  }
});

Deno.test("warm-ups of their own length are refused where they would never end", async () => {
  for (const distiller of [dkd({ warmUpEpochs: 20 }), reviewKd({ warmUpEpochs: 2 })]) {
    await assert.rejects(trainStudent(toyRun({ distiller })), {
      name: "RangeError",
      message:
        /^Cannot distil with "\w+": found warmUpEpochs = \d+ in a training of 2 epochs, want fewer/,
    });
  }
});

Deno.test("featureDistiller() adds temperature KD where asked to, for classes only", async () => {
  const distiller = at({ kd: 1, weight: 10 });
  assert.deepEqual(distiller.tasks, ["classification"]);
  const { history } = await trainStudent(toyRun({ distiller }));
  const { loss, crossEntropy, kd, at: own } = history[0]!;
  assert.ok(own! > 0 && kd! > 0);
  assert.ok(Math.abs(loss! - crossEntropy! - kd! - 10 * own!) < 1e-5 * loss!);
});

Deno.test("methods that compare stages train where teacher and student have different numbers of them", async () => {
  for (const distiller of [at(), nst(), vid(), reviewKd({ warmUpEpochs: 0 }), fitnet()]) {
    for (const shallow of ["student", "teacher"] as const) {
      const run = toyRun({ distiller });
      const whole = run[shallow]!;
      const cut: typeof whole = {
        ...whole,
        forward(x, mode) {
          const outcome = whole.forward(x, mode);
          return { ...outcome, taps: outcome.taps.slice(0, -1) };
        },
      };
      if (distiller.name === "fitnet" && shallow === "student") continue;
      const { history } = await trainStudent({ ...run, [shallow]: cut });
      assert.ok(Number.isFinite(history.at(-1)!.loss), distiller.name);
    }
  }
});
