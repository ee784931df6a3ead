/** What the tests of diffusion models share. */
import type { ParameterSet } from "../base/module.ts";
import { normalArray, rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";

/** Moves every weight, so that nothing is hidden by layers that start from 0. */
export function shake(parameters: ParameterSet, scale = 0.1): void {
  for (const [name, variable] of parameters.entries()) {
    tf.tidy(() => {
      const change = tf.tensor(normalArray(variable.size, rngOf(2, name)), variable.shape);
      variable.assign(variable.add(change.mul(scale)));
    });
  }
}
