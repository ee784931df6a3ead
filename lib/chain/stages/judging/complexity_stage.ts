/** The terms of the bound that belong to students: ε_opt from training errors, 𝓡_n by random signs. */
import { concatLabelled, type LabelledImages } from "../../../base/contracts.ts";
import { argMaxRows } from "../../../base/metrics.ts";
import { rngOf } from "../../../base/rng.ts";
import type { IntervalEstimate } from "../../../bound/estimators.ts";
import { rademacherLowerEstimate, signedLabels } from "../../../bound/random_signs.ts";
import type { SizedNetwork } from "../../../experiments/specification/schema.ts";
import { predict } from "../../../networks/supervised.ts";
import { chainSeed, type Context, runStage } from "../context.ts";
import type { TrainedNetwork } from "../network_job.ts";
import { networkStage } from "../network_stage.ts";
import { studentTraining } from "../student_choice.ts";
import type { TrainedStudent } from "../student_stage.ts";

/** Complexity of a student's class on the real training images, measured beside what b / √N says. */
export interface MeasuredComplexity {
  /** 𝓡_N from below: mean over sign draws of (1/N) Σ σ_i ℓ_i, losses in [0, 1]; with its bootstrap interval. */
  readonly randomSigns: IntervalEstimate;
  /** b / (4 √N), which stands for it in the bound. */
  readonly learningCurve: number;
  /** N. */
  readonly images: number;
  /** Sign draws, each a training. */
  readonly draws: number;
}

/**
 * Losses in [0, 1] on each image of a set: 0-1 of classes, |error| over the label scale of scalar labels, clipped.
 */
async function lossesOf(
  trained: Pick<TrainedNetwork, "open" | "normalisation">,
  set: LabelledImages,
): Promise<Float32Array> {
  const { task, labels } = set;
  const network = trained.open();
  try {
    const outputs = await predict(network, set, { normalisation: trained.normalisation });
    if (task.kind === "classification") {
      const predicted = argMaxRows(outputs, task.classes);
      return labels.map((label, i) => Number(predicted[i] !== label));
    }
    return labels.map((label, i) => Math.min(1, Math.abs(outputs[i]! - label / task.scale)));
  } finally {
    network.parameters.dispose();
  }
}

function meanOf(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * R̂(f̂): a student's error on its own training set, fakes and their labels included, as a loss in [0, 1]; measured from
 * stored weights, without augmentation, or looked up. ε_opt is at most this.
 */
export async function trainingErrorStage(
  context: Context,
  { network, added }: Pick<TrainedStudent, "network" | "added">,
): Promise<number> {
  const { dataset } = context;
  const key = {
    stage: "training-error",
    codeVersion: 1,
    specification: {},
    inputs: {
      real: dataset.checksum,
      student: network.artifact.id,
      ...(added && { added: added.id }),
    },
  };
  const { notes } = await runStage(
    context,
    `training error of ${network.title}`,
    key,
    async () => {
      const set = added ? concatLabelled(dataset.train, added.set) : dataset.train;
      return { arrays: {}, notes: { error: meanOf(await lossesOf(network, set)) } };
    },
  );
  return notes.error as number;
}

/**
 * Trains a student, by its own recipe, on labels that random signs changed, once for each draw, and reads off how well its
 * loss follows the signs. A lower estimate: training finds less than the supremum.
 *
 * @param options.sized Default: the specification's first student.
 * @param options.draws Trainings; default: 3.
 * @throws {NetworkFailed} A training came to nothing.
 */
export async function complexityStage(
  context: Context,
  { sized = context.specification.students[0]!, draws = 3 }: {
    readonly sized?: SizedNetwork;
    readonly draws?: number;
  } = {},
): Promise<MeasuredComplexity> {
  const { specification, dataset: { train, checksum, originals }, setting } = context;
  const seed = chainSeed(specification);
  const fits = [];
  for (let draw = 0; draw < draws; draw++) {
    const rng = rngOf(seed, "signs", setting, draw);
    const { signs, labels } = signedLabels(train.labels, train.task, rng);
    const network = await networkStage(context, {
      role: "student-of-signs",
      sized,
      training: studentTraining(specification, { trainOn: "real", student: sized }, labels.length),
      train: { ...train, labels },
      inputs: { real: checksum, signs: `${seed}-${draw}` },
      seed: seed + draw,
      method: `random signs, draw ${draw + 1} of ${draws}`,
    });
    fits.push({ signs, losses: await lossesOf(network, train) });
  }
  return {
    randomSigns: rademacherLowerEstimate(fits, { rng: rngOf(seed, "signs", "bootstrap") }),
    learningCurve: specification.bound.b / (4 * Math.sqrt(originals)),
    images: originals,
    draws,
  };
}
