/**
 * A small conditional U-Net: the raw network F of a diffusion model. At width 1 it has 128, 256 and 512 channels at
 * 32 x 32, 16 x 16 and 8 x 8 pixels (64 at 64 x 64). Its parts are those of DDPM and ADM (Ho et al. 2020; Dhariwal
 * and Nichol 2021); ours are the resampling inside blocks, convolutions without bias in front of a normalisation, and
 * a narrow top, since on a CPU the largest maps cost most. With patches of 2 x 2 pixels as the channels of one position
 * (as in vision transformers; Peebles and Xie 2023) maps have half the sides of images and there is no such top.
 */
import { constant, type Mode, ParameterSet, Scope, torchUniform } from "../../base/module.ts";
import type { Rng } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import { attend, hasGanKernels } from "../../native/gan/gan.ts";
import { biasAdd, swish } from "../../native/maps/activation.ts";
import { joinChannels } from "../../native/maps/maps.ts";
import { upsample2 } from "../../native/maps/upsample.ts";
import { groupNormActivation } from "../../native/normalisation/group_norm.ts";
import { dropout, linear } from "../../networks/layers.ts";
import { scaleChannels } from "../../networks/network.ts";
import { fromPatches, type PatchSize, toPatches } from "../layers/patches.ts";
import {
  convAfterUpsample,
  convBeforeDownsample,
  convKeepingSize,
} from "../layers/resampling_conv.ts";
import { composedAttention } from "../layers/self_attention.ts";

/** Channels at width 1, by the side of the map. */
const CHANNELS: Readonly<Record<number, number>> = { 64: 64, 32: 128, 16: 256, 8: 512 };
/** Of the smallest maps. */
const LEAST_SIZE = 8;
/** Sines, and the same number of cosines, that encode the noise level. */
const WAVES = 16;
const EPSILON = 1e-5;

/** Sides of maps that can have attention. */
export type AttentionSize = 8 | 16;

/** Everything that decides a U-Net before its first weight. */
export interface UNetOptions {
  /** Length of the condition vector. */
  readonly conditionSize: number;
  /** Side of the square images. */
  readonly imageSize: number;
  /** Side of the patches whose pixels are the channels of one position; default: 1. */
  readonly patch?: PatchSize;
  /** Channels relative to the full size. */
  readonly width: number;
  /** Residual blocks at each size, on the way down and on the way up. */
  readonly blocks: number;
  /** Sizes of maps whose pixels attend to each other. */
  readonly attention: readonly AttentionSize[];
  /** Share of entries that are zeroed in each block in training; 0.13 in EDM's CIFAR-10, 0.1 in DDPM's. */
  readonly dropout: number;
  readonly rng: Rng;
}

/** F(x; c_noise, c). */
export interface UNet {
  readonly parameters: ParameterSet;
  /** Stands for "no condition", `[1, conditionSize]`; learned. */
  readonly nullCondition: tf.Tensor2D;
  /**
   * @param x `[batch, height, width, 3]`.
   * @param noise c_noise, `[batch, 1]`, or `[1, 1]` for all images.
   * @param condition `[batch, conditionSize]`, or `[1, conditionSize]` for all images.
   * @returns Of the shape of x, not bounded.
   */
  forward(x: tf.Tensor4D, noise: tf.Tensor2D, condition: tf.Tensor2D, mode: Mode): tf.Tensor4D;
}

/** Builds the network; blocks start as their shortcuts and the output as 0. */
export function buildUNet(options: UNetOptions): UNet {
  const { conditionSize, imageSize, patch = 1, width, blocks, attention, rng } = options;
  const parameters = new ParameterSet();
  const root = new Scope(parameters, rng.child("unet"));
  const sizes: number[] = [];
  for (let size = imageSize / patch; size >= LEAST_SIZE; size /= 2) sizes.push(size);
  const channels = sizes.map((size) => scaleChannels(CHANNELS[size]!, width));
  const [top, bottom] = [channels[0]!, channels.at(-1)!];
  const embedding = embedder(root.at("embedding"), { conditionSize, size: 4 * top });
  const blockAt = (name: string, size: number, change: Pick<BlockOptions, "in" | "out" | "to">) =>
    residualBlock(root.at(name), {
      ...change,
      embeddingSize: 4 * top,
      dropout: options.dropout,
      hasAttention: (attention as readonly number[]).includes(size),
    });

  const pixels = 3 * patch ** 2;
  const first = convolution(root.at("first"), { in: pixels, out: top, kernel: 3, bias: true });
  const down: Block[] = [];
  const skips: number[] = [];
  let now = top;
  for (const [level, size] of sizes.entries()) {
    for (let k = 0; k < blocks; k++) {
      const to = level > 0 && k === 0 ? "down" : "same";
      down.push(blockAt(`down${size}/${k}`, size, { in: now, out: channels[level]!, to }));
      skips.push(now = channels[level]!);
    }
  }
  const middle = blockAt("middle", LEAST_SIZE, { in: bottom, out: bottom, to: "same" });
  const up: { readonly joins: boolean; readonly block: Block }[] = [];
  for (const [level, size] of [...sizes.entries()].reverse()) {
    for (let k = 0; k < blocks; k++) {
      const block = blockAt(`up${size}/${k}`, size, {
        in: now + skips.pop()!,
        out: channels[level]!,
        to: "same",
      });
      up.push({ joins: true, block });
      now = channels[level]!;
    }
    if (level === 0) continue;
    const out = channels[level - 1]!;
    const block = blockAt(`up${size}/larger`, 2 * size, { in: now, out, to: "up" });
    up.push({ joins: false, block });
    now = out;
  }
  const norm = groupNorm(root.at("norm"), { channels: top, activation: "swish" });
  const last = convolution(root.at("last"), {
    in: top,
    out: pixels,
    kernel: 3,
    bias: true,
    isZero: true,
  });
  const nullCondition = root.weight<tf.Rank.R2>("null", [1, conditionSize], constant(0));

  return {
    parameters,
    nullCondition: nullCondition as tf.Tensor2D,
    forward(x, noise, condition, mode) {
      // A tidy a block: in inference few maps are in memory at a time. The tape keeps what gradients need.
      const inner = (work: () => tf.Tensor4D) => tf.tidy(work);
      const embedded = embedding(noise, condition, mode);
      const kept: tf.Tensor4D[] = [];
      let h = inner(() => first(toPatches(x, patch), mode));
      for (const block of down) {
        const before = h;
        h = inner(() => block(before, embedded, mode));
        if (!kept.includes(before)) before.dispose();
        kept.push(h);
      }
      h = inner(() => middle(h, embedded, mode));
      for (const { joins, block } of up) {
        const before = h;
        const skip = joins ? kept.pop()! : undefined;
        h = inner(() => block(skip ? joinChannels(before, skip) : before, embedded, mode));
        before.dispose();
        skip?.dispose();
      }
      return inner(() => fromPatches(last(norm(h), mode), patch));
    },
  };
}

/** A residual block, given what the embedding says. */
type Block = (x: tf.Tensor4D, embedded: tf.Tensor2D, mode: Mode) => tf.Tensor4D;

interface BlockOptions {
  readonly in: number;
  readonly out: number;
  /** Half the sides, the same, or double. */
  readonly to: "down" | "same" | "up";
  readonly embeddingSize: number;
  readonly dropout: number;
  readonly hasAttention: boolean;
}

/**
 * [norm, SiLU, conv, norm with gain and shift from the embedding, SiLU, dropout, conv] plus the input, through a 1 x 1
 * convolution where channels or sides change; then attention where it has any (Dhariwal and Nichol 2021, Section 3.1).
 */
function residualBlock(scope: Scope, options: BlockOptions): Block {
  const { to, embeddingSize, hasAttention } = options;
  const size = { in: options.in, out: options.out };
  const norm1 = groupNorm(scope.at("norm1"), { channels: size.in, activation: "swish" });
  const conv1 = convolution(scope.at("conv1"), { ...size, kernel: 3, to });
  const modulate = linear(scope.at("modulate"), { in: embeddingSize, out: 2 * size.out });
  const drop = dropout(scope, options.dropout);
  const conv2 = convolution(scope.at("conv2"), {
    in: size.out,
    out: size.out,
    kernel: 3,
    isZero: true,
  });
  const isPlain = size.in === size.out && to === "same";
  const shortcut = isPlain ? undefined : convolution(scope.at("shortcut"), { ...size, kernel: 1 });
  const attention = hasAttention ? selfAttention(scope.at("attention"), size.out) : undefined;
  const beside = (x: tf.Tensor4D, mode: Mode): tf.Tensor4D => {
    if (shortcut === undefined) return x;
    // A 1 x 1 convolution commutes with both resamplings, and is four times cheaper on the smaller map.
    if (to === "down") return shortcut(tf.avgPool(x, 2, 2, "valid"), mode);
    return to === "up" ? upsample2(shortcut(x, mode)) : shortcut(x, mode);
  };
  return (x, embedded, mode) => {
    const [gain, shift] = tf.split(modulate(embedded, mode), 2, 1) as [tf.Tensor2D, tf.Tensor2D];
    const inner = groupNormActivation(
      { x: conv1(norm1(x), mode), gain, shift },
      { groups: groupsOf(size.out), epsilon: EPSILON, activation: "swish" },
    );
    const y: tf.Tensor4D = tf.add(conv2(drop(inner, mode), mode), beside(x, mode));
    return attention === undefined ? y : attention(y, mode);
  };
}

/** Groups of four channels, at most 32 groups (EDM): the largest number that divides the channels. */
function groupsOf(channels: number): number {
  const quarters = channels / 4;
  for (let groups = Math.min(32, quarters); groups > 1; groups--) {
    if (quarters % groups === 0) return groups;
  }
  return 1;
}

/** Group normalisation with a gain and a shift per channel. */
function groupNorm(
  scope: Scope,
  { channels, activation }: { channels: number; activation: "none" | "swish" },
): (x: tf.Tensor4D) => tf.Tensor4D {
  const gain = scope.weight<tf.Rank.R2>("gain", [1, channels], constant(0)) as tf.Tensor2D;
  const shift = scope.weight<tf.Rank.R2>("shift", [1, channels], constant(0)) as tf.Tensor2D;
  const options = { groups: groupsOf(channels), epsilon: EPSILON, activation };
  return (x) => groupNormActivation({ x, gain, shift }, options);
}

interface ConvolutionOptions {
  readonly in: number;
  readonly out: number;
  readonly kernel: 1 | 3;
  /** Resampling that is folded into it; default: "same". */
  readonly to?: "down" | "same" | "up";
  /** Default: false. */
  readonly bias?: boolean;
  /** Start from 0; default: false. */
  readonly isZero?: boolean;
}

function convolution(
  scope: Scope,
  { in: from, out, kernel, to = "same", bias = false, isZero = false }: ConvolutionOptions,
): Layer {
  const init = isZero ? constant(0) : torchUniform(kernel * kernel * from);
  const shape = [kernel, kernel, from, out];
  const weight = scope.weight<tf.Rank.R4>("weight", shape, init) as tf.Tensor4D;
  const offset = bias ? scope.weight<tf.Rank.R1>("bias", [out], constant(0)) : undefined;
  const convolve = { down: convBeforeDownsample, same: convKeepingSize, up: convAfterUpsample }[to];
  return (x, { precision }) => {
    const y = convolve(x, weight, precision);
    return offset === undefined ? y : biasAdd(y, offset);
  };
}

/** x + W_o(softmax(q kᵀ / √channels) v) of the normalised pixels, one head; starts as the identity. */
function selfAttention(scope: Scope, channels: number): Layer {
  const norm = groupNorm(scope.at("norm"), { channels, activation: "none" });
  const size = { in: channels, out: channels, kernel: 1 } as const;
  const [query, key, value] = ["query", "key", "value"].map((name) =>
    convolution(scope.at(name), size)
  ) as [Layer, Layer, Layer];
  const output = convolution(scope.at("output"), { ...size, isZero: true });
  const look = hasGanKernels ? attend : composedAttention;
  return (x, mode) => {
    const [batch, height, width] = x.shape;
    const flat = (map: tf.Tensor4D) => map.reshape<tf.Tensor3D>([batch, height * width, channels]);
    const seen = norm(x);
    const queries = flat(query(seen, mode).mul(1 / Math.sqrt(channels)));
    const y = look(queries, flat(key(seen, mode)), flat(value(seen, mode)));
    return tf.add(x, output(y.reshape<tf.Tensor4D>(x.shape), mode));
  };
}

type Layer = (x: tf.Tensor4D, mode: Mode) => tf.Tensor4D;

/**
 * What blocks are conditioned on: SiLU(W_2 SiLU(W_n waves(c_noise) + W_c c)). The waves are sines and cosines of
 * c_noise with frequencies from 1 to 32 in equal ratios; c_noise lies between −1.6 and 1.1.
 */
function embedder(
  scope: Scope,
  { conditionSize, size }: { conditionSize: number; size: number },
): (noise: tf.Tensor2D, condition: tf.Tensor2D, mode: Mode) => tf.Tensor2D {
  const ofNoise = linear(scope.at("noise"), { in: 2 * WAVES, out: size });
  const ofCondition = linear(scope.at("condition"), { in: conditionSize, out: size });
  const mixed = linear(scope.at("mixed"), { in: size, out: size });
  const frequencies = Array.from({ length: WAVES }, (_, k) => 32 ** (k / (WAVES - 1)));
  return (noise, condition, mode) => {
    const angles = noise.mul<tf.Tensor2D>(tf.tensor2d(frequencies, [1, WAVES]));
    const waves = tf.concat([tf.sin(angles), tf.cos(angles)], 1);
    const sum = tf.add(ofNoise(waves, mode), ofCondition(condition, mode)) as tf.Tensor2D;
    return swish(mixed(swish(sum), mode));
  };
}
