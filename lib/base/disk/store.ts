/**
 * Stage results on disk under a hash of what made them: specification, inputs and the stage's code
 * version. Nobody names a file by hand; whatever changes an outcome changes the name, and a result that
 * is there was made by exactly this. Published results (committed) are looked up after working ones.
 */
import {
  makeFolder,
  parseAs,
  readTextIfThere,
  removeLeavings,
  writeAtomically,
  writeTextAtomically,
} from "./files.ts";
import { LEASE, takeLock } from "./lock.ts";
import {
  ARRAYS,
  type Artifact,
  checkResult,
  describe,
  DESCRIPTION,
  Description,
  loadArtifact,
  type StageResult,
} from "./artifact.ts";
import { shortHash, stageId, type StageKey } from "./identity.ts";
import { forgetPeak, residentBytes } from "../memory.ts";
import { join } from "./path.ts";
import { writeSafetensors } from "./safetensors.ts";

const LOCK = "lock";

/** Where stage results live; safe with several processes. */
export class Store {
  /**
   * A store on two folders, of which neither need be there.
   *
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
    { title = key.stage, signal, onWait, onWithoutLocks, ...options }: StageOptions = {},
  ): Promise<{ artifact: Artifact; reused: boolean }> {
    const id = await stageId(key);
    const fresh = this.#made.has(id) ? false : options.fresh;
    if (fresh !== "all") {
      const found = await this.find(id, { skipWork: fresh === true });
      if (found) return { artifact: found, reused: true };
    }
    const folder = join(this.work, id);
    await makeFolder(folder);
    const waiting = { what: title, signal, onWait, onWithoutLocks };
    using _lock = await takeLock(join(folder, LOCK), waiting);
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
    const peakBytes = residentBytes("VmHWM");
    await this.#write(folder, id, key, result, peakBytes);
    this.#made.add(id);
    const memory = peakBytes !== undefined && { peakBytes };
    const artifact: Artifact = { id, key, folder, origin: "work", ...memory, ...result };
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
      if (text !== undefined) return await loadArtifact({ id, folder, text, origin });
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
  /** Receives the name of a lock that the file system does not keep; see `takeLock`. */
  readonly onWithoutLocks?: (path: string) => void;
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
    if (name === LOCK || name === `${LOCK}${LEASE}`) continue;
    await Deno.remove(join(folder, name), { recursive: true });
  }
}
