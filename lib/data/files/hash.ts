/** Checksums of data. */
import { createHash } from "node:crypto";
import type { Images } from "../../base/contracts.ts";
import { Crc32 } from "../../base/disk/files.ts";

/** First 16 hexadecimal digits of the SHA-256 over all parts, one after the other. */
export function shortHashOf(...parts: readonly Uint8Array[]): string {
  return sha256Of(...parts).slice(0, 16);
}

/** SHA-256 over all parts, one after the other, in hexadecimal digits. */
export function sha256Of(...parts: readonly Uint8Array[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}

/** The same where some parts are images, of which one at a time is in memory. */
export function shortHashOfImages(...parts: readonly (Uint8Array | Images)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) {
    if (part instanceof Uint8Array) hash.update(part);
    else for (const image of eachOf(part)) hash.update(image);
  }
  return hash.digest("hex").slice(0, 16);
}

function* eachOf({ count, shape, read }: Images): Generator<Uint8Array> {
  const bytes = new Uint8Array(shape.height * shape.width * shape.channels);
  for (let i = 0; i < count; i++) {
    read(i, bytes, 0);
    yield bytes;
  }
}

/** Checksums of a large file, which its stamp keeps beside it. */
export interface FileChecksums {
  /** SHA-256 of all bytes: part of the identity of what is made from it. */
  readonly sha256: string;
  /** CRC-32 of all bytes, which is quick to compare; older stamps have none. */
  readonly crc32?: string;
}

/**
 * Whether all bytes of a file are those of its stamp. 541 MB take a quarter of a second with a CRC-32, and 1.3 s
 * without.
 */
export async function isUndamaged(path: string, stamp: FileChecksums): Promise<boolean> {
  const crc32 = new Crc32();
  const sha256 = createHash("sha256");
  using file = await Deno.open(path, { read: true });
  const buffer = new Uint8Array(1 << 22);
  for (let size = await file.read(buffer); size !== null; size = await file.read(buffer)) {
    const part = buffer.subarray(0, size);
    if (stamp.crc32 === undefined) sha256.update(part);
    else crc32.update(part);
  }
  return stamp.crc32 === undefined
    ? sha256.digest("hex") === stamp.sha256
    : crc32.digest() === stamp.crc32;
}
