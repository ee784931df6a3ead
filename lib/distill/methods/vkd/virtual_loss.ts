/** What a student learns from virtual knowledge: the loss, and where its targets come from. */
import { constant, ParameterSet, Scope } from "../../../base/module.ts";
import type { NamedArrays } from "../../../base/module.ts";
import type { Rng } from "../../../base/rng.ts";
import { tf } from "../../../base/tf.ts";
import { temperatureKd } from "../../losses.ts";
import { LEAST_SHARE, virtualKnowledge } from "./generator.ts";

/** Draws virtual logits z_v = T · g for a batch. */
export type VirtualLogits = (labels: tf.Tensor1D, rng: Rng) => tf.Tensor2D;

/** Virtual logits from what a teacher's training left, and the set that holds them. */
export interface StoredKnowledge {
  readonly parameters: ParameterSet;
  readonly logits: VirtualLogits;
}

/** What the training of a teacher left. */
export interface KnowledgeLeft {
  readonly generator: NamedArrays;
  readonly means: NamedArrays;
}

/**
 * "generator": fresh noise for each image. "table": the class mean m_y without noise, the ablation that the gradient
 * is equal to in expectation.
 */
export function storedKnowledge(
  source: "generator" | "table",
  left: KnowledgeLeft,
  { classes, temperature, rng }: { classes: number; temperature: number; rng: Rng },
): StoredKnowledge {
  if (source === "generator") {
    const { parameters, draw } = virtualKnowledge(classes, rng);
    parameters.write(left.generator);
    return {
      parameters,
      logits: (labels, draws) => draw(labels, draws).mul<tf.Tensor2D>(temperature),
    };
  }
  const parameters = new ParameterSet();
  const table = new Scope(parameters, rng).buffer<tf.Rank.R2>(
    "means",
    [classes, classes],
    constant(1 / classes),
  );
  parameters.write(left.means);
  return {
    parameters,
    logits: (labels) =>
      tf.log(tf.maximum(tf.gather(table, labels), LEAST_SHARE)).mul<tf.Tensor2D>(temperature),
  };
}

/**
 * T² · KL(q ‖ softmax(z_s / T)), q = softmax(z_v / T), batch mean.
 *
 * For one class the mean of its gradient over the noise is T · (p_s − Ḡ_y) / batch: that of a table of class means.
 */
export function virtualKd(
  student: tf.Tensor2D,
  virtual: tf.Tensor2D,
  temperature: number,
): tf.Scalar {
  return temperatureKd(student, virtual, { temperature });
}
