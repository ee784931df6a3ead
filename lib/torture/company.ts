/** Several processes at work on one store: each stage is made once, and who waits says for whom. */
import { type Rng, rngOf } from "../base/rng.ts";
import type { Job, Work } from "./job.ts";
import {
  differences,
  fingerprint,
  inFolder,
  type Outcome,
  runVictim,
  startVictim,
} from "./siege.ts";

/** A siege by company. */
export interface PairOptions {
  readonly work: Work;
  /** Processes that run beside each other; in a chain the first students of one are the last of the other. */
  readonly processes: number;
  /** Times. */
  readonly rounds: number;
  readonly seed: number;
  /** Whether one of them is killed on the way, and the others go on. */
  readonly kills?: boolean;
  /** See `Job`. */
  readonly noLocks?: string;
}

/** What came of it. */
export interface PairReport {
  readonly rounds: number;
  readonly kills: number;
  /** How often a process waited for another one. */
  readonly waits: number;
  /** Stages that were made, of all rounds. */
  readonly stages: number;
  readonly faults: readonly string[];
}

/** Longest delay between two starts, and before a kill, in milliseconds. */
const LONGEST_DELAY = 3000;

/** Runs processes side by side and compares what they leave with the work of one. */
export async function siegeByCompany(options: PairOptions): Promise<PairReport> {
  const { work, processes, rounds, seed, kills: isKilling = false, noLocks } = options;
  const rng = rngOf(seed, "company", work, noLocks === undefined ? "locks" : "leases");
  const basic = { work, ...(noLocks !== undefined && { noLocks }) };
  const wanted = await inFolder(async (folder) => {
    await runVictim({ ...basic, folder });
    return await fingerprint({ folder });
  });
  const report = { rounds: 0, kills: 0, waits: 0, stages: 0 };
  const faults: string[] = [];
  for (; report.rounds < rounds && faults.length === 0; report.rounds++) {
    await inFolder(async (folder) => {
      const outcomes = await together({ ...basic, folder }, { processes, isKilling, rng });
      for (const { code, text } of outcomes) {
        if (code === 137 && isKilling) report.kills++;
        else if (code !== 0) faults.push(`exit code ${code}: ${text}`);
      }
      const said = outcomes.flatMap((outcome) => outcome.said);
      report.waits += said.filter(({ state }) => state === "waiting").length;
      const made = said.filter(({ state }) => state === "trained").map(({ stage }) => stage);
      report.stages += new Set(made).size;
      // A killed process may have said that it trained what it did not keep.
      if (!isKilling) faults.push(...repeated(made).map((stage) => `${stage} was trained twice`));
      const nameless = said.find(({ state, remark = "" }) =>
        state === "waiting" && !/waiting for (?:another )?process/.test(remark)
      );
      if (nameless) faults.push(`${nameless.stage} waits and does not say for whom`);
      faults.push(...differences(await fingerprint({ folder }), wanted));
    });
  }
  return { ...report, faults };
}

/** Starts processes one after the other, kills the first on the way if asked to, and waits for all. */
async function together(
  job: Job,
  { processes, isKilling, rng }: { processes: number; isKilling: boolean; rng: Rng },
): Promise<Outcome[]> {
  const running = [];
  for (let k = 0; k < processes; k++) {
    running.push(startVictim(job));
    await new Promise((resolve) => setTimeout(resolve, rng.integer(LONGEST_DELAY / processes)));
  }
  if (isKilling) {
    await new Promise((resolve) => setTimeout(resolve, rng.integer(LONGEST_DELAY)));
    running[0]!.kill();
  }
  return await Promise.all(running.map(({ outcome }) => outcome));
}

function repeated(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, place) => names.indexOf(name) !== place))];
}
