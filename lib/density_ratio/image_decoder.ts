/** Maps to images: the half of an autoencoder that a code of maps is drawn back with. */
import { type Scope, torchUniform } from "../base/module.ts";
import { tf } from "../base/tf.ts";
import { biasAdd, relu } from "../native/maps/activation.ts";
import { convTransposed2 } from "../native/convolution/same_padding.ts";
import { batchNorm, conv2d, type Layer } from "../networks/layers.ts";

/**
 * One stage for each entry of `channels`: transposed convolution 4 x 4 with stride 2, convolution 3 x 3,
 * each with batch normalisation and ReLU; the last convolution goes to 3 channels and tanh (method
 * specification 3.2 and 7.4).
 *
 * @param scope Parameters lie under "stage1/double/…", "stage1/conv/…" and so on.
 * @param from Channels of the maps.
 * @returns `[batch, side, side, from]` to `[batch, side · 2^stages, side · 2^stages, 3]` in [−1, 1].
 */
export function imageDecoder(scope: Scope, from: number, channels: readonly number[]): Layer {
  const layers = channels.flatMap((out, i) => {
    const stage = scope.at(`stage${i + 1}`);
    const double = doubling(stage.at("double"), channels[i - 1] ?? from, out);
    const isLast = i === channels.length - 1;
    const conv = conv2d(stage.at("conv"), { in: out, out: isLast ? 3 : out, kernel: 3 });
    return [
      normRelu(stage.at("double"), double, out),
      isLast ? conv : normRelu(stage.at("conv"), conv, out),
    ];
  });
  return (maps, mode) => tf.tanh(chain(layers)(maps, mode));
}

/** A layer, then batch normalisation under "norm" and ReLU. */
export function normRelu(scope: Scope, layer: Layer, channels: number): Layer {
  const norm = batchNorm(scope.at("norm"), { channels });
  return (x, mode) => relu(norm(layer(x, mode), mode));
}

/** One layer after the other. */
export function chain(layers: readonly Layer[]): Layer {
  return (x, mode) => layers.reduce((maps, layer) => layer(maps, mode), x);
}

/** Transposed convolution, kernel 4, stride 2, padding 1: doubles height and width. */
function doubling(scope: Scope, from: number, out: number): Layer {
  // PyTorch takes the fan-in of a transposed convolution from its output channels.
  const init = torchUniform(4 * 4 * out);
  const weight = scope.weight<tf.Rank.R4>("weight", [4, 4, out, from], init);
  const bias = scope.weight<tf.Rank.R1>("bias", [out], init);
  return (x) => biasAdd(convTransposed2(x, weight as tf.Tensor4D), bias);
}
