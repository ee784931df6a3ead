/** Dropout, whose mask comes from the stream of the step. */
import type { Mode, Scope } from "../../base/module.ts";
import { tf } from "../../base/tf.ts";
import { uniformTensor } from "../../native/vectors/random.ts";

/**
 * The numbers that decide which entries are dropped in this step.
 *
 * @throws {TypeError} The mode holds no stream of random numbers.
 */
export function drawsOf(scope: Scope, { rng }: Mode) {
  if (rng === undefined) {
    throw new TypeError("Cannot drop out in training: the mode holds no stream of random numbers");
  }
  const draws = rng.child("dropout", scope.path);
  const seed: readonly [number, number] = [draws.nextUint32(), draws.nextUint32()];
  const host = (count: number) => Float32Array.from({ length: count }, () => draws.uniform());
  return { seed, host };
}

/**
 * Inverted dropout: in training each entry is zeroed with probability `rate` and the others are divided
 * by 1 − rate; in inference nothing happens. The mask comes from the stream of the step.
 */
export function dropout(scope: Scope, rate: number): <T extends tf.Tensor>(x: T, mode: Mode) => T {
  return (x, mode) => {
    if (!mode.training || rate === 0) return x;
    const { seed, host } = drawsOf(scope, mode);
    const draws = uniformTensor(x.shape, seed, host);
    const mask = tf.greaterEqual(draws, rate).cast("float32").div(1 - rate);
    return x.mul(mask) as typeof x;
  };
}
