/** Graphs of the networks of a run, from raw pixels to what their outputs mean. */
import { INFERENCE } from "../base/module.ts";
import { tf } from "../base/tf.ts";
import type { Normalisation } from "../data/batches/batches.ts";
import type { Generator } from "../gan/gan.ts";
import type { Network } from "../networks/network.ts";
import type { Graph } from "./graph.ts";
import { traceGraph } from "./trace.ts";

/** A network with what its input and its output mean. */
export interface ExportedNetwork {
  readonly network: Network;
  /** Side of its square images. */
  readonly imageSize: number;
  /** Constants of its input. */
  readonly normalisation: Normalisation;
  /** What its outputs are multiplied by: the label scale, or 1 for logits. */
  readonly scale: number;
}

/**
 * A classifier or a regressor: pixels 0 to 255, `[height, width, 3]`, to logits, or to a label in its unit. Constants
 * of the input and the scale of labels are part of the graph.
 */
export function networkGraph(
  { network, imageSize, normalisation, scale }: ExportedNetwork,
): Graph {
  // (x / 255 − mean) / std as one scale and one offset a channel, in double precision.
  const [factors, shifts] = [0, 1].map((what) =>
    [0, 1, 2].map((channel) => {
      const { mean, std } = normalisation;
      const at = (list: readonly number[]) => list[channel % list.length]!;
      return what === 0 ? 1 / (255 * at(std)) : -at(mean) / at(std);
    })
  );
  return traceGraph({
    inputs: { image: [imageSize, imageSize, 3] },
    variables: network.parameters.entries(),
    forward(pixels) {
      const x = pixels!.mul(tf.tensor1d(factors!)).add(tf.tensor1d(shifts!)) as tf.Tensor4D;
      const { output } = network.forward(x, INFERENCE);
      return scale === 1 ? output : output.mul(scale);
    },
  });
}

/** A generator: latents and labels to pixels 0 to 255, not rounded. */
export interface ExportedGenerator {
  readonly generator: Generator;
  /** Entries of the second input: one-hot classes, or 1 for a label in its unit. */
  readonly labelSize: number;
  /** What the generator is conditioned on for labels `[batch, labelSize]`. */
  readonly condition: (labels: tf.Tensor2D) => tf.Tensor2D;
  /** Variables of the condition by path. */
  readonly variables?: Iterable<readonly [string, tf.Tensor]>;
}

/** A generator with its label embedding: the graph's inputs are "latent" and "label". */
export function generatorGraph(
  { generator, labelSize, condition, variables = [] }: ExportedGenerator,
): Graph {
  return traceGraph({
    inputs: { latent: [generator.latentSize], label: [labelSize] },
    variables: [...generator.parameters.entries(), ...variables],
    forward(latent, label) {
      const conditions = condition(label as tf.Tensor2D);
      const images = generator.forward(latent as tf.Tensor2D, conditions, INFERENCE);
      return images.add(1).mul(127.5);
    },
  });
}
