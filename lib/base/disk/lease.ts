/**
 * A lock for file systems that keep none: a file that only one process can make and that is renewed while its maker
 * works. Slower to notice a death than a lock of the system's: on this machine at once, on another one after minutes.
 */
import { hostname } from "node:os";
import * as v from "valibot";
import { cannotWrite, isAlive, readIfFit, readTextIfThere, writeTextAtomically } from "./files.ts";
import { shortHash } from "./identity.ts";

/** How a lease is taken. */
export interface LeaseOptions {
  /** What its file says of its holder, for people who wait. */
  readonly holder: Readonly<Record<string, unknown>>;
  /** Waits until the next attempt while another process has it; ends the waiting by throwing. */
  readonly onHeld: () => Promise<void>;
  /** Milliseconds without a renewal after which a holder is taken for dead; default: five minutes. */
  readonly deadAfter?: number;
}

/** Milliseconds between two renewals: a step of a training may hold one up for as long as it takes. */
const RENEWAL = 15_000;
const DEAD_AFTER = 300_000;

const Holder = v.looseObject({ pid: v.number(), host: v.string(), token: v.string() });

/** Of the leases of this process. */
const ours = new Set<string>();

/**
 * Takes a lease; given back by disposing it. Every file system promises that only one process makes a file.
 *
 * @throws What `onHeld` throws.
 * @throws {Error} The file cannot be written.
 */
export async function takeLease(
  path: string,
  { holder, onHeld, deadAfter = DEAD_AFTER }: LeaseOptions,
): Promise<Disposable> {
  const token = crypto.randomUUID();
  const text = JSON.stringify({ ...holder, pid: Deno.pid, host: hostname(), token });
  // Before the file is there: a lease of this process without it would be that of an earlier one of the same number.
  ours.add(token);
  try {
    await makeOrReplace(path, text, { onHeld, deadAfter });
  } catch (error) {
    ours.delete(token);
    throw error;
  }
  const timer = setInterval(() => void renew(path), RENEWAL);
  Deno.unrefTimer(timer);
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      ours.delete(token);
      // Another process has it where this one was silent for too long.
      if (textOf(path) === text) Deno.removeSync(path);
    },
  };
}

/** Waits until the file holds `text`. */
async function makeOrReplace(
  path: string,
  text: string,
  { onHeld, deadAfter }: Required<Pick<LeaseOptions, "onHeld" | "deadAfter">>,
): Promise<void> {
  let [renewed, since] = [0, Date.now()];
  while (!await makeWith(path, text)) {
    const time = await Deno.stat(path).then(({ mtime }) => mtime?.getTime() ?? 0, () => 0);
    // Clocks of machines differ, so only this one's is asked how long nothing has changed.
    if (time !== renewed) [renewed, since] = [time, Date.now()];
    const found = await readTextIfThere(path);
    if (found === undefined) continue;
    const isDead = Date.now() - since > deadAfter || await isGone(path);
    if (isDead && await replace(path, found, text)) return;
    await onHeld();
  }
}

/** Makes the file; false where it is there. */
async function makeWith(path: string, text: string): Promise<boolean> {
  try {
    await Deno.writeTextFile(path, text, { createNew: true });
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw cannotWrite(path, error);
  }
}

/** Whether the holder is a process of this machine that has ended: numbers of processes come back. */
async function isGone(path: string): Promise<boolean> {
  const holder = await readIfFit(Holder, path);
  // Its text is not there yet.
  if (holder === undefined || holder.host !== hostname()) return false;
  return holder.pid === Deno.pid ? !ours.has(holder.token) : !isAlive(holder.pid);
}

/**
 * Puts this process in a dead holder's place. Only one process at a time may try, by a file named after the dead one;
 * whoever comes to it later finds another text under `path` and tries nothing.
 */
async function replace(path: string, dead: string, text: string): Promise<boolean> {
  const claim = `${path}.${await shortHash(dead)}`;
  if (!await makeWith(claim, text)) {
    // Its maker may have died in the next few lines.
    if (await isGone(claim)) await Deno.remove(claim).catch(() => {});
    return false;
  }
  try {
    if (await readTextIfThere(path) !== dead) return false;
    await writeTextAtomically(path, text);
    return true;
  } finally {
    await Deno.remove(claim);
  }
}

async function renew(path: string): Promise<void> {
  const now = new Date();
  // A lease that cannot be renewed now may be in a quarter of a minute.
  await Deno.utime(path, now, now).catch(() => {});
}

function textOf(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return undefined;
  }
}
