/** Processes killed at chosen and at random moments, started again, and held to the bits of an undisturbed one. */
import { type Rng, rngOf } from "../base/rng.ts";
import { join } from "../base/disk/path.ts";
import type { Death } from "./fragile_disk.ts";
import { type Job, MADE, type Work } from "./job.ts";
import {
  differences,
  fingerprint,
  inFolder,
  type Outcome,
  runVictim,
  startVictim,
} from "./siege.ts";

/** Who kills: the process itself at an operation on the disk, with the power or without, or somebody with a clock. */
export type Killer = "operation" | "power" | "clock";

/** A siege by kills. */
export interface KillOptions {
  readonly work: Work;
  readonly killer: Killer;
  /** How many; the run that comes to its end afterwards is not one. */
  readonly kills: number;
  readonly seed: number;
  /** See `Job`. */
  readonly changes?: Job["changes"];
  /** Hears of each kill. */
  readonly onKill?: (kill: Kill) => void;
}

/** One kill. */
export interface Kill {
  /** The stage that was under way; "start" before the first. */
  readonly stage: string;
  /** For people: the operation, or the delay. */
  readonly how: string;
}

/** What came of it. */
export interface KillReport {
  readonly kills: readonly Kill[];
  /** Runs that came to their end; each was compared. */
  readonly lives: number;
  /** Faults: runs that did not go on, or ended with other bits. */
  readonly faults: readonly string[];
}

/** A clock that is fast by this saves a checkpoint every 60 ms. */
const HASTE = 1000;
/** Most of the operations of a whole run that one process may do before it dies. */
const SHARE = 1 / 4;
/** Longest delay of a kill by the clock after a stage began, in milliseconds. */
const LONGEST_DELAY = 1500;

/** Kills a work again and again; each time that it ends in spite of it, its files are compared and it begins anew. */
export async function siegeByKills(options: KillOptions): Promise<KillReport> {
  const { work, killer, kills: wanted, seed, changes, onKill } = options;
  const rng = rngOf(seed, "kills", work, killer);
  const basic = { work, ...(changes && { changes }), haste: HASTE };
  const kills: Kill[] = [];
  const faults: string[] = [];
  let lives = 0;
  const undisturbed = await inFolder(async (folder) => {
    const { operations } = await runVictim({ ...basic, folder });
    return { operations: operations!, files: await fingerprint({ folder }) };
  });
  while (kills.length < wanted && faults.length === 0) {
    await inFolder(async (folder) => {
      for (;;) {
        // The last life ends without a kill.
        const isSpared = kills.length >= wanted;
        const death = isSpared || killer === "clock"
          ? undefined
          : deathOf(rng, undisturbed.operations, killer === "power");
        const job: Job = { ...basic, folder, ...(death && { death }) };
        const { outcome, delay } = isSpared || killer !== "clock"
          ? { outcome: await startVictim(job).outcome, delay: undefined }
          : await killByClock(job, rng);
        if (outcome.code === 137) {
          const kill: Kill = {
            stage: outcome.said.at(-1)?.stage ?? "start",
            how: delay ?? outcome.text.replaceAll(join(folder, MADE, "/"), ""),
          };
          kills.push(kill);
          onKill?.(kill);
          continue;
        }
        lives++;
        const last = kills.at(-1);
        const after = last === undefined ? "" : ` after a kill in ${last.stage} (${last.how})`;
        if (outcome.code !== 0) {
          faults.push(`exit code ${outcome.code}${after}: ${outcome.text}`);
        } else {
          const found = differences(await fingerprint({ folder }), undisturbed.files);
          faults.push(...found.map((difference) => `${difference}${after}`));
        }
        return;
      }
    });
  }
  return { kills, lives, faults };
}

function deathOf(rng: Rng, operations: number, losesPower: boolean): Death {
  return {
    operation: 1 + rng.integer(Math.ceil(operations * SHARE)),
    when: (["before", "during", "after"] as const)[rng.integer(3)]!,
    ...(losesPower && { powerSeed: rng.integer(1 << 30) }),
  };
}

/** Kills a process some time after it began the first, second or third stage that it has to make. */
async function killByClock(
  job: Job,
  rng: Rng,
): Promise<{ outcome: Outcome; delay: string }> {
  const place = rng.integer(3);
  const milliseconds = rng.integer(LONGEST_DELAY);
  const begun = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const victim = startVictim(job, ({ stage, state }) => {
    if (state !== "reused") begun.add(stage);
    if (timer === undefined && begun.size > place) {
      timer = setTimeout(() => victim.kill(), milliseconds);
    }
  });
  const outcome = await victim.outcome;
  clearTimeout(timer);
  const delay = `${milliseconds} ms after stage ${place + 1} of the process began`;
  return { outcome, delay };
}
