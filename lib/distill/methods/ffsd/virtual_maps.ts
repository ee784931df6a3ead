/** A chain of FFSD at work: it learns a network's shallow maps from its deepest, and then tells what they could be. */
import { INFERENCE, type Mode, ParameterSet, Scope } from "../../../base/module.ts";
import type { Rng } from "../../../base/rng.ts";
import { tf } from "../../../base/tf.ts";
import { adam, lossAndGradients } from "../../../base/training/optimisers.ts";
import { flattenRows, meanSquared, unitRows } from "../../losses.ts";
import type { MapShape } from "../../shapes.ts";
import { attentionLoss } from "../at.ts";
import { virtualStages } from "./modules.ts";

/** Weight of both of its losses. */
const WEIGHT = 1000;

/** A chain with what it owns. */
export interface VirtualMaps {
  readonly parameters: ParameterSet;
  readonly optimiser: ParameterSet;
  /** Σ over shallower stages of `attentionLoss` of the maps with those that the chain makes of a map; in inference mode. */
  pull(maps: readonly tf.Tensor4D[], from: tf.Tensor4D): tf.Scalar;
  /**
   * A step on 1000 · growth · Σ over shallower stages of (mse of unit-length maps + `attentionLoss`).
   *
   * @param maps Of a network, shallowest first; constants.
   */
  learn(maps: readonly tf.Tensor4D[], at: { rate: number; growth: number; mode: Mode }): void;
}

/** @param stages Shapes of the network's stages, shallowest first. */
export function virtualMaps(
  stages: readonly MapShape[],
  { rng, weightDecay }: { rng: Rng; weightDecay: number },
): VirtualMaps {
  const parameters = new ParameterSet();
  const chain = virtualStages(new Scope(parameters, rng), stages);
  const optimiser = adam(parameters, { weightDecay });
  return {
    parameters,
    optimiser: optimiser.state,
    pull(maps, from) {
      const virtual = chain(from, INFERENCE);
      if (virtual.length === 0) return tf.scalar(0);
      return tf.addN(virtual.map((map, i) => attentionLoss(maps[i]!, map)));
    },
    learn(maps, { rate, growth, mode }) {
      if (maps.length < 2) return;
      const { gradients } = lossAndGradients(parameters, () => {
        const gaps = chain(maps.at(-1)!, mode).flatMap((map, i) => [
          meanSquared(unitRows(flattenRows(map)), unitRows(flattenRows(maps[i]!))),
          attentionLoss(map, maps[i]!),
        ]);
        return tf.addN(gaps).mul<tf.Scalar>(WEIGHT * growth);
      });
      optimiser.apply(gradients, rate);
    },
  };
}
