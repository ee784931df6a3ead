/** One optimisation step of a student under any distiller. */
import { ParameterSet } from "../base/module.ts";
import type { Task } from "../base/contracts.ts";
import { lossAndGradients, sgd } from "../base/optimisers.ts";
import { tf } from "../base/tf.ts";
import type { Trainee } from "../base/train_loop.ts";
import {
  batchIndicesAt,
  batchTensors,
  makeBatch,
  type Normalisation,
  stepsPerEpoch,
} from "../data/batches/batches.ts";
import type { NetworkOutput } from "../networks/network.ts";
import type { DistillBatch, DistillContext, Distiller, RawBatch } from "./distiller.ts";

/** What `distillTrainee` works on. */
export interface DistillTask extends Omit<DistillContext, "stepsPerEpoch"> {
  readonly distiller: Distiller;
  /**
   * Constants that the teacher was trained with, where its input is to be renormalised; without, it sees
   * the student's tensor (quirk Q6, "mixed").
   */
  readonly teacherNormalisation?: Normalisation;
}

/** A trainee with the parts of it that outlive the training, and those that do not. */
export interface DistillTrainee extends Trainee {
  /** Trained beside the student. */
  readonly adapters?: ParameterSet;
  /** Frees optimiser, adapters and the distiller's own state, never the networks. */
  dispose(): void;
}

/**
 * SGD on the terms of a distiller's loss: batch, `beforeStep`, the frozen teacher's pass (inference mode,
 * outside the gradient), the student's pass and its update, `afterStep`.
 *
 * Logged: `loss`, and each term unweighted where there are several.
 */
export function distillTrainee(task: DistillTask): DistillTrainee {
  const { distiller, student, teacher, train, normalisation, training, rng } = task;
  const { batch, epochs, momentum, weightDecay, nesterov } = training;
  const count = train.labels.length;
  const perEpoch = stepsPerEpoch({ count, batch });
  const method = distiller.prepare({
    ...task,
    stepsPerEpoch: perEpoch,
    rng: rng.child("distiller", distiller.name),
  });
  const { adapters, trainsStudent = true } = method;
  const learnt = learntBy(trainsStudent ? student.parameters : undefined, adapters);
  const optimiser = sgd(learnt, { momentum, weightDecay, nesterov });
  const { taps = false } = distiller.needs;
  const runTeacher = distiller.needs.teacher === "frozen" ? teacher : undefined;
  const renormalise = renormalisation(normalisation, task.teacherNormalisation);

  const batchAt = (step: number): RawBatch => {
    const indices = batchIndicesAt(step, { count, batch, rng: rng.child("order") });
    const draws = rng.child("step", step);
    const { x, labels } = batchTensors(makeBatch(train, indices, {
      normalisation,
      crop: training.crop ? 4 : undefined,
      flip: training.flip,
      rng: draws.child("augment"),
    }));
    return {
      x,
      labels: scaleLabels(labels, train.task),
      indices,
      step,
      epoch: Math.floor(step / perEpoch),
      epochs,
      rng: draws,
      mode: { training: trainsStudent, rng: draws },
      extras: {},
    };
  };

  return {
    state: { learnt, sgd: optimiser.state, ...prefixed(method.state) },
    adapters,
    step(step) {
      const made = batchAt(step);
      const raw = method.beforeStep?.(made) ?? made;
      const seen: DistillBatch = {
        ...raw,
        teacher: runTeacher?.forward(renormalise(raw.x), { training: false, taps }),
      };
      const terms: Record<string, tf.Scalar> = {};
      const { loss, gradients } = lossAndGradients(learnt, () => {
        const outcome: NetworkOutput = student.forward(seen.x, { ...seen.mode, taps });
        const parts = Object.entries(method.loss(outcome, seen));
        const weighted = parts.map(([name, { weight, value }]) => {
          // Kept past the gradient's own tidy; the loop frees the copies it is handed.
          if (parts.length > 1) terms[name] = tf.keep(value.clone());
          return weight === 1 ? value : value.mul<tf.Scalar>(weight);
        });
        return weighted.length === 1 ? weighted[0]! : tf.addN(weighted);
      });
      optimiser.apply(gradients, training.schedule(seen.epoch));
      method.afterStep?.(seen);
      for (const [name, value] of Object.entries(terms)) {
        terms[name] = value.clone();
        value.dispose();
      }
      return { loss, ...terms };
    },
    dispose() {
      optimiser.state.dispose();
      adapters?.dispose();
      for (const set of Object.values(method.state ?? {})) set.dispose();
    },
  };
}

function learntBy(student: ParameterSet | undefined, adapters: ParameterSet | undefined) {
  if (student && adapters) return ParameterSet.join({ student, adapters });
  const one = student ?? adapters;
  if (one === undefined) {
    throw new TypeError("Cannot train: found neither a student nor adapters to learn, want one");
  }
  return one;
}

function prefixed(state: Readonly<Record<string, ParameterSet>> = {}) {
  return Object.fromEntries(Object.entries(state).map(([role, set]) => [`method.${role}`, set]));
}

/** Labels as networks see them: class indices, or real numbers divided by the label scale. */
function scaleLabels(labels: tf.Tensor1D, task: Task): tf.Tensor1D {
  return task.kind === "classification" ? labels : labels.div(task.scale);
}

/** (x · std + mean − mean_t) / std_t for each channel; the same tensor where nothing changes. */
function renormalisation(
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
