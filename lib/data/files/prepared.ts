/** Decoded images of a set in one raw file with a stamp beside it: made once, checked at every start. */
import { createHash } from "node:crypto";
import * as v from "valibot";
import type { ImageShape } from "../../base/contracts.ts";
import {
  Crc32,
  makeFolder,
  readIfFit,
  removeLeavings,
  writeTextAtomically,
} from "../../base/disk/files.ts";
import { join } from "../../base/disk/path.ts";
import { type ImageFile, openImageFile, writeFileInPieces } from "./disk_images.ts";
import { isUndamaged, shortHashOf } from "./hash.ts";

/** What to prepare, and where. */
export interface PrepareRequest<Notes> {
  /** The folder of prepared files; made where it is missing. */
  readonly cache: string;
  /** First part of the file's name, such as "tiny_imagenet". */
  readonly name: string;
  /** All that decides the pixels: the names and stamps of the originals, options, a version. */
  readonly identity: readonly string[];
  readonly shape: ImageShape;
  /** Schema of what is kept beside the pixels, such as labels and skipped files. */
  readonly notes: v.GenericSchema<Notes>;
  /** Hands whole images to `append` and returns the notes. */
  readonly make: (append: (pixels: Uint8Array) => void) => Promise<Notes>;
}

/** Images that are ready to be read; close them when done. */
export interface Prepared<Notes> {
  readonly images: ImageFile;
  /** SHA-256 of all pixels. */
  readonly sha256: string;
  readonly notes: Notes;
  /** Whether the file was there already. */
  readonly isReused: boolean;
}

/** Beside the pixels. */
const StampSchema = v.object({
  count: v.number(),
  sha256: v.string(),
  crc32: v.string(),
  notes: v.unknown(),
});

/**
 * Opens the prepared file of an identity, `<name>_<hash>.u8`, or makes it where it is missing or damaged. A kill leaves
 * no half-written one. Prepared files may be deleted at any time.
 *
 * @throws What `make` throws; then no file is left.
 * @throws {Error} The folder cannot be written, or the disk is full.
 */
export async function prepareImages<Notes>(
  request: PrepareRequest<Notes>,
): Promise<Prepared<Notes>> {
  const { cache, name, identity, shape, make } = request;
  const hash = shortHashOf(...identity.map((part) => new TextEncoder().encode(`${part}\n`)));
  const path = join(cache, `${name}_${hash}.u8`);
  const stampPath = `${path}.json`;
  const size = shape.height * shape.width * shape.channels;
  const known = await readIfFit(StampSchema, stampPath);
  const found = (await Deno.stat(path).catch(() => undefined))?.size;
  const isWhole = known !== undefined && v.is(request.notes, known.notes) &&
    found === known.count * size && await isUndamaged(path, known);
  if (isWhole) {
    const images = openImageFile(path, shape, known.count);
    return { images, sha256: known.sha256, notes: known.notes as Notes, isReused: true };
  }
  await makeFolder(cache);
  // Of other identities too, which no writer would come by again.
  removeLeavings(cache);
  await Deno.remove(stampPath).catch(() => undefined);
  const digest = createHash("sha256");
  const crc32 = new Crc32();
  const writer = writeFileInPieces(path);
  try {
    const notes = await make((pixels) => {
      writer.append(pixels);
      digest.update(pixels);
      crc32.update(pixels);
    });
    const count = writer.size / size;
    writer.finish();
    const sha256 = digest.digest("hex");
    const stamp = { count, sha256, crc32: crc32.digest(), notes };
    await writeTextAtomically(stampPath, JSON.stringify(stamp));
    return { images: openImageFile(path, shape, count), sha256, notes, isReused: false };
  } finally {
    writer.discard();
  }
}
