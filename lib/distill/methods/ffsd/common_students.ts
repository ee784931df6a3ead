/** FFSD's common students: what they learn from each other, and what their maps are fused to. */
import type { Mode } from "../../../base/module.ts";
import { tf } from "../../../base/tf.ts";
import type { NetworkOutput } from "../../../networks/network.ts";
import { ordinaryLoss, totalOf, type TrainingBatch } from "../../../networks/supervised.ts";
import { detached, type KlReduction, meanSquared, temperatureKd } from "../../losses.ts";
import { diversityLoss, divertedMap } from "./diversity.ts";
import type { VirtualMaps } from "./virtual_maps.ts";

/** How outputs follow outputs. */
export interface CommonLosses {
  readonly temperature: number;
  readonly reduction: KlReduction;
  readonly isClassifier: boolean;
}

/** T² · KL(p_other ‖ p_own), or the mean squared difference of scalar labels; the other is a constant. */
export function follow(
  { output }: Pick<NetworkOutput, "output">,
  other: tf.Tensor2D,
  { temperature, reduction, isClassifier }: CommonLosses,
): tf.Scalar {
  const target = detached(other);
  return isClassifier
    ? temperatureKd(output, target, { temperature, reduction })
    : meanSquared(output, target);
}

/** Maps of the stages after their activation, shallowest first. */
export function stageMaps({ taps }: Pick<NetworkOutput, "taps">): tf.Tensor4D[] {
  return taps.slice(1).map(({ post }) => post);
}

/** What the common students' step needs beside their passes. */
export interface CommonOptions extends CommonLosses {
  fuse(joined: tf.Tensor4D, mode: Mode): { fused: tf.Tensor4D; output: tf.Tensor2D };
  /** Of all students but the first. */
  readonly chains: readonly VirtualMaps[];
  /** λ_div at this step. */
  readonly diversity: number;
}

/**
 * The sum of the losses of all common students and of the fusion module. No gradient flows from one student to another,
 * nor from the fusion to a student.
 *
 * @returns With the loss the joined last maps, the fused map and the fusion's outputs.
 */
export function commonLosses(
  passes: readonly NetworkOutput[],
  batch: TrainingBatch,
  { fuse, chains, diversity, ...losses }: CommonOptions,
): { loss: tf.Scalar; joined: tf.Tensor4D; fused: tf.Tensor4D; output: tf.Tensor2D } {
  const terms = passes.flatMap((pass, i) => {
    const others = passes.filter((_, j) => j !== i).map(({ output }) =>
      follow(pass, output, losses)
    );
    const mutual = tf.addN(others).div<tf.Scalar>(others.length);
    const ordinary = totalOf(ordinaryLoss(pass, batch));
    if (i === 0) return [ordinary, mutual];
    const before = stageMaps(passes[i - 1]!).at(-1)!;
    const maps = stageMaps(pass);
    const apart = diversityLoss(maps.at(-1)!, before)
      .add(chains[i - 1]!.pull(maps, divertedMap(before)));
    return [ordinary, mutual, apart.mul<tf.Scalar>(diversity)];
  });
  const joined = tf.concat(passes.map((pass) => detached(stageMaps(pass).at(-1)!)), 3);
  const { fused, output } = fuse(joined, batch.mode);
  const mean = tf.addN(passes.map((pass) => pass.output)).div<tf.Tensor2D>(passes.length);
  terms.push(
    totalOf(ordinaryLoss({ output, features: output, taps: [] }, batch)),
    follow({ output }, mean, losses),
  );
  return { loss: tf.addN(terms), joined, fused, output };
}
