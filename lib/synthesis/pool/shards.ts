/**
 * Pools of fakes on disk, written label by label, each label in any number of parts. A process that was killed
 * goes on after the last label that it finished.
 */
import { checkInteger } from "../../base/check.ts";
import type { Task } from "../../base/contracts.ts";
import { Crc32 } from "../../base/disk/files.ts";
import { join } from "../../base/disk/path.ts";
import { shortLabel } from "../../density_ratio/scalar_draws.ts";
import { syncPath } from "../../setup/files.ts";
import {
  checksumOf,
  type Entry,
  type FakePoolOnDisk,
  FILES,
  type Header,
  type Index,
  promised,
  readIndex,
  readPool,
  sidesOf,
  sizeOf,
} from "./shard_files.ts";
import type { SubsampledLabel } from "../subsample.ts";

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
  /** Fakes of the next label that came in parts. */
  let written = 0;
  /** Of the fakes of the next label so far. */
  let checksum = new Crc32();
  /** Sides of every fake of the pool. */
  let sides = entries[0]?.shape;

  /** Fakes of the label with these; throws unless they may come now. */
  function check(part: Pick<LabelShard, "label" | "bytes" | "shape">): number {
    if (!isOpen) throw new Error(`Cannot add fakes to "${folder}": the pool is closed`);
    const wanted = labels[entries.length];
    if (wanted === undefined || Math.fround(part.label) !== wanted) {
      throw new RangeError(
        `Cannot add fakes of label ${shortLabel(part.label)}: want ${
          wanted === undefined ? "no more labels" : shortLabel(wanted)
        }`,
      );
    }
    const count = written + part.bytes.length / sizeOf(part.shape);
    const first = sides ?? part.shape;
    if (!(Number.isInteger(count) && count <= perLabel) || sidesOf(part.shape) !== sidesOf(first)) {
      throw wrongFakes(part, count);
    }
    sides = first;
    return count;
  }

  function wrongFakes({ label, shape }: Pick<LabelShard, "label" | "shape">, count: number): Error {
    return new RangeError(
      `Cannot add fakes of label ${shortLabel(label)}: found ${count} of ${sidesOf(shape)}, want ` +
        `${perLabel} of ${sidesOf(sides ?? shape)}`,
    );
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
      guard(() => write(files.images, part.bytes));
      checksum.update(part.bytes);
      written = count;
    },
    append(shard) {
      const { shape, draws, acceptedRatios, drawnRatios, acceptance } = shard;
      const count = check(shard);
      if (count !== perLabel) throw wrongFakes(shard, count);
      const bare: Entry = {
        label: labels[entries.length]!,
        shape,
        accepted: acceptedRatios?.length ?? 0,
        drawn: drawnRatios?.length ?? 0,
        ...(acceptance && { acceptance }),
      };
      const numbers = [draws, acceptedRatios, drawnRatios].map((part) => part && bytesOf(part));
      for (const part of [shard.bytes, ...numbers]) if (part) checksum.update(part);
      const entry: Entry = { ...bare, crc32: checksumOf(checksum, bare) };
      guard(() => {
        write(files.images, shard.bytes);
        for (const [i, part] of numbers.entries()) {
          if (part) write(i === 0 ? files.draws : files.ratios, part);
        }
        // Pixels first: a line of the index promises that they are there.
        files.images.syncSync();
        files.draws.syncSync();
        files.ratios.syncSync();
        write(files.index, lineOf(entry));
        files.index.syncSync();
      });
      written = 0;
      checksum = new Crc32();
      entries.push(entry);
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

/** Files of a pool that is being written. */
type PoolFiles = Readonly<Record<keyof typeof FILES, Deno.FsFile>>;

/** Opens the files at their ends; what a killed process left after the last whole line goes. */
function openFiles(folder: string, header: Header, { entries, size }: Index): PoolFiles {
  const opened: Deno.FsFile[] = [];
  const open = (name: string) => {
    const file = Deno.openSync(join(folder, name), { create: true, read: true, write: true });
    opened.push(file);
    return file;
  };
  try {
    Deno.mkdirSync(folder, { recursive: true });
    const files = {
      index: open(FILES.index),
      images: open(FILES.images),
      draws: open(FILES.draws),
      ratios: open(FILES.ratios),
    };
    const { images, draws, ratios } = promised(entries, header.perLabel);
    truncate(files.images, images);
    truncate(files.draws, draws);
    truncate(files.ratios, ratios);
    truncate(files.index, size);
    if (size === 0) {
      write(files.index, lineOf(header));
      files.index.syncSync();
    }
    // Else an index could outlive the names of the files that it speaks of.
    syncPath(folder);
    return files;
  } catch (error) {
    for (const file of opened) file.close();
    throw cannotWriteFakes(folder, error);
  }
}

function cannotWriteFakes(folder: string, error: unknown): Error {
  const detail = error instanceof Error ? error.message : String(error);
  return new Error(
    `Cannot write fakes to "${folder}": ${detail}; free disk space or check the folder's ` +
      "permissions, then run again to go on",
    { cause: error },
  );
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
