/**
 * VKD (Kim, IEEE Access 2022; only its abstract was at hand, the rest is our reading) sketched on the contract: a
 * generator conditioned on the class learns the softened outputs of a teacher while that teacher is trained, and
 * later stands in for it.
 *
 * What it needs of the runner: a stage that trains a network of the teacher's kind from scratch, with modules beside
 * it that have optimisers of their own; the student's outputs after a step; leftovers that the student's stage reads
 * in place of a teacher.
 */
import assert from "node:assert/strict";
import { constant, ParameterSet, Scope } from "../../base/module.ts";
import { adam, lossAndGradients } from "../../base/training/optimisers.ts";
import type { Rng } from "../../base/rng.ts";
import { normalArray, rngOf } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import type { Distiller } from "../../distill/distiller.ts";
import { temperatureKd } from "../../distill/losses.ts";
import { nokd } from "../../distill/methods/nokd.ts";
import { linear } from "../../networks/layers.ts";
import { crossEntropy, ordinaryLoss } from "../../networks/supervised.ts";
import { trainThroughStages } from "../../testing/stages.ts";

const NOISE = 32;
const HIDDEN = 128;
const TEMPERATURE = 4;
const MODE = { training: true };

/** Three dense layers with leaky ReLU between them. */
function threeLayers(scope: Scope, { from, to }: { from: number; to: number }) {
  const sizes = [from, HIDDEN, HIDDEN, to];
  const layers = [0, 1, 2].map((i) =>
    linear(scope.at(`layer${i + 1}`), { in: sizes[i]!, out: sizes[i + 1]! })
  );
  return (x: tf.Tensor2D) =>
    layers.reduce((rows, layer, i) => layer(i === 0 ? rows : tf.leakyRelu(rows, 0.2), MODE), x);
}

/** G(noise, class): virtual logits g, whose softmax stands for the teacher's output softened at T. */
function generatorIn(parameters: ParameterSet, classes: number, rng: Rng) {
  const layers = threeLayers(new Scope(parameters, rng), { from: NOISE + classes, to: classes });
  return (labels: tf.Tensor1D, draws: Rng) => {
    const noise = tf.tensor2d(normalArray(labels.size * NOISE, draws), [labels.size, NOISE]);
    return layers(tf.concat([noise, oneHot(labels, classes)], 1));
  };
}

function oneHot(labels: tf.Tensor1D, classes: number): tf.Tensor2D {
  return tf.oneHot(labels, classes).cast("float32");
}

function classesOf({ task }: { task: { kind: string; classes?: number } }): number {
  return task.classes!;
}

/** Stage 1: the teacher, and beside it G, its critic and the class means of the softened outputs. */
const teacherWithGenerator: Distiller = {
  name: "vkd_teacher",
  title: "VKD's teacher",
  tasks: ["classification"],
  needs: { teacher: "none" },
  prepare({ train, rng }) {
    const classes = classesOf(train);
    const [generator, critic, means] = [0, 1, 2].map(() => new ParameterSet());
    const draw = generatorIn(generator!, classes, rng.child("generator"));
    const judge = threeLayers(new Scope(critic!, rng.child("critic")), {
      from: 2 * classes,
      to: 1,
    });
    const table = new Scope(means!, rng).buffer<tf.Rank.R2>(
      "means",
      [classes, classes],
      constant(1 / classes),
    );
    const score = (outputs: tf.Tensor2D, labels: tf.Tensor1D) =>
      judge(tf.concat([outputs, oneHot(labels, classes)], 1));
    const optimisers = [generator!, critic!].map((set) => adam(set, { beta1: 0.5 }));
    const wanted = (scores: tf.Tensor2D) => tf.mean<tf.Scalar>(tf.softplus(scores.neg()));
    return {
      state: {
        generator: generator!,
        critic: critic!,
        means: means!,
        generatorAdam: optimisers[0]!.state,
        criticAdam: optimisers[1]!.state,
      },
      leaves: { generator: generator!, means: means! },
      loss(student, batch) {
        batch.keep("soft", tf.softmax(student.output.div<tf.Tensor2D>(TEMPERATURE)));
        return ordinaryLoss(student, batch);
      },
      afterStep({ labels, kept, rng }) {
        const soft = kept.soft as tf.Tensor2D;
        const mask = oneHot(labels, classes);
        // 0.99 of the old mean for each image of a class that is there.
        const counts = tf.sum(mask, 0).expandDims(1);
        const seen = tf.matMul(mask, soft, true).div(tf.maximum(counts, 1));
        table.assign(table.add(tf.sub(1, tf.pow(0.99, counts)).mul(seen.sub(table))));
        const virtual = tf.softmax(draw(labels, rng.child("critic noise")));
        const criticStep = lossAndGradients(
          critic!,
          () => wanted(score(soft, labels)).add(wanted(score(virtual, labels).neg())),
        );
        optimisers[1]!.apply(criticStep.gradients, 2e-4);
        const targets = tf.gather(table, labels) as tf.Tensor2D;
        const generatorStep = lossAndGradients(generator!, () => {
          const draws = Array.from(
            { length: 8 },
            (_, i) => tf.softmax(draw(labels, rng.child("noise", i))),
          );
          const mean = tf.addN(draws).div(draws.length);
          const gap = tf.sum(targets.mul(tf.log(targets.div(mean)))).div(labels.size);
          return wanted(score(draws[0]!, labels)).add(gap);
        });
        optimisers[0]!.apply(generatorStep.gradients, 2e-4);
      },
    };
  },
};

/** Both stages; the student never sees the teacher. */
function vkd(): Distiller {
  return {
    name: "vkd_sketch",
    title: "VKD",
    tasks: ["classification"],
    needs: { teacher: "none", reads: ["vkd_teacher"] },
    before: [{ name: "vkd_teacher", trains: "teacher", distiller: teacherWithGenerator }],
    prepare({ train, rng, earlier }) {
      const generator = new ParameterSet();
      const draw = generatorIn(generator, classesOf(train), rng);
      generator.write(earlier.vkd_teacher!.generator!);
      return {
        state: { generator },
        loss({ output }, { labels, rng }) {
          // Logits whose softmax at T is the generator's distribution: any logit method takes them for a teacher's.
          const virtual = draw(labels, rng.child("virtual")).mul<tf.Tensor2D>(TEMPERATURE);
          return {
            crossEntropy: { weight: 0.1, value: crossEntropy(output, labels) },
            virtual: {
              weight: 0.9,
              value: temperatureKd(output, virtual, { temperature: TEMPERATURE }),
            },
          };
        },
      };
    },
  };
}

Deno.test("VKD runs in its two stages, and the student gets a generator in place of a teacher", async () => {
  await trainThroughStages(vkd(), ({ teacher, earlier }, artifacts) => {
    assert.equal(teacher, undefined);
    assert.equal(artifacts.size, 2);
    const trained = earlier.vkd_teacher!;
    assert.equal(trained.title, "ResNet-18");
    assert.deepEqual(Object.keys(trained.leftovers()), ["generator", "means"]);
    const { values } = trained.leftovers().means!.means!;
    for (let row = 0; row < 4; row++) {
      const sum = values.subarray(4 * row, 4 * row + 4).reduce((total, p) => total + p, 0);
      assert.ok(Math.abs(sum - 1) < 1e-5, `class ${row} has a mean that sums to ${sum}`);
    }
  });
});

Deno.test("VKD's teacher is the network that it would be without a generator", async () => {
  const weights: Record<string, Float32Array>[] = [];
  const alone: Distiller = { ...nokd(), name: "vkd_teacher", title: "Teacher" };
  for (const distiller of [teacherWithGenerator, alone]) {
    const method: Distiller = {
      ...nokd(),
      name: "vkd_compared",
      title: "VKD's teacher",
      before: [{ name: "vkd_teacher", trains: "teacher", distiller }],
    };
    await trainThroughStages(method, ({ earlier }) => {
      const own = Object.entries(earlier.vkd_teacher!.weights());
      weights.push(Object.fromEntries(own.map(([name, { values }]) => [name, values])));
    });
  }
  assert.deepEqual(weights[0], weights[1]);
});

Deno.test("VKD's generator has 23,306 parameters for ten classes, and gives distributions", () => {
  const generator = new ParameterSet();
  const draw = generatorIn(generator, 10, rngOf(1));
  assert.equal(generator.size, 23_306);
  tf.tidy(() => {
    const logits = draw(tf.tensor1d([0, 9, 3], "int32"), rngOf(2));
    const sums = tf.sum(tf.softmax(logits), 1).dataSync();
    for (const sum of sums) assert.ok(Math.abs(sum - 1) < 1e-6);
  });
  generator.dispose();
});
