/** What a network is to the rest of the chain: parameters, a forward pass, and taps for distillers. */
import type { Mode, ParameterSet } from "../base/module.ts";
import type { Rng } from "../base/rng.ts";
import { tf } from "../base/tf.ts";

/** A feature map at the end of a stage. */
export interface Tap {
  /** For instance "stage2". The first tap is "stem". */
  readonly name: string;
  /** Before the last activation of the stage; reading it throws where only maps after it were asked for. */
  readonly pre: tf.Tensor4D;
  /** After it. */
  readonly post: tf.Tensor4D;
}

/** One forward pass. */
export interface NetworkOutput {
  /** Logits `[batch, classes]`, or predictions `[batch, 1]` in units of the label scale. */
  readonly output: tf.Tensor2D;
  /** The vector that the last dense layer (or the regression head) reads, `[batch, features]`. */
  readonly features: tf.Tensor2D;
  /** Stem and stages from the input on; collected when asked for. */
  readonly taps: readonly Tap[];
}

/**
 * Which maps of the stages a pass collects: none, those before and after the last activation of each, or only those
 * "after" it, which leaves the activation in the kernel of the layer before.
 */
export type TapsWanted = boolean | "after";

/** How to run a forward pass. */
export interface ForwardMode extends Mode {
  /** Collect `taps`; default: false. */
  readonly taps?: TapsWanted;
}

/**
 * A network with its weights.
 *
 * @internal
 */
export interface Network {
  /** Name of its family, such as "vgg11". */
  readonly name: string;
  readonly parameters: ParameterSet;
  /**
   * @param x Normalised images `[batch, height, width, 3]`.
   */
  forward(x: tf.Tensor4D, mode: ForwardMode): NetworkOutput;
}

/** Everything that decides a network before its first weight. */
export interface NetworkOptions {
  /** Classes, or 1 for a scalar label. */
  readonly outputs: number;
  /** "regression" adds the three-layer head with ReLU output of the reference. */
  readonly head: "classification" | "regression";
  /** Side of the square input images; one of the family's `imageSizes`. */
  readonly imageSize: number;
  /** Channels relative to the paper's; 1 is the paper's network. */
  readonly width: number;
  /** Draws of the initial weights. */
  readonly rng: Rng;
}

/** A kind of network; each is one line of the registry. */
export interface NetworkFamily {
  readonly name: string;
  /** As the paper prints it, such as "VGG11". */
  readonly title: string;
  /** Sides of the square images that it takes, ascending. */
  readonly imageSizes: readonly number[];
  /** Raised by hand when the same options and seed give other numbers than before; default: 1. */
  readonly version?: number;
  build(options: NetworkOptions): Network;
}

/** Channels at a width factor: the nearest multiple of 4, at least 4; exact at width 1. */
export function scaleChannels(channels: number, width: number): number {
  return width === 1 ? channels : Math.max(4, 4 * Math.round(channels * width / 4));
}

/** Remembers taps when a forward pass asks for them. */
export class TapRecorder {
  readonly taps: Tap[] = [];
  readonly active: boolean;
  /** Whether the maps before the activations are wanted too, which must then be maps of their own. */
  readonly wantsBoth: boolean;

  constructor(wanted: TapsWanted = false) {
    this.active = wanted !== false;
    this.wantsBoth = wanted === true;
  }

  /** Records the map before and after its activation, and hands the latter on. */
  record(name: string, pre: tf.Tensor4D, post: tf.Tensor4D): tf.Tensor4D {
    if (this.active) {
      this.taps.push(this.wantsBoth ? { name, pre, post } : new TapAfter(name, post));
    }
    return post;
  }
}

/** A tap without the map before the activation. */
class TapAfter implements Tap {
  constructor(readonly name: string, readonly post: tf.Tensor4D) {}

  // Of the prototype, so that whoever walks through the properties of an outcome does not meet it.
  get pre(): never {
    throw new TypeError(
      `Cannot read the map of "${this.name}" before its activation: the pass collected taps "after", want taps true`,
    );
  }
}
