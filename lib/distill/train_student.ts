/** Trains one network with one distiller, and measures it on the test set. */
import type { LabelledImages } from "../base/contracts.ts";
import type { History } from "../base/checkpoint.ts";
import { argMaxRows, errorRate, meanAbsoluteError } from "../base/metrics.ts";
import type { NamedArrays } from "../base/module.ts";
import type { ProgressSink } from "../base/progress.ts";
import type { Rng } from "../base/rng.ts";
import { trainLoop } from "../base/train_loop.ts";
import { type Normalisation, stepsPerEpoch } from "../data/batches/batches.ts";
import type { Network } from "../networks/network.ts";
import { predict, type SupervisedTraining } from "../networks/supervised.ts";
import { checkDistiller, type DistillContext, type Distiller } from "./distiller.ts";
import { distillTrainee } from "./trainee.ts";

/** Everything that a student's training needs. */
export interface StudentRun {
  /** Named in progress and errors, such as "student vgg11, BLKD, seed 1". */
  readonly stage: string;
  /** Freshly made; trained in place. */
  readonly student: Network;
  /** Stays as it is. */
  readonly teacher?: Network;
  /**
   * The teacher's own constants, where its input is to be renormalised; without, it sees the student's
   * tensor (quirk Q6, "mixed").
   */
  readonly teacherNormalisation?: Normalisation;
  readonly peers?: readonly Network[];
  readonly distiller: Distiller;
  /** Real images, or real and processed fake ones (cGAN-KD). */
  readonly train: LabelledImages;
  /** Measured and never trained on; chooses nothing. */
  readonly test: LabelledImages;
  readonly normalisation: Normalisation;
  readonly training: SupervisedTraining;
  /** Address of every draw of this training. */
  readonly rng: Rng;
  /** Named in errors. */
  readonly seed: number;
  readonly checkpointPath?: string;
  /** 60 unless said. */
  readonly checkpointSeconds?: number;
  readonly progress?: ProgressSink;
  readonly signal?: AbortSignal;
  /** Epochs between two measurements of the test set; only after the last one unless said. */
  readonly evaluateEveryEpochs?: number;
  /** What earlier stages left behind, by stage and role. */
  readonly earlier?: DistillContext["earlier"];
}

/** A trained student. */
export interface StudentResult {
  /** Averages of about 20 steps a row; rows at which the test set was measured hold `test`. */
  readonly history: History;
  /** The figure of merit on the test set after each measured epoch (1-based), oldest first. */
  readonly curve: readonly { readonly epoch: number; readonly test: number }[];
  /** After the last epoch: error rate in percent, or mean absolute error in the labels' unit. */
  readonly test: number;
  /** Seconds of training, over all processes that took part. */
  readonly seconds: number;
  /** Step of the checkpoint that this process started from. */
  readonly resumedAt: number;
  /** Of the student. */
  readonly weights: NamedArrays;
  /** Of what learnt beside it, for later stages; empty where nothing did. */
  readonly leftovers: Readonly<Record<string, NamedArrays>>;
}

/** Steps averaged into a row of the history: short enough to stop soon, long enough to cost nothing. */
const LOG_EVERY = 20;

/**
 * Trains to the last epoch, going on from the checkpoint if there is one. The last epoch is the one
 * reported: no epoch is chosen by its test score.
 *
 * @throws {RangeError} The distiller's loss is not defined for the task, or the loss stopped being finite.
 * @throws {TypeError} The distiller needs a teacher or peers that are missing.
 */
export async function trainStudent(run: StudentRun): Promise<StudentResult> {
  const { student, teacher, peers = [], distiller, train, test, training, stage } = run;
  checkDistiller(distiller, { task: train.task, teacher, peers });
  const perEpoch = stepsPerEpoch({ count: train.labels.length, batch: training.batch });
  const { evaluateEveryEpochs = training.epochs } = run;
  const trainee = distillTrainee({ ...run, peers, earlier: run.earlier ?? {} });
  try {
    const { history, seconds, resumedAt } = await trainLoop(trainee, {
      stage,
      seed: run.seed,
      steps: training.epochs * perEpoch,
      logEvery: Math.min(LOG_EVERY, perEpoch),
      evaluation: {
        every: evaluateEveryEpochs * perEpoch,
        run: async () => ({ test: await measure(student, test, run.normalisation) }),
      },
      checkpointPath: run.checkpointPath,
      checkpointSeconds: run.checkpointSeconds,
      progress: run.progress,
      signal: run.signal,
    });
    const curve = history.flatMap(({ step, test }) =>
      test === undefined ? [] : [{ epoch: step / perEpoch, test }]
    );
    const leftovers: Record<string, NamedArrays> = {};
    if (trainee.adapters) leftovers.adapters = await trainee.adapters.read();
    for (const [role, set] of Object.entries(trainee.state)) {
      if (role.startsWith("method.")) leftovers[role.slice(7)] = await set.read();
    }
    return {
      history,
      curve,
      test: curve.at(-1)!.test,
      seconds,
      resumedAt,
      weights: await student.parameters.read(),
      leftovers,
    };
  } finally {
    trainee.dispose();
  }
}

/**
 * The figure of merit of a network: error rate in percent for classes, mean absolute error in the unit
 * of the labels (no rounding, no clipping) for real labels.
 */
export async function measure(
  network: Network,
  set: LabelledImages,
  normalisation: Normalisation,
): Promise<number> {
  const outputs = await predict(network, set, { normalisation });
  const { task, labels } = set;
  if (task.kind === "classification") {
    return errorRate(argMaxRows(outputs, task.classes), labels);
  }
  return meanAbsoluteError(outputs.map((value) => value * task.scale), labels);
}
