import assert from "node:assert/strict";
import { rngOf } from "../../../base/rng.ts";
import { ParameterSet, Scope } from "../../../base/module.ts";
import { tf } from "../../../base/tf.ts";
import {
  assertGradient,
  assertValue,
  sameArrays,
  TOY_TRAINING,
  toyNetwork,
  toyRun,
  waves,
} from "../../../testing/distill.ts";
import { distillTrainee } from "../../trainee.ts";
import { commonLosses } from "./common_students.ts";
import { diversityLoss, divertedMap } from "./diversity.ts";
import { ffsd, rampAt } from "./ffsd.ts";
import { virtualStages } from "./modules.ts";
import { virtualMaps } from "./virtual_maps.ts";

const maps = (kind: "student" | "teacher", shape = [1, 3, 3, 2]) =>
  waves(kind, shape) as tf.Tensor4D;

Deno.test("diversityLoss() equals its stored value, and only the map that learns gets a gradient", () => {
  assertValue(diversityLoss(maps("student"), maps("teacher")), 0.741656309);
  assertGradient((map) => diversityLoss(map as tf.Tensor4D, maps("teacher")), maps("student"));
  const slope = tf.grad((other) => diversityLoss(maps("student"), other as tf.Tensor4D))(
    maps("teacher"),
  );
  assert.equal(tf.max(tf.abs(slope)).dataSync()[0], 0);
});

Deno.test("divertedMap() of one channel keeps the lowest third of positions, and turns the rest around", () => {
  // Attention 1, 4, 9: unit vector q / √98, length √98.
  const map = tf.tensor4d([1, 2, 3], [1, 1, 3, 1]);
  const length = Math.sqrt(98);
  const unit = [1, 4, 9].map((q) => q / length);
  // The lowest of three is the threshold itself: half the length.
  const target = [length / 2, length - unit[1]!, length - unit[2]!];
  const found = divertedMap(map).dataSync();
  [1, 2, 3].forEach((f, i) => assertValue(found[i]!, f + (target[i]! - unit[i]!) * length));
});

Deno.test("rampAt() follows the published ramp over the first five of 300 epochs", () => {
  const at = (step: number) => rampAt({ step, steps: 3000 });
  [0.040762, 0.165299, 0.449329, 0.818731, 1, 1].forEach((wanted, i) =>
    assertValue(at(10 * i + 9), wanted)
  );
  // A training of two steps: the first is in the first epoch, the second long past the ramp.
  assertValue(rampAt({ step: 0, steps: 2 }), 0.040762);
  assert.equal(rampAt({ step: 1, steps: 2 }), 1);
});

Deno.test("virtualStages() makes a map of every stage before the last, whatever their sides", () => {
  const parameters = new ParameterSet();
  const stages = [[12, 12, 4], [6, 6, 8], [6, 6, 8], [2, 2, 16]] as const;
  const chain = virtualStages(new Scope(parameters, rngOf(1)), stages);
  tf.tidy(() => {
    const found = chain(maps("student", [2, 2, 2, 16]), { training: true });
    assert.deepEqual(
      found.map(({ shape }) => shape.slice(1)),
      stages.slice(0, 3).map((s) => [...s]),
    );
  });
  parameters.dispose();
});

Deno.test("virtualMaps() learns the shallow maps of a network, and pulls others to them without moving", async () => {
  const chain = virtualMaps([[4, 4, 3], [2, 2, 6]], { rng: rngOf(2), weightDecay: 0 });
  const own = [
    tf.relu(maps("student", [3, 4, 4, 3])),
    tf.relu(maps("teacher", [3, 2, 2, 6])),
  ] as tf.Tensor4D[];
  const pull = () => tf.tidy(() => chain.pull(own, own[1]!).dataSync()[0]!);
  const before = pull();
  for (let i = 0; i < 60; i++) {
    tf.tidy(() => chain.learn(own, { rate: 1e-2, growth: 1, mode: { training: true } }));
  }
  const after = pull();
  assert.ok(after < before / 3, `${after} after ${before}`);
  const weights = await chain.parameters.read();
  tf.tidy(() => void tf.grad((map) => chain.pull([map as tf.Tensor4D, own[1]!], own[1]!))(own[0]!));
  assert.ok(sameArrays(weights, await chain.parameters.read()));
  chain.parameters.dispose();
  chain.optimiser.dispose();
});

Deno.test("commonLosses() sends no gradient from the fusion to the students, nor between them", () => {
  const students = [1, 2].map((seed) => toyNetwork({ channels: 4, outputs: 3, rng: rngOf(seed) }));
  const x = maps("student", [4, 8, 8, 3]);
  const labels = tf.tensor1d([0, 1, 2, 1], "int32");
  const mode = { training: true, taps: true };
  const batch = { x, labels, step: 0, epoch: 0, epochs: 1, rng: rngOf(0), mode };
  const chain = virtualMaps([[4, 4, 4], [2, 2, 8]], { rng: rngOf(3), weightDecay: 0 });
  /** The gradient of the first student's last weights, with these fusion outputs and second student. */
  const slopeOf = (scale: number, other: number) =>
    tf.tidy(() => {
      const weight = students[0]!.parameters.trainable.get("classifier/weight")!;
      const { grads } = tf.variableGrads(() => {
        const passes = students.map((student) => student.forward(x, mode));
        const second = passes[1]!;
        const { loss } = commonLosses(
          [passes[0]!, { ...second, output: second.output.mul(other) }],
          batch,
          {
            temperature: 2,
            reduction: "batchMean",
            isClassifier: true,
            fuse: (joined) => ({
              fused: joined,
              output: tf.mean(joined, [1, 2]).slice([0, 0], [-1, 3]).mul<tf.Tensor2D>(scale),
            }),
            chains: [chain],
            diversity: 1,
          },
        );
        return loss;
      }, [weight]);
      return [...grads[weight.name]!.dataSync()];
    });
  const plain = slopeOf(1, 1);
  assert.deepEqual(slopeOf(50, 1), plain);
  // What the other says is another target.
  assert.notDeepEqual(slopeOf(1, 3), plain);
  students.forEach(({ parameters }) => parameters.dispose());
  chain.parameters.dispose();
  chain.optimiser.dispose();
});

Deno.test("ffsd() trains leader, common students, fusion and chains in a step", async () => {
  const distiller = ffsd();
  const peers = [3, 4].map((seed) => toyNetwork({ channels: 4, outputs: 3, rng: rngOf(seed) }));
  const run = { ...toyRun({ distiller, training: TOY_TRAINING }), peers };
  const trainee = distillTrainee(run);
  const { state } = trainee;
  const roles = ["learnt", "peer1", "peer2", "method.fusion", "method.chain1", "method.chain2"];
  const read = async () =>
    Object.fromEntries(
      await Promise.all(roles.map(async (role) => [role, await state[role]!.read()] as const)),
    );
  const before = await read();
  tf.tidy(() => void trainee.step(0));
  const after = await read();
  for (const role of roles) assert.ok(!sameArrays(before[role]!, after[role]!), role);
  trainee.dispose();
});
