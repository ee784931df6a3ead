import assert from "node:assert/strict";
import { tf } from "../../base/tf.ts";
import { toyRun, waves } from "../../testing/distill.ts";
import { trainStudent } from "../train_student.ts";
import type { DistillBatch } from "../distiller.ts";
import { explainedTarget, introspective, klFrom } from "./introspective.ts";

const labels = tf.tensor1d([1, 0], "int32");
const options = { labels, share: 0.1, temperature: 0.3 };

Deno.test("explainedTarget() equals cosines of contributions written out, and its rows sum to 1", () => {
  const features = waves("student", [2, 4]) as tf.Tensor2D;
  const classifier = waves("teacher", [4, 3]) as tf.Tensor2D;
  const found = explainedTarget(features, classifier, options).arraySync();
  const [f, w] = [features.arraySync(), classifier.arraySync()];
  for (const [row, y] of [1, 0].entries()) {
    const explanation = (c: number) => f[row]!.map((value, k) => value * w[k]![c]!);
    const dot = (a: number[], b: number[]) => a.reduce((sum, value, k) => sum + value * b[k]!, 0);
    const cosine = (c: number) => {
      const [a, b] = [explanation(y), explanation(c)];
      return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
    };
    const powers = [0, 1, 2].map((c) => c === y ? 0 : Math.exp(cosine(c) / 0.3));
    const sum = powers.reduce((a, b) => a + b);
    powers.forEach((power, c) => {
      const wanted = (c === y ? 0.9 : 0) + 0.1 * power / sum;
      assert.ok(Math.abs(found[row]![c]! - wanted) < 1e-5, `${found[row]} at ${c}: ${wanted}`);
    });
    assert.ok(Math.abs(found[row]!.reduce((a, b) => a + b) - 1) < 1e-6);
  }
});

Deno.test("explainedTarget() of equal explanations is label smoothing over the other classes", () => {
  const features = waves("student", [2, 4]) as tf.Tensor2D;
  const found = explainedTarget(features, tf.ones([4, 3]), options).dataSync();
  [0.05, 0.9, 0.05, 0.9, 0.05, 0.05].forEach((wanted, i) =>
    assert.ok(Math.abs(found[i]! - wanted) < 1e-6)
  );
  // A vector of zeros explains nothing.
  assert.ok(
    explainedTarget(tf.zeros([2, 4]), tf.ones([4, 3]), options).dataSync().every(Number.isFinite),
  );
});

Deno.test("klFrom() has the gradient (softmax(z) − q) / batch and is 0 where both agree", () => {
  const logits = waves("student", [2, 3], 2) as tf.Tensor2D;
  const target = tf.tensor2d([[0.2, 0, 0.8], [0.5, 0.25, 0.25]]);
  const slope = tf.grad((z) => klFrom(target, z as tf.Tensor2D))(logits);
  const wanted = tf.softmax(logits).sub(target).div(2);
  assert.ok(tf.max(tf.abs(slope.sub(wanted))).dataSync()[0]! < 1e-6);
  assert.ok(Math.abs(klFrom(tf.softmax(logits), logits).dataSync()[0]!) < 1e-6);
});

Deno.test("introspective() learns from labels and from its targets", async () => {
  const { history } = await trainStudent(toyRun({ distiller: introspective({ warmUpEpochs: 0 }) }));
  const { loss, crossEntropy, explained } = history[0]!;
  assert.ok(Math.abs(loss! - crossEntropy! - explained!) < 1e-5 * loss!);
});

Deno.test("introspective() sends no gradient to the features that its targets are made of", () => {
  const run = toyRun({ distiller: introspective({ warmUpEpochs: 0 }) });
  const method = run.distiller.prepare({
    ...run,
    peers: [],
    earlier: {},
    teacherInput: (x) => x,
    stepsPerEpoch: 1,
  });
  tf.tidy(() => {
    const output = waves("student", [2, 3], 2) as tf.Tensor2D;
    const batch = { labels, step: 0, steps: 1, epoch: 0, epochs: 1 } as unknown as DistillBatch;
    // Logits that do not hang on the features: whatever reaches these went through the targets.
    const explained = (features: tf.Tensor) =>
      method.loss({ output, features: features as tf.Tensor2D, taps: [] }, batch).explained!.value;
    const features = waves("teacher", [2, 8]);
    const { value, grad } = tf.valueAndGrad(explained)(features);
    assert.ok(Math.abs(value.dataSync()[0]! - explained(features.square()).dataSync()[0]!) > 1e-6);
    assert.ok(grad.dataSync().every((slope) => slope === 0));
  });
});

Deno.test("introspective() refuses a network that does not end in a dense layer of its features", async () => {
  const run = toyRun({ distiller: introspective() });
  const cut = {
    ...run.student,
    forward: (...args: Parameters<typeof run.student.forward>) => {
      const outcome = run.student.forward(...args);
      return { ...outcome, features: outcome.features.slice<tf.Tensor2D>([0, 0], [-1, 3]) };
    },
  };
  await assert.rejects(trainStudent({ ...run, student: cut }), {
    name: "RangeError",
    message: /^Cannot distil with "introspective": found no layer from 3 features to 3 classes/,
  });
});
