/** Files of a finished run, damaged one by one: what is read must be refused by its name or made again to the same bits. */
import { type Rng, rngOf } from "../base/rng.ts";
import { dirname, join } from "../base/disk/path.ts";
import { filesBelow } from "./fragile_disk.ts";
import { MADE } from "./job.ts";
import { differences, fingerprint, NO_RESULT } from "./siege.ts";

/** What happens to a file. */
export const DAMAGES = ["flipped bit", "cut off", "zeros", "emptied", "deleted"] as const;
/** What happens to a file. */
export type Damage = (typeof DAMAGES)[number];

/** A file after its damage; undefined where it is deleted. */
export function damaged(bytes: Uint8Array, damage: Damage, rng: Rng): Uint8Array | undefined {
  const left = bytes.slice();
  const place = rng.integer(Math.max(1, bytes.length));
  switch (damage) {
    case "flipped bit":
      if (left.length > 0) left[place]! ^= 1 << rng.integer(8);
      return left;
    case "cut off":
      return left.subarray(0, place);
    case "zeros":
      // What a file system leaves of a block that never came to the disk.
      return left.fill(0, place, place + 4096);
    case "emptied":
      return left.subarray(0, 0);
    case "deleted":
      return undefined;
  }
}

/** How a run fared with a damaged file. */
export type Fate = "refused" | "made again" | "not read";

/** A run on damaged files. */
export interface DamageOptions {
  /** Folder of a finished job. */
  readonly folder: string;
  /**
   * Runs it once more, on what is there.
   *
   * @returns Its results, which must not change.
   */
  readonly run: () => Promise<unknown>;
  /** Files, relative to what the job made, that are damaged; default: all but locks. */
  readonly pick?: (name: string) => boolean;
  /** Kinds of damage that each file gets. */
  readonly kinds: number;
  readonly seed: number;
}

/** What came of it. */
export interface DamageReport {
  /** How often each kind of damage had each fate. */
  readonly fates: ReadonlyMap<Damage, ReadonlyMap<Fate, number>>;
  /** Wrong results, and refusals that do not say of what. */
  readonly faults: readonly string[];
}

/** Damages each file in turn, runs, and puts the file back. */
export async function siegeByDamage(options: DamageOptions): Promise<DamageReport> {
  const { folder, run, kinds, seed, pick = () => true } = options;
  const made = join(folder, MADE);
  const rng = rngOf(seed, "damage");
  const wanted = { files: await fingerprint({ folder }), results: JSON.stringify(await run()) };
  const fates = new Map<Damage, Map<Fate, number>>();
  const faults: string[] = [];
  const names = (await filesBelow(made)).filter((name) => !NO_RESULT.test(name));
  for (const [place, name] of names.filter(pick).entries()) {
    for (let kind = 0; kind < kinds; kind++) {
      const damage = DAMAGES[(place + kind * 2) % DAMAGES.length]!;
      const path = join(made, name);
      const bytes = await Deno.readFile(path);
      const left = damaged(bytes, damage, rng.child(name, kind));
      if (left === undefined) await Deno.remove(path);
      else await Deno.writeFile(path, left);
      const found = await fateOf(path);
      if (typeof found !== "string") faults.push(`${damage} in ${name}: ${found.fault}`);
      else {
        const counts = fates.get(damage) ?? new Map<Fate, number>();
        fates.set(damage, counts.set(found, (counts.get(found) ?? 0) + 1));
      }
      await Deno.writeFile(path, bytes);
    }
  }
  return { fates, faults };

  async function fateOf(path: string): Promise<Fate | { fault: string }> {
    try {
      const results = JSON.stringify(await run());
      if (results !== wanted.results) return { fault: "other results, and no word of it" };
    } catch (error) {
      const { message } = error as Error;
      const isNamed = message.includes(path) || message.includes(dirname(path)) ||
        message.includes(idOf(path));
      return isNamed ? "refused" : { fault: `the error does not name it: ${message}` };
    }
    const isAsBefore = await fingerprint({ folder })
      .then((files) => differences(files, wanted.files).length === 0, () => false);
    return isAsBefore ? "made again" : "not read";
  }
}

/** Name of the stage result that a file belongs to. */
function idOf(path: string): string {
  return /[a-z-]+-[0-9a-f]{16}/.exec(path)?.[0] ?? path;
}
