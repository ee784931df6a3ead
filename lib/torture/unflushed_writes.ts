/**
 * What a disk forgets when the power fails: bytes that were written and not flushed, and names that were given since
 * their folder was flushed last. Worse than most file systems, which keep the order of names.
 */
import type { Rng } from "../base/rng.ts";
import { dirname } from "../base/disk/path.ts";

/** A name that its folder does not hold for good yet. */
interface YoungName {
  readonly path: string;
  /** The name before; absent for a new file. */
  readonly from?: string;
  /** What had the name before. */
  readonly before?: Uint8Array;
}

/** Follows the writes of one process. */
export class UnflushedWrites {
  /** Bytes of each file that are safe; the rest of it is not. */
  readonly #safe = new Map<string, number>();
  #names: YoungName[] = [];

  /** A file was made. */
  named(path: string): void {
    this.#names.push({ path });
    this.#safe.set(path, 0);
  }

  /** Bytes come to a file; what it held before is safe. */
  written(path: string): void {
    if (!this.#safe.has(path)) this.#safe.set(path, sizeOf(path));
  }

  /** A file's bytes, or a folder's names, are on the disk. */
  flushed(path: string): void {
    this.#safe.delete(path);
    this.#names = this.#names.filter((name) => dirname(name.path) !== path);
  }

  /** A file is about to get another name. */
  renaming(from: string, to: string): void {
    const before = readIfThere(to);
    this.#names = this.#names.filter(({ path }) => path !== from);
    this.#names.push({ path: to, from, ...(before && { before }) });
    const safe = this.#safe.get(from);
    this.#safe.delete(from);
    if (safe === undefined) this.#safe.delete(to);
    else this.#safe.set(to, safe);
  }

  /** The power fails: each unsafe piece is kept, lost or torn, as the stream decides. */
  lose(rng: Rng): void {
    for (const [path, safe] of this.#safe) {
      const bytes = readIfThere(path);
      if (bytes !== undefined) Deno.writeFileSync(path, torn(bytes, safe, rng.integer(4)));
    }
    for (const { path, from, before } of this.#names.toReversed()) {
      if (rng.integer(2) === 0) continue;
      const bytes = readIfThere(path);
      if (bytes === undefined) continue;
      if (from !== undefined) Deno.writeFileSync(from, bytes);
      if (before !== undefined) Deno.writeFileSync(path, before);
      else Deno.removeSync(path);
    }
  }
}

/** What is left of a file whose first `safe` bytes were flushed. */
function torn(bytes: Uint8Array, safe: number, kind: number): Uint8Array {
  const left = bytes.slice();
  const middle = (safe + bytes.length) >> 1;
  if (kind === 1) return left.subarray(0, safe);
  if (kind === 2) return left.fill(0, safe, middle);
  return kind === 3 ? left.fill(0, middle) : left;
}

function readIfThere(path: string): Uint8Array | undefined {
  try {
    return Deno.readFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0;
  }
}
