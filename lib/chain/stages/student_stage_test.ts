/** What a method may ask of the runner, each with a small method that needs it. */
import assert from "node:assert/strict";
import { ParameterSet, Scope, uniform } from "../../base/module.ts";
import { adam, lossAndGradients, sgd } from "../../base/training/optimisers.ts";
import { join } from "../../base/disk/path.ts";
import type { Artifact } from "../../base/disk/artifact.ts";
import { tf } from "../../base/tf.ts";
import { blkd } from "../../distill/methods/blkd.ts";
import type { Distiller, EarlierStage } from "../../distill/distiller.ts";
import { meanSquared, temperatureKd, unitRows } from "../../distill/losses.ts";
import { nokd } from "../../distill/methods/nokd.ts";
import { shapesOf } from "../../distill/shapes.ts";
import { measure } from "../../distill/train_student.ts";
import { conv2d, linear } from "../../networks/layers.ts";
import { crossEntropy, ordinaryLoss, totalOf } from "../../networks/supervised.ts";
import { sameArrays } from "../../testing/distill.ts";
import { chainIn, choiceOf, trainThroughStages } from "../../testing/stages.ts";
import { studentStage } from "./student_stage.ts";

const both = ["classification", "regression"] as const;

/** The only result of a stage. */
function resultOf(artifacts: ReadonlyMap<string, Artifact>, stage: string): Artifact {
  const found = [...artifacts.values()].filter(({ id }) => id.startsWith(`${stage}-`));
  assert.equal(found.length, 1, stage);
  return found[0]!;
}

async function keyOf({ folder }: Artifact) {
  const { key } = JSON.parse(await Deno.readTextFile(join(folder, "artifact.json")));
  return key as {
    specification: { network: string; training: { epochs: number }; peers?: unknown };
    inputs: Record<string, string>;
  };
}

/** Names of arrays up to the colon, of those that have one. */
function rolesOf({ arrays }: Artifact): string[] {
  return [...new Set(Object.keys(arrays).flatMap((name) => name.match(/^(.*):/)?.[1] ?? []))];
}

Deno.test("studentStage() stores of a plain student its weights and nothing else", async () => {
  const method: Distiller = { ...blkd(), name: "plain", title: "Plain" };
  await trainThroughStages(method, ({ network }, artifacts) => {
    const student = resultOf(artifacts, "student");
    assert.deepEqual(rolesOf(student), []);
    assert.deepEqual(Object.keys(network.leftovers()), []);
    assert.deepEqual(network.peers, []);
    assert.equal("peers" in student.notes, false);
  });
});

Deno.test("studentStage() trains a named network by a recipe of its own, and it teaches", async () => {
  const tutor: EarlierStage = {
    name: "tutor",
    trains: { network: "vgg13", width: 0.0625 },
    distiller: nokd(),
    training: (student) => ({ ...student, epochs: 1 }),
  };
  const method: Distiller = {
    ...blkd(),
    name: "tutored",
    title: "Tutored",
    needs: { teacher: "frozen", teacherFrom: "tutor" },
    before: [tutor],
  };
  await trainThroughStages(method, async ({ earlier, teacher }, artifacts) => {
    // The experiment's teacher has no part in it.
    assert.equal(teacher, undefined);
    assert.equal(artifacts.size, 2);
    assert.deepEqual(earlier.tutor!.curve.map(({ epoch }) => epoch), [1]);
    const { specification } = await keyOf(resultOf(artifacts, "tutor"));
    assert.deepEqual([specification.network, specification.training.epochs], ["vgg13", 1]);
    const { inputs } = await keyOf(resultOf(artifacts, "student"));
    assert.equal(inputs.teacher, earlier.tutor!.artifact.id);
  });
});

Deno.test("studentStage() trains a copy of the choice's teacher on, not of the filter's", async () => {
  const tuned: EarlierStage = {
    name: "tuned",
    trains: "teacher",
    distiller: { ...nokd(), name: "tuning", needs: { teacher: "none", startsFrom: "teacher" } },
    training: (student) => ({ ...student, epochs: 1, learningRate: 1e-4 }),
  };
  const method: Distiller = {
    ...blkd(),
    name: "from_tuned",
    title: "From a tuned teacher",
    needs: { teacher: "frozen", teacherFrom: "tuned" },
    before: [tuned],
  };
  await trainThroughStages(method, async ({ earlier, teacher }, artifacts) => {
    const { specification, inputs } = await keyOf(resultOf(artifacts, "tuned"));
    assert.equal(specification.network, "resnet18");
    assert.equal(inputs.start, teacher!.artifact.id);
    const [before, after] = [teacher!.weights(), earlier.tuned!.weights()];
    assert.ok(!sameArrays(before, after));
    // Three small steps lead nowhere else.
    for (const [name, { values }] of Object.entries(before)) {
      if (!name.endsWith("/weight")) continue;
      assert.ok(values.every((value, i) => Math.abs(value - after[name]!.values[i]!) < 0.02), name);
    }
  });
});

Deno.test("studentStage() goes on from a stage of the student's own, of the student's seed", async () => {
  const hint: Distiller = {
    name: "hint_only",
    title: "Hint",
    tasks: both,
    needs: { teacher: "frozen" },
    prepare({ student, teacher, train, rng }) {
      const [from, to] = [student, teacher!].map((net) => shapesOf(net, train).features);
      const adapters = new ParameterSet();
      const fit = linear(new Scope(adapters, rng), { in: from!, out: to! });
      return {
        adapters,
        loss: ({ features }, { teacher, mode }) => ({
          hint: { weight: 1, value: meanSquared(fit(features, mode), teacher!.features) },
        }),
      };
    },
  };
  const method: Distiller = {
    ...nokd(),
    name: "hinted",
    title: "Hinted",
    needs: { teacher: "none", startsFrom: "hint" },
    before: [{ name: "hint", trains: "student", distiller: hint }],
  };
  const seeds: string[] = [];
  for (const seed of [1, 2]) {
    await trainThroughStages(method, async ({ earlier }, artifacts) => {
      const { inputs } = await keyOf(resultOf(artifacts, "student"));
      assert.equal(inputs.start, earlier.hint!.artifact.id);
      seeds.push(inputs.start!);
    }, { seed });
  }
  assert.notEqual(seeds[0], seeds[1]);
});

/** Networks that learn from each other's outputs (DML, Zhang et al. 2018), the student first. */
function mutual(): Distiller {
  return {
    name: "mutual",
    title: "Mutual",
    tasks: both,
    needs: { teacher: "none", peers: ["student", { network: "mobilenet_v2", width: 0.125 }] },
    prepare({ peers, train, training }) {
      const isClassifier = train.task.kind === "classification";
      const gap = (own: tf.Tensor2D, other: tf.Tensor2D) =>
        isClassifier ? temperatureKd(own, other, { temperature: 1 }) : meanSquared(own, other);
      const optimisers = peers.map(({ parameters }) => sgd(parameters, training));
      return {
        state: Object.fromEntries(optimisers.map(({ state }, i) => [`sgd${i + 1}`, state])),
        beforeStep: (batch) => ({
          ...batch,
          extras: {
            peers: tf.stack(
              peers.map(({ forward }) => forward(batch.x, { training: false }).output),
            ),
          },
        }),
        loss(student, batch) {
          batch.keep("student", student.output);
          const others = tf.unstack(batch.extras.peers!) as tf.Tensor2D[];
          const value = tf.addN(others.map((other) => gap(student.output, other)));
          return { ...ordinaryLoss(student, batch), gap: { weight: 0.5, value } };
        },
        afterStep(batch) {
          for (const [i, peer] of peers.entries()) {
            const { gradients } = lossAndGradients(peer.parameters, () => {
              const own = peer.forward(batch.x, batch.mode);
              const value = gap(own.output, batch.kept.student as tf.Tensor2D);
              return totalOf({ ...ordinaryLoss(own, batch), gap: { weight: 0.5, value } });
            });
            optimisers[i]!.apply(gradients, training.learningRate);
          }
        },
      };
    },
  };
}

for (const task of both) {
  Deno.test(`studentStage() ends with all networks that learnt along, ${task}`, async () => {
    await trainThroughStages(mutual(), async ({ network }, artifacts) => {
      const student = resultOf(artifacts, "student");
      assert.deepEqual(rolesOf(student), ["peer1", "peer2"]);
      const { specification: { peers } } = await keyOf(student);
      assert.deepEqual(peers, [
        choiceOf("nokd", { task }).student,
        { network: "mobilenet_v2", width: 0.125 },
      ]);
      assert.deepEqual(network.peers.map(({ title }) => title), [network.title, "MobileNetV2"]);
      assert.deepEqual(Object.keys(network.leftovers()), ["peer1", "peer2"]);
      const { dataset } = chainIn("", { task }).context;
      for (const trained of [network, ...network.peers]) {
        const opened = trained.open();
        assert.equal(await measure(opened, dataset.test, network.normalisation), trained.test);
        opened.parameters.dispose();
      }
      // They are no copies of each other.
      assert.ok(!sameArrays(network.weights(), network.peers[0]!.weights()));
    }, { task });
  });
}

/** An embedding follows where its image stood before (the memory of CRD, without its negatives). */
function remembering(): Distiller {
  const size = 4;
  return {
    name: "remembering",
    title: "Remembering",
    tasks: both,
    needs: { teacher: "none" },
    prepare({ student, train, rng }) {
      const adapters = new ParameterSet();
      const features = shapesOf(student, train).features;
      const embed = linear(new Scope(adapters, rng.child("embed")), { in: features, out: size });
      const memory = new ParameterSet();
      const count = train.labels.length;
      const rows = new Scope(memory, rng.child("memory")).buffer<tf.Rank.R2>(
        "rows",
        [count, size],
        uniform(1),
      );
      return {
        adapters,
        state: { memory },
        leaves: { memory, embed: adapters },
        loss(student, batch) {
          const unit = unitRows(embed(student.features, batch.mode));
          batch.keep("unit", unit);
          const before = tf.gather(rows, tf.tensor1d(Int32Array.from(batch.indices)));
          const value = meanSquared(unit, unitRows(before));
          return { ...ordinaryLoss(student, batch), memory: { weight: 1, value } };
        },
        afterStep({ indices, kept }) {
          const at = tf.tensor1d(Int32Array.from(indices));
          const moved = unitRows(tf.gather(rows, at).add(kept.unit!) as tf.Tensor2D);
          const isOther = tf.sub(1, tf.minimum(1, tf.sum(tf.oneHot(at, count), 0))).expandDims(1);
          const placed = tf.scatterND(at.expandDims(1), moved, [count, size]);
          rows.assign(rows.mul(isOther).add(placed));
        },
      };
    },
  };
}

Deno.test("studentStage() checkpoints a memory and stores what the method leaves", async () => {
  await trainThroughStages(remembering(), ({ network }, artifacts) => {
    assert.deepEqual(rolesOf(resultOf(artifacts, "student")), ["memory", "embed"]);
    const { rows } = network.leftovers().memory!;
    assert.deepEqual(rows!.shape, [48, 4]);
    for (let i = 0; i < 48; i++) {
      const length = Math.hypot(...rows!.values.subarray(4 * i, 4 * i + 4));
      assert.ok(Math.abs(length - 1) < 1e-5, `row ${i} has length ${length}`);
    }
  });
});

/** A teacher that learns on while it teaches (the progressive teacher of UDA + KD). */
function together(): Distiller {
  return {
    name: "together",
    title: "Together",
    tasks: ["classification"],
    needs: { teacher: "own" },
    prepare({ teacher, teacherInput, training }) {
      const { parameters } = teacher!;
      const optimiser = sgd(parameters, training);
      return {
        state: { teacherSgd: optimiser.state },
        leaves: { teacher: parameters },
        beforeStep(batch) {
          const x = teacherInput(batch.x);
          const { gradients } = lossAndGradients(
            parameters,
            () => crossEntropy(teacher!.forward(x, batch.mode).output, batch.labels),
          );
          optimiser.apply(gradients, training.learningRate / 10);
          return { ...batch, extras: { soft: teacher!.forward(x, { training: false }).output } };
        },
        loss(student, batch) {
          const soft = batch.extras.soft as tf.Tensor2D;
          return {
            ...ordinaryLoss(student, batch),
            kd: { weight: 1, value: temperatureKd(student.output, soft, { temperature: 4 }) },
          };
        },
      };
    },
  };
}

Deno.test("studentStage() lets a method train its own teacher, in a copy", async () => {
  await trainThroughStages(together(), ({ network, teacher }, artifacts) => {
    const before = teacher!.weights();
    const after = network.leftovers().teacher!;
    assert.deepEqual(Object.keys(after).sort(), Object.keys(before).sort());
    assert.ok(!sameArrays(before, after));
    assert.deepEqual(rolesOf(resultOf(artifacts, "teacher")), []);
  });
});

/** Images of a generator that looks for where student and teacher differ (DFAD, Fang et al. 2019, small). */
function withoutData(): Distiller {
  const latent = 8;
  return {
    name: "without_data",
    title: "Without data",
    tasks: both,
    needs: { teacher: "frozen" },
    prepare({ student, teacher, teacherInput, train, rng }) {
      const generator = new ParameterSet();
      const scope = new Scope(generator, rng);
      const { height, width } = train.images.shape;
      const first = linear(scope.at("first"), { in: latent, out: 4 * 4 * 8 });
      const last = conv2d(scope.at("last"), { in: 8, out: 3, kernel: 3 });
      const mode = { training: true };
      const draw = (noise: tf.Tensor2D) => {
        const small = first(noise, mode).reshape<tf.Tensor4D>([-1, 4, 4, 8]);
        return tf.tanh<tf.Tensor4D>(
          last(tf.image.resizeNearestNeighbor(small, [height, width]), mode),
        );
      };
      const noiseFor = (size: number, rng: { normal(): number }) =>
        tf.tensor2d(Float32Array.from({ length: size * latent }, () => rng.normal()), [
          size,
          latent,
        ]);
      const gap = (own: tf.Tensor, other: tf.Tensor) => tf.mean<tf.Scalar>(tf.abs(own.sub(other)));
      const optimiser = adam(generator, { beta1: 0.5 });
      return {
        state: { generator, generatorAdam: optimiser.state },
        leaves: { generator },
        beforeStep: (batch) => ({
          ...batch,
          x: draw(noiseFor(batch.indices.length, batch.rng.child("noise"))),
        }),
        loss: ({ output }, { teacher }) => ({
          gap: { weight: 1, value: gap(output, teacher!.output) },
        }),
        afterStep({ step, rng, indices, mode }) {
          if (step % 2 === 0) return;
          const noise = noiseFor(indices.length, rng.child("generator noise"));
          const { gradients } = lossAndGradients(generator, () => {
            const x = draw(noise);
            const wanted = teacher!.forward(teacherInput(x), { training: false }).output;
            return gap(student.forward(x, mode).output, wanted).neg();
          });
          optimiser.apply(gradients, 1e-2);
        },
      };
    },
  };
}

Deno.test("studentStage() takes its batches from a generator that learns every second step", async () => {
  const left: number[] = [];
  await trainThroughStages(withoutData(), ({ network }) => {
    const { generator } = network.leftovers();
    left.push(generator!["last/bias"]!.values[0]!);
  });
  assert.notEqual(left[0], 0);
});

Deno.test("studentStage() refuses a method of one's own under a registered name", async () => {
  const work = await Deno.makeTempDir();
  try {
    await assert.rejects(studentStage(chainIn(work), choiceOf(blkd())), {
      name: "RangeError",
      message: /^Cannot use a method of one's own under the name "blkd"/,
    });
  } finally {
    await Deno.remove(work, { recursive: true });
  }
});
