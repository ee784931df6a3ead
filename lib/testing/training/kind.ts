/** A kind of training step that the project has, at sizes that a test chooses. */
import type { LabelledImages } from "../../base/contracts.ts";
import type { TrainingState } from "../../base/disk/checkpoint.ts";
import type { NamedArrays } from "../../base/module.ts";
import { tf } from "../../base/tf.ts";
import type { Trainee } from "../../base/training/train_loop.ts";
import { toyAngles } from "../../data/toy/angles.ts";
import { toyShapes } from "../../data/toy/shapes.ts";

/** How large the networks and batches of every kind are. */
export interface TrainingSizes {
  /** Images of a step. */
  readonly batch: number;
  /** Channels relative to those of preset `desk`. */
  readonly width: number;
}

/** Everything that two steps leave, by role: weights, running statistics, slots of optimisers. */
export type TrainedState = Readonly<Record<string, NamedArrays>>;

/** One of them. */
export interface TrainingKind {
  /** For instance "BigGAN, 32 x 32"; unique. */
  readonly name: string;
  /** Builds everything, trains two steps, frees everything. */
  run(): Promise<TrainedState>;
}

/** Sets of toy images, each image once. */
export interface ToySets {
  /** Ten classes, 32 x 32. */
  readonly classes: LabelledImages;
  /** Seven classes, 64 x 64. */
  readonly largeClasses: LabelledImages;
  /** Angles, 64 x 64. */
  readonly angles: LabelledImages;
}

/** Enough images for a batch. */
export function toySets(batch: number): ToySets {
  const perClass = Math.ceil(batch / 4);
  const classes = { classes: 4, perClass, testPerClass: 1 };
  return {
    classes: toyShapes(classes).train,
    largeClasses: toyShapes({ ...classes, size: 64 }).train,
    angles: toyAngles({ angles: 7, perAngle: perClass, testPerAngle: 1 }).train,
  };
}

/** Two steps as the loop does them, then all of the state; whatever the trainee owns is freed. */
export async function twoSteps(trainee: Trainee): Promise<TrainedState> {
  for (const step of [0, 1]) tf.tidy(() => void trainee.step(step));
  const state = await readAll(trainee.state);
  for (const set of Object.values(trainee.state)) set.dispose();
  return state;
}

async function readAll(state: TrainingState): Promise<TrainedState> {
  const arrays: Record<string, NamedArrays> = {};
  for (const [role, set] of Object.entries(state)) arrays[role] = await set.read();
  return arrays;
}
