/**
 * What a distillation method is: a value that says what it needs, and a `prepare` that turns networks into a
 * loss. The runner owns the networks, the student's optimiser, the loop, the data and the store; a method owns
 * its adapters, its state and its updates of them. A new method is one file and one line of the registry.
 * cGAN-KD is a training set and not a loss, so it meets every method here by changing `train` only.
 *
 * The road of a student: `stagesOf` lists the trainings that a method asks for; each becomes a result in the
 * store by `trainStudent`, which calls `prepare` once and then, at every step, `beforeStep`, `loss` (inside the
 * gradient) and `afterStep`.
 */
import type { LabelledImages, Task } from "../base/contracts.ts";
import type { TrainingState } from "../base/disk/checkpoint.ts";
import type { NamedArrays, ParameterSet } from "../base/module.ts";
import type { Rng } from "../base/rng.ts";
import type { tf } from "../base/tf.ts";
import type { Normalisation } from "../data/batches/batches.ts";
import type { Network, NetworkOutput, TapsWanted } from "../networks/network.ts";
import type { LossTerms, TrainingBatch, TrainingRecipe } from "../networks/supervised.ts";
import type { PairShapes } from "./shapes.ts";

/**
 * A method of distillation. Whatever its constructor took is fixed in it.
 *
 * @internal
 */
export interface Distiller {
  /** As in the registry, such as "blkd". */
  readonly name: string;
  /** As the papers print it, such as "BLKD". */
  readonly title: string;
  /** Kinds of label that its loss is defined for. */
  readonly tasks: readonly Task["kind"][];
  readonly needs: DistillerNeeds;
  /** What is trained before the student, in this order; default: nothing. */
  readonly before?: readonly EarlierStage[];
  /** Epochs that its options ask for, by option: a training must have more, in each of its stages. */
  readonly lengths?: Readonly<Record<string, number | undefined>>;
  /**
   * How often a step passes as many images as a batch has through student and teacher, for estimates of time; default:
   * once each.
   */
  readonly passes?: { readonly student: number; readonly teacher: number };
  /** Where it leaves its source, or reads what the source does not say; a sentence each, printed with a run's. */
  readonly deviations?: readonly string[];
  /** Raised by hand when its code changes its outcome; default: 1. */
  readonly codeVersion?: number;
  /**
   * Checks that student and teacher can be compared, long before they are trained; only counts and sides are to be
   * looked at, since the networks are built as narrow as can be. Default: any two can. Throws a RangeError that says
   * why they cannot.
   */
  fits?(shapes: PairShapes): void;
  /** Makes the loss and whatever the method owns; called once, before the first step. */
  prepare(context: DistillContext): PreparedDistiller;
}

/** What the runner provides. */
export interface DistillerNeeds {
  /**
   * "none"; "frozen": the runner passes each batch through it in inference mode, outside the gradient; "own": the
   * method runs (and may train) the network in `context.teacher` itself, and checkpoints hold its weights.
   */
  readonly teacher: "none" | "frozen" | "own";
  /** The earlier stage whose network is the teacher; default: the experiment's teacher. */
  readonly teacherFrom?: string;
  /** The earlier stage, or "teacher", whose weights the student starts from; default: fresh ones. */
  readonly startsFrom?: string;
  /** false where only adapters learn: the student runs in inference mode and stays as it is; default: true. */
  readonly trainsStudent?: boolean;
  /**
   * Feature maps of the stages, of student and frozen teacher: true for both ends of their last activations, "after" where
   * it reads no `pre`, which is quicker; default: false.
   */
  readonly taps?: TapsWanted;
  /** Further networks, which the method trains itself; they are kept like the student. Default: none. */
  readonly peers?: readonly NetworkKind[];
  /** Earlier stages whose leftovers it reads, from `context.earlier`; default: none. */
  readonly reads?: readonly string[];
}

/** A network by its part in the experiment, or by its name in the registry and its width. */
export type NetworkKind =
  | "student"
  | "teacher"
  | "assistant"
  | { readonly network: string; readonly width: number };

/** A training that comes before the student's, such as that of a teacher assistant. */
export interface EarlierStage {
  /** Later stages refer to its network, and to what it left, by this name: lower case, digits and "_". */
  readonly name: string;
  /**
   * The network in the student's place. Students of every seed share what is trained here, unless it is a network
   * of the student's kind.
   */
  readonly trains: NetworkKind;
  readonly distiller: Distiller;
  /**
   * What of the method's options decides its outcome, beside its recipe, so that methods which differ in others share
   * it; default: all of them.
   */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Its recipe, given the student's; default: the same. */
  readonly training?: (student: TrainingRecipe) => TrainingRecipe;
}

/** What a method gets to prepare itself. */
export interface DistillContext {
  readonly student: Network;
  readonly teacher?: Network;
  /** As many as the method needs, in the order of `needs.peers`. */
  readonly peers: readonly Network[];
  /** The whole training set, for memories, class means, views and second batches. */
  readonly train: LabelledImages;
  /** Constants of the student's input. */
  readonly normalisation: Normalisation;
  /** A batch as the teacher is to see it: in its own constants where the experiment says so (quirk Q6). */
  teacherInput(x: tf.Tensor4D): tf.Tensor4D;
  readonly training: TrainingRecipe;
  readonly stepsPerEpoch: number;
  /** Draws for adapters and other state. */
  readonly rng: Rng;
  /** What the stages of `needs.reads` left, by stage and role. */
  readonly earlier: EarlierLeftovers;
}

/** Arrays by the name of an earlier stage and by role. */
export type EarlierLeftovers = Readonly<Record<string, Readonly<Record<string, NamedArrays>>>>;

/** One batch before the teacher has seen it. */
export interface RawBatch extends TrainingBatch {
  /** Of the whole training. */
  readonly steps: number;
  /** Positions of the images in the training set. */
  readonly indices: Uint32Array;
  /** Tensors that `beforeStep` added. */
  readonly extras: Readonly<Record<string, tf.Tensor>>;
}

/** One batch as a loss sees it. */
export interface DistillBatch extends RawBatch {
  /** The frozen teacher's pass on the same images; no gradient flows into it. */
  readonly teacher?: NetworkOutput;
  /** Notes a tensor of the loss for `afterStep`: the student's outputs, rows of a memory. */
  keep(name: string, tensor: tf.Tensor): void;
}

/** A step that is done, but for the method's own updates. */
export interface DoneBatch extends Omit<DistillBatch, "keep"> {
  /** What the loss kept, without a gradient; freed after the step. */
  readonly kept: Readonly<Record<string, tf.Tensor>>;
}

/**
 * A method at work. All its draws come from `batch.rng`, all its schedules from epoch and step; training passes beside
 * the student's first one get `furtherPass(batch.mode, ...)`.
 */
export interface PreparedDistiller {
  /** The total is Σ weight · value over the terms; runs inside the gradient of student and adapters. */
  loss(student: NetworkOutput, batch: DistillBatch): LossTerms;
  /** Trained with the student, by the same optimiser. */
  readonly adapters?: ParameterSet;
  /** Whatever else decides the next step: memories, own modules, optimisers of these and of peers. Checkpointed. */
  readonly state?: TrainingState;
  /**
   * What of adapters, state and an own teacher outlives the training, by role: stored with the student, for stages
   * that read it and for whoever looks. Default: nothing, all is dropped.
   */
  readonly leaves?: Readonly<Record<string, ParameterSet>>;
  /** May replace or extend the batch (generated images, attacks, views), outside the gradient. */
  beforeStep?(batch: RawBatch): RawBatch;
  /** Extra updates after the student's (memories, generators, peers), outside the gradient. */
  afterStep?(batch: DoneBatch): void;
}
