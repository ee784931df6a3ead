/** Convolutions, dense over channels and depthwise. */
import { type Initialiser, type Mode, type Scope, torchUniform } from "../../base/module.ts";
import { tf } from "../../base/tf.ts";
import { convExplicit, depthwiseConvExplicit } from "../../native/convolution/explicit_padding.ts";
import { biasAdd } from "../../native/maps/activation.ts";
import type { EndedConvolution } from "../../native/convolution/norm_inference.ts";

/** A convolution. */
export interface ConvLayer {
  (x: tf.Tensor4D, mode: Mode): tf.Tensor4D;
  /** What it is, for kernels that end in the normalisation that follows; undefined where a bias comes between. */
  readonly convolution?: Omit<EndedConvolution, "x">;
}

/** Options of `conv2d` and `depthwiseConv2d`. */
export interface ConvOptions {
  readonly in: number;
  readonly out: number;
  readonly kernel: number;
  /** Default: 1. */
  readonly stride?: number;
  /** Pixels of zeros on every side, or TensorFlow's "same"; default: (kernel − 1) / 2. */
  readonly padding?: number | "same";
  /** Default: true. */
  readonly bias?: boolean;
  /** Default: U(±1/√fanIn). */
  readonly weightInit?: Initialiser;
  /** Default: U(±1/√fanIn). */
  readonly biasInit?: Initialiser;
}

/** 2-D convolution; weight `[kernel, kernel, in, out]`, bias `[out]`. */
export function conv2d(scope: Scope, options: ConvOptions): ConvLayer {
  const { kernel, stride = 1, bias = true } = options;
  const fanIn = kernel * kernel * options.in;
  const weight = scope.weight<tf.Rank.R4>(
    "weight",
    [kernel, kernel, options.in, options.out],
    options.weightInit ?? torchUniform(fanIn),
  );
  const offset = bias
    ? scope.weight<tf.Rank.R1>("bias", [options.out], options.biasInit ?? torchUniform(fanIn))
    : undefined;
  const filter = weight as tf.Tensor4D;
  const padding = { stride, padding: paddingOf(options) };
  const layer = (x: tf.Tensor4D, { precision }: Mode) => {
    const y = convExplicit(x, filter, { ...padding, precision });
    return offset === undefined ? y : biasAdd(y, offset);
  };
  const convolution = { filter, kind: "dense", padding } as const;
  return offset === undefined ? Object.assign(layer, { convolution }) : layer;
}

/** Depthwise convolution, one filter per channel; weight `[kernel, kernel, in, 1]`, no bias. */
export function depthwiseConv2d(
  scope: Scope,
  options: Omit<ConvOptions, "out" | "bias">,
): ConvLayer {
  const { kernel, stride = 1 } = options;
  const weight = scope.weight<tf.Rank.R4>(
    "weight",
    [kernel, kernel, options.in, 1],
    options.weightInit ?? torchUniform(kernel * kernel),
  );
  const filter = weight as tf.Tensor4D;
  const padding = { stride, padding: paddingOf(options) };
  const layer = (x: tf.Tensor4D) => depthwiseConvExplicit(x, filter, padding);
  return Object.assign(layer, { convolution: { filter, kind: "depthwise", padding } as const });
}

function paddingOf(
  { kernel, stride = 1, padding = (kernel - 1) / 2 }: Pick<
    ConvOptions,
    "kernel" | "stride" | "padding"
  >,
): number | "same" {
  // With stride 1 "same" pads odd kernels alike on each side.
  return padding === "same" && stride === 1 && kernel % 2 === 1 ? (kernel - 1) / 2 : padding;
}
