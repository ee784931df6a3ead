/**
 * Pools of fakes on disk, written label by label, each label in any number of parts. A process that was killed
 * goes on after the last label that it finished.
 */
import { checkInteger } from "../../base/check.ts";
import type { ImageShape, Task } from "../../base/contracts.ts";
import { Crc32 } from "../../base/disk/files.ts";
import { shortLabel } from "../../base/short_label.ts";
import type { SubsampledLabel } from "../subsample.ts";
import {
  cannotWriteFakes,
  type LabelBytes,
  openFiles,
  writeImages,
  writeLabel,
} from "./pool_files.ts";
import {
  checksumOf,
  type Entry,
  type FakePoolOnDisk,
  type Header,
  readIndex,
  readPool,
  sidesOf,
  sizeOf,
} from "./shard_files.ts";

export type { FakePoolOnDisk } from "./shard_files.ts";

/** What a pool holds; a folder holds one pool. */
export interface FakeShardsOptions {
  /** Folder of the pool; made where it is missing. */
  readonly folder: string;
  /** Labels in dataset units, in the order in which they are written. */
  readonly labels: ArrayLike<number>;
  /** Fakes of each label. */
  readonly perLabel: number;
  readonly task: Task;
  /** What made the pool, such as a stage's id: a folder with another one is not continued. */
  readonly identity: string;
}

/** Some fakes of one label, with more of it to come. */
export interface LabelPart extends Pick<SubsampledLabel, "label" | "bytes" | "shape"> {
  readonly isPart: true;
}

/** Fakes of one label, or the last ones after its parts; draws, ratios and acceptance where they were subsampled. */
export type LabelShard =
  & Pick<SubsampledLabel, "label" | "bytes" | "shape">
  & Partial<Pick<SubsampledLabel, "draws" | "acceptedRatios" | "drawnRatios" | "acceptance">>;

/** A pool that is being written. Close it when done, finished or not. */
export interface FakeShards extends Disposable {
  /** Labels that are still missing: give these to `acceptByLabel`. */
  readonly remaining: readonly number[];
  /**
   * Adds the fakes of the next remaining label, the last ones where others came in parts. They are on the
   * disk when this returns.
   *
   * @throws {RangeError} It is another label's turn, or the number of fakes differs.
   */
  append(shard: LabelShard): void;
  /**
   * Adds fakes of the next remaining label that do not complete it.
   *
   * @throws {RangeError} It is another label's turn, or there are too many fakes.
   */
  appendPart(part: LabelPart): void;
  /**
   * Opens the finished pool.
   *
   * @throws {RangeError} A label is missing.
   */
  finish(): FakePoolOnDisk;
  close(): void;
}

/**
 * Starts a pool, or continues one. Pixels, draws and ratios of a label are flushed before its line of the index is
 * written; what lies after the last whole line is cut off on the next start.
 *
 * Since `acceptByLabel` draws each label from a stream of its own, a continued pool holds the same bytes
 * as an undisturbed one.
 *
 * @throws {RangeError} The folder holds another pool, or was damaged.
 */
export function openFakeShards(options: FakeShardsOptions): FakeShards {
  const { folder, perLabel, task } = options;
  checkInteger(perLabel, "perLabel");
  if (options.labels.length === 0) {
    throw new RangeError("Cannot write fake images: found no labels, want at least one");
  }
  const header = headerOf(options);
  const { labels } = header;
  const { entries, size } = readIndex(folder, header);
  const files = openFiles(folder, header, { entries, size });
  let isOpen = true;
  let next = nextLabel(header, entries);

  /** Fakes of the next label with these; throws unless they may come now. */
  function check(part: FakesOfLabel): number {
    if (!isOpen) throw new Error(`Cannot add fakes to "${folder}": the pool is closed`);
    const count = countWith(part, next);
    // A first shape that was refused for its count decides nothing.
    next.sides ??= part.shape;
    return count;
  }

  /** What is half written when this fails is cut off on the next start. */
  function guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      shards.close();
      throw cannotWriteFakes(folder, error);
    }
  }

  const shards: FakeShards = {
    get remaining() {
      return labels.slice(entries.length);
    },
    appendPart(part) {
      const count = check(part);
      guard(() => writeImages(files, part.bytes));
      next.checksum.update(part.bytes);
      next.written = count;
    },
    append(shard) {
      const count = check(shard);
      if (count !== perLabel) throw wrongFakes(shard, count, next);
      const bytes = bytesOfLabel(shard);
      const entry = entryOf(shard, labels[entries.length]!, checksumWith(next.checksum, bytes));
      guard(() => writeLabel(files, bytes, entry));
      entries.push(entry);
      next = nextLabel(header, entries, next.sides);
    },
    finish() {
      checkComplete(folder, labels, entries.length);
      shards.close();
      return readPool(folder, { task, perLabel, entries });
    },
    close() {
      const open = isOpen ? Object.values(files) : [];
      for (const file of open) file.close();
      isOpen = false;
    },
    [Symbol.dispose]: () => shards.close(),
  };
  return shards;
}

/** Some fakes or the last ones of a label. */
type FakesOfLabel = Pick<LabelShard, "label" | "bytes" | "shape">;

/** The label whose turn it is, and what has come of it. */
interface NextLabel {
  /** None where all are there. */
  readonly label?: number;
  /** Fakes that it is to have. */
  readonly perLabel: number;
  /** Fakes that came in parts. */
  written: number;
  /** Of these fakes. */
  readonly checksum: Crc32;
  /** Of every fake of the pool; none before the first. */
  sides?: ImageShape;
}

function nextLabel(
  { labels, perLabel }: Header,
  entries: readonly Entry[],
  sides = entries[0]?.shape,
): NextLabel {
  return { label: labels[entries.length], perLabel, written: 0, checksum: new Crc32(), sides };
}

/**
 * Fakes of the next label with these.
 *
 * @throws {RangeError} It is another label's turn, there are too many, or they have other sides.
 */
function countWith(part: FakesOfLabel, next: NextLabel): number {
  const { label, perLabel, written, sides = part.shape } = next;
  if (label === undefined || Math.fround(part.label) !== label) {
    throw new RangeError(
      `Cannot add fakes of label ${shortLabel(part.label)}: want ${
        label === undefined ? "no more labels" : shortLabel(label)
      }`,
    );
  }
  const count = written + part.bytes.length / sizeOf(part.shape);
  const isWanted = Number.isInteger(count) && count <= perLabel;
  if (!isWanted || sidesOf(part.shape) !== sidesOf(sides)) throw wrongFakes(part, count, next);
  return count;
}

function wrongFakes(
  { label, shape }: FakesOfLabel,
  count: number,
  { perLabel, sides = shape }: NextLabel,
): Error {
  return new RangeError(
    `Cannot add fakes of label ${shortLabel(label)}: found ${count} of ${sidesOf(shape)}, want ` +
      `${perLabel} of ${sidesOf(sides)}`,
  );
}

function bytesOfLabel({ bytes, draws, acceptedRatios, drawnRatios }: LabelShard): LabelBytes {
  return {
    images: bytes,
    ...(draws && { draws: bytesOf(draws) }),
    ratios: [acceptedRatios, drawnRatios].flatMap((part) => part ? [bytesOf(part)] : []),
  };
}

/** The checksum of a label's parts goes on over what completes it. */
function checksumWith(checksum: Crc32, { images, draws, ratios }: LabelBytes): Crc32 {
  for (const part of [images, ...(draws ? [draws] : []), ...ratios]) checksum.update(part);
  return checksum;
}

/** Line of the index; the checksum is of the label's bytes. */
function entryOf(
  { shape, acceptedRatios, drawnRatios, acceptance }: LabelShard,
  label: number,
  checksum: Crc32,
): Entry {
  const bare: Entry = {
    label,
    shape,
    accepted: acceptedRatios?.length ?? 0,
    drawn: drawnRatios?.length ?? 0,
    ...(acceptance && { acceptance }),
  };
  return { ...bare, crc32: checksumOf(checksum, bare) };
}

/**
 * Opens a finished pool for reading; nothing is written, so the folder may be read only.
 *
 * @throws {RangeError} A label is missing, or the folder holds another pool.
 * @throws {SyntaxError} The pool was damaged.
 */
export function openFinishedPool(options: FakeShardsOptions): FakePoolOnDisk {
  const header = headerOf(options);
  const { entries } = readIndex(options.folder, header);
  checkComplete(options.folder, header.labels, entries.length);
  return readPool(options.folder, { task: options.task, perLabel: options.perLabel, entries });
}

function checkComplete(folder: string, labels: readonly number[], done: number): void {
  if (done === labels.length) return;
  throw new RangeError(
    `Cannot open the pool "${folder}": ${labels.length - done} of ${labels.length} labels are ` +
      `missing, the first is ${shortLabel(labels[done]!)}`,
  );
}

/**
 * Whether the folder holds all labels of the pool.
 *
 * @throws {RangeError} The folder holds another pool, or was damaged.
 */
export function isPoolFinished(options: FakeShardsOptions): boolean {
  return readIndex(options.folder, headerOf(options)).entries.length === options.labels.length;
}

function headerOf({ identity, perLabel, labels }: FakeShardsOptions): Header {
  return { identity, perLabel, labels: Array.from(labels, Math.fround) };
}

function bytesOf({ buffer, byteOffset, byteLength }: Int32Array | Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
