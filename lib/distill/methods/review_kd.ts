/** ReviewKD: each student stage, fused with all deeper ones, follows the teacher stage of its depth. */
import { type Mode, type ParameterSet, Scope } from "../../base/module.ts";
import { choice, flag, group, integer, optional } from "../../base/options/options.ts";
import type { Rng } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import type { NetworkOutput } from "../../networks/network.ts";
import type { Distiller } from "../distiller.ts";
import { featureDistiller } from "../feature_distiller.ts";
import { meanSquared } from "../losses.ts";
import { featureEntries, type MethodOptions, settled } from "../options.ts";
import type { MapShape, NetworkShapes, PairShapes } from "../shapes.ts";
import { stagePairs } from "../stage_pairs.ts";
import { warmUpClock, warmUpOption } from "../warm_up.ts";
import { fusionBlock } from "./fusion_block.ts";
import { hierarchicalContextLoss } from "./hcl.ts";

/** Options of `reviewKd`. */
export const REVIEW_KD_OPTIONS = group("Options of ReviewKD.", {
  ...featureEntries(1),
  warmUpEpochs: warmUpOption("Epochs over which the weight grows from 0, 0 for all of it at once."),
  review: optional(
    choice(
      "How deeper student stages meet shallower teacher stages: handed up level by level (the method), each pair by an " +
        "adapter of its own, or not at all (ablations).",
      ["residual", "separate", "none"],
    ),
    "residual",
  ),
  fusion: optional(
    flag("Levels are fused by attention (ABF); false: by a plain sum, an ablation."),
    true,
  ),
  context: optional(
    flag("Maps are compared at several resolutions (HCL); false: at their own, an ablation."),
    true,
  ),
  studentMaps: optional(
    choice("Student maps before or after their last activation; the teacher's are before it.", [
      "after",
      "before",
    ]),
    "after",
  ),
  channels: optional(
    integer(
      "Channels between the convolutions of a block, at most those of the student's vector.",
      {
        to: 8192,
        why: "the adapters would take gigabytes",
      },
    ),
    512,
  ),
});

/** Options of `reviewKd`. */
export type ReviewKdOptions = MethodOptions<typeof REVIEW_KD_OPTIONS>;

/** The parts of the method that its own ablation switches off. */
export type ReviewForm = Partial<
  Pick<Required<ReviewKdOptions>, "review" | "fusion" | "studentMaps" | "channels">
>;

/**
 * CE + λ · min(1, e / 20) · Σ over levels of `hierarchicalContextLoss`, e counted from 0 in a training of 240 epochs
 * (see `warmUpClock`). For scalar labels the squared error takes the place of CE.
 *
 * λ = 1 by default. The authors' values for CIFAR-100, student from teacher:
 *
 * | pair | λ |
 * |---|---|
 * | ResNet-20 from 56 | 0.6 |
 * | ResNet-32 from 110 | 1 |
 * | ResNet-8x4 from 32x4, WRN-16-2 and 40-1 from 40-2, ShuffleNetV1 from WRN-40-2 or ResNet-32x4 | 5 |
 * | VGG-8 from 13 (another implementation's) | 5 |
 * | ShuffleNetV2 from ResNet-32x4 | 8 |
 * | ImageNet: ResNet-18 from 34; MobileNetV1 from ResNet-50 | 1; 8 |
 *
 * For a new pair take the decade in which λ · Σ is 0.5 to 2 times CE at the end of the warm-up.
 *
 * Stages are paired by `stagePairs`; the feature vectors are the deepest level; the stem is not used. Student maps
 * are read after the activation, the teacher's before it, as the authors' code does.
 *
 * Source: Chen et al., "Distilling Knowledge via Knowledge Review", CVPR 2021.
 */
export function reviewKd(options: ReviewKdOptions = {}): Distiller {
  const own = settled(REVIEW_KD_OPTIONS, options);
  const { warmUpEpochs, context } = own;
  return featureDistiller({
    name: "review_kd",
    title: "ReviewKD",
    taps: true,
    lengths: { warmUpEpochs },
    fits: (shapes) => void stagePairs("review_kd", shapes),
    // 2: the warm-up is a share of the training.
    codeVersion: 2,
    prepare({ shapes, adapters, rng }) {
      const stages = stagePairs("review_kd", shapes);
      const review = reviewFramework(shapes, { adapters, rng, ...own });
      const compare = context ? hierarchicalContextLoss : meanSquared;
      return (student, teacher, batch) => {
        const targets = [
          ...stages.map((pair) => teacher.taps[pair.teacher]!.pre),
          asMap(teacher.features),
        ];
        const losses = review(student, batch.mode).map(({ level, output }) =>
          compare(output, targets[level]!)
        );
        const { epoch, length } = warmUpClock(batch, warmUpEpochs);
        const scale = length === 0 ? 1 : Math.min(1, epoch / length);
        return { value: tf.addN(losses), scale };
      };
    },
  }, own);
}

/** A map in the shape of the teacher's at a level, 0 for the shallowest. */
export interface ReviewedMap {
  readonly level: number;
  readonly output: tf.Tensor4D;
}

/**
 * One fusion block a level, chained from the deepest to the shallowest; or, with "separate", one for every level and
 * each level that is as deep or deeper.
 *
 * @returns A function from a student's pass to maps in the teacher's shapes, by level from shallow to deep.
 */
export function reviewFramework(
  shapes: PairShapes,
  options: ReviewForm & { readonly adapters: ParameterSet; readonly rng: Rng },
): (student: NetworkOutput, mode: Mode) => ReviewedMap[] {
  const { adapters, rng, review = "residual", fusion = true } = options;
  const { studentMaps = "after", channels = 512 } = options;
  const stages = stagePairs("review_kd", shapes);
  const levelsOf = (network: NetworkShapes, who: "student" | "teacher"): MapShape[] => [
    ...stages.map((pair) => network.taps[pair[who]]!),
    [1, 1, network.features],
  ];
  const student = levelsOf(shapes.student, "student");
  const teacher = levelsOf(shapes.teacher, "teacher");
  const middle = Math.min(channels, student.at(-1)![2]);
  const root = new Scope(adapters, rng);
  const blockOf = (scope: Scope, level: number, from: number, fuse: "attention" | "sum" | "none") =>
    fusionBlock(scope, { in: student[from]![2], middle, out: teacher[level]!, fuse });
  const mapsOf = ({ taps, features }: NetworkOutput) => [
    ...stages.map((pair) => taps[pair.student]![studentMaps === "after" ? "post" : "pre"]),
    asMap(features),
  ];
  if (review === "separate") {
    const blocks = student.flatMap((_, level) =>
      student.slice(level).map((_, further) => {
        const from = level + further;
        const scope = root.at(`level${level + 1}`).at(`from${from + 1}`);
        return { level, from, block: blockOf(scope, level, from, "none") };
      })
    );
    return (pass, mode) => {
      const maps = mapsOf(pass);
      return blocks.map(({ level, from, block }) => ({
        level,
        output: block(maps[from]!, undefined, mode).output,
      }));
    };
  }
  const blocks = student.map((_, level) => {
    const isFused = review === "residual" && level < student.length - 1;
    const kind = !isFused ? "none" : fusion ? "attention" : "sum";
    return blockOf(root.at(`level${level + 1}`), level, level, kind);
  });
  return (pass, mode) => {
    const maps = mapsOf(pass);
    const outputs: ReviewedMap[] = [];
    let residual: tf.Tensor4D | undefined;
    for (let level = blocks.length - 1; level >= 0; level--) {
      const { output, reviewed } = blocks[level]!(maps[level]!, residual, mode);
      outputs.unshift({ level, output });
      residual = reviewed;
    }
    return outputs;
  };
}

function asMap(features: tf.Tensor2D): tf.Tensor4D {
  return features.reshape([features.shape[0], 1, 1, features.shape[1]]);
}
