/** Disks that are full or may not be written: a run ends with what to do, and goes on where it was. */
import { join } from "../base/disk/path.ts";
import { type Job, MADE, type Work } from "./job.ts";
import { differences, fingerprint, inFolder, runVictim, startVictim } from "./siege.ts";

/** What came of it. */
export interface DiskReport {
  /** How often a run ended because of the disk. */
  readonly stops: number;
  readonly faults: readonly string[];
}

/** A run on a disk that is too small, and is given more room each time that it is full. */
export interface FullDiskOptions {
  readonly work: Work;
  /** Bytes at first. */
  readonly bytes: number;
  /** A file system of this size, for who may mount one; else each process may write so many bytes. */
  readonly isMounted: boolean;
}

/** Mounts or resizes a file system in memory; false where that is not allowed. */
async function mountMemory(
  folder: string,
  options: readonly string[],
): Promise<boolean> {
  const args = ["-t", "tmpfs", "-o", options.join(), "tmpfs", folder];
  const output = await new Deno.Command("mount", { args, stderr: "null" }).output()
    .catch(() => undefined);
  return output?.success ?? false;
}

/** Takes it away again. */
async function unmount(folder: string): Promise<void> {
  await new Deno.Command("umount", { args: [folder] }).output();
}

/** Room that is added each time: half as much again. */
const MORE = 1.5;

/** Lets the disk run full until the work fits; undefined where a file system cannot be mounted. */
export async function siegeByFullDisk(
  { work, bytes, isMounted }: FullDiskOptions,
): Promise<DiskReport | undefined> {
  const wanted = await inFolder(async (folder) => {
    await runVictim({ work, folder });
    return await fingerprint({ folder });
  });
  return await inFolder(async (folder) => {
    const made = join(folder, MADE);
    await Deno.mkdir(made);
    let room = Math.ceil(bytes);
    if (isMounted && !await mountMemory(made, [`size=${room}`])) return undefined;
    try {
      const faults: string[] = [];
      for (let stops = 0; faults.length === 0; stops++) {
        const job: Job = { work, folder, ...(!isMounted && { capacity: room }) };
        const { code, text } = await startVictim(job).outcome;
        if (code === 0) {
          faults.push(...differences(await fingerprint({ folder }), wanted));
          return { stops, faults };
        }
        if (!/Cannot write .*No space left.*free disk space/.test(text)) {
          faults.push(`exit code ${code} without a word of the disk: ${text}`);
        }
        room = Math.ceil(room * MORE);
        if (isMounted) await mountMemory(made, ["remount", `size=${room}`]);
      }
      return { stops: 0, faults };
    } finally {
      if (isMounted) await unmount(made);
    }
  });
}

/** Reads a finished chain where nothing may be written, and asks for a new student there. */
export async function siegeByReadOnlyDisk(): Promise<DiskReport | undefined> {
  return await inFolder(async (folder) => {
    const made = join(folder, MADE);
    await Deno.mkdir(made);
    if (!await mountMemory(made, ["size=256m"])) return undefined;
    try {
      await runVictim({ work: "chain", folder });
      const wanted = await fingerprint({ folder });
      await mountMemory(made, ["remount", "ro"]);
      const faults: string[] = [];
      // All students, and no publishing.
      const look = await startVictim({ work: "chain", folder, cells: "" }).outcome;
      if (look.code !== 0) faults.push(`a finished run cannot be read: ${look.text}`);
      const other: Job = { work: "chain", folder, cells: "", changes: { seeds: "[7]" } };
      const { code, text } = await startVictim(other).outcome;
      if (code === 0 || !/Cannot write .*Read-only file system.*permissions/.test(text)) {
        faults.push(`exit code ${code} without a word of the disk: ${text}`);
      }
      faults.push(...differences(await fingerprint({ folder }), wanted));
      return { stops: 1, faults };
    } finally {
      await unmount(made);
    }
  });
}
