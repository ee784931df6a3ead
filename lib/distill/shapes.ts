/** Sizes of what a network gives, for adapters that must fit. */
import type { LabelledImages } from "../base/contracts.ts";
import { tf } from "../base/tf.ts";
import type { Network } from "../networks/network.ts";

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
