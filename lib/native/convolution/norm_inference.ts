/** Convolutions that end in the normalisation that follows, by running statistics: one kernel, one pass over memory. */
import * as tf from "@tensorflow/tfjs";
import { type ConvolutionKind, wantConvolution } from "./checks.ts";
import { type ExplicitPadding, sidesOf } from "./explicit_padding.ts";
import { ACTIVATION_NUMBERS } from "../maps/activation.ts";
import type { NamedMaps } from "../tensorflow/lazy_gradients.ts";
import type { NormInferenceInputs, NormInferenceOptions } from "../normalisation/inference.ts";
import { hasOwnKernels } from "../tensorflow/own_kernels.ts";
import { rawOp } from "../tensorflow/raw_op.ts";
import { wantVectors } from "../tensorflow/shapes.ts";

/** A convolution of 1 x 1, or with one filter of 3 x 3 or 5 x 5 per channel. */
export interface EndedConvolution extends NamedMaps {
  readonly kind: ConvolutionKind;
  readonly padding: ExplicitPadding;
}

/**
 * `batchNormInference` of the convolution, to the same bits. Undefined where no kernel does both, or where a gradient
 * is wanted, for which both are two operations: the caller computes one after the other then.
 *
 * @throws {TypeError | RangeError} See `wantConvolution`; or there is not one number per channel.
 */
export function convNormInference(
  { x, filter, kind, padding }: EndedConvolution,
  { scale, offset, mean, variance, bias, shortcut }: Omit<NormInferenceInputs, "x">,
  { epsilon, activation, pool = false }: NormInferenceOptions,
): tf.Tensor4D | undefined {
  const [kernel, , , out] = filter.shape;
  const call = "convNormInference()";
  wantConvolution(call, { x, filter, kind }, padding);
  const channels = kind === "dense" ? out : filter.shape[2];
  wantVectors(call, channels, { scale, offset, mean, variance, bias });
  const sides = sidesOf(x, kernel, padding);
  if (!hasOwnKernels || isTapeOn() || sides === undefined || bias !== undefined || pool) {
    return undefined;
  }
  const { stride, before, after } = sides;
  const norm = { epsilon: { float: epsilon }, activation: { int: ACTIVATION_NUMBERS[activation] } };
  const tensors = [x, filter, scale, offset, mean, variance];
  if (kind === "dense" && padding.precision === "bf16") return undefined;
  if (kind === "dense" && kernel === 1 && before === 0) {
    const settings = {
      ...norm,
      stride: { int: stride },
      shortcuts: { int: shortcut === undefined ? 0 : 1 },
    };
    const all = shortcut === undefined ? tensors : [...tensors, shortcut];
    return rawOp("CganKdPointwiseNorm", all, settings)[0] as tf.Tensor4D;
  }
  if (kind === "depthwise" && (kernel === 3 || kernel === 5) && shortcut === undefined) {
    const windows = { kernel, stride, before, after };
    const ints = Object.entries(windows).map(([name, int]) => [name, { int }]);
    const settings = { ...norm, ...Object.fromEntries(ints) };
    return rawOp("CganKdDepthwiseNorm", tensors, settings)[0] as tf.Tensor4D;
  }
  return undefined;
}

function isTapeOn(): boolean {
  return tf.engine().state.gradientDepth > 0;
}
