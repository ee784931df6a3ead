/** Training of the density-ratio network on features of frozen parts (cDRE-F-cSP). */
import { type MortalTrainee, trainUntilAlive } from "../base/training/train_until_alive.ts";
import { checkInteger } from "../base/check.ts";
import type { History } from "../base/disk/checkpoint.ts";
import { adam, stepDecay } from "../base/training/optimisers.ts";
import { mortalTrainee } from "../base/training/plain_trainee.ts";
import type { Rng } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import type { LoopOptions } from "../base/training/train_loop.ts";
import { ratioLoss } from "./loss.ts";
import type { RatioData } from "./ratio_data.ts";
import type { RatioNet } from "./ratio_net.ts";

/** Numbers that decide a density-ratio fit (method specification 3.5). */
export interface RatioTraining {
  /** 350 in the paper. */
  readonly epochs: number;
  /** Adam's; 1e-4 in the paper. */
  readonly learningRate: number;
  /** Epochs, counted from 0, at whose start the rate is multiplied by 0.1. */
  readonly milestones: readonly number[];
  /** Default: 0.5, as in the paper. */
  readonly beta1?: number;
  /** Default: 0.999, as in the paper. */
  readonly beta2?: number;
  /** Coupled; 1e-4 for classes, 0 for scalar labels (Q29). */
  readonly weightDecay: number;
  /** λ; 1e-3 in the paper. */
  readonly penalty: number;
}

/**
 * Adam on the cSP loss; generator and extractor stay out of the gradient.
 *
 * @param net Changed in place.
 * @param rng Draws of dropout, addressed by step.
 */
export function ratioTrainee(
  { net, data }: { readonly net: RatioNet; readonly data: RatioData },
  training: RatioTraining,
  rng: Rng,
): MortalTrainee {
  const { learningRate, milestones, beta1 = 0.5, beta2 = 0.999, weightDecay, penalty } = training;
  return mortalTrainee({
    roles: ["ratio", "adam"],
    weights: net.parameters,
    optimiser: adam(net.parameters, { beta1, beta2, weightDecay }),
    rateAt: stepDecay(learningRate, milestones),
    stepsPerEpoch: data.stepsPerEpoch,
    batch: (step) => data.batch(step),
    loss({ real, fake, condition, weights }, step) {
      const mode = { training: true, rng: rng.child("step", step) };
      const both: tf.Tensor2D = tf.concat([fake, real]);
      const phi = net.forward(both, tf.concat([condition, condition]), mode);
      const parts = tf.split(phi, [fake.shape[0], real.shape[0]]) as tf.Tensor2D[];
      const [fakePhi, realPhi] = parts as [tf.Tensor2D, tf.Tensor2D];
      const fakeRatio: tf.Scalar = tf.mean(fakePhi);
      const realRatio: tf.Scalar = tf.mean(realPhi);
      return {
        loss: ratioLoss(fakePhi, realPhi, { penalty, weights }),
        logged: { fakeRatio, realRatio },
        outputs: [fakeRatio.add(realRatio)],
      };
    },
  });
}

/** What a fit starts from. */
export interface RatioFitInput {
  /** Makes a network from its draws; called again when one died. */
  readonly build: (rng: Rng) => RatioNet;
  readonly data: RatioData;
}

/** How to fit. */
export interface RatioFitOptions {
  readonly training: RatioTraining;
  /** Everything the loop wants but the number of steps. */
  readonly loop: Omit<LoopOptions, "steps" | "evaluation">;
  /** Networks tried when one dies; default: 3. */
  readonly attempts?: number;
}

/** A fitted ratio network. */
export interface RatioFit {
  readonly net: RatioNet;
  /** Curves: loss, and the mean φ of fake and real images; the former goes to 1. */
  readonly history: History;
  readonly seconds: number;
  readonly resumedAt: number;
  /** Networks that died before this one. */
  readonly deadNetworks: number;
}

/** Steps of a fit: the paper's are 34,300, 14,000 and 7,000 for C-50K, C-20K and C-10K. */
export function ratioSteps(training: Pick<RatioTraining, "epochs">, data: RatioData): number {
  checkInteger(training.epochs, "epochs");
  return training.epochs * data.stepsPerEpoch;
}

/**
 * Fits a ratio network. Its last ReLU can die: with φ = 0 for every image no gradient is
 * left, the penalty's included. A network that was dead for a whole log interval is thrown away,
 * and another one starts from the next seed (method specification 3.3).
 *
 * @throws {RangeError} Every network that was tried died; or a metric stopped being finite.
 */
export async function fitRatio(
  { build, data }: RatioFitInput,
  options: RatioFitOptions,
  rng: Rng,
): Promise<RatioFit> {
  const { training, loop, attempts } = options;
  return await trainUntilAlive((attempt) => {
    const stream = rng.child("attempt", attempt);
    const net = build(stream.child("weights"));
    const trainee = ratioTrainee({ net, data }, training, stream);
    return { net, trainee, discard: () => net.parameters.dispose() };
  }, { loop, attempts, steps: ratioSteps(training, data), output: "output" });
}
