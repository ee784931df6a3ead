/** The autoencoder whose code is the feature of the Fréchet distance (method specification 7.4). */
import { INFERENCE, type Mode, ParameterSet, Scope } from "../base/module.ts";
import { tf } from "../base/tf.ts";
import type { FeatureExtractor } from "../density_ratio/features.ts";
import { chain, imageDecoder, normRelu } from "../density_ratio/image_decoder.ts";
import { conv2d, flattenChannelsFirst, linear } from "../networks/layers.ts";
import { type NetworkOptions, scaleChannels } from "../networks/network.ts";

const ENCODER_CHANNELS = [64, 128, 256, 512];
const DECODER_CHANNELS = [1024, 512, 256, 128, 64];
const CODE_SIZE = 512;

/** An autoencoder in training or frozen. */
export interface Autoencoder {
  /** Of encoder and decoder, under "encoder/…" and "decoder/…". */
  readonly parameters: ParameterSet;
  /** Entries of a code; 512 at width 1. */
  readonly codeSize: number;
  /**
   * @param x `[batch, imageSize, imageSize, 3]` in [−1, 1].
   * @returns `[batch, codeSize]`, of either sign.
   */
  encode(x: tf.Tensor4D, mode: Mode): tf.Tensor2D;
  /**
   * @param code `[batch, codeSize]`.
   * @returns `[batch, imageSize, imageSize, 3]` in [−1, 1].
   */
  decode(code: tf.Tensor2D, mode: Mode): tf.Tensor4D;
}

/**
 * Encoder: four times [convolution 4 x 4 with stride 2, convolution 3 x 3, each with batch normalisation
 * and ReLU] with 64, 128, 256, 512 channels, then dense to the code; 10,089,600 parameters for 64 x 64
 * images at width 1. Decoder: dense to 1024 maps, four times [transposed convolution 4 x 4 with stride 2,
 * convolution 3 x 3, each with batch normalisation and ReLU] with 512, 256, 128, 64 channels, of which the
 * last convolution goes to 3 channels and tanh instead; 22,649,987 parameters.
 *
 * @param options.width Channels and code relative to these; the code is what a Fréchet distance is
 *   measured in, so distances at different widths do not compare.
 */
export function buildAutoencoder(
  options: Pick<NetworkOptions, "imageSize" | "width" | "rng">,
): Autoencoder {
  const { imageSize, width } = options;
  const parameters = new ParameterSet();
  const root = new Scope(parameters, options.rng.child("autoencoder"));
  const codeSize = scaleChannels(CODE_SIZE, width);
  const bottom = imageSize / 2 ** ENCODER_CHANNELS.length;

  const encoder = root.at("encoder");
  let channels = 3;
  const down = ENCODER_CHANNELS.flatMap((full, i) => {
    const out = scaleChannels(full, width);
    const scope = encoder.at(`stage${i + 1}`);
    const halving = conv2d(scope.at("halve"), {
      in: channels,
      out,
      kernel: 4,
      stride: 2,
      padding: 1,
    });
    channels = out;
    return [
      normRelu(scope.at("halve"), halving, out),
      normRelu(scope.at("conv"), conv2d(scope.at("conv"), { in: out, out, kernel: 3 }), out),
    ];
  });
  const toCode = linear(encoder.at("code"), { in: bottom * bottom * channels, out: codeSize });

  const decoder = root.at("decoder");
  const [first, ...rest] = DECODER_CHANNELS.map((full) => scaleChannels(full, width));
  const fromCode = linear(decoder.at("code"), { in: codeSize, out: bottom * bottom * first! });
  const toImage = imageDecoder(decoder, first!, rest);

  return {
    parameters,
    codeSize,
    encode: (x, mode) => toCode(flattenChannelsFirst(chain(down)(x, mode)), mode),
    decode(code, mode) {
      const maps = fromCode(code, mode).reshape([code.shape[0], first!, bottom, bottom]);
      return toImage(tf.transpose(maps, [0, 2, 3, 1]) as tf.Tensor4D, mode);
    },
  };
}

/** The code as features, in inference mode; nothing changes the weights. */
export function autoencoderFeatures(
  autoencoder: Pick<Autoencoder, "encode" | "codeSize">,
): FeatureExtractor {
  return {
    size: autoencoder.codeSize,
    extract: (images) => tf.tidy(() => autoencoder.encode(images, INFERENCE)),
  };
}
