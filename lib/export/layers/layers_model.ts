/** A LayersModel of TensorFlow.js: `model.json` and one file of weights. */
import type { LayerList } from "./layer_list.ts";

/** Files of a LayersModel. */
export interface LayersModel {
  /** Topology in Keras' words, and where each weight lies. */
  readonly json: LayersModelJson;
  /** Float32 values of all weights, one behind the other, little endian. */
  readonly weights: Uint8Array<ArrayBuffer>;
}

/** What `model.json` holds. */
export interface LayersModelJson {
  readonly format: "layers-model";
  readonly generatedBy: string;
  readonly convertedBy: null;
  readonly modelTopology: object;
  readonly weightsManifest: readonly [
    {
      readonly paths: readonly string[];
      readonly weights: readonly {
        readonly name: string;
        readonly shape: readonly number[];
        readonly dtype: "float32";
      }[];
    },
  ];
  readonly userDefinedMetadata: object;
}

/** Name of the weights' file, beside `model.json`. */
export const WEIGHTS_FILE = "weights.bin";

/** The configuration of a functional model in the words of Keras 2, which TensorFlow.js and Keras 3 read. */
export function functionalModel({ layers, inputs, output }: LayerList, name: string): object {
  return {
    class_name: "Functional",
    config: {
      name,
      trainable: true,
      layers: layers.map(({ className, name, config, inbound }) => ({
        class_name: className,
        name,
        config,
        inbound_nodes: inbound.length === 0 ? [] : [inbound.map((from) => [from, 0, 0, {}])],
      })),
      input_layers: inputs.map((input) => [input, 0, 0]),
      output_layers: [[output, 0, 0]],
    },
  };
}

/** Every weight of a list of layers by its full name, in order. */
export function weightsOf({ layers }: LayerList) {
  return layers.flatMap(({ name, weights }) =>
    weights.map((weight) => ({ ...weight, name: `${name}/${weight.name}` }))
  );
}

/**
 * Layers as the files of a LayersModel, which `tf.loadLayersModel` reads.
 *
 * @param metadata Kept as `userDefinedMetadata`.
 */
export function layersModel(
  list: LayerList,
  { name, metadata }: { readonly name: string; readonly metadata: object },
): LayersModel {
  const weights = weightsOf(list);
  const all = new Float32Array(weights.reduce((sum, { values }) => sum + values.length, 0));
  let place = 0;
  for (const { values } of weights) {
    all.set(values, place);
    place += values.length;
  }
  const model_config = functionalModel(list, name);
  return {
    json: {
      format: "layers-model",
      generatedBy: "cGAN-KD",
      convertedBy: null,
      modelTopology: { keras_version: "2.15.0", backend: "tensorflow", model_config },
      weightsManifest: [{
        paths: [WEIGHTS_FILE],
        weights: weights.map(({ name, shape }) => ({ name, shape, dtype: "float32" })),
      }],
      userDefinedMetadata: metadata,
    },
    weights: new Uint8Array(all.buffer),
  };
}
