/** Squeeze-and-excite: channels gated by what two small layers make of their means. */
import * as tf from "@tensorflow/tfjs";
import { convExplicit } from "../convolution/explicit_padding.ts";
import { biasAdd, swish } from "./activation.ts";
import { applyGate, spatialMean } from "./maps.ts";
import { hasOwnKernels } from "../tensorflow/own_kernels.ts";
import { rawOp } from "../tensorflow/raw_op.ts";
import { wantMaps, wantShape } from "../tensorflow/shapes.ts";

/** Two layers of 1 x 1. */
export interface GateWeights {
  /** `[1, 1, channels, squeezed]`. */
  readonly squeeze: tf.Tensor4D;
  /** `[squeezed]`. */
  readonly squeezeBias: tf.Tensor1D;
  /** `[1, 1, squeezed, channels]`. */
  readonly excite: tf.Tensor4D;
  /** `[channels]`. */
  readonly exciteBias: tf.Tensor1D;
}

/**
 * x · sigmoid(W2 · swish(W1 · mean(x) + b1) + b2), one gate for each image and channel. Where nothing asks for
 * gradients it is one kernel.
 *
 * @param x `[batch, height, width, channels]`.
 * @throws {TypeError} The weights do not lead from its channels and back to them.
 */
export function gateChannels(x: tf.Tensor4D, weights: GateWeights): tf.Tensor4D {
  const { squeeze, squeezeBias, excite, exciteBias } = weights;
  const call = "gateChannels()";
  const channels = wantMaps(call, "x", x)[3], squeezed = squeezeBias.size;
  wantShape(call, "squeeze", squeeze, [1, 1, channels, squeezed]);
  wantShape(call, "squeezeBias", squeezeBias, [squeezed]);
  wantShape(call, "excite", excite, [1, 1, squeezed, channels]);
  wantShape(call, "exciteBias", exciteBias, [channels]);
  if (hasOwnKernels && !isRecording()) {
    const inputs = [x, squeeze, squeezeBias, excite, exciteBias];
    return rawOp("CganKdSqueezeExcite", inputs, {})[0] as tf.Tensor4D;
  }
  const point = { stride: 1, padding: 0 } as const;
  const hidden = swish(biasAdd(convExplicit(spatialMean(x), squeeze, point), squeezeBias));
  return applyGate(x, tf.sigmoid(biasAdd(convExplicit(hidden, excite, point), exciteBias)));
}

/** Whether TensorFlow.js notes what is computed now, for gradients: a raw kernel would be a constant to it. */
function isRecording(): boolean {
  return tf.engine().isTapeOn();
}
