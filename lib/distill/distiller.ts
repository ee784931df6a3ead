/**
 * What a distillation method is: a value that declares what it needs, and a `prepare` that turns two
 * networks into a loss. The trainer owns the student, its optimiser, the loop, the data and the frozen
 * teacher. A new method is one file and one line of the registry. cGAN-KD is a training set and not a
 * loss, so it meets every method here by changing `train` alone.
 */
import type { LabelledImages, Task } from "../base/contracts.ts";
import type { TrainingState } from "../base/checkpoint.ts";
import { type NamedArrays, type ParameterSet } from "../base/module.ts";
import type { Rng } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import type { Normalisation } from "../data/batches/batches.ts";
import type { Network, NetworkOutput } from "../networks/network.ts";
import type { LossTerms, SupervisedTraining, TrainingBatch } from "../networks/supervised.ts";
import type { KlReduction } from "./losses.ts";

/** A method of distillation. Whatever its constructor took is fixed in it. */
export interface Distiller {
  /** As in the registry, such as "blkd". */
  readonly name: string;
  /** As the papers print it, such as "BLKD". */
  readonly title: string;
  /** Kinds of label that its loss is defined for. */
  readonly tasks: readonly Task["kind"][];
  readonly needs: DistillerNeeds;
  /** What is trained before the student, in this order; nothing unless said. */
  readonly before?: readonly EarlierStage[];
  /** Makes the loss and whatever state it owns; called once, before the first step. */
  prepare(context: DistillContext): PreparedDistiller;
}

/** What the trainer provides at every step. */
export interface DistillerNeeds {
  /**
   * "none"; "frozen": the trainer runs it in inference mode on each batch, outside the gradient;
   * "own": the method runs (and may train) the network in `context.teacher` itself.
   */
  readonly teacher: "none" | "frozen" | "own";
  /** The earlier stage whose network is the teacher; the experiment's teacher unless said. */
  readonly teacherFrom?: string;
  /** Feature maps of the stages, of student and frozen teacher; false unless said. */
  readonly taps?: boolean;
  /** Further networks of the student's kind that learn along; 0 unless said. */
  readonly peers?: number;
}

/** A training that comes before the student's, such as that of a teacher assistant. */
export interface EarlierStage {
  /** Later stages refer to its network, and to what it left behind, by this name. */
  readonly name: string;
  /** The network that it trains, from scratch: an assistant, or a copy of the teacher. */
  readonly trains: "assistant" | "teacher";
  readonly distiller: Distiller;
  /** Differences from the student's training, such as its length. */
  readonly training?: Partial<SupervisedTraining>;
}

/** What a method gets to prepare itself. */
export interface DistillContext {
  readonly student: Network;
  readonly teacher?: Network;
  /** As many as the method needs. */
  readonly peers: readonly Network[];
  /** The whole training set, for memories, class means, views and second batches. */
  readonly train: LabelledImages;
  readonly normalisation: Normalisation;
  readonly training: SupervisedTraining;
  readonly stepsPerEpoch: number;
  /** Draws for adapters and other state. */
  readonly rng: Rng;
  /** Weights that earlier stages left behind (their adapters and state), by stage and role. */
  readonly earlier: Readonly<Record<string, Readonly<Record<string, NamedArrays>>>>;
}

/** One batch as a distiller sees it. */
export interface DistillBatch extends TrainingBatch {
  /** Positions of the images in the training set. */
  readonly indices: Uint32Array;
  /** The frozen teacher's pass on the same images; no gradient flows into it. */
  readonly teacher?: NetworkOutput;
  /** Tensors that `beforeStep` added. */
  readonly extras: Readonly<Record<string, tf.Tensor>>;
}

/** A batch before the teacher has seen it. */
export type RawBatch = Omit<DistillBatch, "teacher">;

/** A method at work. All its draws come from `batch.rng`, all its schedules from epoch and step. */
export interface PreparedDistiller {
  /** The total is Σ weight · value over the terms; runs inside the gradient of student and adapters. */
  loss(student: NetworkOutput, batch: DistillBatch): LossTerms;
  /** Trained with the student, by the same optimiser; dropped after training. */
  readonly adapters?: ParameterSet;
  /** Whatever else decides the next step: memories, own modules, their optimisers. Checkpointed. */
  readonly state?: TrainingState;
  /** false where the adapters alone learn and the student stays as it is; true unless said. */
  readonly trainsStudent?: boolean;
  /** May replace or extend the batch (generated images, attacks, views), outside the gradient. */
  beforeStep?(batch: RawBatch): RawBatch;
  /** Extra updates after the student's (memories, generators, peers), outside the gradient. */
  afterStep?(batch: DistillBatch): void;
}

/** Options that every constructor of a distiller takes. */
export interface DistillerOptions {
  /** How temperature KD is averaged (quirk Q1); "batchMean" unless said. */
  readonly klReduction?: KlReduction;
}

/** One training of the chain that ends in the student. */
export interface DistillStage {
  /** "student" for the last one. */
  readonly name: string;
  readonly trains: EarlierStage["trains"] | "student";
  readonly distiller: Distiller;
  /** Name of an earlier stage, "teacher", or undefined where none is needed. */
  readonly teacher?: string;
  readonly training: Partial<SupervisedTraining>;
}

/**
 * All trainings that a method asks for, in order; the last one is the student's. A runner trains them
 * one after the other with `trainStudent`, each as a stage result of its own.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { takd } from "./takd.ts";
 * const stages = stagesOf(takd());
 * assert.deepEqual(stages.map(({ name, teacher }) => [name, teacher]), [
 *   ["assistant", "teacher"],
 *   ["student", "assistant"],
 * ]);
 * ```
 */
export function stagesOf(distiller: Distiller): DistillStage[] {
  const teacherOf = ({ needs }: Distiller) =>
    needs.teacher === "none" ? undefined : needs.teacherFrom ?? "teacher";
  const earlier = (distiller.before ?? []).flatMap((stage): DistillStage[] => [
    ...stagesOf(stage.distiller).slice(0, -1),
    {
      name: stage.name,
      trains: stage.trains,
      distiller: stage.distiller,
      teacher: teacherOf(stage.distiller),
      training: stage.training ?? {},
    },
  ]);
  return [...earlier, {
    name: "student",
    trains: "student",
    distiller,
    teacher: teacherOf(distiller),
    training: {},
  }];
}

/**
 * Checks that a method can train for a task with the networks at hand, before anything is trained.
 *
 * @throws {RangeError} Its loss is not defined for the task.
 * @throws {TypeError} It needs a teacher or peers that are missing.
 */
export function checkDistiller(
  distiller: Distiller,
  at: { task: Task; teacher?: Network; peers?: readonly Network[] },
): void {
  const { name, tasks, needs } = distiller;
  if (!tasks.includes(at.task.kind)) {
    throw new RangeError(
      `Cannot distil with "${name}": found a ${at.task.kind} task, want ${tasks.join(" or ")}`,
    );
  }
  if (needs.teacher !== "none" && at.teacher === undefined) {
    throw new TypeError(`Cannot distil with "${name}": found no teacher, want one`);
  }
  const { peers = 0 } = needs;
  if ((at.peers?.length ?? 0) < peers) {
    throw new TypeError(
      `Cannot distil with "${name}": found ${at.peers?.length ?? 0} peers, want ${peers}`,
    );
  }
}

/** Sizes of a network's taps and feature vector, batch axis dropped. */
export interface NetworkShapes {
  /** [height, width, channels], stem first. */
  readonly taps: readonly (readonly [number, number, number])[];
  readonly features: number;
  readonly outputs: number;
}

/** Shapes from one pass in inference mode on a black image; nothing in the network changes. */
export function shapesOf(network: Network, train: LabelledImages): NetworkShapes {
  const { height, width, channels } = train.images.shape;
  return tf.tidy(() => {
    const x = tf.zeros<tf.Rank.R4>([1, height, width, channels]);
    const { taps, features, output } = network.forward(x, { training: false, taps: true });
    return {
      taps: taps.map(({ post }) => post.shape.slice(1) as [number, number, number]),
      features: features.shape[1],
      outputs: output.shape[1],
    };
  });
}
