import assert from "node:assert/strict";
import { tf } from "../../base/tf.ts";
import { assertValue, toyStages, waves } from "../../testing/distill.ts";
import { stagesOf } from "../stages.ts";
import { distillTrainee } from "../trainee.ts";
import { ab, boundaryLoss } from "./ab.ts";

const maps = (kind: "student" | "teacher") => waves(kind, [2, 2, 2, 3]) as tf.Tensor4D;

Deno.test("boundaryLoss() equals its stored value", () => {
  const loss = boundaryLoss(maps("student"), maps("teacher"));
  assertValue(loss, 0.047056191);
  assertValue(loss.mul(2 / 0.003), 31.370794322);
});

Deno.test("boundaryLoss() sees only the signs of the teacher", () => {
  const scaled = maps("teacher").mul<tf.Tensor4D>(7);
  assertValue(boundaryLoss(maps("student"), scaled), 0.047056191);
});

Deno.test("boundaryLoss() is 0 without a gradient beyond the margins", () => {
  const teacher = maps("teacher");
  const student = tf.sign(teacher).mul<tf.Tensor4D>(1.25);
  const { value, grad } = tf.valueAndGrad((s) => boundaryLoss(s as tf.Tensor4D, teacher))(student);
  assert.equal(value.dataSync()[0], 0);
  assert.ok(grad.dataSync().every((entry) => entry === 0));
});

const RECIPE = {
  epochs: 240,
  batch: 64,
  learningRate: 0.05,
  milestones: [150],
  momentum: 0.9,
  weightDecay: 5e-4,
  crop: true,
  flip: true,
};

Deno.test("ab() trains the student on its own term for an eighth of the epochs, then on labels", () => {
  const [first, last] = stagesOf(ab());
  assert.deepEqual(
    [first!.name, first!.trains, first!.teacher, last!.startsFrom, last!.teacher],
    ["ab_init", "student", "teacher", "ab_init", undefined],
  );
  assert.deepEqual(first!.training(RECIPE), { ...RECIPE, epochs: 30, milestones: [] });
  assert.equal(first!.training({ ...RECIPE, epochs: 2 }).epochs, 1);
  assert.equal(stagesOf(ab({ initEpochs: 7 }))[0]!.training(RECIPE).epochs, 7);
  assert.equal(stagesOf(ab({ kd: 1 }))[1]!.teacher, "teacher");
});

Deno.test("ab() halves the weight of every stage above the last", async () => {
  const [first] = await toyStages(ab());
  const run = first!.make();
  const taps = (kind: "student" | "teacher") =>
    [[4, 4], [2, 2]].map(([side, _]) => {
      const map = waves(kind, [2, side!, side!, 4]) as tf.Tensor4D;
      return { name: "", pre: map, post: map };
    });
  // Equal channels and sides: no connector stands between.
  const network = (kind: "student" | "teacher") => ({
    ...run.student,
    forward: (x: tf.Tensor4D) => ({
      output: tf.zeros<tf.Rank.R2>([x.shape[0], 3]),
      features: tf.zeros<tf.Rank.R2>([x.shape[0], 4]),
      taps: [taps(kind)[0]!, ...taps(kind)],
    }),
  });
  const [student, teacher] = [network("student"), network("teacher")];
  const method = first!.distiller.prepare({
    ...run,
    student,
    teacher,
    peers: [],
    earlier: {},
    teacherInput: (x) => x,
    stepsPerEpoch: 1,
  });
  const x = tf.zeros<tf.Rank.R4>([2, 8, 8, 3]);
  const passes = { student: student.forward(x), teacher: teacher.forward(x) };
  const { value } = method.loss(passes.student, { teacher: passes.teacher, mode: {} } as never).ab!;
  const [upper, lower] = taps("student").map(({ pre }, i) =>
    boundaryLoss(pre, taps("teacher")[i]!.pre).dataSync()[0]!
  );
  assertValue(value, upper! / 2 + lower!);
});

Deno.test("ab() leaves the classifier without a gradient in its first stage", async () => {
  const [first] = await toyStages(ab());
  const run = first!.make({ training: { ...first!.make().training, weightDecay: 0 } });
  const before = await run.student.parameters.read();
  const trainee = distillTrainee(run);
  tf.tidy(() => void trainee.step(0));
  const after = await run.student.parameters.read();
  trainee.dispose();
  for (const [name, { values }] of Object.entries(before)) {
    const moved = values.some((value, i) => value !== after[name]!.values[i]);
    if (name.endsWith("conv/weight")) assert.ok(moved, name);
    if (name.startsWith("classifier/")) assert.ok(!moved, name);
  }
});
