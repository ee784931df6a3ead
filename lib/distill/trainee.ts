/** One optimisation step of a student under any distiller. */
import type { TrainingState } from "../base/disk/checkpoint.ts";
import { ParameterSet } from "../base/module.ts";
import type { Task } from "../base/contracts.ts";
import { lossAndGradients, sgd, stepDecay } from "../base/training/optimisers.ts";
import { tf } from "../base/tf.ts";
import type { Trainee } from "../base/training/train_loop.ts";
import {
  batchIndicesAt,
  batchTensors,
  makeBatch,
  mixedIndicesAt,
  type Normalisation,
  stepsPerEpoch,
} from "../data/batches/batches.ts";
import { totalOf } from "../networks/supervised.ts";
import type {
  DistillBatch,
  DistillContext,
  Distiller,
  PreparedDistiller,
  RawBatch,
} from "./distiller.ts";
import { answersAt, hasSameBits, type KeptAnswers } from "./kept_answers.ts";

/** A network, what it learns from, and how: everything that decides the outcome of one training. */
export interface Distillation extends
  Pick<
    DistillContext,
    "student" | "teacher" | "train" | "normalisation" | "training" | "rng"
  >,
  Partial<Pick<DistillContext, "peers" | "earlier">> {
  readonly distiller: Distiller;
  /**
   * Constants that the teacher was trained with, where its input is to be renormalised; without, it sees
   * the student's tensor (quirk Q6, "mixed").
   */
  readonly teacherNormalisation?: Normalisation;
  /** What the frozen teacher says of the training images; without, it is asked at every step. See `canKeepAnswers`. */
  readonly teacherAnswers?: KeptAnswers;
}

/** A trainee with the parts of it that outlive the training, and those that do not. */
export interface DistillTrainee extends Trainee, Pick<PreparedDistiller, "adapters" | "leaves"> {
  /** Frees optimiser, adapters and the distiller's own state, never the networks. */
  dispose(): void;
}

/**
 * SGD on the terms of a distiller's loss: batch, `beforeStep`, the frozen teacher's pass (inference mode,
 * outside the gradient), the student's pass and its update, `afterStep`.
 *
 * Logged: `loss`, and each term unweighted where there are several.
 */
export function distillTrainee(task: Distillation): DistillTrainee {
  const { distiller, student, teacher, peers = [], train, normalisation, training, rng } = task;
  const { batch, epochs, momentum, nesterov, weightDecay, fakeShare, precision } = training;
  const count = train.labels.length;
  const { epochImages = count } = training;
  const perEpoch = stepsPerEpoch({ count: epochImages, batch });
  const mixedSteps = Math.max(1, Math.round((training.fakesUntil ?? 1) * epochs)) * perEpoch;
  const { teacher: access, taps = false, trainsStudent = true } = distiller.needs;
  const teacherInput = renormalisation(normalisation, task.teacherNormalisation);
  const method = distiller.prepare({
    ...task,
    peers,
    earlier: task.earlier ?? {},
    teacherInput,
    stepsPerEpoch: perEpoch,
    rng: rng.child("distiller", distiller.name),
  });
  const { adapters } = method;
  const learnt = learntBy(trainsStudent ? student.parameters : undefined, adapters);
  const optimiser = sgd(learnt, { momentum, nesterov, weightDecay });
  const rateOf = stepDecay(training.learningRate, training.milestones);

  const batchAt = (step: number): { made: RawBatch; places: Int32Array } => {
    const order = { count, batch, rng: rng.child("order") };
    const indices = fakeShare === undefined
      ? batchIndicesAt(step, order)
      : step < mixedSteps
      ? mixedIndicesAt(step, { ...order, first: epochImages, share: fakeShare })
      : batchIndicesAt(step, { ...order, count: epochImages });
    const draws = rng.child("step", step);
    const images = makeBatch(train, indices, {
      normalisation,
      crop: training.crop ? 4 : undefined,
      flip: training.flip,
      rng: draws.child("augment"),
    });
    const { x, labels } = batchTensors(images);
    const made: RawBatch = {
      x,
      labels: scaleLabels(labels, train.task),
      indices,
      step,
      steps: epochs * perEpoch,
      epoch: Math.floor(step / perEpoch),
      epochs,
      rng: draws,
      mode: { training: trainsStudent, rng: draws, ...(trainsStudent && { precision }) },
      extras: {},
    };
    return { made, places: images.placed.places };
  };
  const { teacherAnswers: kept } = task;
  /** Kept answers are of images as they were made, in batches not too short; a method may have put others in their place. */
  const frozenPass = (raw: RawBatch, made: RawBatch, places: Int32Array) =>
    kept !== undefined && raw.x === made.x && hasSameBits(made.indices.length)
      ? answersAt(kept, made.indices, (place) => places[3 * place + 2] === 1)
      : teacher!.forward(teacherInput(raw.x), { training: false, taps });

  return {
    state: {
      learnt,
      sgd: optimiser.state,
      ...(access === "own" && { teacher: teacher!.parameters }),
      ...Object.fromEntries(peers.map(({ parameters }, i) => [peerRole(i), parameters])),
      ...withPrefix(METHOD_STATE, method.state),
    },
    adapters,
    leaves: method.leaves,
    step(step) {
      const { made, places } = batchAt(step);
      const raw = method.beforeStep?.(made) ?? made;
      const noted = new Kept();
      const seen: DistillBatch = {
        ...raw,
        ...(access === "frozen" && { teacher: frozenPass(raw, made, places) }),
        keep: (name, tensor) => noted.add(name, tensor),
      };
      const terms = new Kept();
      try {
        const { loss, gradients } = lossAndGradients(learnt, () => {
          const parts = method.loss(student.forward(seen.x, { ...seen.mode, taps }), seen);
          const named = Object.entries(parts);
          // A single term is the loss itself.
          if (named.length > 1) named.forEach(([name, { value }]) => terms.add(name, value));
          return totalOf(parts);
        });
        optimiser.apply(gradients, rateOf(seen.epoch));
        method.afterStep?.({ ...seen, kept: noted.tensors });
        // Copies belong to the step, whose caller frees them.
        const logged = Object.entries(terms.tensors).map(([name, value]) => [name, value.clone()]);
        return { loss, ...Object.fromEntries(logged) };
      } finally {
        noted.dispose();
        terms.dispose();
      }
    },
    dispose() {
      optimiser.state.dispose();
      adapters?.dispose();
      for (const set of Object.values(method.state ?? {})) set.dispose();
    },
  };
}

/** Roles of a method's own state in checkpoints begin so. */
export const METHOD_STATE = "method.";

/** Role of a peer in checkpoints and results, counted from 1. */
export function peerRole(index: number): string {
  return `peer${index + 1}`;
}

/** Tensors kept past the gradient's own tidy, until they are freed. */
class Kept {
  readonly tensors: Record<string, tf.Tensor> = {};

  add(name: string, tensor: tf.Tensor): void {
    this.tensors[name]?.dispose();
    this.tensors[name] = tf.keep(tensor.clone());
  }

  dispose(): void {
    tf.dispose(this.tensors);
  }
}

function learntBy(student: ParameterSet | undefined, adapters: ParameterSet | undefined) {
  if (student && adapters) return ParameterSet.join({ student, adapters });
  const one = student ?? adapters;
  if (one === undefined) {
    throw new TypeError("Cannot train: found neither a student nor adapters to learn, want one");
  }
  return one;
}

function withPrefix(prefix: string, state: TrainingState = {}): TrainingState {
  return Object.fromEntries(Object.entries(state).map(([role, set]) => [prefix + role, set]));
}

/** Labels as networks see them: class indices, or real numbers divided by the label scale. */
function scaleLabels(labels: tf.Tensor1D, task: Task): tf.Tensor1D {
  return task.kind === "classification" ? labels : labels.div(task.scale);
}

/** (x · std + mean − mean_t) / std_t for each channel; the same tensor where nothing changes. */
export function renormalisation(
  from: Normalisation,
  to: Normalisation | undefined,
): (x: tf.Tensor4D) => tf.Tensor4D {
  if (to === undefined) return (x) => x;
  const channels = Math.max(from.mean.length, from.std.length, to.mean.length, to.std.length);
  const of = (values: readonly number[], c: number) => values[values.length === 1 ? 0 : c]!;
  const range = Array.from({ length: channels }, (_, c) => c);
  const scale = range.map((c) => of(from.std, c) / of(to.std, c));
  const shift = range.map((c) => (of(from.mean, c) - of(to.mean, c)) / of(to.std, c));
  if (scale.every((s) => s === 1) && shift.every((s) => s === 0)) return (x) => x;
  return (x) => x.mul<tf.Tensor4D>(tf.tensor1d(scale)).add(tf.tensor1d(shift));
}
