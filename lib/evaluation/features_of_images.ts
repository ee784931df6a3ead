/** Images of a set as rows of features. */
import type { LabelledImages } from "../base/contracts.ts";
import { tf } from "../base/tf.ts";
import { batchTensors, makeBatch, MINUS_ONE_TO_ONE } from "../data/batches/batches.ts";
import type { FeatureExtractor } from "../density_ratio/features.ts";
import type { FeatureRows } from "./neighbours.ts";

/**
 * Features of some images, batch by batch; nothing but the rows stays in memory.
 *
 * @param images.positions In the set.
 * @param options.batch Images of one forward pass; default: 200.
 * @param options.signal Stops between two batches with its reason.
 */
export async function featuresOfImages(
  extractor: FeatureExtractor,
  { set, positions }: { readonly set: LabelledImages; readonly positions: Uint32Array },
  { batch = 200, signal }: { readonly batch?: number; readonly signal?: AbortSignal } = {},
): Promise<FeatureRows> {
  const values = new Float32Array(positions.length * extractor.size);
  for (let start = 0; start < positions.length; start += batch) {
    signal?.throwIfAborted();
    const indices = positions.slice(start, start + batch);
    const features = tf.tidy(() => {
      const { x } = batchTensors(makeBatch(set, indices, { normalisation: MINUS_ONE_TO_ONE }));
      return extractor.extract(x);
    });
    try {
      values.set(await features.data(), start * extractor.size);
    } finally {
      features.dispose();
    }
  }
  return { values, size: extractor.size };
}
