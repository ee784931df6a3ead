/** The faces of a folder, decoded and reduced once and kept in one file under the hash of the folder. */
import { makeFolder, removeLeavings } from "../../base/disk/files.ts";
import { join } from "../../base/disk/path.ts";
import { countProgress, type CountSink, type ProgressSink } from "../../base/progress.ts";
import { readSafetensors, writeSafetensors } from "../../base/disk/safetensors.ts";
import { openJpegDecoder } from "../files/jpeg.ts";
import { sha256Of, shortHashOf } from "../files/hash.ts";
import { groupNearCopies } from "./copies.ts";
import { decodeFace, FACE_BYTES, type FaceFile, listFaces } from "./file_names.ts";

/** Raised when names, decoding, reduction or grouping change their outcome. */
const VERSION = 2;

/** Every file of the folder, and the pixels of those that are fit. */
export interface PreparedFaces {
  /** In the order of names; `row` is set where the pixels are there. */
  readonly files: readonly FaceFile[];
  /** [rows, 64, 64, 3]; copies are there once. */
  readonly pixels: Uint8Array;
  /** Group of each row; rows of one group show the same photograph. */
  readonly groups: Uint32Array;
  /** Whether the prepared file was there already. */
  readonly reused: boolean;
}

/** Where faces are read from, and where the prepared file goes. */
export interface PrepareOptions {
  /** The folder of the images. */
  readonly folder: string;
  /** The folder of prepared files; made when missing. */
  readonly cache: string;
  readonly progress?: ProgressSink;
  /** Stops between two images, before anything is written. */
  readonly signal?: AbortSignal;
}

/**
 * Reads all files of the folder and hashes them; the images themselves come from the prepared file, which
 * is made when it is missing or damaged. Its name holds the hash of all names and contents, so a changed
 * folder gets a new one. A kill leaves no half-written one; prepared files may be deleted at any time.
 */
export async function prepareFaces(options: PrepareOptions): Promise<PreparedFaces> {
  const { folder, cache } = options;
  const listed = await listFaces(folder, reporter("UTKFace: reading files", options));
  const encoder = new TextEncoder();
  const identity = shortHashOf(
    encoder.encode(`${VERSION}\n`),
    ...listed.map(({ name, hash }) => encoder.encode(`${name}/${hash}\n`)),
  );
  const path = join(cache, `utkface_64x64_${identity}.safetensors`);
  const found = await readPrepared(path);
  if (found !== undefined) return { ...found, reused: true };
  const made = await decodeAll(listed, options);
  await makeFolder(cache);
  // Of other identities too, which no writer would come by again.
  removeLeavings(cache);
  await writePrepared(path, made);
  return { ...made, reused: false };
}

/** What the prepared file holds. */
type Faces = Omit<PreparedFaces, "reused">;

async function decodeAll(listed: readonly FaceFile[], options: PrepareOptions): Promise<Faces> {
  const fit = listed.filter(({ rule }) => rule === undefined);
  const report = reporter("UTKFace: decoding images", options);
  const firstOf = new Map<string, Partial<FaceFile>>();
  const rows: Uint8Array[] = [];
  using decoder = openJpegDecoder();
  const source = { folder: options.folder, decoder };
  for (const [done, file] of fit.entries()) {
    if (!firstOf.has(file.hash)) {
      const result = await decodeFace(source, file);
      if ("rule" in result) firstOf.set(file.hash, result);
      else firstOf.set(file.hash, { row: rows.push(result.pixels) - 1 });
    }
    report(done + 1, fit.length);
  }
  const pixels = new Uint8Array(rows.length * FACE_BYTES);
  rows.forEach((row, i) => pixels.set(row, i * FACE_BYTES));
  const files = listed.map((file) =>
    file.rule === undefined ? { ...file, ...firstOf.get(file.hash) } : file
  );
  const groups = await groupNearCopies(pixels, reporter("UTKFace: looking for copies", options));
  return { files, pixels, groups };
}

async function writePrepared(path: string, faces: Faces): Promise<void> {
  const rows = faces.groups.length;
  const groups = Int32Array.from(faces.groups);
  const files = JSON.stringify(faces.files);
  await writeSafetensors(path, {
    arrays: {
      pixels: { shape: [rows, 64, 64, 3], values: faces.pixels },
      groups: { shape: [rows], values: groups },
    },
    metadata: { files, checksum: checksumOf(faces.pixels, groups, files) },
  });
}

/** The prepared file, or undefined where it is missing or damaged. */
async function readPrepared(path: string): Promise<Faces | undefined> {
  try {
    const { arrays, metadata } = await readSafetensors(path);
    const pixels = arrays.pixels!.values as Uint8Array;
    const groups = arrays.groups!.values as Int32Array;
    const { files, checksum } = metadata as { files: string; checksum: string };
    if (checksumOf(pixels, groups, files) !== checksum) return undefined;
    return { files: JSON.parse(files) as FaceFile[], pixels, groups: Uint32Array.from(groups) };
  } catch (error) {
    const isDamaged = error instanceof SyntaxError || error instanceof TypeError ||
      error instanceof RangeError;
    if (isDamaged || error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function checksumOf(pixels: Uint8Array, groups: Int32Array, files: string): string {
  const bytes = new Uint8Array(groups.buffer, groups.byteOffset, groups.byteLength);
  return sha256Of(pixels, bytes, new TextEncoder().encode(files));
}

/** Tells of every fiftieth item and of the last one; throws after an item when the work is to stop. */
function reporter(stage: string, { progress, signal }: PrepareOptions): CountSink {
  const report = countProgress(stage, progress);
  return (done, total) => {
    signal?.throwIfAborted();
    if (done % 50 === 0 || done === total) report(done, total);
  };
}
