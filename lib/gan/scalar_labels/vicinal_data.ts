/** Real images and conditions for a GAN of scalar labels (CcGAN; method specification 2.4). */
import { checkInteger } from "../../base/check.ts";
import type { LabelledImages } from "../../base/contracts.ts";
import type { Rng } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import { batchTensors, makeBatch, MINUS_ONE_TO_ONE } from "../../data/batches/batches.ts";
import type { GeneratorData } from "../recipe.ts";
import type { ConditionOf } from "../sample.ts";
import {
  drawTargets,
  drawVicinities,
  indexLabels,
  type Vicinity,
  vicinityOf,
  type VicinityOptions,
} from "./vicinity.ts";

/** How D and G steps of a CcGAN look at a set. */
export interface VicinalOptions extends VicinityOptions {
  /**
   * γ of labels in dataset units. Targets stray beyond the range of the labels, so this must take any
   * finite label, as `LabelEmbedding.conditionAnywhere` does.
   */
  readonly conditionOf: ConditionOf;
  /** Mirror real images at random: UTKFace does, RC-49 does not. */
  readonly flip: boolean;
  /**
   * Labels of a G step. "reused": the targets of the D step just before it, redraws included (RC-49).
   * "fresh": new b + ε, whether or not a real image is near (UTKFace).
   */
  readonly generatorTargets: "reused" | "fresh";
  /** D steps before each G step, wanted to tell which targets are reused; 1 in the paper's RC-49. */
  readonly discriminatorSteps: number;
}

/** Batches by step, and the vicinity they are drawn in. */
export interface VicinalData extends GeneratorData {
  readonly vicinity: Vicinity;
}

/**
 * For every entry of a D step: a target label y near a training label, a real image whose label lies in
 * the vicinity of y, and a fake for another label of that vicinity. D is conditioned on γ(y) for both, and their
 * losses are weighted by how far their own labels are from y. All draws are addressed by the step. Labels
 * are sorted once; a step costs O(batch · log N) beside the images themselves.
 *
 * @throws {TypeError} The task is a classification.
 * @throws {RangeError} A label lies outside of the task's range, or σ or κ is not a number to use.
 */
export function vicinalData(
  set: LabelledImages,
  options: VicinalOptions,
  rng: Rng,
): VicinalData {
  const { conditionOf, flip, generatorTargets, discriminatorSteps } = options;
  checkInteger(discriminatorSteps, "discriminatorSteps");
  const index = indexLabels(set.labels, set.task);
  const vicinity = vicinityOf(index, options);
  const embed = (units: Float64Array) => conditionOf(units.map((y) => y * index.task.scale));
  const drawAt = (draw: number, batch: number) =>
    drawVicinities(index, vicinity, { batch, rng: rng.child("vicinity", draw) });
  const imagesAt = (draw: number, real: Uint32Array) =>
    batchTensors(makeBatch(set, real, {
      normalisation: MINUS_ONE_TO_ONE,
      flip,
      rng: rng.child("flip", draw),
    })).x;
  return {
    vicinity,
    realBatch(draw, batch) {
      const { targets, real, realWeights } = drawAt(draw, batch);
      return {
        images: imagesAt(draw, real),
        condition: embed(targets),
        weights: tf.tensor2d(realWeights, [batch, 1]),
      };
    },
    discriminatorBatch(draw, batch) {
      const { targets, real, fake, realWeights, fakeWeights } = drawAt(draw, batch);
      const targetCondition = embed(targets);
      return {
        real: imagesAt(draw, real),
        realCondition: targetCondition,
        fakeCondition: embed(fake),
        judgedCondition: targetCondition,
        weights: {
          real: tf.tensor2d(realWeights, [batch, 1]),
          fake: tf.tensor2d(fakeWeights, [batch, 1]),
        },
      };
    },
    generatorBatch(step, batch) {
      const targets = generatorTargets === "reused"
        ? drawAt((step + 1) * discriminatorSteps - 1, batch).targets
        : drawTargets(index, vicinity, { batch, rng: rng.child("generator", step) });
      return {
        condition: embed(targets),
        target: tf.tensor2d(Float32Array.from(targets), [batch, 1]),
      };
    },
  };
}
