/** Training of the sparse autoencoder on real images and their labels. */
import { type MortalTrainee, trainUntilAlive } from "../base/training/train_until_alive.ts";
import { checkInteger } from "../base/check.ts";
import type { History } from "../base/disk/checkpoint.ts";
import type { LabelledImages } from "../base/contracts.ts";
import { adam, stepDecay } from "../base/training/optimisers.ts";
import { mortalTrainee } from "../base/training/plain_trainee.ts";
import type { Rng } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import type { LoopOptions } from "../base/training/train_loop.ts";
import {
  batchIndicesAt,
  batchTensors,
  makeBatch,
  MINUS_ONE_TO_ONE,
  stepsPerEpoch,
} from "../data/batches/batches.ts";
import { type SparseAutoencoder, sparseLoss } from "./sparse_autoencoder.ts";

/** Numbers that decide the training of a sparse autoencoder (method specification 3.2). */
export interface SparseTraining {
  /** 200 in the paper. */
  readonly epochs: number;
  /** 128 in the paper. */
  readonly batch: number;
  /** Adam's, in the first epoch; 0.01 in the paper. */
  readonly learningRate: number;
  /** Epochs after which the rate is multiplied by 0.1, again and again; 50 in the paper. */
  readonly decayEvery: number;
  /** Default: 0.5, as in the paper. */
  readonly beta1?: number;
  /** Default: 0.999, as in the paper. */
  readonly beta2?: number;
  /** Coupled; 1e-4 in the paper, whatever its option says (Q29). */
  readonly weightDecay: number;
  /** Weight of the mean entry of the code; 1e-3 in the paper. */
  readonly sparsity: number;
  /** Mirror images at random; UTKFace only. */
  readonly flip: boolean;
}

/**
 * Adam on `sparseLoss`. Logs the total and its parts: `image`, `sparsity` and `label`.
 *
 * @param autoencoder Changed in place.
 * @param set Scalar labels; images are seen in [−1, 1].
 * @param rng Draws of order and mirroring, addressed by step.
 * @throws {TypeError} The labels are classes.
 */
export function sparseTrainee(
  { autoencoder, set }: {
    readonly autoencoder: SparseAutoencoder;
    readonly set: LabelledImages;
  },
  training: SparseTraining,
  rng: Rng,
): MortalTrainee {
  const { task } = set;
  if (task.kind !== "regression") {
    throw new TypeError(
      "Cannot fit a sparse autoencoder: found a classification task, want regression",
    );
  }
  const { batch, beta1 = 0.5, beta2 = 0.999, weightDecay, sparsity, flip } = training;
  const { parameters } = autoencoder;
  const order = { count: set.labels.length, batch, rng: rng.child("order") };
  return mortalTrainee({
    roles: ["autoencoder", "adam"],
    weights: parameters,
    optimiser: adam(parameters, { beta1, beta2, weightDecay }),
    rateAt: stepDecay(training.learningRate, milestonesOf(training)),
    stepsPerEpoch: stepsPerEpoch(order),
    batch(step) {
      const pixels = makeBatch(set, batchIndicesAt(step, order), {
        normalisation: MINUS_ONE_TO_ONE,
        flip,
        rng: rng.child("flip", step),
      });
      const { x, labels } = batchTensors(pixels);
      return { x, labels: labels.div<tf.Tensor1D>(task.scale) };
    },
    loss(targets) {
      const output = autoencoder.forward(targets.x, { training: true });
      const { total, ...parts } = sparseLoss(output, targets, sparsity);
      return { loss: total, logged: parts, outputs: [parts.sparsity, tf.mean(output.label)] };
    },
  }, 2);
}

/** Steps of a fit: epochs · ⌈N / batch⌉. */
export function sparseSteps(
  { epochs, batch }: Pick<SparseTraining, "epochs" | "batch">,
  count: number,
): number {
  checkInteger(epochs, "epochs");
  return epochs * stepsPerEpoch({ count, batch });
}

/** What a fit starts from. */
export interface SparseFitInput {
  /** Makes an autoencoder from its draws; called again when one died. */
  readonly build: (rng: Rng) => SparseAutoencoder;
  /** Real training images with scalar labels. */
  readonly set: LabelledImages;
}

/** How to fit. */
export interface SparseFitOptions {
  readonly training: SparseTraining;
  /** Everything the loop wants but the number of steps. */
  readonly loop: Omit<LoopOptions, "steps" | "evaluation">;
  /** Autoencoders tried when one dies; default: 3. */
  readonly attempts?: number;
}

/** A fitted autoencoder. */
export interface SparseFit {
  /** The caller frees `parameters`; features need only the encoder. */
  readonly autoencoder: SparseAutoencoder;
  /** Curves: loss and its parts. */
  readonly history: History;
  readonly seconds: number;
  readonly resumedAt: number;
  /** Autoencoders that died before this one. */
  readonly deadNetworks: number;
}

/**
 * Fits a sparse autoencoder. Code and predicted label end in a ReLU that can die; one that was
 * dead for a whole log interval makes room for another one from the next seed (ours).
 *
 * @throws {RangeError} Every autoencoder that was tried died; or a metric stopped being finite.
 * @throws {TypeError} The labels are classes.
 */
export async function fitSparseAutoencoder(
  { build, set }: SparseFitInput,
  { training, loop, attempts }: SparseFitOptions,
  rng: Rng,
): Promise<SparseFit> {
  const steps = sparseSteps(training, set.labels.length);
  const { net, ...rest } = await trainUntilAlive((attempt) => {
    const stream = rng.child("attempt", attempt);
    const autoencoder = build(stream.child("weights"));
    const discard = () => autoencoder.parameters.dispose();
    try {
      const trainee = sparseTrainee({ autoencoder, set }, training, stream);
      return { net: autoencoder, trainee, discard };
    } catch (error) {
      discard();
      throw error;
    }
  }, { loop, attempts, steps, output: "code or predicted label" });
  return { autoencoder: net, ...rest };
}

function milestonesOf({ epochs, decayEvery }: SparseTraining): number[] {
  checkInteger(decayEvery, "decayEvery");
  return Array.from({ length: Math.floor(epochs / decayEvery) }, (_, i) => (i + 1) * decayEvery);
}
