/**
 * Stage results on disk under a hash of what made them: specification, inputs and the stage's code
 * version. Nobody names a file by hand; whatever changes an outcome changes the name, and a result that
 * is there was made by exactly this. Published results (committed) are looked up after working ones.
 */
import { forgetPeak, residentBytes } from "./memory.ts";
import { join } from "./path.ts";
import {
  readSafetensors,
  type StoredArray,
  writeAtomically,
  writeSafetensors,
} from "./safetensors.ts";

/** What decides the outcome of a stage. */
export interface StageKey {
  /** Name of the stage, such as "cgan". */
  readonly stage: string;
  /** Raised by hand when the stage's code changes its outcome. */
  readonly codeVersion: number;
  /** Options of the stage, as plain JSON. */
  readonly specification: unknown;
  /** Identities of data sets and earlier results that go in, by role. */
  readonly inputs: Readonly<Record<string, string>>;
}

/** A finished stage. */
export interface Artifact {
  /** "<stage>-<hash>". */
  readonly id: string;
  /** Where its files are. */
  readonly folder: string;
  /** Weights and whatever else is numbers, by name. */
  readonly arrays: Record<string, StoredArray>;
  /** Curves, counts and whatever else the stage wants to keep, as plain JSON. */
  readonly notes: Record<string, unknown>;
  /** "published" where it came with the repository. */
  readonly origin: "work" | "published";
}

/** What a stage leaves behind. */
export interface StageResult {
  readonly arrays: Record<string, StoredArray>;
  readonly notes: Record<string, unknown>;
}

const ARRAYS = "arrays.safetensors";
const DESCRIPTION = "artifact.json";
const LOCK = "lock";

/**
 * JSON with sorted keys, so that the order of writing does not change a hash.
 *
 * @throws {RangeError} A number is not finite.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, entry) => {
    if (typeof entry === "number" && !Number.isFinite(entry)) {
      throw new RangeError(`Cannot hash a specification that holds ${entry}: want finite numbers`);
    }
    if (entry === null || typeof entry !== "object" || Array.isArray(entry)) return entry;
    return Object.fromEntries(
      Object.entries(entry).sort(([a], [b]) => a < b ? -1 : 1),
    );
  });
}

/** First 16 hexadecimal digits of the SHA-256 of bytes or text. */
export async function shortHash(content: string | Uint8Array): Promise<string> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as BufferSource));
  return Array.from(digest.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Identity of a stage's outcome: "<stage>-<hash>". */
export async function stageId(key: StageKey): Promise<string> {
  return `${key.stage}-${await shortHash(canonicalJson(key))}`;
}

/** Where stage results live; safe with several processes. */
export class Store {
  /**
   * @param work Folder of results made here.
   * @param published Folder of results that came with the repository, read only.
   */
  constructor(readonly work: string, readonly published?: string) {}

  /** What this store has made: parts that several stages share are made anew once. */
  readonly #made = new Set<string>();

  /**
   * The result of a stage: found, or made by `compute` under a lock, so that two processes never make
   * the same thing twice.
   *
   * @param compute Gets the folder for its checkpoints; the folder survives a kill.
   * @param options.fresh Ignore results made here before this store was opened (published ones too when "all").
   */
  async stage(
    key: StageKey,
    compute: (folder: string) => Promise<StageResult>,
    options: { fresh?: boolean | "all" } = {},
  ): Promise<{ artifact: Artifact; reused: boolean }> {
    const id = await stageId(key);
    const fresh = this.#made.has(id) ? false : options.fresh;
    if (fresh !== "all") {
      const found = await this.find(id, { skipWork: fresh === true });
      if (found) return { artifact: found, reused: true };
    }
    const folder = join(this.work, id);
    await Deno.mkdir(folder, { recursive: true });
    using lock = await Deno.open(join(folder, LOCK), { create: true, write: true });
    await lock.lock(true);
    if (!fresh) {
      // Another process may have finished it while this one waited for the lock.
      const found = await this.find(id);
      if (found) return { artifact: found, reused: true };
    }
    await clearFinished(folder);
    forgetPeak();
    const result = await compute(folder);
    await this.#write(folder, id, key, result, residentBytes("VmHWM"));
    this.#made.add(id);
    return { artifact: { id, folder, origin: "work", ...result }, reused: false };
  }

  /** Whether a finished result is there; its bytes are not looked at. */
  async has(id: string, options: { skipWork?: boolean } = {}): Promise<boolean> {
    for (const root of [options.skipWork ? undefined : this.work, this.published]) {
      if (root === undefined) continue;
      const found = await Deno.stat(join(root, id, DESCRIPTION)).catch((error) => {
        if (error instanceof Deno.errors.NotFound) return undefined;
        throw error;
      });
      if (found) return true;
    }
    return false;
  }

  /**
   * A finished result, or undefined.
   *
   * @throws {SyntaxError} The stored bytes are damaged; the message names the folder to delete.
   */
  async find(id: string, options: { skipWork?: boolean } = {}): Promise<Artifact | undefined> {
    const places: [string | undefined, Artifact["origin"]][] = [
      [options.skipWork ? undefined : this.work, "work"],
      [this.published, "published"],
    ];
    for (const [root, origin] of places) {
      if (root === undefined) continue;
      const folder = join(root, id);
      let text: string;
      try {
        text = await Deno.readTextFile(join(folder, DESCRIPTION));
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) continue;
        throw error;
      }
      return await load({ id, folder, text, origin });
    }
    return undefined;
  }

  /**
   * Copies a result made here to the published ones, where version control takes it.
   *
   * @throws {RangeError} It is not here, or there is no folder for published results.
   */
  async publish(id: string): Promise<string> {
    if (this.published === undefined) {
      throw new RangeError(`Cannot publish "${id}": the store has no folder for published results`);
    }
    const found = await this.find(id);
    if (found === undefined) {
      throw new RangeError(`Cannot publish "${id}": no such result in "${this.work}"`);
    }
    const target = join(this.published, id);
    if (found.origin === "published") return target;
    await Deno.mkdir(target, { recursive: true });
    for (const name of [ARRAYS, DESCRIPTION]) {
      await writeAtomically(join(target, name), [await Deno.readFile(join(found.folder, name))]);
    }
    return target;
  }

  async #write(
    folder: string,
    id: string,
    key: StageKey,
    result: StageResult,
    peakBytes: number | undefined,
  ): Promise<void> {
    const path = join(folder, ARRAYS);
    await writeSafetensors(path, { arrays: result.arrays, metadata: { id } });
    const description: Description = {
      id,
      key,
      notes: result.notes,
      checksum: await shortHash(await Deno.readFile(path)),
      ...(peakBytes !== undefined && { peakBytes }),
    };
    // Written last: a result without its description does not exist.
    const text = JSON.stringify(description, null, 1) + "\n";
    await writeAtomically(join(folder, DESCRIPTION), [new TextEncoder().encode(text)]);
  }
}

interface Description {
  readonly id: string;
  readonly key: StageKey;
  readonly notes: Record<string, unknown>;
  readonly checksum: string;
  /** The most memory that the process held while it was made (by the last of several), everything counted. */
  readonly peakBytes?: number;
}

/** Reads a finished result, whose description is `text`. */
async function load(
  { id, folder, text, origin }: Pick<Artifact, "id" | "folder" | "origin"> & { text: string },
): Promise<Artifact> {
  const damaged = (why: string) =>
    new SyntaxError(
      `Cannot use stage result "${id}": ${why}; delete "${folder}" and run again`,
    );
  let description: Description;
  try {
    description = JSON.parse(text);
  } catch {
    throw damaged(`${DESCRIPTION} is not JSON`);
  }
  const path = join(folder, ARRAYS);
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw damaged(`${ARRAYS} is missing`);
    throw error;
  }
  const checksum = await shortHash(bytes);
  if (checksum !== description.checksum) {
    throw damaged(`found checksum ${checksum}, want ${description.checksum}`);
  }
  const { arrays } = await readSafetensors(path);
  return { id, folder, arrays, notes: description.notes, origin };
}

/**
 * Removes a finished result with its checkpoints, since a fresh training must not go on from the end of
 * the last one. A folder without a result keeps its checkpoints: somebody was stopped there.
 */
async function clearFinished(folder: string): Promise<void> {
  try {
    // First, so that a kill in here leaves no result either.
    await Deno.remove(join(folder, DESCRIPTION));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  for await (const { name } of Deno.readDir(folder)) {
    if (name !== LOCK) await Deno.remove(join(folder, name), { recursive: true });
  }
}
