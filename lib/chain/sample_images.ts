/** Fakes for labels that a user chooses, raw or processed, beside the chain and its pool. */
import {
  concatLabelled,
  imagesInMemory,
  type LabelledImages,
  selectLabelled,
  type Task,
} from "../base/contracts.ts";
import { asPiece, countProgress, type ProgressSink } from "../base/progress.ts";
import type { Rng } from "../base/rng.ts";
import type { Normalisation } from "../data/batches/batches.ts";
import type { DensityRatio } from "../density_ratio/density_ratio.ts";
import type { Generator } from "../gan/gan.ts";
import { type ConditionOf, repeatLabels, sampleImages } from "../gan/sample.ts";
import type { Network } from "../networks/network.ts";
import { adjustLabels } from "../synthesis/adjust.ts";
import { filterByTeacher } from "../synthesis/filter.ts";
import { redraw } from "../synthesis/pool/redraw.ts";
import { acceptByLabel } from "../synthesis/subsample.ts";
import { askTeacher } from "../synthesis/teacher_opinion.ts";
import { type Asked, askedOf, type SampleRequest } from "./sample_request.ts";
import type { Context } from "./stages/context.ts";
import type { TrainedCondition } from "./stages/generator/condition_stage.ts";
import type { TrainedGan } from "./stages/generator/gan_stage.ts";
import type { TrainedNetwork } from "./stages/network_job.ts";
import type { FittedRatio } from "./stages/ratio_stage.ts";

/** Trained parts that draw, and for processed images those that judge. */
export interface SampleParts {
  gan(): Promise<TrainedGan>;
  condition(): Promise<TrainedCondition>;
  ratio(): Promise<FittedRatio>;
  teacher(): Promise<TrainedNetwork>;
}

/** Images of one pass through G. */
const CHUNK = 250;

/**
 * Draws `count` images for each label, label by label. Scalar labels may be any number in the range of the data set,
 * also one that no training image has.
 *
 * The filter keeps the share ρ of what one label's teacher scores, so processed images of a label do not depend on
 * other labels, as those of the pool do.
 *
 * @returns Images with the labels that they were drawn for, or with the teacher's where they are relabelled.
 * @throws {RangeError} A label is not a class or out of range, or a count is; names what is wanted.
 */
export async function drawSample(
  context: Context,
  parts: SampleParts,
  request: SampleRequest,
): Promise<LabelledImages> {
  const asked = askedOf(context, request);
  const { labels, count, perLabel, rng } = asked;
  const opened = await openParts(context, parts, asked);
  const { ratio, teacher, dispose } = opened;
  try {
    if (ratio === undefined && teacher === undefined) {
      return await drawRaw(context, opened, { labels: repeatLabels(labels, count), rng });
    }
    const drawn: LabelledImages[] = [];
    const report = countProgress("sampling", context.progress);
    for (const [k, label] of labels.entries()) {
      const progress = asPiece(report, k, labels.length);
      const set = ratio === undefined
        ? await drawRaw(context, opened, {
          labels: repeatLabels([label], perLabel),
          rng: rng.child("label", label),
          progress,
        })
        : await drawAccepted(context, { ...opened, ratio }, { label, perLabel, rng, progress });
      const judged = teacher === undefined
        ? set
        : await judge(context, { ...asked, ...teacher }, set);
      drawn.push(judged);
    }
    return drawn.reduce(concatLabelled);
  } finally {
    dispose();
  }
}

/** What draws, and where the steps ask for it what subsamples and what judges. */
interface OpenedParts {
  readonly input: {
    readonly generator: Generator;
    readonly task: Task;
    readonly conditionOf: ConditionOf;
  };
  readonly ratio?: DensityRatio;
  readonly teacher?: { readonly network: Network; readonly normalisation: Normalisation };
  dispose(): void;
}

/** Makes all parts that are needed before it opens the first of them. */
async function openParts(
  { dataset: { train: { task } } }: Context,
  parts: SampleParts,
  { steps }: Asked,
): Promise<OpenedParts> {
  const asksTeacher = steps.includes("filter") || steps.includes("adjust");
  const gan = await parts.gan();
  const condition = await parts.condition();
  const fitted = steps.includes("subsample") ? await parts.ratio() : undefined;
  const trained = asksTeacher ? await parts.teacher() : undefined;
  const generator = gan.open();
  const ratio = fitted?.open();
  const network = trained?.open();
  const { conditionOf, ...embedding } = condition.open();
  return {
    input: { generator, task, conditionOf },
    ratio,
    ...(trained && network && { teacher: { network, normalisation: trained.normalisation } }),
    dispose() {
      generator.parameters.dispose();
      ratio?.dispose();
      network?.parameters.dispose();
      embedding.dispose();
    },
  };
}

/** Images as the generator draws them. */
async function drawRaw(
  { specification: { compat: { toUint8 } }, progress: whole, signal }: Context,
  { input: { generator, task, conditionOf } }: OpenedParts,
  { labels, rng, progress = whole }: {
    readonly labels: Float32Array;
    readonly rng: Rng;
    readonly progress?: ProgressSink;
  },
): Promise<LabelledImages> {
  const options = { task, conditionOf, chunk: CHUNK, toUint8, rng, progress, signal };
  return await sampleImages(generator, labels, options);
}

/** Images of one label that the density ratio accepted. */
async function drawAccepted(
  { specification: { synthesis, compat: { toUint8 } }, signal }: Context,
  { input, ratio }: OpenedParts & { readonly ratio: DensityRatio },
  { label, perLabel, rng, progress }: {
    readonly label: number;
    readonly perLabel: number;
    readonly rng: Rng;
    readonly progress: ProgressSink;
  },
): Promise<LabelledImages> {
  const { burnIn, batch, whenStuck } = synthesis;
  const options = { labels: [label], perLabel, burnIn, batch, whenStuck, toUint8, signal };
  const accepted = acceptByLabel({ ...input, ratio }, { ...options, progress }, rng);
  for await (const draws of accepted) {
    const { bytes, shape } = await redraw(input, draws, options, rng);
    return {
      images: imagesInMemory(bytes, shape),
      labels: new Float32Array(perLabel).fill(label),
      task: input.task,
      origin: "fake",
    };
  }
  throw new RangeError(`Cannot draw images of label ${label}: none was accepted`);
}

/** What is left of one label's images after filter and relabelling, as far as the steps say. */
async function judge(
  { specification: { compat }, signal }: Context,
  { network, normalisation, steps, rho, count }: Asked & NonNullable<OpenedParts["teacher"]>,
  set: LabelledImages,
): Promise<LabelledImages> {
  const opinion = await askTeacher(network, set, { normalisation, signal });
  const kept = steps.includes("filter")
    ? filterByTeacher({ set, opinion }, { rho, tie: "rank" })
    : { set, opinion };
  const result = steps.includes("adjust")
    ? adjustLabels(kept, { clip: compat.adjustClip }).set
    : kept.set;
  return selectLabelled(result, Uint32Array.from({ length: count }, (_, i) => i));
}
