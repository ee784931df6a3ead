/** Locks between processes: who waits hears for whom, and can be stopped. */
import { hostname } from "node:os";
import { keepsNoLocks } from "../../setup/files.ts";
import { sleep } from "../../setup/sleep.ts";
import { cannotWrite } from "./files.ts";
import { takeLease } from "./lease.ts";

/** What a lock is for. */
export interface LockOptions {
  /** What is made under it, for whoever waits: a stage's title or id. */
  readonly what: string;
  /** Stops the waiting with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called at once, and again whenever the holder changes, when another process has the lock. */
  readonly onWait?: (holder: string) => void;
  /** Called with the file's name where its file system keeps no locks. */
  readonly onWithoutLocks?: (path: string) => void;
}

/** Ends the name of a lease, which begins with that of the lock. */
export const LEASE = ".lease";

/** Milliseconds between two attempts. */
const PAUSE = 200;

/**
 * Takes the lock of a file, which is made where it is missing; freed by disposing it, and by the system when the
 * process ends, however it ends. Where the file system keeps no locks, a lease beside the file takes its place.
 *
 * @throws The signal's reason, when it is aborted while another process has the lock.
 * @throws {Error} The file cannot be written.
 */
export async function takeLock(path: string, options: LockOptions): Promise<Disposable> {
  const { what, signal, onWait, onWithoutLocks } = options;
  const since = new Date().toISOString();
  const holder = { pid: Deno.pid, host: hostname(), since, what };
  let told: string | undefined;
  const wait = async (place: string) => {
    const found = await holderOf(place);
    if (found !== told) onWait?.(told = found);
    await sleep(PAUSE, signal);
  };
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path, { create: true, read: true, write: true });
  } catch (error) {
    throw cannotWrite(path, error);
  }
  try {
    while (!await file.tryLock(true)) await wait(path);
    const text = JSON.stringify({ ...holder, since: new Date().toISOString() });
    await file.truncate();
    await file.write(new TextEncoder().encode(text));
    return file;
  } catch (error) {
    file.close();
    if (!keepsNoLocks(error)) throw error;
    onWithoutLocks?.(path);
    const lease = `${path}${LEASE}`;
    return await takeLease(lease, { holder, onHeld: () => wait(lease) });
  }
}

/** Who has the lock, since when and for what, as it says itself. */
async function holderOf(path: string): Promise<string> {
  try {
    const { pid, host, since, what } = JSON.parse(await Deno.readTextFile(path));
    const time = new Date(since).toTimeString().slice(0, 5);
    const day = new Date(since).toDateString() === new Date().toDateString()
      ? ""
      : `${String(since).slice(0, 10)} `;
    const where = host === hostname() ? "" : ` on ${host}`;
    return `process ${pid}${where}, at work on ${what} since ${day}${time}`;
  } catch {
    // It took the lock just now, or is of a version that wrote nothing.
    return "another process, at work on the same";
  }
}
