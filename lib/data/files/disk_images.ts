/** Image sets as raw bytes on disk: sets larger than memory with the same interface. */
import { checkInteger } from "../../base/check.ts";
import type { Images, ImageShape } from "../../base/contracts.ts";
import { cannotWrite, temporaryName, tidyBefore } from "../../base/disk/files.ts";
import { dirname } from "../../base/disk/path.ts";
import { syncPath } from "../../setup/files.ts";

/** Images that are read from a file one at a time; close it when done. */
export interface ImageFile extends Images, Disposable {
  /** Releases the file; reading afterwards throws. */
  close(): void;
}

/**
 * Opens `count` images that lie one after the other in a raw file, [count, height, width, channels]
 * bytes. Nothing is loaded: each read takes the bytes of one image. Bytes after the images are allowed.
 *
 * @param start Position of the first image in the file, in bytes.
 * @throws {RangeError} The file is shorter than the images.
 */
export function openImageFile(
  path: string,
  shape: ImageShape,
  count: number,
  start = 0,
): ImageFile {
  checkInteger(count, "count", 0);
  const size = shape.height * shape.width * shape.channels;
  const found = Deno.statSync(path).size;
  if (found < start + count * size) {
    throw new RangeError(
      `Cannot open "${path}" as images: found ${found} bytes, want ${start + count * size} for ` +
        `${count} images of ${shape.height} x ${shape.width} x ${shape.channels}`,
    );
  }
  const file = Deno.openSync(path, { read: true });
  let isOpen = true;
  const close = () => {
    if (isOpen) file.close();
    isOpen = false;
  };
  return {
    count,
    shape,
    read(index, target, offset) {
      if (!(index >= 0 && index < count)) {
        throw new RangeError(`Cannot read image ${index}: "${path}" holds ${count} images`);
      }
      if (!isOpen) throw new Error(`Cannot read image ${index}: "${path}" is closed`);
      file.seekSync(start + index * size, Deno.SeekMode.Start);
      readFully(file, target.subarray(offset, offset + size), path);
    },
    close,
    [Symbol.dispose]: close,
  };
}

/** Fills `target` from the file's position. */
export function readFully(file: Deno.FsFile, target: Uint8Array, path: string): void {
  for (let done = 0; done < target.length;) {
    const count = file.readSync(target.subarray(done));
    if (count === null) {
      throw new RangeError(
        `Cannot read "${path}": found ${done} bytes up to its end, want ${target.length}`,
      );
    }
    done += count;
  }
}

/** Writes a file piece by piece; it appears under its name only when it is complete. */
export interface FileWriter {
  /** Bytes written so far. */
  readonly size: number;
  append(bytes: Uint8Array): void;
  /** Flushes to the disk and gives the file its name. */
  finish(): void;
  /** Drops what was written; does nothing after `finish`. */
  discard(): void;
}

/**
 * Starts a file that is written piece by piece and renamed at the end, so that a killed process leaves
 * either the old file or the new one. Call `discard` when something fails before `finish`.
 *
 * @throws {Error} The folder cannot be written, or the disk is full; names the file and the remedy.
 */
export function writeFileInPieces(path: string): FileWriter {
  tidyBefore(path);
  const temporary = temporaryName(path);
  const explain = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      writer.discard();
      throw cannotWrite(path, error);
    }
  };
  let file: Deno.FsFile | undefined;
  let size = 0;
  const writer: FileWriter = {
    get size() {
      return size;
    },
    append(bytes) {
      explain(() => {
        if (file === undefined) throw new Error("the writer is finished");
        for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
      });
      size += bytes.length;
    },
    finish() {
      explain(() => {
        if (file === undefined) throw new Error("the writer is finished");
        file.syncSync();
        file.close();
        file = undefined;
        Deno.renameSync(temporary, path);
        syncPath(dirname(path));
      });
    },
    discard() {
      if (file === undefined) return;
      file.close();
      file = undefined;
      try {
        Deno.removeSync(temporary);
      } catch {
        // Nothing is left to remove.
      }
    },
  };
  file = explain(() => Deno.openSync(temporary, { write: true, createNew: true }));
  return writer;
}

/** Writes image sets piece by piece. */
export interface ImageFileWriter {
  /** Images written so far. */
  readonly count: number;
  /** Adds whole images, [n, height, width, channels] bytes. */
  append(bytes: Uint8Array): void;
  /** Completes the file and opens it. */
  finish(): ImageFile;
  /** Drops what was written; does nothing after `finish`. */
  discard(): void;
}

/** Starts a raw image file for `openImageFile`; the file appears when it is finished. */
export function writeImageFile(path: string, shape: ImageShape): ImageFileWriter {
  const size = shape.height * shape.width * shape.channels;
  const writer = writeFileInPieces(path);
  return {
    get count() {
      return writer.size / size;
    },
    append(bytes) {
      if (bytes.length % size !== 0) {
        throw new RangeError(
          `Cannot append to "${path}": found ${bytes.length} bytes, want a multiple of ${size}`,
        );
      }
      writer.append(bytes);
    },
    finish() {
      const count = writer.size / size;
      writer.finish();
      return openImageFile(path, shape, count);
    },
    discard: () => writer.discard(),
  };
}
