/** M1, step one: fakes are accepted as often as the density ratio says that they look real. */
import { imagesInMemory, type LabelledImages, type Task } from "../base/contracts.ts";
import type { ProgressSink } from "../base/progress.ts";
import type { Rng } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import type { DensityRatio } from "../density_ratio/density_ratio.ts";
import { shortLabel } from "../density_ratio/scalar_draws.ts";
import type { Generator } from "../gan/gan.ts";
import { conditionFor, type ConditionOf, drawImages } from "../gan/sample.ts";
import {
  type AcceptedDraws,
  BATCH,
  redraw,
  type RedrawnImages,
  type RedrawOptions,
} from "./redraw.ts";
import { type Candidates, type RejectionCount, rejectionSample } from "./rejection.ts";

/** Trained parts that subsampling reads; none is changed. */
export interface SubsampleInput {
  readonly generator: Generator;
  readonly ratio: DensityRatio;
  readonly task: Task;
  /** Condition of the labels; one-hot classes unless said. */
  readonly conditionOf?: ConditionOf;
}

/** How to subsample. Named after method specification 3.7. */
export interface SubsampleOptions extends RedrawOptions {
  /** Labels in dataset units; every class, or every label of the task, in order, unless said. */
  readonly labels?: ArrayLike<number>;
  /** n, fakes to accept for each label; 50,000 for CIFAR-10 in the paper. */
  readonly perLabel: number;
  /** B, fakes for each label that give the first bound of the ratio; 50,000 in the paper. */
  readonly burnIn: number;
  /** Q4; true unless said. */
  readonly zeroRatioGuard?: boolean;
  /** Fakes drawn for each one wanted before a label is given up; 1,000 unless said. */
  readonly drawsPerAccepted?: number;
  /** Labels that reach it, or whose ratios are all 0: "stop" unless said; see `RejectionOptions`. */
  readonly whenStuck?: "stop" | "plain";
  /** Ratios of drawn fakes that are kept for pictures, for each label; 1,000 unless said. */
  readonly evidencePerLabel?: number;
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

/** Fakes after subsampling, and what shows that it did something. */
export interface Subsampled {
  /** Accepted fakes with their conditioning labels, label by label. */
  readonly set: LabelledImages;
  /** φ of the accepted fakes, in the order of `set`. */
  readonly acceptedRatios: Float32Array;
  /** φ of fakes straight from the generator, the same number for each label where they sufficed. */
  readonly drawnRatios: Float32Array;
  /** One entry a label. */
  readonly acceptances: readonly LabelAcceptance[];
  /** Accepted share of all fakes drawn after the burn-ins. */
  readonly acceptanceRate: number;
}

/**
 * Subsampled fakes label by label. One label's accepted images and one batch are in memory. Draws are judged
 * first, and those that pass are drawn again (`redraw`), so that a pool can be restored from its draws to the
 * same bytes.
 *
 * @param rng Label y draws from ("label", y), so that labels do not depend on each other.
 */
export async function* subsampleByLabel(
  input: SubsampleInput,
  options: SubsampleOptions,
  rng: Rng,
): AsyncGenerator<SubsampledLabel, void, void> {
  for await (const accepted of acceptByLabel(input, options, rng)) {
    yield { ...accepted, ...await redraw(input, accepted, options, rng) };
  }
}

/**
 * Accepted draws label by label, without their images: for pools that go to disk. One batch of images and some
 * numbers of each draw of a label are in memory.
 *
 * @param rng That of `subsampleByLabel`.
 */
export async function* acceptByLabel(
  input: SubsampleInput,
  options: SubsampleOptions,
  rng: Rng,
): AsyncGenerator<AcceptedLabel, void, void> {
  const { generator, ratio, task } = input;
  const { perLabel, burnIn, batch = BATCH, evidencePerLabel = 1000 } = options;
  const conditionOf = conditionFor(task, input.conditionOf);
  const labels = labelsOf(task, options.labels);
  const startedAt = performance.now();
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
      if (kind === "draw" && drawnRatios.length < evidencePerLabel) {
        drawnRatios.push(...ratios.subarray(0, evidencePerLabel - drawnRatios.length));
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
      onBatch: (accepted) =>
        options.progress?.({
          stage: "subsampling",
          step: done + accepted,
          total: labels.length * perLabel,
          metrics: {},
          elapsedSeconds: (performance.now() - startedAt) / 1000,
          stepsHere: done + accepted,
          state: done + accepted === labels.length * perLabel ? "done" : "training",
        }),
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

/**
 * Rejection sampling by density ratio, for each label on its own (paper, Section IV, M1; method
 * specification 3.7). Holds the accepted images, one byte a pixel.
 *
 * @throws {RangeError} A label reaches its limit of draws, or its ratios are all 0.
 */
export async function subsample(
  input: SubsampleInput,
  options: SubsampleOptions,
  rng: Rng,
): Promise<Subsampled> {
  const labels = labelsOf(input.task, options.labels);
  const { perLabel } = options;
  const acceptedRatios = new Float32Array(labels.length * perLabel);
  const drawnRatios: Float32Array[] = [];
  const acceptances: LabelAcceptance[] = [];
  let pixels: Uint8Array | undefined;
  let shape: SubsampledLabel["shape"] | undefined;
  for await (const part of subsampleByLabel(input, options, rng)) {
    pixels ??= new Uint8Array(labels.length * part.bytes.length);
    shape ??= part.shape;
    pixels.set(part.bytes, acceptances.length * part.bytes.length);
    acceptedRatios.set(part.acceptedRatios, acceptances.length * perLabel);
    drawnRatios.push(part.drawnRatios);
    acceptances.push(part.acceptance);
  }
  const sum = (pick: (entry: LabelAcceptance) => number) =>
    acceptances.reduce((total, entry) => total + pick(entry), 0);
  return {
    set: {
      images: imagesInMemory(pixels!, shape!),
      labels: Float32Array.from(labels.flatMap((label) => new Array(perLabel).fill(label))),
      task: input.task,
      origin: "fake",
    },
    acceptedRatios,
    drawnRatios: Float32Array.from(drawnRatios.flatMap((part) => [...part])),
    acceptances,
    acceptanceRate: sum((entry) => entry.acceptanceRate * entry.drawn) /
      Math.max(1, sum((entry) => entry.drawn)),
  };
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
