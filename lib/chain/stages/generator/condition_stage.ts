/** Labels as generator, discriminator and ratio network are conditioned on them. */
import type { History } from "../../../base/disk/checkpoint.ts";
import type { Regression } from "../../../base/contracts.ts";
import { rngOf } from "../../../base/rng.ts";
import { fitLabelEmbedding } from "../../../gan/scalar_labels/fit_label_embedding.ts";
import {
  EMBEDDING_SIZE,
  type LabelEmbedding,
  labelEmbedding,
} from "../../../gan/scalar_labels/label_embedding.ts";
import { type ConditionOf, oneHotCondition } from "../../../gan/sample.ts";
import { asParameters, chainSeed, type Context, loopOf, runStage } from "../context.ts";

/**
 * A condition that is ready to use.
 *
 * @internal
 */
export interface OpenCondition {
  readonly conditionOf: ConditionOf;
  /** Scalar labels only: the embedding with its inverse. */
  readonly embedding?: LabelEmbedding;
  dispose(): void;
}

/** Labels as vectors: one-hot classes, or the embedding of scalar labels. */
export interface TrainedCondition {
  /** Entries of a vector. */
  readonly size: number;
  /** Where it was trained: its stage, as part of the identity of all that reads it. */
  readonly id?: string;
  /** Mean |h2y(y2h(y)) − y| over the labels, in their unit; scalar labels only. */
  readonly error?: number;
  /** Curves of x2y and y2h; scalar labels only. */
  readonly histories?: { readonly images: History; readonly labels: History };
  /** The caller calls `dispose`. */
  open(): OpenCondition;
}

/** One-hot classes, which need no training; or the embedding of scalar labels, trained or reused. */
export async function conditionStage(context: Context): Promise<TrainedCondition> {
  const { task } = context.dataset.train;
  if (task.kind === "regression") return await embeddingStage(context, task);
  const conditionOf = oneHotCondition(task.classes);
  return { size: task.classes, open: () => ({ conditionOf, dispose() {} }) };
}

async function embeddingStage(context: Context, task: Regression): Promise<TrainedCondition> {
  const { specification, dataset, setting } = context;
  const { embedding } = specification.gan;
  if (embedding === undefined) {
    throw new TypeError("Cannot embed scalar labels: found no gan.embedding in the specification");
  }
  const { width, ...training } = embedding;
  const seed = chainSeed(specification);
  const key = {
    stage: "embedding",
    codeVersion: 1,
    specification: { width, training, seed },
    inputs: { real: dataset.checksum },
  };
  const title = `label embedding on ${setting}`;
  const artifact = await runStage(context, title, key, async (folder) => {
    const { weights, ...notes } = await fitLabelEmbedding({
      set: dataset.train,
      width,
      training,
      rng: rngOf(seed, "embedding", setting),
      loop: { ...loopOf(context, { title, seed }), checkpointFolder: folder },
    });
    return { arrays: weights, notes: { ...notes } };
  });
  const { error, histories } = artifact.notes as unknown as Pick<
    TrainedCondition,
    "error" | "histories"
  >;
  return {
    size: EMBEDDING_SIZE,
    id: artifact.id,
    error,
    histories,
    open() {
      const opened = labelEmbedding(asParameters(artifact.arrays), task);
      return {
        conditionOf: opened.conditionOf,
        embedding: opened,
        dispose: () => opened.dispose(),
      };
    },
  };
}
