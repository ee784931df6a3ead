/** Pools of fakes that do not fit into memory, drawn into a folder and continued there after a kill. */
import { checkInteger } from "../../base/check.ts";
import { asPiece, countProgress, type ProgressSink } from "../../base/progress.ts";
import type { Rng } from "../../base/rng.ts";
import { repeatLabels, sampleChunks } from "../../gan/sample.ts";
import {
  type FakePoolOnDisk,
  type FakeShardsOptions,
  type LabelPart,
  type LabelShard,
  openFakeShards,
} from "./shards.ts";
import { labelBatches, type LabelBatchOptions, labelsTogether } from "./label_batches.ts";
import { BATCH, redraw } from "./redraw.ts";
import {
  acceptByLabel,
  type LabelAcceptance,
  type SubsampledLabel,
  type SubsampleInput,
  type SubsampleOptions,
} from "../subsample.ts";

/** Passes through G whose images are written together. */
const PASSES = 4;

/** Where a pool goes. */
export type PoolPlace = Pick<FakeShardsOptions, "folder" | "identity">;

/**
 * Subsampled fakes (`acceptByLabel`) to a folder. A few passes through G are in memory.
 *
 * @param options.labels Wanted here: labels in dataset units.
 * @returns The finished pool, label by label.
 */
export function subsampleToDisk(
  input: SubsampleInput,
  options: SubsampleOptions & { readonly labels: ArrayLike<number> },
  rng: Rng,
  place: PoolPlace,
): Promise<FakePoolOnDisk> {
  return drawToDisk(
    { ...place, ...options, task: input.task },
    async function* (labels, progress) {
      for await (const label of acceptByLabel(input, { ...options, labels, progress }, rng)) {
        yield* redrawnParts(input, label, options, rng);
      }
    },
  );
}

/** How fakes are drawn to disk that no ratio judges. */
export interface DiskDrawOptions
  extends Pick<SubsampleOptions, "perLabel" | "batch" | "toUint8" | "progress" | "signal"> {
  /** In dataset units. */
  readonly labels: ArrayLike<number>;
}

/** What restores a subsampled pool: everything but the pixels, in the order of the labels. */
export interface KeptDraws
  extends Pick<SubsampledLabel, "draws" | "acceptedRatios" | "drawnRatios"> {
  /** One entry per label. */
  readonly acceptances: readonly LabelAcceptance[];
  /** Drawn ratios that were kept, for each label. */
  readonly evidence: readonly number[];
}

/**
 * A subsampled pool from its accepted draws, to the same bytes. G draws only the accepted fakes, often twenty
 * times fewer than were judged.
 *
 * @param options The options of `subsampleToDisk`.
 * @throws {RangeError} The numbers of kept draws, labels and wanted fakes do not fit.
 */
export function restoreToDisk(
  input: Omit<SubsampleInput, "ratio">,
  kept: KeptDraws,
  options: DiskDrawOptions,
  rng: Rng,
  place: PoolPlace,
): Promise<FakePoolOnDisk> {
  const { perLabel } = options;
  checkInteger(perLabel, "perLabel");
  if (
    kept.draws.length !== options.labels.length * perLabel ||
    kept.acceptances.length !== options.labels.length
  ) {
    throw new RangeError(
      `Cannot restore a pool: found ${kept.draws.length} draws of ${kept.acceptances.length} labels, want ` +
        `${perLabel} for each of ${options.labels.length}`,
    );
  }
  const starts = [0];
  for (const count of kept.evidence) starts.push(starts.at(-1)! + count);
  return drawToDisk({ ...place, ...options, task: input.task }, async function* (labels, progress) {
    const first = options.labels.length - labels.length;
    const report = countProgress("restoring", progress);
    for (const [i, label] of labels.entries()) {
      const k = first + i;
      const mine = [k * perLabel, (k + 1) * perLabel] as const;
      const draws = kept.draws.slice(...mine);
      yield* redrawnParts(
        input,
        {
          label,
          draws,
          acceptedRatios: kept.acceptedRatios.slice(...mine),
          drawnRatios: kept.drawnRatios.slice(starts[k], starts[k + 1]),
          acceptance: kept.acceptances[k],
        },
        options,
        rng,
      );
      report((i + 1) * perLabel, labels.length * perLabel);
    }
  });
}

/**
 * Fakes straight from the generator ("no subsampling"; method specification 3.7), to a folder.
 *
 * @param options.batch Images of one pass through G; default: 500.
 * @param rng Label y draws from ("label", y), so these are other fakes than those of one `sampleImages`.
 * @throws {RangeError} `perLabel` or `batch` is no integer of at least 1.
 */
export function sampleToDisk(
  input: Omit<SubsampleInput, "ratio">,
  options: DiskDrawOptions,
  rng: Rng,
  place: PoolPlace,
): Promise<FakePoolOnDisk> {
  const { perLabel, batch = BATCH } = options;
  checkInteger(perLabel, "perLabel");
  checkInteger(batch, "batch");
  const together = labelsTogether({ perLabel, batch });
  return drawToDisk(
    { ...place, ...options, task: input.task },
    (labels, progress) =>
      together > 1
        ? severalLabels(input, labels, { ...options, batch, progress }, rng)
        : oneByOne(input, labels, { ...options, batch, progress }, rng),
  );
}

/** Few images of each label: several labels a pass. */
async function* severalLabels(
  input: Omit<SubsampleInput, "ratio">,
  labels: readonly number[],
  { progress, ...options }: LabelBatchOptions & Pick<DiskDrawOptions, "progress">,
  rng: Rng,
): AsyncGenerator<LabelShard, void, void> {
  const report = countProgress("sampling", progress);
  let drawn = 0;
  for await (const shard of labelBatches(input, labels, options, rng)) {
    yield shard;
    report(drawn += options.perLabel, labels.length * options.perLabel);
  }
}

/** Many images of each label, in passes of their own. */
async function* oneByOne(
  { generator, ...meaning }: Omit<SubsampleInput, "ratio">,
  labels: readonly number[],
  options: LabelBatchOptions & Pick<DiskDrawOptions, "progress">,
  rng: Rng,
): AsyncGenerator<LabelShard | LabelPart, void, void> {
  const { perLabel, batch, toUint8, signal, progress } = options;
  // The clock of the whole: that of one label would tell a time that is over.
  const report = countProgress("sampling", progress);
  for (const [k, label] of labels.entries()) {
    const chunks = sampleChunks(generator, repeatLabels([label], perLabel), {
      ...meaning,
      chunk: batch,
      toUint8,
      signal,
      rng: rng.child("label", label),
      progress: asPiece(report, k, labels.length),
    });
    for await (const { start, bytes, labels: { length }, shape } of chunks) {
      const part = { label, bytes, shape };
      yield start + length === perLabel ? part : { ...part, isPart: true };
    }
  }
}

/** A label whose accepted draws are known, image by image: a few passes are in memory. */
async function* redrawnParts(
  input: Omit<SubsampleInput, "ratio">,
  label: Omit<LabelShard, "bytes" | "shape"> & Pick<SubsampledLabel, "draws">,
  options: Pick<SubsampleOptions, "batch" | "toUint8" | "signal">,
  rng: Rng,
): AsyncGenerator<LabelShard | LabelPart, void, void> {
  // Whole passes: their rows are those of one `redraw` of all draws.
  const size = PASSES * (options.batch ?? BATCH);
  for (let start = 0; start < label.draws.length; start += size) {
    const draws = label.draws.subarray(start, start + size);
    const images = await redraw(input, { label: label.label, draws }, options, rng);
    const isLast = start + size >= label.draws.length;
    yield isLast ? { ...label, ...images } : { label: label.label, ...images, isPart: true };
  }
}

/** Writes what `draw` makes of the labels that are still missing. */
async function drawToDisk(
  options: FakeShardsOptions & { readonly progress?: ProgressSink },
  draw: (
    labels: readonly number[],
    progress?: ProgressSink,
  ) => AsyncIterable<LabelShard | LabelPart>,
): Promise<FakePoolOnDisk> {
  const { labels, perLabel, progress } = options;
  using shards = openFakeShards(options);
  const { remaining } = shards;
  if (remaining.length > 0) {
    const before = (labels.length - remaining.length) * perLabel;
    const onProgress: ProgressSink | undefined = progress &&
      ((event) =>
        progress({ ...event, step: event.step + before, total: labels.length * perLabel }));
    for await (const shard of draw(remaining, onProgress)) {
      if ("isPart" in shard) shards.appendPart(shard);
      else shards.append(shard);
    }
  }
  return shards.finish();
}
