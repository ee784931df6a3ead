/** A file on disk of which only the asked pieces are read. */

/** Pieces of a file by their place; close it when done. */
export interface FilePieces {
  /** Of the whole file, in bytes. */
  readonly size: number;
  /** @throws {Error} The file is closed, or ends before. */
  piece(start: number, length: number): Uint8Array<ArrayBuffer>;
  /** Releases the file. */
  close(): void;
}

/** @throws {Deno.errors.NotFound} There is no such file. */
export function openPieces(path: string): FilePieces {
  let file: Deno.FsFile | undefined = Deno.openSync(path, { read: true });
  const { size } = file.statSync();
  return {
    size,
    piece(start, length) {
      if (file === undefined) throw new Error("the zip is closed");
      // Before memory is taken for it: a damaged length may be anything.
      if (!(start >= 0 && start + length <= size)) throw new Error(`it ends at ${size} bytes`);
      const bytes = new Uint8Array(Math.max(0, length));
      file.seekSync(start, Deno.SeekMode.Start);
      for (let done = 0; done < bytes.length;) {
        const count = file.readSync(bytes.subarray(done));
        if (count === null) throw new Error(`it ends at ${start + done} bytes`);
        done += count;
      }
      return bytes;
    },
    close() {
      file?.close();
      file = undefined;
    },
  };
}
