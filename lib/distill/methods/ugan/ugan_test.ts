import assert from "node:assert/strict";
import { rngOf } from "../../../base/rng.ts";
import { tf } from "../../../base/tf.ts";
import { assertValue, sameArrays, toyRun, waves } from "../../../testing/distill.ts";
import { distillTrainee } from "../../trainee.ts";
import { trainStudent } from "../../train_student.ts";
import { nokd } from "../nokd.ts";
import { imageCritic } from "./critic.ts";
import { asFake, asReal, featureGap, pullAway, realLogits } from "./losses.ts";
import { firstOfEach, ugan } from "./ugan.ts";

const logits = waves("student", [2, 3], 5) as tf.Tensor2D;

Deno.test("asReal() and asFake() equal their stored values", () => {
  assertValue(asReal(logits), 0.765308139);
  assertValue(asFake(logits), 2.674243128);
});

Deno.test("realLogits() is the softmax over the classes and a further one whose logit is 0", () => {
  const shares = tf.softmax(tf.concat([logits, tf.zeros([2, 1])], 1)).slice([0, 3], [-1, 1]);
  const fake = tf.sigmoid(tf.neg(realLogits(logits))).dataSync();
  shares.dataSync().forEach((share, i) => assertValue(fake[i]!, share));
});

Deno.test("featureGap() compares means, pullAway() the rows of one set", () => {
  const real = tf.tensor2d([[1, 0], [3, 2]]);
  assertValue(featureGap(real, tf.tensor2d([[0, 0], [2, 4]])), (1 + 1) / 2);
  // Cosine of (1, 0) and (1, 1): 1 / √2.
  assertValue(pullAway(tf.tensor2d([[2, 0], [3, 3]])), 0.5);
  assertValue(pullAway(tf.tensor2d([[2, 0], [5, 0], [0, 1]])), 1 / 3);
  assert.ok(Math.abs(pullAway(tf.tensor2d([[2, 1]])).dataSync()[0]!) < 1e-6);
});

Deno.test("firstOfEach() lists the first images of each class", () => {
  const labels = Float32Array.of(2, 0, 2, 2, 1, 0);
  assert.deepEqual(firstOfEach({ labels }, 1), [0, 1, 4]);
  assert.deepEqual(firstOfEach({ labels }, 2), [0, 1, 2, 4, 5]);
});

Deno.test("imageCritic() judges an image by its class too", () => {
  const critic = imageCritic({ channels: 3, width: 4, classes: 3, rng: rngOf(1) });
  tf.tidy(() => {
    const images = waves("teacher", [2, 8, 8, 3]) as tf.Tensor4D;
    const [first, second] = [[0, 1], [0, 2]].map((classes) =>
      critic.judge(images, tf.tensor1d(classes, "int32")).dataSync()
    );
    assert.equal(first![0], second![0]);
    assert.notEqual(first![1], second![1]);
  });
  critic.parameters.dispose();
});

Deno.test("ugan() without generators learns as without a method, and its players move", async () => {
  const plain = await trainStudent(toyRun({ distiller: nokd() }));
  const idle = await trainStudent(
    toyRun({ distiller: ugan({ good: 0, bad: 0, generatorWidth: 4 }) }),
  );
  for (const [name, { values }] of Object.entries(plain.weights)) {
    values.forEach((value, i) =>
      assert.ok(Math.abs(value - idle.weights[name]!.values[i]!) < 1e-5, name)
    );
  }
  const trainee = distillTrainee(toyRun({ distiller: ugan({ generatorWidth: 4 }) }));
  const roles = ["method.good", "method.bad", "method.critic"];
  const read = () => Promise.all(roles.map((role) => trainee.state[role]!.read()));
  const before = await read();
  tf.tidy(() => void trainee.step(0));
  const after = await read();
  roles.forEach((role, i) => assert.ok(!sameArrays(before[i]!, after[i]!), role));
  trainee.dispose();
});

Deno.test("ugan() looks at the labels of the labelled images only", async () => {
  const weightsWith = async (shift: number) => {
    const run = toyRun({ distiller: ugan({ labelled: 2, generatorWidth: 4 }) });
    const known = firstOfEach(run.train, 2);
    const labels = run.train.labels.map((label, i) =>
      known.includes(i) ? label : (label + shift) % 3
    );
    // Only the labelled come first of their class, whatever the others are called.
    assert.deepEqual(firstOfEach({ labels }, 2), known);
    return (await trainStudent({ ...run, train: { ...run.train, labels } })).weights;
  };
  assert.ok(sameArrays(await weightsWith(0), await weightsWith(1)));
});
