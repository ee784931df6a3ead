/** One process at a time. */
import { dirname } from "node:path";
import { keepsNoLocks } from "./files.ts";

/** Who watches the waiting, and may end it. */
export interface LockWatch {
  /** Called about twice a second while another process holds the lock. */
  readonly waiting?: () => void;
  readonly signal?: AbortSignal;
}

/**
 * Waits until no other process holds the lock of a file, which is made where it is missing; the lock ends with the
 * process, however it ends. Where the file system keeps no locks, nobody waits.
 */
export async function lockFile(path: string, { waiting, signal }: LockWatch): Promise<Disposable> {
  await Deno.mkdir(dirname(path), { recursive: true });
  const lock = await Deno.open(path, { create: true, write: true });
  try {
    while (!await isOurs(lock)) {
      signal?.throwIfAborted();
      waiting?.();
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  } catch (error) {
    lock.close();
    throw error;
  }
  return lock;
}

/** Takes a lock if it is free; where the file system keeps none, two processes may work, and one's file is kept. */
async function isOurs(lock: Deno.FsFile): Promise<boolean> {
  try {
    return await lock.tryLock(true);
  } catch (error) {
    if (keepsNoLocks(error)) return true;
    throw error;
  }
}
