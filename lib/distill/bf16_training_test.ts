import assert from "node:assert/strict";
import { rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { MINUS_ONE_TO_ONE } from "../data/batches/batches.ts";
import { toyShapes } from "../data/toy/shapes.ts";
import { type Precision, whyNoBf16 } from "../native/tensorflow/precision.ts";
import type { NetworkFamily } from "../networks/network.ts";
import { resnet18 } from "../networks/resnet.ts";
import { vgg11 } from "../networks/vgg.ts";
import { sameArrays } from "../testing/distill.ts";
import { nokd } from "./methods/nokd.ts";
import { distillTrainee } from "./trainee.ts";

const { train } = toyShapes({ classes: 4, perClass: 32, testPerClass: 1 });
const ignore = whyNoBf16() !== undefined;

/** A student in training; another precision changes nothing of its start and its batches. */
function studentAt(precision: Precision | undefined, network: NetworkFamily = vgg11) {
  const rng = rngOf(1, network.name);
  const student = network.build({
    head: "classification",
    outputs: 4,
    imageSize: 32,
    width: 0.25,
    rng: rng.child("weights"),
  });
  const trainee = distillTrainee({
    distiller: nokd(),
    student,
    train,
    normalisation: MINUS_ONE_TO_ONE,
    training: {
      epochs: 10,
      batch: 32,
      learningRate: 0.02,
      milestones: [],
      momentum: 0.9,
      weightDecay: 1e-4,
      crop: false,
      flip: true,
      precision,
    },
    rng: rng.child("training"),
  });
  return {
    step: (i: number) => tf.tidy(() => trainee.step(i).loss!.dataSync()[0]!),
    weights: () => student.parameters.read(),
    dispose() {
      trainee.dispose();
      student.parameters.dispose();
    },
  };
}

const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

Deno.test({
  name: "distillTrainee() at bf16 learns toy shapes as at float32",
  ignore,
  fn() {
    for (const network of [vgg11, resnet18]) {
      const [first, last] = [new Array<number>(), new Array<number>()];
      for (const precision of ["float32", "bf16"] as const) {
        const student = studentAt(precision, network);
        const losses = Array.from({ length: 40 }, (_, i) => student.step(i));
        first.push(losses[0]!);
        last.push(mean(losses.slice(-5)));
        student.dispose();
      }
      // The same start but for the rounding of factors.
      assert.ok(Math.abs(first[1]! - first[0]!) < 0.02 * first[0]!, `${network.name}: ${first}`);
      assert.notEqual(first[1], first[0]);
      for (const loss of last) {
        assert.ok(loss < 0.5 * first[0]!, `${network.name}: ${first}, ${last}`);
      }
    }
  },
});

Deno.test({
  name:
    "distillTrainee() at bf16 and at float32, step by step in turn, leave the bits of each alone",
  ignore,
  async fn() {
    const alone = [];
    for (const precision of ["bf16", undefined] as const) {
      const student = studentAt(precision);
      for (const step of [0, 1, 2]) student.step(step);
      alone.push(await student.weights());
      student.dispose();
    }
    const both = [studentAt("bf16"), studentAt("float32")];
    for (const step of [0, 1, 2]) for (const student of both) student.step(step);
    for (const [i, student] of both.entries()) {
      assert.ok(sameArrays(await student.weights(), alone[i]!));
      student.dispose();
    }
    assert.ok(!sameArrays(alone[0]!, alone[1]!));
  },
});
