/**
 * Pools of fakes on disk, written label by label: never more than one label is in memory, and a process
 * that was killed goes on behind the last label that it finished.
 */
import { checkInteger } from "../base/check.ts";
import type { ImageShape, Task } from "../base/contracts.ts";
import { join } from "../base/path.ts";
import { shortLabel } from "../density_ratio/scalar_draws.ts";
import {
  type Entry,
  type FakePoolOnDisk,
  FILES,
  type Header,
  promised,
  readIndex,
  readPool,
  sizeOf,
} from "./fake_shard_files.ts";
import type { SubsampledLabel } from "./subsample.ts";

export type { FakePoolOnDisk } from "./fake_shard_files.ts";

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

/** Fakes of one label; draws, ratios and acceptance where they were subsampled. */
export type LabelShard =
  & Pick<SubsampledLabel, "label" | "bytes" | "shape">
  & Partial<Pick<SubsampledLabel, "draws" | "acceptedRatios" | "drawnRatios" | "acceptance">>;

/** A pool that is being written. Close it when done, finished or not. */
export interface FakeShards extends Disposable {
  /** Labels that are still missing: give these to `subsampleByLabel`. */
  readonly remaining: readonly number[];
  /**
   * Adds the fakes of the next remaining label. They are on the disk when this returns.
   *
   * @throws {RangeError} It is another label's turn, or the number of fakes differs.
   */
  append(shard: LabelShard): void;
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
 * written; what lies behind the last whole line is cut off on the next start.
 *
 * Since `subsampleByLabel` draws each label from a stream of its own, a continued pool holds the same bytes
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
  Deno.mkdirSync(folder, { recursive: true });
  const header = headerOf(options);
  const { labels } = header;
  const { entries, size } = readIndex(folder, header);
  const open = (name: string) =>
    Deno.openSync(join(folder, name), { create: true, read: true, write: true });
  const files = {
    index: open(FILES.index),
    images: open(FILES.images),
    draws: open(FILES.draws),
    ratios: open(FILES.ratios),
  };
  let isOpen = true;

  // What a killed process left behind the last whole line goes.
  const { images, draws, ratios } = promised(entries, perLabel);
  truncate(files.images, images);
  truncate(files.draws, draws);
  truncate(files.ratios, ratios);
  truncate(files.index, size);
  if (size === 0) write(files.index, lineOf(header));

  const shards: FakeShards = {
    get remaining() {
      return labels.slice(entries.length);
    },
    append({ label, bytes, shape, draws, acceptedRatios, drawnRatios, acceptance }) {
      if (!isOpen) throw new Error(`Cannot add fakes to "${folder}": the pool is closed`);
      const wanted = labels[entries.length];
      if (wanted === undefined || Math.fround(label) !== wanted) {
        throw new RangeError(
          `Cannot add fakes of label ${shortLabel(label)}: want ${
            wanted === undefined ? "no more labels" : shortLabel(wanted)
          }`,
        );
      }
      const first = entries[0]?.shape ?? shape;
      const count = bytes.length / sizeOf(shape);
      if (count !== perLabel || sidesOf(shape) !== sidesOf(first)) {
        throw new RangeError(
          `Cannot add fakes of label ${shortLabel(label)}: found ${count} of ${
            sidesOf(shape)
          }, want ` +
            `${perLabel} of ${sidesOf(first)}`,
        );
      }
      const entry: Entry = {
        label: wanted,
        shape,
        accepted: acceptedRatios?.length ?? 0,
        drawn: drawnRatios?.length ?? 0,
        ...(acceptance && { acceptance }),
      };
      try {
        write(files.images, bytes);
        if (draws) write(files.draws, bytesOf(draws));
        for (const part of [acceptedRatios, drawnRatios]) {
          if (part) write(files.ratios, bytesOf(part));
        }
        // Pixels first: a line of the index promises that they are there.
        files.images.syncSync();
        files.draws.syncSync();
        files.ratios.syncSync();
        write(files.index, lineOf(entry));
        files.index.syncSync();
      } catch (error) {
        // What was half written is cut off on the next start.
        shards.close();
        const detail = error instanceof Error ? error.message : String(error);
        throw new Error(
          `Cannot write fakes to "${folder}": ${detail}; free disk space or check the folder's ` +
            "permissions, then run again to go on",
          { cause: error },
        );
      }
      entries.push(entry);
    },
    finish() {
      const { remaining } = shards;
      if (remaining.length > 0) {
        throw new RangeError(
          `Cannot open the pool "${folder}": ${remaining.length} of ${labels.length} labels are ` +
            `missing, the first is ${shortLabel(remaining[0]!)}`,
        );
      }
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

/** Cuts a file and goes to its end. */
function truncate(file: Deno.FsFile, size: number): void {
  file.truncateSync(size);
  file.seekSync(size, Deno.SeekMode.Start);
}

function write(file: Deno.FsFile, content: Uint8Array | string): void {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
}

function bytesOf({ buffer, byteOffset, byteLength }: Int32Array | Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function lineOf(value: Header | Entry): string {
  return `${JSON.stringify(value)}\n`;
}

function sidesOf({ height, width, channels }: ImageShape): string {
  return `${height} x ${width} x ${channels}`;
}
