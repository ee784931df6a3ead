/**
 * Stage results on disk under a hash of what made them: specification, inputs and the stage's code
 * version. Nobody names a file by hand; whatever changes an outcome changes the name, and a result that
 * is there was made by exactly this. Published results (committed) are looked up after working ones.
 */
import * as v from "valibot";
import { findNonFinite, findNull } from "../check.ts";
import {
  AnyObject,
  makeFolder,
  parseAs,
  readTextIfThere,
  removeLeavings,
  writeAtomically,
  writeTextAtomically,
} from "./files.ts";
import { takeLock } from "./lock.ts";
import { forgetPeak, residentBytes } from "../memory.ts";
import { join } from "./path.ts";
import { decodeSafetensors, type StoredArray, writeSafetensors } from "./safetensors.ts";

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
  /** Its notes have none: an older version wrote them. Arrays and key are checked all the same. */
  readonly lacksChecksum?: true;
}

/** What a stage leaves. */
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

  /** What this store has made: parts that several stages share are made again once. */
  readonly #made = new Set<string>();

  /**
   * The result of a stage: found, or made by `compute` under a lock, so that two processes never make
   * the same thing twice.
   *
   * Looking a result up takes no lock and writes nothing.
   *
   * @param compute Gets the folder for its checkpoints; the folder survives a kill.
   * @throws {RangeError} The result holds a number that is not finite; names stage, step and seed.
   * @throws The signal's reason, when it is aborted while another process makes the result.
   */
  async stage(
    key: StageKey,
    compute: (folder: string) => Promise<StageResult>,
    { title = key.stage, signal, onWait, ...options }: StageOptions = {},
  ): Promise<{ artifact: Artifact; reused: boolean }> {
    const id = await stageId(key);
    const fresh = this.#made.has(id) ? false : options.fresh;
    if (fresh !== "all") {
      const found = await this.find(id, { skipWork: fresh === true });
      if (found) return { artifact: found, reused: true };
    }
    const folder = join(this.work, id);
    await makeFolder(folder);
    using _lock = await takeLock(join(folder, LOCK), { what: title, signal, onWait });
    removeLeavings(folder, { all: true });
    if (!fresh) {
      // Another process may have finished it while this one waited for the lock.
      const found = await this.find(id);
      if (found) return { artifact: found, reused: true };
    }
    await clearFinished(folder);
    forgetPeak();
    const result = await compute(folder);
    checkResult(id, key, result);
    await this.#write(folder, id, key, result, residentBytes("VmHWM"));
    this.#made.add(id);
    const artifact: Artifact = { id, folder, origin: "work", ...result };
    return { artifact, reused: false };
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
      const text = await readTextIfThere(join(folder, DESCRIPTION));
      if (text !== undefined) return await load({ id, folder, text, origin });
    }
    return undefined;
  }

  /**
   * Copies a result made here to the published ones, where version control takes it. A published one whose notes have
   * no checksum gets one.
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
    if (found.origin === "published" && !found.lacksChecksum) return target;
    await makeFolder(target);
    if (found.origin === "work") {
      const arrays = await Deno.readFile(join(found.folder, ARRAYS));
      await writeAtomically(join(target, ARRAYS), [arrays]);
    }
    const path = join(found.folder, DESCRIPTION);
    const description = parseAs(Description, await Deno.readTextFile(path), {
      task: `publish "${id}"`,
      remedy: `delete "${found.folder}" and run again`,
    });
    await writeTextAtomically(join(target, DESCRIPTION), await describe(description));
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
    const description = {
      id,
      key,
      notes: result.notes,
      checksum: await shortHash(await Deno.readFile(path)),
      ...(peakBytes !== undefined && { peakBytes }),
    };
    // Written last: a result without its description does not exist.
    await writeTextAtomically(join(folder, DESCRIPTION), await describe(description));
  }
}

/** How a stage is looked up or made; none of it moves a result. */
export interface StageOptions {
  /** Ignore results made here before this store was opened (published ones too when "all"). */
  readonly fresh?: boolean | "all";
  /** For whoever waits for it; default: the stage's name. */
  readonly title?: string;
  /** Ends the waiting for another process that makes the same result. */
  readonly signal?: AbortSignal;
  /** Receives who makes the result while this process waits. */
  readonly onWait?: (holder: string) => void;
}

const Description = v.looseObject({
  id: v.string(),
  key: v.strictObject({
    stage: v.string(),
    codeVersion: v.number(),
    specification: v.unknown(),
    inputs: v.record(v.string(), v.string()),
  }),
  notes: AnyObject,
  /** Of the arrays' file. */
  checksum: v.string(),
  /** The most memory that the process held while it was made (by the last of several), everything counted. */
  peakBytes: v.optional(v.number()),
  /** Of all else that is here; older descriptions have none. */
  descriptionChecksum: v.optional(v.string()),
});
type Description = v.InferOutput<typeof Description>;

/** A description as text, under its checksum. */
async function describe(description: Description): Promise<string> {
  const { descriptionChecksum: _old, ...rest } = description;
  const descriptionChecksum = await shortHash(canonicalJson(rest));
  return JSON.stringify({ ...rest, descriptionChecksum }, null, 1) + "\n";
}

/**
 * Throws where a number of a stage's result is not finite: JSON would keep it as null, and weights would give no
 * number ever after.
 */
function checkResult(id: string, { stage, specification }: StageKey, result: StageResult): void {
  const arrays = Object.fromEntries(
    Object.entries(result.arrays).map(([name, { values }]) => [name, values]),
  );
  const found = findNonFinite(result.notes) ?? findNonFinite(arrays);
  if (found === undefined) return;
  const { seed } = (specification ?? {}) as { seed?: unknown };
  throw new RangeError(
    `Cannot keep the result of stage "${stage}" (${id}): found ${found.value} in ${found.place}` +
      (found.step === undefined ? "" : ` at step ${found.step}`) +
      (seed === undefined ? "" : ` with seed ${seed}`) + ", want finite numbers",
  );
}

/** Reads a finished result, whose description is `text`. */
async function load(
  { id, folder, text, origin }: Pick<Artifact, "id" | "folder" | "origin"> & { text: string },
): Promise<Artifact> {
  const purpose = {
    task: `use stage result "${id}"`,
    remedy: `delete "${folder}" and run again`,
  };
  const damaged = (why: string) =>
    new SyntaxError(`Cannot ${purpose.task}: ${why}; ${purpose.remedy}`);
  const description = parseAs(Description, text, purpose);
  // The name of a folder is the hash of what made its content.
  const keyId = await stageId(description.key);
  for (const [what, found] of [["id", description.id], ["key", keyId]] as const) {
    if (found !== id) throw damaged(`found the ${what} of "${found}" in ${DESCRIPTION}`);
  }
  const { descriptionChecksum, ...described } = description;
  if (descriptionChecksum !== undefined) {
    const found = await shortHash(canonicalJson(described));
    if (found !== descriptionChecksum) {
      throw damaged(`found checksum ${found} of ${DESCRIPTION}, want ${descriptionChecksum}`);
    }
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
  const { arrays, metadata } = decodeSafetensors(bytes, path);
  if (metadata.id !== id) throw damaged(`found the arrays of "${metadata.id}" in ${ARRAYS}`);
  const { notes } = description;
  const empty = findNull(notes);
  if (empty !== undefined) {
    throw damaged(`found a number that was not finite, ${empty}, in its notes`);
  }
  const lacksChecksum = descriptionChecksum === undefined && { lacksChecksum: true as const };
  return { id, folder, arrays, notes, origin, ...lacksChecksum };
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
