/** Writes a network for other programs: weights in the formats that were asked for, a model card and an example. */
import { readdir, rm } from "node:fs/promises";
import * as v from "valibot";
import {
  Count,
  makeFolder,
  readIfFit,
  writeAtomically,
  writeTextAtomically,
} from "../base/disk/files.ts";
import { canonicalJson } from "../base/disk/identity.ts";
import { join } from "../base/disk/path.ts";
import type { Rng } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { costOf, type Graph, outputShape, sizeOf } from "./graph.ts";
import { kerasFile } from "./layers/keras_file.ts";
import { layerList } from "./layers/layer_list.ts";
import { type LayersModel, layersModel, WEIGHTS_FILE } from "./layers/layers_model.ts";
import { openLayersModel } from "./layers/open_layers_model.ts";
import { type CardCost, cardPage, type ExportedFile, type ModelCard } from "./model_card.ts";
import { onnxModel } from "./onnx/onnx_model.ts";

/** A format of exported networks: for TensorFlow.js, Keras or ONNX. */
export type ExportFormat = "layers" | "keras" | "onnx";

/** What is exported. */
export interface ExportContents {
  readonly graph: Graph;
  /** Of the model in its files. */
  readonly name: string;
  /** Name of the output in ONNX. */
  readonly output: string;
  readonly card: Omit<ModelCard, "cost"> & {
    readonly cost?: Pick<CardCost, "imagesPerSecond">;
  };
  /** Values for inputs `[count, ...shape]`, to be tried by whoever loads the files. */
  readonly example: (rng: Rng, count: number) => Readonly<Record<string, Float32Array>>;
  /** What the network itself gives for inputs in their order. */
  readonly forward: (...inputs: tf.Tensor[]) => tf.Tensor;
  /** What differences are relative to: 1 for logits, 127.5 for pixels. */
  readonly scale: number;
  readonly rng: Rng;
}

/** Largest difference from the network itself, relative to the scale of outputs. */
export const TOLERANCE = 1e-4;
const EXAMPLES = 2;
/** All that hold a network, of whichever format. */
const MODEL_FILES: readonly string[] = ["model.json", WEIGHTS_FILE, "model.h5", "model.onnx"];

/** Of a card, what tells its network and its files. */
const EarlierCard = v.looseObject({
  identities: v.record(v.string(), v.string()),
  files: v.array(v.object({ name: v.string(), bytes: Count, sha256: v.string() })),
});

/**
 * Writes the files to a folder, which is made where it is not there, and loads the LayersModel again to compare it with
 * the network.
 *
 * @returns Paths of the files.
 * @throws {RangeError} A file would give other outputs than the network, or no export knows one of its operations.
 */
export async function writeExport(
  contents: ExportContents,
  { folder, formats }: { readonly folder: string; readonly formats: readonly ExportFormat[] },
): Promise<string[]> {
  const { graph, name, output } = contents;
  const { numbers, multiplyAdds } = costOf(graph);
  const card: ModelCard = {
    ...contents.card,
    cost: { numbers, bytes: 4 * numbers, multiplyAdds, ...contents.card.cost },
  };
  const metadata = { title: card.title, task: card.task, ...card.identities };
  const list = layerList(graph);
  const layers = layersModel(list, { name, metadata: card });
  const example = await exampleOf(contents, layers);
  const files: [string, Uint8Array][] = [];
  if (formats.includes("layers")) {
    files.push(["model.json", new TextEncoder().encode(JSON.stringify(layers.json))]);
    files.push([WEIGHTS_FILE, layers.weights]);
  }
  if (formats.includes("keras")) {
    files.push(["model.h5", await kerasFile(list, { name, metadata })]);
  }
  if (formats.includes("onnx")) {
    const bytes = onnxModel(graph, { name, description: card.task, metadata, output });
    files.push(["model.onnx", bytes]);
  }
  await makeFolder(folder);
  const earlier = await earlierFiles(folder, card, files.map(([file]) => file));
  const described: ExportedFile[] = [...earlier];
  const paths: string[] = [];
  for (const [file, bytes] of files) {
    await writeAtomically(join(folder, file), [bytes]);
    described.push({ name: file, bytes: bytes.length, sha256: await sha256(bytes) });
    paths.push(join(folder, file));
  }
  const texts = {
    "example.json": JSON.stringify(example),
    "card.json": `${JSON.stringify({ ...card, files: described }, null, 1)}\n`,
    "README.md": cardPage(card, described),
  };
  for (const [file, text] of Object.entries(texts)) {
    await writeTextAtomically(join(folder, file), text);
    paths.push(join(folder, file));
  }
  return paths;
}

/**
 * What an earlier export into a folder wrote that this one does not: of the same network it stays, and the card names it;
 * of another it goes, since card and example beside it are no longer of it.
 */
async function earlierFiles(
  folder: string,
  { identities }: ModelCard,
  written: readonly string[],
): Promise<ExportedFile[]> {
  const card = await readIfFit(EarlierCard, join(folder, "card.json"));
  const others =
    card?.files.filter(({ name }) => MODEL_FILES.includes(name) && !written.includes(name)) ?? [];
  if (canonicalJson(card?.identities ?? {}) === canonicalJson(identities)) {
    const there = new Set(await readdir(folder));
    return others.filter(({ name }) => there.has(name));
  }
  for (const { name } of others) await rm(join(folder, name), { force: true });
  return [];
}

/** Random inputs with the outputs of the network itself, after those of the LayersModel were held to them. */
async function exampleOf(contents: ExportContents, layers: LayersModel) {
  const { graph, forward, scale } = contents;
  const values = contents.example(contents.rng.child("example"), EXAMPLES);
  const inputs = graph.inputs.map(({ name, shape }) => ({
    name,
    shape: [EXAMPLES, ...shape],
    values: values[name]!,
  }));
  const tensors = inputs.map((input) => tf.tensor(input.values, input.shape));
  const outputs = tf.tidy(() => forward(...tensors));
  const model = await openLayersModel(layers);
  const theirs = model.predict(tensors) as tf.Tensor;
  const [want, found] = [await outputs.data(), await theirs.data()];
  model.dispose();
  tf.dispose([...tensors, outputs, theirs]);
  let difference = 0, greatest = scale;
  want.forEach((value, i) => {
    difference = Math.max(difference, Math.abs(value - found[i]!));
    greatest = Math.max(greatest, Math.abs(value));
  });
  if (!(difference <= TOLERANCE * greatest) || found.length !== want.length) {
    throw new RangeError(
      `Cannot export "${contents.name}": its layers give outputs that differ by ${difference} from the network's, want ` +
        `${TOLERANCE * greatest} at most`,
    );
  }
  return {
    inputs: Object.fromEntries(inputs.map(({ name, ...input }) => [name, plain(input)])),
    output: plain({ shape: [EXAMPLES, ...outputShape(graph)], values: want as Float32Array }),
    tolerance: TOLERANCE * greatest,
  };
}

function plain({ shape, values }: { shape: readonly number[]; values: Float32Array }) {
  if (values.length !== sizeOf(shape)) {
    throw new RangeError(`Cannot write an example: found ${values.length} numbers for [${shape}]`);
  }
  return { shape, values: [...values] };
}

async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as BufferSource));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
