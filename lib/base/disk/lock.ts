/** Locks between processes: who waits hears for whom, and can be stopped. */
import { hostname } from "node:os";
import { cannotWrite } from "./files.ts";

/** What a lock is for. */
export interface LockOptions {
  /** What is made under it, for whoever waits: a stage's title or id. */
  readonly what: string;
  /** Stops the waiting with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called at once, and again whenever the holder changes, when another process has the lock. */
  readonly onWait?: (holder: string) => void;
}

/** Milliseconds between two attempts. */
const PAUSE = 200;

/**
 * Takes the lock of a file, which is made where it is missing; freed by disposing it, and by the system when the
 * process ends, however it ends.
 *
 * @throws The signal's reason, when it is aborted while another process has the lock.
 * @throws {Error} The file cannot be written.
 */
export async function takeLock(
  path: string,
  { what, signal, onWait }: LockOptions,
): Promise<Disposable> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path, { create: true, read: true, write: true });
  } catch (error) {
    throw cannotWrite(path, error);
  }
  try {
    let told: string | undefined;
    while (!await file.tryLock(true)) {
      const holder = await holderOf(path);
      if (holder !== told) onWait?.(told = holder);
      await pause(signal);
    }
    const since = new Date().toISOString();
    const text = JSON.stringify({ pid: Deno.pid, host: hostname(), since, what });
    await file.truncate();
    await file.write(new TextEncoder().encode(text));
    return file;
  } catch (error) {
    file.close();
    throw error;
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

function pause(signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal!.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, PAUSE);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
