/** What the tests of convolutions that end in their normalisation share, in inference and in training. */
import { tf } from "../base/tf.ts";
import type { EndedConvolution } from "../native/convolution/norm_inference.ts";
import { draw } from "./kernels.ts";
import type { Activation } from "../native/maps/activation.ts";

/** Sizes of a convolution, and what follows it. */
export interface ConvNormCase {
  readonly kind: EndedConvolution["kind"];
  readonly x: [number, number, number, number];
  readonly out: number;
  readonly kernel: number;
  readonly stride: number;
  readonly activation: Activation;
  readonly shortcut?: boolean;
}

/** Of 1 x 1. */
export const POINT = { kind: "dense", kernel: 1, stride: 1, activation: "relu" } as const;
/** Depthwise. */
export const DEPTH = { kind: "depthwise", kernel: 3, stride: 1, activation: "relu6" } as const;

/** For the names of tests. */
export function describeCase(given: ConvNormCase): string {
  const { kind, x, out, kernel, stride, activation, shortcut } = given;
  const sizes = `${kind} ${kernel} x ${kernel}, stride ${stride}, of ${x.join(" x ")} to ${out}`;
  return `${sizes}, ${activation}${shortcut ? ", shortcut" : ""}`;
}

/** Half a kernel of zeros on each side. */
export function paddingOf({ kernel, stride }: ConvNormCase) {
  return { stride, padding: (kernel - 1) / 2 };
}

/** Draws of everything but the normalisation's own numbers; the shortcut where there is one. */
export function drawCase(given: ConvNormCase): {
  x: tf.Tensor4D;
  filter: tf.Tensor4D;
  shortcut?: tf.Tensor4D;
} {
  const { kind, x, out, kernel, stride, shortcut } = given;
  const sides = [x[1], x[2]].map((side) => Math.ceil(side / stride));
  return {
    x: draw("x", x) as tf.Tensor4D,
    filter: draw("filter", [kernel, kernel, x[3], kind === "dense" ? out : 1]) as tf.Tensor4D,
    ...shortcut && { shortcut: draw("shortcut", [x[0], ...sides, out]) as tf.Tensor4D },
  };
}
