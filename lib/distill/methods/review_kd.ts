/** ReviewKD: each student stage, fused with all deeper ones, follows the teacher stage of its depth. */
import { type Mode, type ParameterSet, Scope, uniform } from "../../base/module.ts";
import type { Rng } from "../../base/rng.ts";
import { group } from "../../base/options/options.ts";
import { tf } from "../../base/tf.ts";
import { batchNorm, conv2d, type Layer } from "../../networks/layers.ts";
import type { NetworkOutput } from "../../networks/network.ts";
import type { Distiller } from "../distiller.ts";
import { featureDistiller, stagePairs } from "../feature_distiller.ts";
import { hierarchicalContextLoss } from "./hcl.ts";
import type { NetworkShapes } from "../shapes.ts";
import { featureEntries, type MethodOptions, settled } from "../options.ts";
import { warmUpClock, warmUpOption } from "../warm_up.ts";

/** Options of `reviewKd`. */
export const REVIEW_KD_OPTIONS = group("Options of ReviewKD.", {
  ...featureEntries(1),
  warmUpEpochs: warmUpOption("Epochs over which the weight grows from 0, 0 for all of it at once."),
});

/** Options of `reviewKd`. */
export type ReviewKdOptions = MethodOptions<typeof REVIEW_KD_OPTIONS>;

/**
 * CE + λ · min(1, e / 20) · Σ over levels of `hierarchicalContextLoss`, e counted from 0 in a training of 240 epochs
 * (see `warmUpClock`).
 *
 * λ = 1 by default; by pair of networks the authors take 0.6 (ResNet-20 from 56) to 8 (ShuffleNetV2 from
 * ResNet-32x4). Student maps are read after the
 * activation, the teacher's before it; the feature vectors are the deepest level; the stem is not used.
 *
 * Source: Chen et al., "Distilling Knowledge via Knowledge Review", CVPR 2021.
 */
export function reviewKd(options: ReviewKdOptions = {}): Distiller {
  const own = settled(REVIEW_KD_OPTIONS, options);
  const { warmUpEpochs } = own;
  return featureDistiller({
    name: "review_kd",
    title: "ReviewKD",
    taps: true,
    lengths: { warmUpEpochs },
    // 2: the warm-up is a share of the training.
    codeVersion: 2,
    prepare({ shapes, adapters, rng }) {
      const stages = stagePairs("review_kd", shapes);
      const review = reviewFramework(shapes, { adapters, rng });
      return (student, teacher, batch) => {
        const targets = [
          ...stages.map((i) => teacher.taps[i]!.pre),
          asMap(teacher.features),
        ];
        const losses = review(student, batch.mode).map((output, level) =>
          hierarchicalContextLoss(output, targets[level]!)
        );
        const { epoch, length } = warmUpClock(batch, warmUpEpochs);
        const scale = length === 0 ? 1 : Math.min(1, epoch / length);
        return { value: tf.addN(losses), scale };
      };
    },
  }, own);
}

/**
 * One attention-based fusion block a level, chained from the deepest to the shallowest.
 *
 * @returns A function from a student's pass to one map a level, shallow to deep, in the teacher's shapes.
 */
export function reviewFramework(
  shapes: { readonly student: NetworkShapes; readonly teacher: NetworkShapes },
  { adapters, rng }: { adapters: ParameterSet; rng: Rng },
): (student: NetworkOutput, mode: Mode) => tf.Tensor4D[] {
  const levels = (network: NetworkShapes) => [
    ...network.taps.slice(1),
    [1, 1, network.features] as const,
  ];
  const [student, teacher] = [levels(shapes.student), levels(shapes.teacher)];
  const middle = Math.min(512, student.at(-1)![2]);
  const root = new Scope(adapters, rng);
  const blocks = student.map(([, , channels], level) =>
    fusionBlock(root.at(`level${level + 1}`), {
      in: channels,
      middle,
      out: teacher[level]!,
      fuse: level < student.length - 1,
    })
  );
  return ({ taps, features }, mode) => {
    const maps = [...taps.slice(1).map(({ post }) => post), asMap(features)];
    const outputs: tf.Tensor4D[] = [];
    let residual: tf.Tensor4D | undefined;
    for (let level = blocks.length - 1; level >= 0; level--) {
      const { output, reviewed } = blocks[level]!(maps[level]!, residual, mode);
      outputs.unshift(output);
      residual = reviewed;
    }
    return outputs;
  };
}

interface FusionOptions {
  readonly in: number;
  readonly middle: number;
  /** [height, width, channels] of the teacher's map. */
  readonly out: readonly [number, number, number];
  /** Whether there is a deeper level to fuse with. */
  readonly fuse: boolean;
}

function fusionBlock(scope: Scope, options: FusionOptions) {
  const { middle, out: [height, width, channels], fuse: isFused } = options;
  const bare = (name: string, from: number, to: number, kernel: number): Layer => {
    const conv = conv2d(scope.at(name), {
      in: from,
      out: to,
      kernel,
      bias: false,
      weightInit: uniform(Math.sqrt(3 / (kernel * kernel * from))),
    });
    const norm = batchNorm(scope.at(`${name}_norm`), { channels: to });
    return (x, mode) => norm(conv(x, mode), mode);
  };
  const enter = bare("enter", options.in, middle, 1);
  const attend = isFused
    ? conv2d(scope.at("attention"), { in: 2 * middle, out: 2, kernel: 1 })
    : undefined;
  const leave = bare("leave", middle, channels, 3);
  return (map: tf.Tensor4D, residual: tf.Tensor4D | undefined, mode: Mode) => {
    let reviewed = enter(map, mode);
    if (attend && residual) {
      const scores = (both: tf.Tensor4D) => attend(both, mode);
      reviewed = fuse(reviewed, residual, scores);
    }
    reviewed = resize(reviewed, [height, width]);
    return { output: leave(reviewed, mode), reviewed };
  };
}

/**
 * u · w₀ + v · w₁: v is the deeper level up-sampled to u, (w₀, w₁) two independent sigmoids a position.
 *
 * @param scores `[batch, h, w, 2 · channels]` to `[batch, h, w, 2]`.
 */
export function fuse(
  map: tf.Tensor4D,
  residual: tf.Tensor4D,
  scores: (both: tf.Tensor4D) => tf.Tensor4D,
): tf.Tensor4D {
  const deeper = resize(residual, [map.shape[1], map.shape[2]]);
  const weights = tf.sigmoid(scores(tf.concat([map, deeper], 3)));
  const [own, other] = tf.split(weights, 2, 3);
  return map.mul(own!).add(deeper.mul(other!));
}

/** Nearest neighbour: source row ⌊row · H_source / H⌋. */
function resize(map: tf.Tensor4D, [height, width]: [number, number]): tf.Tensor4D {
  if (map.shape[1] === height && map.shape[2] === width) return map;
  return tf.image.resizeNearestNeighbor(map, [height, width]);
}

function asMap(features: tf.Tensor2D): tf.Tensor4D {
  return features.reshape([features.shape[0], 1, 1, features.shape[1]]);
}
