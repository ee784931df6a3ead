/** Real images and classes for a class-conditional generator. */
import type { LabelledImages } from "../base/contracts.ts";
import type { Rng } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import {
  batchIndicesAt,
  batchTensors,
  makeBatch,
  MINUS_ONE_TO_ONE,
} from "../data/batches/batches.ts";
import type { GeneratorData, RealBatch } from "./recipe.ts";

/**
 * Reals in epochs of random order, flipped at random, in [−1, 1]; classes of fakes uniform and fresh for
 * each step (method specification 2.2). An incomplete last batch is dropped.
 *
 * @throws {TypeError} Labels are scalar.
 */
export function classData(set: LabelledImages, rng: Rng): GeneratorData {
  if (set.task.kind !== "classification") {
    throw new TypeError("Cannot draw classes: found a regression task, want classification");
  }
  const { classes } = set.task;
  const oneHot = (labels: tf.Tensor1D) => tf.oneHot(labels, classes).cast<tf.Tensor2D>("float32");
  const uniformClasses = (stream: Rng, batch: number) =>
    oneHot(tf.tensor1d(Array.from({ length: batch }, () => stream.integer(classes)), "int32"));
  const realBatch = (draw: number, batch: number): RealBatch => {
    const indices = batchIndicesAt(draw, {
      count: set.labels.length,
      batch,
      rng: rng.child("order"),
      dropLast: true,
    });
    const pixels = makeBatch(set, indices, {
      normalisation: MINUS_ONE_TO_ONE,
      flip: true,
      rng: rng.child("flip", draw),
    });
    const { x, labels } = batchTensors(pixels);
    return { images: x, condition: oneHot(labels) };
  };
  return {
    realBatch,
    discriminatorBatch(draw, batch) {
      const { images, condition } = realBatch(draw, batch);
      return {
        real: images,
        realCondition: condition,
        fakeCondition: uniformClasses(rng.child("fake", draw), batch),
      };
    },
    generatorBatch(step, batch) {
      const condition = uniformClasses(rng.child("generator", step), batch);
      return { condition, target: condition };
    },
  };
}
