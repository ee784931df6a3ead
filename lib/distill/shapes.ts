/** Sizes of what a network gives, for adapters that must fit. */
import type { LabelledImages } from "../base/contracts.ts";
import { tf } from "../base/tf.ts";
import type { Network } from "../networks/network.ts";

/** [height, width, channels] of a map. */
export type MapShape = readonly [number, number, number];

/** Sizes of a network's taps and feature vector, batch axis dropped. */
export interface NetworkShapes {
  /** Stem first. */
  readonly taps: readonly MapShape[];
  readonly features: number;
  readonly outputs: number;
}

/** Sizes of a student and of its teacher. */
export interface PairShapes {
  readonly student: NetworkShapes;
  readonly teacher: NetworkShapes;
}

/** Shapes from one pass in inference mode on a black image; nothing in the network changes. */
export function shapesOf(
  network: Network,
  { images }: Pick<LabelledImages, "images">,
): NetworkShapes {
  const { height, width, channels } = images.shape;
  return tf.tidy(() => {
    const x = tf.zeros<tf.Rank.R4>([1, height, width, channels]);
    const { taps, features, output } = network.forward(x, { training: false, taps: "after" });
    return {
      taps: taps.map(({ post }) => post.shape.slice(1) as [number, number, number]),
      features: features.shape[1],
      outputs: output.shape[1],
    };
  });
}

/** How many classes a set has; methods that ask are for classes only. */
export function classesOf({ task }: Pick<LabelledImages, "task">): number {
  if (task.kind !== "classification") {
    throw new RangeError(`Cannot count classes: found a ${task.kind} task, want classification`);
  }
  return task.classes;
}
