/** The moving average of a network's weights, which is sampled in place of the last ones. */
import { pack, unpackInto } from "../base/flat.ts";
import { ParameterSet } from "../base/module.ts";
import { tf } from "../base/tf.ts";

/** Numbers of a moving average. */
export interface MovingAverage {
  /** Weight of what was there, at each step. */
  readonly decay: number;
  /** The first step that is averaged; before, the average is the last weights, and before step 0 the first ones. */
  readonly start: number;
}

/** An average that follows a network. */
export interface AveragedParameters {
  /** Belongs into every checkpoint. */
  readonly state: ParameterSet;
  /** After each optimisation step. */
  update(step: number): void;
  /** Overwrites a network that was built alike. */
  exportTo(target: ParameterSet): void;
}

/** mean ← decay · mean + (1 − decay) · now over all of a network's state, running statistics included. */
export function movingAverage(
  parameters: ParameterSet,
  { decay, start }: MovingAverage,
): AveragedParameters {
  const live = [...parameters.entries()].map(([, variable]) => variable);
  const state = new ParameterSet();
  // An average from step 0 on starts from the first weights: from zeros it would stay near zero for 1 / (1 − decay) steps.
  const mean = state.add("generator", tf.tidy(() => pack(live)), false);
  return {
    state,
    update(step) {
      const now = pack(live);
      mean.assign(step < start ? now : mean.mul(decay).add(now.mul(1 - decay)));
    },
    exportTo(target) {
      tf.tidy(() => {
        const variables = [...target.entries()].map(([, variable]) => variable);
        unpackInto(variables, mean as tf.Tensor1D);
      });
    },
  };
}
