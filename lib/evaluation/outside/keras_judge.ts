/**
 * A classifier in a Keras file as a judge: HDF5 with its configuration, as `model.save("model.h5")` writes it. Of Keras 2 any,
 * of Keras 3 sequential ones.
 */
import type { Attribute, Dataset as StoredArray, File as StoredFile, Group } from "h5wasm/node";
import { checkOptionNames } from "../../base/check_argument.ts";
import { argMaxRows } from "../../base/metrics.ts";
import { tf } from "../../base/tf.ts";
import { hasSignature } from "../../data/files/hdf5.ts";
import type { OutsideJudge } from "./outside_judge.ts";

/** How a Keras file is to be read as a judge. */
export interface KerasJudgeOptions {
  /** The file. */
  readonly path: string;
  /** For tables; default: the name of the file. */
  readonly title?: string;
  /** What to know of it; see {@link OutsideJudge}. Default: that the file says nothing of it. */
  readonly remark?: string;
  /** The network sees (byte · scale + offset); default: 1, bytes as they are. */
  readonly scale?: number;
  /** See `scale`; default: 0. */
  readonly offset?: number;
}

/**
 * Reads a classifier from a Keras file (any of Keras 2, a sequential one of Keras 3) and runs it on this project's TensorFlow. The class with the greatest output is
 * its answer, so outputs may be logits or probabilities, one for each class in the data set's order. For scalar labels
 * see {@link onnxJudge}, or write a judge of your own.
 *
 * @throws {SyntaxError} Not a Keras file, or one of weights without a configuration.
 * @throws {RangeError} A layer that TensorFlow.js does not have, an input that is no image, several inputs or outputs,
 *   or one score only.
 */
export async function kerasJudge(options: KerasJudgeOptions): Promise<OutsideJudge> {
  checkOptionNames("kerasJudge()", options, {
    known: { path: true, title: true, remark: true, scale: true, offset: true },
    example: '{ path: "my.h5" }',
  });
  const { path, scale = 1, offset = 0 } = options;
  const {
    title = path.split("/").at(-1)!,
    remark = "The file does not say what it learned from.",
  } = options;
  const model = await readModel(path);
  const [, height, width, channels] = model.inputs[0]!.shape;
  return {
    title,
    remark,
    async predict(pixels, shape) {
      // A side that the model leaves open takes any.
      const takes = (side: number | null | undefined, found: number) =>
        side == null || side === found;
      if (!(takes(height, shape.height) && takes(width, shape.width) && channels === 3)) {
        throw new RangeError(
          `Cannot judge images of ${shape.height} x ${shape.width} pixels and 3 channels by ${title}: it takes ` +
            `${height} x ${width} and ${channels}`,
        );
      }
      const outputs = tf.tidy(() => {
        const images = tf.tensor4d(pixels, [shape.count, shape.height, shape.width, 3], "int32");
        const seen = images.toFloat().mul(scale).add(offset);
        return model.predict(seen) as tf.Tensor2D;
      });
      try {
        const classes = outputs.shape[1];
        const scores = await outputs.data<"float32">();
        const answers = Float32Array.from(argMaxRows(scores, classes));
        // No class is the greatest of scores that are no numbers; whoever asks refuses such an answer.
        scores.forEach((score, i) => {
          if (!Number.isFinite(score)) answers[Math.floor(i / classes)] = NaN;
        });
        return answers;
      } finally {
        outputs.dispose();
      }
    },
    dispose: () => model.dispose(),
  };
}

async function readModel(path: string): Promise<tf.LayersModel> {
  if (!await hasSignature(path)) {
    throw new SyntaxError(
      `Cannot read "${path}" as a Keras file: found no HDF5 signature at its start; want one of ` +
        '`model.save("model.h5")`',
    );
  }
  const { default: library } = await import("h5wasm/node");
  await library.ready;
  const file = new library.File(path, "r");
  try {
    const parts = modelParts(file, path);
    const model = await tf.loadLayersModel(tf.io.fromMemory(parts)).catch((error) => {
      throw new RangeError(
        `Cannot run the network of "${path}" by TensorFlow.js: ${(error as Error).message}`,
        { cause: error },
      );
    });
    const [input, output] = [model.inputs[0]?.shape, model.outputs[0]?.shape];
    if (
      model.inputs.length === 1 && model.outputs.length === 1 && input?.length === 4 &&
      output?.length === 2 && output[1] !== 1
    ) {
      return model;
    }
    model.dispose();
    throw new RangeError(
      `Cannot use "${path}" as a judge: found ${model.inputs.length} inputs of ${input?.length} sides and ` +
        `${model.outputs.length} outputs of ${output?.length}${
          output?.length === 2 ? `, ${output[1]} numbers an image` : ""
        }; want images [count, height, width, 3] and scores ` +
        "[count, classes] of two classes or more",
    );
  } finally {
    file.close();
  }
}

/** What TensorFlow.js loads: configuration and weights by name. */
function modelParts(file: StoredFile, path: string): tf.io.ModelArtifacts {
  const config = file.attrs["model_config"];
  const root = file.get("model_weights") as Group | null;
  if (config === undefined || root === null) {
    throw new SyntaxError(
      `Cannot read "${path}" as a Keras file: found no configuration of a network in it; want one of ` +
        '`model.save("model.h5")`, not of `save_weights`',
    );
  }
  const specs: tf.io.WeightsManifestEntry[] = [];
  const values: Float32Array[] = [];
  for (const layer of namesOf(root.attrs["layer_names"])) {
    const group = root.get(layer) as Group;
    for (const name of namesOf(group.attrs["weight_names"])) {
      const stored = group.get(name) as StoredArray;
      specs.push({
        // Keras 2 has the layer in the name of a weight, Keras 3 has not.
        name: `${layer}/${name.split("/").at(-1)!.replace(/:\d+$/, "")}`,
        shape: [...stored.shape!],
        dtype: "float32",
      });
      values.push(Float32Array.from(stored.value as Iterable<number>));
    }
  }
  const bytes = new Uint8Array(values.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const { buffer, byteLength } of values) {
    bytes.set(new Uint8Array(buffer), at);
    at += byteLength;
  }
  return {
    modelTopology: asRead(JSON.parse(String(config.value))),
    weightSpecs: specs,
    weightData: bytes.buffer,
  };
}

/** A configuration of Keras 2 or 3, as far as it matters here. */
interface KerasConfig {
  readonly class_name: string;
  readonly config: { readonly layers?: readonly KerasLayer[] };
}

interface KerasLayer {
  readonly class_name: string;
  readonly config: Record<string, unknown>;
}

/**
 * The configuration as TensorFlow.js reads it. Layers other than the first may repeat the shape of an input that was theirs
 * in the Python code; Keras passes over it, and TensorFlow.js warns of each. Keras 3 calls the shape of an input
 * otherwise, and writes types as objects.
 */
function asRead(model: KerasConfig): KerasConfig {
  for (const [place, { class_name, config }] of (model.config.layers ?? []).entries()) {
    if (class_name === "InputLayer") config.batch_input_shape ??= config.batch_shape;
    else if (place > 0) delete config.batch_input_shape;
    if (typeof config.dtype === "object") delete config.dtype;
  }
  return model;
}

/** Keras writes an empty list as an array of numbers without any. */
function namesOf(attribute: Attribute | undefined): string[] {
  const value = attribute?.value;
  return Array.isArray(value) ? value.map(String) : typeof value === "string" ? [value] : [];
}
