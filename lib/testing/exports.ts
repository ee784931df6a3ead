/** Networks and generators to export, with values of trained ones. */
import { INFERENCE, ParameterSet } from "../base/module.ts";
import { rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { outputShape } from "../export/graph.ts";
import { generatorGraph, networkGraph } from "../export/network_graph.ts";
import type { ExportContents } from "../export/write_export.ts";
import type { GanFamily } from "../gan/gan.ts";
import { buildH2y, buildY2h, labelEmbedding } from "../gan/scalar_labels/label_embedding.ts";
import type { NetworkFamily } from "../networks/network.ts";
import { buildTiny, type Column, settleStatistics } from "./network_families.ts";

/** A graph, and what it was recorded from. */
export interface Exportable
  extends Pick<ExportContents, "graph" | "example" | "forward" | "scale"> {
  dispose(): void;
}

const NORMALISATION = { mean: [0.4, 0.5, 0.6], std: [0.2, 0.3, 0.1] };
const LABEL_SCALE = 90;

/** A narrow network of a family. */
export function exportableNetwork(family: NetworkFamily, column: Column): Exportable {
  const network = buildTiny(family, { column });
  const imageSize = column === "cifar10" ? 32 : 64;
  const scale = column === "regression" ? LABEL_SCALE : 1;
  settleStatistics(network, imageSize);
  const { mean, std } = NORMALISATION;
  return {
    graph: networkGraph({ network, imageSize, normalisation: NORMALISATION, scale }),
    scale,
    example: (rng, count) => ({
      image: Float32Array.from({ length: count * imageSize ** 2 * 3 }, () => rng.integer(256)),
    }),
    forward(pixels) {
      const x = pixels!.div(255).sub(tf.tensor1d(mean)).div(tf.tensor1d(std)) as tf.Tensor4D;
      return network.forward(x, INFERENCE).output.mul(scale);
    },
    dispose: () => network.parameters.dispose(),
  };
}

/** A narrow generator of a family, of ten classes or of labels from 0 to 90. */
export async function exportableGenerator(
  family: GanFamily,
  labels: "classes" | "scalar",
): Promise<Exportable> {
  const isScalar = labels === "scalar";
  const { generator, discriminator } = family.build({
    conditionSize: isScalar ? 128 : 10,
    imageSize: family.imageSizes[0]!,
    width: 1 / 16,
    rng: rngOf(3),
  });
  discriminator.parameters.dispose();
  // The gain of attention starts at 0, which would hide it.
  for (const [path, variable] of generator.parameters.trainable) {
    if (path.endsWith("gain") && variable.size === 1) {
      tf.tidy(() => variable.assign(tf.scalar(0.7)));
    }
  }
  const embedding = isScalar ? await untrainedEmbedding() : undefined;
  const labelSize = isScalar ? 1 : 10;
  const condition = (given: tf.Tensor2D) => embedding?.conditionOfTensor(given) ?? given;
  return {
    graph: generatorGraph({ generator, labelSize, condition }),
    scale: 127.5,
    example: (rng, count) => ({
      latent: Float32Array.from({ length: count * generator.latentSize }, () => rng.normal()),
      label: Float32Array.from(
        { length: count * labelSize },
        (_, i) => isScalar ? rng.uniform() * LABEL_SCALE : Number(i % (labelSize + 1) === 0),
      ),
    }),
    forward: (latent, label) =>
      generator.forward(latent as tf.Tensor2D, condition(label as tf.Tensor2D), INFERENCE)
        .add(1).mul(127.5),
    dispose() {
      generator.parameters.dispose();
      embedding?.dispose();
    },
  };
}

async function untrainedEmbedding() {
  const networks = { h2y: buildH2y({ rng: rngOf(1) }), y2h: buildY2h({ rng: rngOf(2) }) };
  const parameters = ParameterSet.join({
    h2y: networks.h2y.parameters,
    y2h: networks.y2h.parameters,
  });
  const weights = await parameters.read();
  parameters.dispose();
  return labelEmbedding(weights, {
    kind: "regression",
    minimum: 0,
    maximum: LABEL_SCALE,
    scale: LABEL_SCALE,
    unit: "degrees",
    labels: [],
  });
}

/** What `writeExport` wants, with a card of few words. */
export function contentsOf(exportable: Exportable, name: string): ExportContents {
  return {
    ...exportable,
    name,
    output: "output",
    rng: rngOf(7),
    card: {
      title: name,
      task: "Is tested.",
      inputs: Object.fromEntries(exportable.graph.inputs.map((input) => [input.name, "numbers"])),
      output: `numbers [batch, ${outputShape(exportable.graph)}]`,
      data: { name: "toy", source: "made here", checksum: "0" },
      training: { epochs: 0 },
      identities: { stage: "none" },
    },
  };
}
