/** Checksums of data. */
import { createHash } from "node:crypto";

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
