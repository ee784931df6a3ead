/** The order of jobs that need each other: what comes first, how long all take, and running them side by side. */

/** Something to do once others are done. */
export interface Job {
  /** Its name. */
  readonly id: string;
  /** Names of jobs that come before it; those that are not in the list are done. */
  readonly needs: readonly string[];
  /** How long it takes; where it is not known all jobs count the same. */
  readonly hours?: number;
}

/** How a job ended: "blocked" where one that it needs was stopped or failed, so that it never began. */
export type Outcome = "done" | "stopped" | "failed" | "blocked";

/**
 * Hours from the start of each job to the end of the longest chain of jobs that begins with it. Whoever starts the
 * longest first is done soonest, as near as it matters.
 */
export function remainingPaths(jobs: readonly Job[]): Map<string, number> {
  const followers = new Map<string, Job[]>();
  for (const job of jobs) {
    for (const need of job.needs) followers.set(need, [...followers.get(need) ?? [], job]);
  }
  const paths = new Map<string, number>();
  const pathOf = (job: Job): number => {
    const known = paths.get(job.id);
    if (known !== undefined) return known;
    const behind = (followers.get(job.id) ?? []).map(pathOf);
    const path = (job.hours ?? 1) + Math.max(0, ...behind);
    paths.set(job.id, path);
    return path;
  };
  jobs.forEach(pathOf);
  return paths;
}

/** Hours until all are done, by some workers side by side. */
export function makespan(jobs: readonly Job[], workers: number): number {
  const paths = remainingPaths(jobs);
  const waiting = new Map(jobs.map((job) => [job.id, job]));
  const running: { readonly id: string; readonly end: number }[] = [];
  const open = new Set(waiting.keys());
  let now = 0;
  while (open.size > 0) {
    for (const job of readyOf([...waiting.values()], open, paths)) {
      if (running.length >= workers) break;
      waiting.delete(job.id);
      running.push({ id: job.id, end: now + (job.hours ?? 0) });
    }
    running.sort((a, b) => a.end - b.end);
    const next = running.shift()!;
    now = next.end;
    open.delete(next.id);
  }
  return now;
}

/** Which worker does a job. */
export interface WorkerPlace {
  /** From 0; no two jobs that run at once have the same. */
  readonly slot: number;
  /** Whether no other job can run before this one is done. */
  readonly isAlone: boolean;
}

/** How jobs are run. */
export interface JobOptions {
  /** How many at most run at once. */
  readonly workers: number;
  /** Does a job; never throws. */
  readonly start: (job: Job, place: WorkerPlace) => Promise<Exclude<Outcome, "blocked">>;
  /** No job starts once it is aborted; those that run are waited for. */
  readonly signal?: AbortSignal;
}

/**
 * Runs jobs side by side, those with the longest chain behind them first. One that fails costs those that need it, and no
 * other.
 */
export async function runJobs(
  jobs: readonly Job[],
  { workers, start, signal }: JobOptions,
): Promise<Map<string, Outcome>> {
  const paths = remainingPaths(jobs);
  const waiting = new Map(jobs.map((job) => [job.id, job]));
  const open = new Set(waiting.keys());
  const outcomes = new Map<string, Outcome>();
  const running = new Map<string, Promise<void>>();
  const slots = Array.from({ length: workers }, (_, slot) => slot);
  while (true) {
    const ready = readyOf([...waiting.values()], open, paths);
    const isAlone = ready.length === 1 && running.size === 0;
    for (const job of ready) {
      if (slots.length === 0 || signal?.aborted) break;
      waiting.delete(job.id);
      const slot = slots.shift()!;
      const work = start(job, { slot, isAlone }).then((outcome) => {
        outcomes.set(job.id, outcome);
        if (outcome === "done") open.delete(job.id);
        running.delete(job.id);
        slots.push(slot);
        slots.sort((a, b) => a - b);
      });
      running.set(job.id, work);
    }
    if (running.size === 0) break;
    await Promise.race(running.values());
  }
  for (const id of waiting.keys()) outcomes.set(id, signal?.aborted ? "stopped" : "blocked");
  return outcomes;
}

/** Jobs of which all needs are done, the one with the longest chain behind it first. */
function readyOf(
  waiting: readonly Job[],
  open: ReadonlySet<string>,
  paths: ReadonlyMap<string, number>,
): Job[] {
  return waiting.filter(({ needs }) => !needs.some((need) => open.has(need)))
    .sort((a, b) => paths.get(b.id)! - paths.get(a.id)!);
}
