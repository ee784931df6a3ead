/** Training of networks with one output that is never negative, and the replacement of dead ones. */
import { type MortalTrainee, trainUntilAlive } from "../../base/training/train_until_alive.ts";
import { checkInteger } from "../../base/check.ts";
import type { History } from "../../base/disk/checkpoint.ts";
import type { ParameterSet } from "../../base/module.ts";
import { sgd, stepDecay } from "../../base/training/optimisers.ts";
import { group, type Options } from "../../base/options/options.ts";
import { join } from "../../base/disk/path.ts";
import { mortalTrainee } from "../../base/training/plain_trainee.ts";
import type { Rng } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import type { LoopOptions } from "../../base/training/train_loop.ts";
import { batch, epochs, milestones, sgdRate } from "../../base/options/training_options.ts";
import { squaredError } from "../../networks/supervised.ts";

/** Options of a training by SGD with momentum 0.9. */
export const scalarTraining = (what: string, examples: string) =>
  group(what, {
    epochs: epochs(`Passes over the ${examples}.`),
    batch: batch(`How many ${examples} a step takes.`),
    learningRate: sgdRate(),
    milestones: milestones(),
  });

/**
 * Length and rates of a training by SGD with momentum 0.9.
 *
 * @internal
 */
export type ScalarTraining = Options<ReturnType<typeof scalarTraining>>;

/** Inputs of one step, and the labels they should give: `[batch]`, divided by the label scale. */
export interface Examples<X> {
  readonly x: X;
  readonly labels: tf.Tensor1D;
}

/** A freshly made network and what it learns from. */
export interface ScalarLearner<X extends tf.Tensor> {
  /** Trained in place; whatever else `predict` reads stays as it is. */
  readonly weights: ParameterSet;
  /** Depends only on the step, counted from 0. */
  batch(step: number): Examples<X>;
  /** `[batch, 1]`, >= 0. */
  predict(x: X): tf.Tensor2D;
}

/** What is trained. */
export interface ScalarFit<X extends tf.Tensor, L extends ScalarLearner<X>> {
  /** Follows the name of the stage, and names the checkpoint. */
  readonly name: string;
  readonly training: ScalarTraining;
  readonly weightDecay: number;
  readonly stepsPerEpoch: number;
  /** Of the labels, so that errors are shown in dataset units. */
  readonly scale: number;
  /** Networks tried when one is dead. */
  readonly attempts: number;
  /** Draws of the weights. */
  readonly rng: Rng;
  /** Makes a network from its draws; called again when one is dead. */
  build(rng: Rng): L;
}

/** Stage, seed, progress, stop signal; a folder for checkpoints in place of a file. */
export type ScalarLoop = Omit<LoopOptions, "steps" | "evaluation" | "checkpointPath"> & {
  /** Folder to resume from and to save to; no checkpoints without. */
  readonly checkpointFolder?: string;
};

/**
 * Least squares. A network that ends in a ReLU can be 0 for every input, and then no gradient moves it: one
 * that was dead for a whole log interval is thrown away, and another starts from other draws (method
 * specification 2.5).
 *
 * @returns The network, which the caller disposes, and its curves: loss, and error in dataset units.
 * @throws {RangeError} Every network was dead, or the loss stopped being finite.
 */
export async function fitScalar<X extends tf.Tensor, L extends ScalarLearner<X>>(
  fit: ScalarFit<X, L>,
  loop: ScalarLoop,
): Promise<{ learner: L; history: History; seconds: number }> {
  const { name, training, attempts, rng } = fit;
  const { checkpointFolder, ...rest } = loop;
  checkInteger(training.epochs, `epochs of ${name}`);
  const file = `${name.replaceAll(" ", "_")}.safetensors`;
  const { net, history, seconds } = await trainUntilAlive((attempt) => {
    const learner = fit.build(rng.child("attempt", attempt));
    const discard = () => learner.weights.dispose();
    return { net: learner, trainee: traineeOf(learner, fit), discard };
  }, {
    loop: {
      ...rest,
      stage: `${loop.stage}, ${name}`,
      ...(checkpointFolder !== undefined && { checkpointPath: join(checkpointFolder, file) }),
    },
    steps: training.epochs * fit.stepsPerEpoch,
    attempts,
    output: "output",
  });
  return { learner: net, history, seconds };
}

function traineeOf<X extends tf.Tensor>(
  { weights, batch, predict }: ScalarLearner<X>,
  fit: Omit<ScalarFit<X, ScalarLearner<X>>, "build">,
): MortalTrainee {
  const { learningRate, milestones } = fit.training;
  return mortalTrainee({
    roles: ["weights", "sgd"],
    weights,
    optimiser: sgd(weights, { momentum: 0.9, weightDecay: fit.weightDecay }),
    rateAt: stepDecay(learningRate, milestones),
    stepsPerEpoch: fit.stepsPerEpoch,
    batch,
    loss({ x, labels }) {
      const predicted = predict(x);
      const error: tf.Scalar = tf.mean(tf.abs(predicted.reshape([labels.size]).sub(labels)));
      return {
        loss: squaredError(predicted, labels),
        logged: { error: error.mul(fit.scale) },
        outputs: [tf.sum(predicted)],
      };
    },
  });
}
