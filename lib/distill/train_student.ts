/** Trains one network with one distiller, and measures it on the test set. */
import type { LabelledImages } from "../base/contracts.ts";
import type { History } from "../base/disk/checkpoint.ts";
import { argMaxRows, errorRate, meanAbsoluteError } from "../base/metrics.ts";
import type { NamedArrays, ParameterSet } from "../base/module.ts";
import { type LoopOptions, trainLoop } from "../base/training/train_loop.ts";
import { type Normalisation, stepsPerEpoch } from "../data/batches/batches.ts";
import type { Network } from "../networks/network.ts";
import { predict } from "../networks/supervised.ts";
import { checkDistiller } from "./stages.ts";
import { chanceWarning } from "./chance.ts";
import { type Distillation, type DistillTrainee, distillTrainee, METHOD_STATE } from "./trainee.ts";

/**
 * A training with what it is measured on and who watches it. `student` and `peers` are trained in place; `train`
 * holds real images, or real and processed fake ones (cGAN-KD).
 */
export interface StudentRun
  extends Distillation, Omit<LoopOptions, "steps" | "logEvery" | "evaluation" | "units"> {
  /** Measured and never trained on; chooses nothing. */
  readonly test: LabelledImages;
  /** Epochs between two measurements of the test set; default: only after the last one. */
  readonly evaluateEveryEpochs?: number;
  /** Called after each measurement; what it throws ends the training. */
  readonly onMeasured?: () => Promise<void>;
}

/** What a training took beside its time. */
export interface TrainingCost {
  /** Trainable scalars of the student. */
  readonly student: number;
  /** Trainable scalars that learn with the student and are dropped at its end; 0 without adapters. */
  readonly adapters: number;
  /** Trainable scalars of the networks that learn along; 0 without peers. */
  readonly peers: number;
  /** Scalars of the method's own modules, memories and their optimisers; 0 where it keeps none. */
  readonly state: number;
}

/** A trained student. */
export interface StudentResult {
  /** Averages of about 20 steps per row; rows at which the test set was measured hold `test`. */
  readonly history: History;
  /** The figure of merit on the test set after each measured epoch (1-based), oldest first. */
  readonly curve: readonly { readonly epoch: number; readonly test: number }[];
  /** After the last epoch: error rate in percent, or mean absolute error in the labels' unit. */
  readonly test: number;
  /** Seconds of training, over all processes that took part. */
  readonly seconds: number;
  /** Parameters beside the student's. */
  readonly cost: TrainingCost;
  /** Step of the checkpoint that this process started from. */
  readonly resumedAt: number;
  /** Of the student. */
  readonly weights: NamedArrays;
  /** The networks that learnt along, and their figures of merit. */
  readonly peers: readonly { readonly test: number; readonly weights: NamedArrays }[];
  /** What the method leaves, by role, for later stages; empty where it leaves nothing. */
  readonly leftovers: Readonly<Record<string, NamedArrays>>;
}

/** Steps averaged into a row of the history: short enough to stop soon, long enough to cost nothing. */
const LOG_EVERY = 20;

/**
 * Trains to the last epoch, going on from the checkpoint if there is one. The last epoch is the one
 * reported: no epoch is chosen by its test score.
 *
 * @throws {RangeError} The distiller's loss is not defined for the task, one of its lengths never ends, or the loss
 *   stopped being finite.
 * @throws {TypeError} The distiller needs a teacher or peers that are missing.
 */
export async function trainStudent(run: StudentRun): Promise<StudentResult> {
  const { student, teacher, peers = [], train, test, training, normalisation } = run;
  checkDistiller(run.distiller, { task: train.task, epochs: training.epochs, teacher, peers });
  const { epochImages = train.labels.length, batch } = training;
  const perEpoch = stepsPerEpoch({ count: epochImages, batch });
  const { evaluateEveryEpochs = training.epochs } = run;
  const trainee = distillTrainee(run);
  try {
    const { history, seconds, resumedAt } = await trainLoop(trainee, {
      ...run,
      steps: training.epochs * perEpoch,
      logEvery: Math.min(LOG_EVERY, perEpoch),
      units: { test: train.task.kind === "classification" ? "%" : train.task.unit },
      evaluation: {
        every: evaluateEveryEpochs * perEpoch,
        run: async () => {
          const measured = await measure(student, test, normalisation);
          await run.onMeasured?.();
          return { test: measured };
        },
        warn: (measured) => chanceWarning(measured.test!, test),
      },
    });
    const curve = history.flatMap(({ step, test }) =>
      test === undefined ? [] : [{ epoch: step / perEpoch, test }]
    );
    const trained = [];
    for (const peer of peers) {
      trained.push({
        test: await measure(peer, test, normalisation),
        weights: await peer.parameters.read(),
      });
    }
    return {
      history,
      curve,
      test: curve.at(-1)!.test,
      seconds,
      cost: costOf(trainee, run),
      resumedAt,
      weights: await student.parameters.read(),
      peers: trained,
      leftovers: await readAll(trainee.leaves ?? {}),
    };
  } finally {
    trainee.dispose();
  }
}

function costOf(
  { adapters, state }: Pick<DistillTrainee, "adapters" | "state">,
  { student, peers = [] }: Pick<StudentRun, "student" | "peers">,
): TrainingCost {
  const own = Object.entries(state).filter(([role]) => role.startsWith(METHOD_STATE));
  return {
    student: student.parameters.size,
    adapters: adapters?.size ?? 0,
    peers: peers.reduce((sum, { parameters }) => sum + parameters.size, 0),
    state: own.reduce((sum, [, set]) => sum + scalarsOf(set), 0),
  };
}

function scalarsOf(set: ParameterSet): number {
  let sum = 0;
  for (const [, variable] of set.entries()) sum += variable.size;
  return sum;
}

async function readAll(
  sets: Readonly<Record<string, ParameterSet>>,
): Promise<Record<string, NamedArrays>> {
  const arrays: Record<string, NamedArrays> = {};
  for (const [role, set] of Object.entries(sets)) arrays[role] = await set.read();
  return arrays;
}

/**
 * The figure of merit of a network, NaN where some outputs are not numbers: error rate in percent for classes, mean
 * absolute error in the unit of the labels (no rounding, no clipping) for real labels.
 */
export async function measure(
  network: Network,
  set: LabelledImages,
  normalisation: Normalisation,
): Promise<number> {
  const outputs = await predict(network, set, { normalisation });
  const { task, labels } = set;
  // The largest of logits that are not numbers would be class 0, and the error rate a number.
  if (!outputs.every(Number.isFinite)) return NaN;
  if (task.kind === "classification") {
    return errorRate(argMaxRows(outputs, task.classes), labels);
  }
  return meanAbsoluteError(outputs.map((value) => value * task.scale), labels);
}
