/** Layers as a Keras file in HDF5, which Keras 2 and Keras 3 load with `keras.models.load_model`. */
import { join } from "../../base/disk/path.ts";
import type { LayerList } from "./layer_list.ts";
import { functionalModel } from "./layers_model.ts";

/** What goes into the file beside the layers. */
export interface KerasFileOptions {
  readonly name: string;
  /** Kept as attributes of the file. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * The bytes of a Keras file: configuration and weights, no optimiser. Written without Python.
 *
 * Layout: github.com/keras-team/keras, `keras/src/legacy/saving/legacy_h5_format.py`.
 */
export async function kerasFile(
  list: LayerList,
  { name, metadata }: KerasFileOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const { ready, File } = await import("h5wasm/node");
  await ready;
  const folder = await Deno.makeTempDir();
  const path = join(folder, "model.h5");
  try {
    const file = new File(path, "w");
    file.create_attribute("model_config", JSON.stringify(functionalModel(list, name)));
    file.create_attribute("keras_version", "2.15.0");
    file.create_attribute("backend", "tensorflow");
    for (const [key, value] of Object.entries(metadata)) file.create_attribute(key, value);
    const root = file.create_group("model_weights");
    root.create_attribute("layer_names", list.layers.map((layer) => layer.name));
    root.create_attribute("backend", "tensorflow");
    root.create_attribute("keras_version", "2.15.0");
    for (const layer of list.layers) {
      const group = root.create_group(layer.name);
      // HDF5 has no empty lists of texts; Keras reads an empty list of any kind.
      const names = layer.weights.map((weight) => `${layer.name}/${weight.name}:0`);
      if (names.length === 0) {
        group.create_attribute("weight_names", new Float32Array(0), [0]);
        continue;
      }
      group.create_attribute("weight_names", names);
      const inner = group.create_group(layer.name);
      for (const { name, shape, values } of layer.weights) {
        inner.create_dataset({ name: `${name}:0`, data: values, shape: [...shape] });
      }
    }
    file.close();
    return await Deno.readFile(path) as Uint8Array<ArrayBuffer>;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
