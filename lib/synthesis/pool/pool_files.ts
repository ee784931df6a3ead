/** The files of a pool that is being written, in an order that a kill or a loss of power cannot break. */
import { join } from "../../base/disk/path.ts";
import { syncPath } from "../../setup/files.ts";
import { type Entry, FILES, type Header, type Index, promised } from "./shard_files.ts";

/** Files of a pool that is being written. */
export type PoolFiles = Readonly<Record<keyof typeof FILES, Deno.FsFile>>;

/** Opens the files at their ends; what a killed process left after the last whole line goes. */
export function openFiles(folder: string, header: Header, { entries, size }: Index): PoolFiles {
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

/** An error of the disk, with what to do about it. */
export function cannotWriteFakes(folder: string, error: unknown): Error {
  const detail = error instanceof Error ? error.message : String(error);
  return new Error(
    `Cannot write fakes to "${folder}": ${detail}; free disk space or check the folder's ` +
      "permissions, then run again to go on",
    { cause: error },
  );
}

/** Bytes of a finished label, or the last ones after its parts. */
export interface LabelBytes {
  readonly images: Uint8Array;
  readonly draws?: Uint8Array;
  /** Accepted ones, then drawn ones. */
  readonly ratios: readonly Uint8Array[];
}

/** Writes some images of the label that comes next, with more of it to come. */
export function writeImages({ images }: PoolFiles, bytes: Uint8Array): void {
  write(images, bytes);
}

/** Writes what completes a label, then its line of the index, each flushed before the next. */
export function writeLabel(
  { images, draws, ratios, index }: PoolFiles,
  bytes: LabelBytes,
  entry: Entry,
): void {
  write(images, bytes.images);
  if (bytes.draws) write(draws, bytes.draws);
  for (const part of bytes.ratios) write(ratios, part);
  // Pixels first: a line of the index promises that they are there.
  images.syncSync();
  draws.syncSync();
  ratios.syncSync();
  write(index, lineOf(entry));
  index.syncSync();
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

function lineOf(value: Header | Entry): string {
  return `${JSON.stringify(value)}\n`;
}
