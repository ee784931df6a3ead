/** Checkpoints of generators, which trainings of several lengths and with the same first steps share. */
import { checkpointStep } from "../../../base/disk/checkpoint.ts";
import { makeFolder, writeAtomically } from "../../../base/disk/files.ts";
import { canonicalJson, shortHash } from "../../../base/disk/identity.ts";
import { type LockOptions, takeLock } from "../../../base/disk/lock.ts";
import { join } from "../../../base/disk/path.ts";
import type { Store } from "../../../base/disk/store.ts";
import { CHECKPOINT } from "../context.ts";

/** A training that the wanted one continues, and up to which step the two are the same. */
export interface TrainingStart {
  readonly key: unknown;
  readonly most: number;
}

/** Folder of a training's checkpoint. */
async function trainingName(key: unknown): Promise<string> {
  return `cgan-training-${await shortHash(canonicalJson(key))}`;
}

/** Keeps other processes from a training's checkpoint; its folder is made where it is missing. */
export async function lockTraining(
  store: Store,
  key: unknown,
  options: LockOptions,
): Promise<Disposable> {
  const folder = join(store.work, await trainingName(key));
  await makeFolder(folder);
  return await takeLock(join(folder, "lock"), options);
}

/**
 * The checkpoint to go on from. Rates are constant or fall from a stated step at a stated pace, so a longer training
 * continues a shorter one: checkpoints go by everything but the length and the sampling. What came with the repository
 * is copied; a training that is past the wanted length is left alone.
 *
 * @param starts The wanted training first.
 */
export async function findCheckpoint(
  store: Store,
  { own, starts }: { own: string; starts: readonly [TrainingStart, ...TrainingStart[]] },
): Promise<string> {
  const shared = join(store.work, await trainingName(starts[0].key), CHECKPOINT);
  const done = await checkpointStep(shared);
  if (done !== undefined) return done <= starts[0].most ? shared : join(own, CHECKPOINT);
  const roots = [store.work, ...(store.published === undefined ? [] : [store.published])];
  for (const { key, most } of starts) {
    for (const root of roots) {
      const path = join(root, await trainingName(key), CHECKPOINT);
      const step = await checkpointStep(path);
      if (step === undefined || step > most) continue;
      await writeAtomically(shared, [await Deno.readFile(path)]);
      return shared;
    }
  }
  return shared;
}
