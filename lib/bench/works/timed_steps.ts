/** What every work of ours is made of: inputs, and steps that end when their result is there. */
import { type Rng } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import { normalTensor } from "../../native/vectors/random.ts";

/** N(0, 1) entries; the caller owns the tensor. */
export function normalInput(shape: number[], rng: Rng): tf.Tensor {
  const stream = rng.child("input");
  return tf.tidy(() =>
    normalTensor(
      shape,
      [stream.nextUint32(), stream.nextUint32()],
      (count) => Float32Array.from({ length: count }, () => stream.normal()),
    )
  );
}

/**
 * Steps one after the other; only the last result is waited for, as in a training loop.
 *
 * @param step Does one step and returns a tensor of its result; runs inside a tidy.
 */
export function timed(step: () => tf.Tensor): (steps: number) => Promise<number> {
  return async (steps) => {
    const start = performance.now();
    let last: tf.Tensor | undefined;
    for (let i = 0; i < steps; i++) {
      last?.dispose();
      last = tf.tidy(step);
    }
    await last?.data();
    const milliseconds = performance.now() - start;
    last?.dispose();
    return milliseconds;
  };
}
