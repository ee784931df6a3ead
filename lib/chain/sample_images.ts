/** Fakes for labels that a user chooses, raw or processed, beside the chain and its pool. */
import { checkOptionNames, shown } from "../base/check_argument.ts";
import { checkInteger } from "../base/check.ts";
import {
  concatLabelled,
  imagesInMemory,
  type LabelledImages,
  selectLabelled,
  type Task,
} from "../base/contracts.ts";
import { didYouMean } from "../base/options/did_you_mean.ts";
import { asPiece, countProgress, type ProgressSink } from "../base/progress.ts";
import { rngOf } from "../base/rng.ts";
import { repeatLabels, sampleImages } from "../gan/sample.ts";
import { adjustLabels } from "../synthesis/adjust.ts";
import { filterByTeacher } from "../synthesis/filter.ts";
import { redraw } from "../synthesis/pool/redraw.ts";
import { acceptByLabel } from "../synthesis/subsample.ts";
import { askTeacher } from "../synthesis/teacher_opinion.ts";
import type { Context } from "./stages/context.ts";
import type { TrainedCondition } from "./stages/generator/condition_stage.ts";
import type { TrainedGan } from "./stages/generator/gan_stage.ts";
import type { TrainedNetwork } from "./stages/network_job.ts";
import type { FittedRatio } from "./stages/ratio_stage.ts";

/** Which images to draw. */
export interface SampleRequest {
  /** A class by its name or number, or a scalar label in the data set's unit; or several of them. */
  readonly label: string | number | readonly (string | number)[];
  /** Images of each label; default: 64. */
  readonly count?: number;
  /** Of the latents; default: 0. Another seed gives other images. */
  readonly seed?: number;
  /**
   * Subsampled, filtered and relabelled as the specification says for the students' fakes, each label by itself.
   * Default: false, as the generator draws them.
   */
  readonly processed?: boolean;
}

/** Trained parts that draw, and for processed images those that judge. */
export interface SampleParts {
  gan(): Promise<TrainedGan>;
  condition(): Promise<TrainedCondition>;
  ratio(): Promise<FittedRatio>;
  teacher(): Promise<TrainedNetwork>;
}

/** Images of one pass through G. */
const CHUNK = 250;
/** Images at most: a request that holds them in memory. */
const MOST = 100_000;

/**
 * Throws unless a call was given a request.
 *
 * @param call As it is written in a cell, such as "run.sample()".
 * @throws {TypeError} Something else, or a label that is neither name nor number.
 * @throws {RangeError} An option that is not known.
 */
export function checkRequest(call: string, request: SampleRequest): void {
  checkOptionNames(call, request, {
    known: { label: true, count: true, seed: true, processed: true },
    example: "{ label: 3 }",
  });
  for (const label of [request.label].flat()) {
    if (typeof label === "string" || typeof label === "number") continue;
    throw new TypeError(
      `Cannot call ${call}: found ${shown(label)} as label, want a class by its name or number, ` +
        "a scalar label, or a list of them",
    );
  }
}

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
  { label, count = 64, seed = 0, processed = false }: SampleRequest,
): Promise<LabelledImages> {
  const { dataset: { train: { task } }, specification, setting, progress, signal } = context;
  const { synthesis, compat } = specification;
  const labels = [label].flat().map((one) => labelOf(task, one));
  if (labels.length === 0) throw new RangeError("Cannot draw images: found no label, want one");
  checkInteger(count, "count");
  if (count * labels.length > MOST) {
    throw new RangeError(
      `Cannot draw ${
        count * labels.length
      } images at once: want at most ${MOST}; ask several times with other seeds`,
    );
  }
  const { toUint8 } = compat;
  const rng = rngOf(seed, "sample", setting);
  const steps = processed ? synthesis.steps : [];
  const asksTeacher = steps.includes("filter") || steps.includes("adjust");
  const [gan, condition, ratio, teacher] = [
    await parts.gan(),
    await parts.condition(),
    steps.includes("subsample") ? await parts.ratio() : undefined,
    asksTeacher ? await parts.teacher() : undefined,
  ];
  const rho = steps.includes("filter") ? synthesis.rho[setting]! : 1;
  // One more than ρ asks for, as the filter may round down.
  const perLabel = rho < 1 ? Math.ceil(count / rho) + 1 : count;
  const generator = gan.open();
  const model = ratio?.open();
  const network = teacher?.open();
  const { conditionOf, ...embedding } = condition.open();
  const input = { generator, task, conditionOf };
  try {
    if (model === undefined && network === undefined) {
      const options = { task, conditionOf, chunk: CHUNK, toUint8, rng, progress, signal };
      return await sampleImages(generator, repeatLabels(labels, count), options);
    }
    const drawn: LabelledImages[] = [];
    const report = countProgress("sampling", progress);
    for (const [k, one] of labels.entries()) {
      const onProgress = asPiece(report, k, labels.length);
      const set = model === undefined
        ? await sampleImages(generator, repeatLabels([one], perLabel), {
          task,
          conditionOf,
          chunk: CHUNK,
          toUint8,
          rng: rng.child("label", one),
          progress: onProgress,
          signal,
        })
        : await subsampled(one, onProgress);
      drawn.push(await judged(set));
    }
    return drawn.reduce(concatLabelled);
  } finally {
    generator.parameters.dispose();
    model?.dispose();
    network?.parameters.dispose();
    embedding.dispose();
  }

  async function subsampled(one: number, progress: ProgressSink): Promise<LabelledImages> {
    const { burnIn, batch, whenStuck } = synthesis;
    const options = { labels: [one], perLabel, burnIn, batch, whenStuck, toUint8, signal };
    const accepted = acceptByLabel({ ...input, ratio: model! }, { ...options, progress }, rng);
    for await (const draws of accepted) {
      const { bytes, shape } = await redraw(input, draws, options, rng);
      return {
        images: imagesInMemory(bytes, shape),
        labels: new Float32Array(perLabel).fill(one),
        task,
        origin: "fake",
      };
    }
    throw new RangeError(`Cannot draw images of label ${one}: none was accepted`);
  }

  async function judged(set: LabelledImages): Promise<LabelledImages> {
    if (network === undefined) return set;
    const { normalisation } = teacher!;
    const opinion = await askTeacher(network, set, { normalisation, signal });
    const kept = steps.includes("filter")
      ? filterByTeacher({ set, opinion }, { rho, tie: "rank" })
      : { set, opinion };
    const result = steps.includes("adjust")
      ? adjustLabels(kept, { clip: compat.adjustClip }).set
      : kept.set;
    return selectLabelled(result, Uint32Array.from({ length: count }, (_, i) => i));
  }
}

/**
 * A label as the data set counts it.
 *
 * @throws {RangeError} No class has this name or number, or the number is out of the labels' range.
 */
export function labelOf(task: Task, label: string | number): number {
  const number = typeof label === "number" ? label : label.trim() === "" ? NaN : Number(label);
  if (task.kind === "classification") {
    const named = task.classNames.indexOf(String(label));
    if (named >= 0) return named;
    if (Number.isInteger(number) && number >= 0 && number < task.classes) return number;
    const names = task.classNames;
    const known = names.length <= 20 ? names.join(", ") : `${names.slice(0, 20).join(", ")}, ...`;
    throw new RangeError(
      `Cannot draw images of "${label}": want a class by its number in [0, ${
        task.classes - 1
      }] or its name (${known})` +
        didYouMean(String(label), names),
    );
  }
  if (Number.isFinite(number) && number >= task.minimum && number <= task.maximum) return number;
  throw new RangeError(
    `Cannot draw images of label ${label}: want a number from ${task.minimum} to ${task.maximum} ${task.unit}`,
  );
}
