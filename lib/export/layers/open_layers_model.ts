/** Opens a LayersModel as a user of TensorFlow.js does. */
import { tf } from "../../base/tf.ts";
import type { LayersModel } from "./layers_model.ts";

/** The model, loaded by TensorFlow.js; the caller disposes it. */
export function openLayersModel({ json, weights }: LayersModel): Promise<tf.LayersModel> {
  const { modelTopology, weightsManifest } = json;
  const handler = tf.io.fromMemory({
    modelTopology,
    weightSpecs: weightsManifest.flatMap(({ weights }) =>
      weights.map(({ shape, ...spec }) => ({ ...spec, shape: [...shape] }))
    ),
    weightData: weights.buffer,
  });
  return tf.loadLayersModel(handler);
}
