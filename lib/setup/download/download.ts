/** A file from a public address: goes on where an earlier try stopped, and is there only when its checksum is right. */
import { dirname } from "node:path";
import { downloadText, type DownloadWatch } from "../command.ts";
import { explainFailure, SetUpError } from "../error.ts";
import { checkSpace, digestOfFile, exists, sizeOf, syncPath } from "../files.ts";
import { DATA_VARIABLE } from "../folders.ts";
import { lockFile } from "../lock.ts";
import { sleep } from "../sleep.ts";
import { PartFile } from "./part_file.ts";
import { Interrupted, Refused, transfer } from "./transfer.ts";

/** A file that anybody may get. */
export interface PublicFile {
  /** Of the set, for people: "Tiny-ImageNet". */
  readonly title: string;
  readonly url: string;
  readonly bytes: number;
  /** Hexadecimal digits, in small letters. */
  readonly checksum: { readonly algorithm: "md5" | "sha256"; readonly digits: string };
}

/** Where it goes, who watches, and how long the network may fail. */
export interface DownloadOptions extends DownloadWatch {
  /** Path of the whole file; beside it lies `PATH.part` until it is whole. */
  readonly path: string;
  /** Tries in a row that bring not one byte, after which it is given up; default: 5. */
  readonly tries?: number;
  /** Milliseconds before the second of them, doubled before each further one; default: 1,000. */
  readonly pauseMs?: number;
  /** Milliseconds without a byte after which a try is given up; default: 60,000. */
  readonly stallMs?: number;
}

/** The address cannot be reached, or gives no such file; another way to the set may be open. */
export class OutOfReach extends SetUpError {}

/**
 * Downloads a file unless it is there. Interrupted, by the network or by a kill, it goes on where it stopped when it is
 * called again; where the server's file has changed since, it begins anew.
 *
 * @throws {OutOfReach} No way to the server, or no such file there; says how much is kept.
 * @throws {SetUpError} A wrong checksum (of a download: it is deleted), no space, no right to write.
 * @throws The signal's reason; what came is kept.
 */
export async function download(file: PublicFile, options: DownloadOptions): Promise<void> {
  const { path, report, signal } = options;
  const what = `download ${file.title}`;
  try {
    if (await exists(path)) return await checkPresent(file, path);
    const lock = `${path}.lock`;
    using _lock = await lockFile(lock, {
      waiting: () => report?.("waiting for another process that downloads it"),
      signal,
    });
    if (await exists(path)) return await checkPresent(file, path);
    const part = new PartFile(path, file.url);
    checkSpace(dirname(path), file.bytes - await part.size(), what, DATA_VARIABLE);
    await receiveAll(file, part, options);
    report?.("comparing the checksum");
    await checkReceived(file, part);
    syncPath(part.path);
    await Deno.rename(part.path, path);
    syncPath(dirname(path));
    await part.remove();
    // Who waits for it looks at the file next.
    await Deno.remove(lock).catch(() => {});
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof SetUpError) throw error;
    throw explainFailure(what, String(error), dirname(path), DATA_VARIABLE);
  }
}

async function receiveAll(
  { title, url, bytes }: PublicFile,
  part: PartFile,
  options: DownloadOptions,
): Promise<void> {
  const { path, tries = 5, pauseMs = 1000, stallMs = 60_000, signal } = options;
  const onBytes = await progressOf(bytes, part, options);
  let fruitless = 0;
  while (true) {
    const before = await part.size();
    try {
      return await transfer(part, { url, bytes, stallMs, onBytes, signal });
    } catch (error) {
      const kept = await part.size();
      if (error instanceof Refused) {
        throw new OutOfReach(`Cannot download ${title}: ${error.message}; ${byHand(path)}`);
      }
      if (!(error instanceof Interrupted)) throw error;
      fruitless = kept > before ? 0 : fruitless + 1;
      if (fruitless < tries) {
        options.report?.(`${error.message}: trying again`);
        await sleep(pauseMs * 2 ** Math.max(0, fruitless - 1), signal);
        continue;
      }
      throw new OutOfReach(
        `Cannot download ${title}: found no way to ${url} (${error.message}); ${
          kept > 0 ? `${megabytes(kept)} of ${megabytes(bytes)} MB are kept: ` : ""
        }check the network and the proxy settings and run the same command again, or ${
          byHand(path)
        }`,
      );
    }
  }
}

/** Tells the watchers at most twice a second, and of the last byte. */
async function progressOf(
  bytes: number,
  part: PartFile,
  { report, onBytes }: DownloadOptions,
): Promise<(done: number) => void> {
  const before = await part.size();
  const start = performance.now();
  let last = -Infinity;
  return (done) => {
    const now = performance.now();
    if (now - last < 500 && done < bytes) return;
    last = now;
    // Fewer than before: it began anew.
    report?.(downloadText(done, bytes, (now - start) / 1000, Math.min(before, done)));
    onBytes?.(done, bytes);
  };
}

/** Throws unless a file that was there already is the published one; it is somebody's, and stays. */
async function checkPresent(file: PublicFile, path: string): Promise<void> {
  const { algorithm, digits } = file.checksum;
  const found = await digestOfFile(path, algorithm);
  if (found === digits) return;
  throw new SetUpError(
    `Cannot download ${file.title} to "${path}": found a file of this name there, ${await sizeOf(
      path,
    )} bytes with ${
      nameOf(algorithm)
    } ${found}, not ${digits}; use it as it is, or take it away and run the same ` +
      "command again",
  );
}

async function checkReceived(file: PublicFile, part: PartFile): Promise<void> {
  const { algorithm, digits } = file.checksum;
  const found = await digestOfFile(part.path, algorithm);
  if (found === digits) return;
  await part.remove();
  throw new SetUpError(
    `Cannot use the download of ${file.title}: found ${
      nameOf(algorithm)
    } ${found}, want ${digits}; it was deleted: ` +
      "run the same command again, on another network if it stays",
  );
}

function nameOf(algorithm: PublicFile["checksum"]["algorithm"]): string {
  return algorithm === "md5" ? "MD5" : "SHA-256";
}

function byHand(path: string): string {
  return `get it elsewhere and place it as "${path}"`;
}

function megabytes(bytes: number): string {
  return Math.round(bytes / 1e6).toLocaleString("en-US");
}
