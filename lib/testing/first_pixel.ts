/** Maps whose first pixel is nothing like the others, for tests of normalisations that sum around it. */
import { rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";

/** Values in [0, 1) whose first pixel is `first` in every second channel, and their variances, divided by n - 1. */
export function withFirstPixel(
  shape: [number, number, number, number],
  first: number,
): { readonly x: tf.Tensor4D; readonly variances: readonly number[] } {
  const channels = shape[3];
  const count = shape[0] * shape[1] * shape[2];
  const rng = rngOf(1, "values");
  const values = Float32Array.from({ length: count * channels }, () => rng.uniform());
  for (let c = 0; c < channels; c += 2) values[c] = first;
  const variances = Array.from({ length: channels }, (_, c) => {
    const own = Array.from({ length: count }, (_, i) => values[i * channels + c]!);
    const mean = own.reduce((sum, value) => sum + value, 0) / count;
    return own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1);
  });
  return { x: tf.tensor4d(values, shape), variances };
}
