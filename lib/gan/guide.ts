/**
 * A frozen network of real images that G has to convince of its labels (ours; not in the paper). It speaks from its
 * first step, while D and an auxiliary classifier have to learn what a label looks like beside the images.
 */
import type { Task } from "../base/contracts.ts";
import type { Rng } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { moveAndCut } from "./layers/diff_augment.ts";
import { crossEntropies } from "./losses.ts";
import { absolute } from "../native/maps/absolute.ts";

/**
 * How wrong a network finds each image.
 *
 * @param images `[batch, height, width, 3]` in [−1, 1].
 * @param target What they were drawn for: one-hot rows `[batch, classes]`, or labels over the label scale
 *   `[batch, 1]`.
 * @param rng For how the images are shown.
 * @returns `[batch]`, at least 0: cross-entropies in nats, or distances in label scales.
 */
export type Guide = (images: tf.Tensor4D, target: tf.Tensor2D, rng: Rng) => tf.Tensor1D;

/** Output of a frozen network, `[batch, outputs]`, for images in [−1, 1]. */
export type Opinion = (images: tf.Tensor4D) => tf.Tensor2D;

/** Cross-entropies; images are moved and cut, so that no pattern of single pixels can convince it. */
export function classGuide(logitsOf: Opinion): Guide {
  return (images, target, rng) => crossEntropies(target, logitsOf(moveAndCut(images, rng)));
}

/**
 * |f(x) − y| in label scales. Images are shown as they are: a regressor that never saw a hole in its images is
 * off by more in them than G is. The slope of a prediction that is right is 0.
 */
export function scalarGuide(predict: Opinion): Guide {
  return (images, target) => {
    const distance = absolute(predict(images).sub(target));
    return distance.reshape<tf.Tensor1D>([distance.size]);
  };
}

/** The guide that a task asks for. */
export function guideFor(task: Task, opinion: Opinion): Guide {
  return task.kind === "classification" ? classGuide(opinion) : scalarGuide(opinion);
}
