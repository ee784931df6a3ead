/** M1, step one: fakes are accepted as often as the density ratio says that they look real. */
import type { Task } from "../base/contracts.ts";
import { countProgress, type ProgressSink } from "../base/progress.ts";
import type { Rng } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import type { DensityRatio } from "../density_ratio/density_ratio.ts";
import { shortLabel } from "../base/short_label.ts";
import type { Generator } from "../gan/gan.ts";
import { conditionFor, type ConditionOf, drawImages } from "../gan/sample.ts";
import {
  type AcceptedDraws,
  BATCH,
  type RedrawnImages,
  type RedrawOptions,
} from "./pool/redraw.ts";
import { type Candidates, type RejectionCount, rejectionSample } from "./rejection.ts";

/** Ratios of drawn fakes that are kept for pictures, for each label. */
const EVIDENCE = 1000;

/** Trained parts that subsampling reads; none is changed. */
export interface SubsampleInput {
  readonly generator: Generator;
  readonly ratio: DensityRatio;
  readonly task: Task;
  /** Condition of the labels; default: one-hot classes. */
  readonly conditionOf?: ConditionOf;
}

/** How to subsample. Named after method specification 3.7. */
export interface SubsampleOptions extends RedrawOptions {
  /** Labels in dataset units; default: every class or label of the task, in order. */
  readonly labels?: ArrayLike<number>;
  /** n, fakes to accept for each label; 50,000 for CIFAR-10 in the paper. */
  readonly perLabel: number;
  /** B, fakes for each label that give the first bound of the ratio; 50,000 in the paper. */
  readonly burnIn: number;
  /** Q4; default: true. */
  readonly zeroRatioGuard?: boolean;
  /** Fakes drawn for each one wanted before a label is given up; default: 1,000. */
  readonly drawsPerAccepted?: number;
  /** Labels that reach it, or whose ratios are all 0; default: "stop"; see `RejectionOptions`. */
  readonly whenStuck?: "stop" | "plain";
  readonly progress?: ProgressSink;
}

/** How one label fared. */
export interface LabelAcceptance extends RejectionCount {
  readonly label: number;
}

/** Accepted draws of one label. */
export interface AcceptedLabel extends AcceptedDraws {
  /** φ of the accepted fakes, in their order. */
  readonly acceptedRatios: Float32Array;
  /** φ of the first fakes drawn after the burn-in, accepted or not. */
  readonly drawnRatios: Float32Array;
  readonly acceptance: LabelAcceptance;
}

/** Accepted fakes of one label. */
export interface SubsampledLabel extends AcceptedLabel, RedrawnImages {}

/**
 * Rejection sampling by density ratio, for each label on its own (paper, Section IV, M1; method specification
 * 3.7): accepted draws label by label, without their images. Draws are judged first, and those that pass are
 * drawn again by `redraw`, so that a pool can be restored from its draws to the same bytes. One batch of images
 * and some numbers of each draw of a label are in memory.
 *
 * @param rng Label y draws from ("label", y), so that labels do not depend on each other.
 * @throws {RangeError} A label reaches its limit of draws, or its ratios are all 0; pixels are not finite; there
 *   are no labels.
 */
export async function* acceptByLabel(
  input: SubsampleInput,
  options: SubsampleOptions,
  rng: Rng,
): AsyncGenerator<AcceptedLabel, void, void> {
  const { generator, ratio, task } = input;
  const { perLabel, burnIn, batch = BATCH } = options;
  const conditionOf = conditionFor(task, input.conditionOf);
  const labels = labelsOf(task, options.labels);
  const report = countProgress("subsampling", options.progress);
  for (const [index, label] of labels.entries()) {
    const stream = rng.child("label", label);
    const draws: number[] = [];
    const acceptedRatios: number[] = [];
    const drawnRatios: number[] = [];

    const propose = async (
      count: number,
      kind: "burn-in" | "draw",
      address: number,
    ): Promise<Candidates> => {
      const [phi, sum] = tf.tidy(() => {
        const condition = conditionOf(new Float32Array(count).fill(label));
        const drawn = drawImages(generator, condition, stream.child(kind, address));
        return [ratio.ratios(drawn, condition), tf.sum(drawn)];
      });
      const ratios = await phi.data() as Float32Array;
      // A network's ReLU may turn an image of NaN into a ratio that looks like any other.
      const isFinite = Number.isFinite((await sum.data())[0]);
      tf.dispose([phi, sum]);
      if (!isFinite) {
        throw new RangeError(
          `Cannot subsample ${
            nameOf(task, label)
          }: the generator gives pixels that are not finite, ` +
            "want numbers in [−1, 1]; train it again from another seed or at a lower learning rate",
        );
      }
      if (kind === "draw" && drawnRatios.length < EVIDENCE) {
        drawnRatios.push(...ratios.subarray(0, EVIDENCE - drawnRatios.length));
      }
      // Reads of the native backend let nothing else in.
      await new Promise((resolve) => setTimeout(resolve));
      return {
        ratios,
        accept(positions) {
          for (const position of positions) {
            draws.push(address * batch + position);
            acceptedRatios.push(ratios[position]!);
          }
        },
      };
    };

    const done = index * perLabel;
    const count = await rejectionSample(propose, {
      target: perLabel,
      burnIn,
      batch,
      zeroRatioGuard: options.zeroRatioGuard,
      drawsPerAccepted: options.drawsPerAccepted,
      whenStuck: options.whenStuck,
      name: nameOf(task, label),
      signal: options.signal,
      onBatch: (accepted) => report(done + accepted, labels.length * perLabel),
    }, stream);
    yield {
      label,
      draws: Int32Array.from(draws),
      acceptedRatios: Float32Array.from(acceptedRatios),
      drawnRatios: Float32Array.from(drawnRatios),
      acceptance: { label, ...count },
    };
  }
}

function labelsOf(task: Task, labels?: ArrayLike<number>): number[] {
  if (labels !== undefined && labels.length > 0) return Array.from(labels);
  if (labels === undefined) {
    return task.kind === "classification"
      ? Array.from({ length: task.classes }, (_, label) => label)
      : [...task.labels];
  }
  throw new RangeError("Cannot subsample: found no labels, want at least one");
}

function nameOf(task: Task, label: number): string {
  return task.kind === "classification"
    ? `class ${label} ("${task.classNames[label] ?? label}")`
    : `label ${shortLabel(label)} ${task.unit}`;
}
