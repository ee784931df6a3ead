/** Looks on while other processes work on a run: a notebook or a terminal can come and go as it likes. */
import { checkFilter, checkRun } from "../chain/check_run.ts";
import type { ExperimentRun, StudentFilter } from "../chain/run.ts";
import { runningEvents, type StageStatus, statusOf } from "./status.ts";
import { stagesOfRun } from "./stages.ts";

/** Milliseconds between two looks. */
const PAUSE = 1000;
/** Milliseconds between two stages of one process, which loads images or starts workers meanwhile. */
const GAP = 30_000;

/**
 * Shows the live progress of the stages of a run that other processes make (`deno task run`, a sweep, another notebook)
 * until none of them is at work, or until Stop; trains nothing and changes nothing. Returns at once where nobody is.
 *
 * @returns What became of every stage; `statusTable` shows it.
 * @example
 * ```ts ignore
 * show(statusTable(await session.live(watchRun(run))));
 * ```
 */
export async function watchRun(
  run: ExperimentRun,
  filter: StudentFilter = {},
): Promise<StageStatus[]> {
  checkRun("watchRun()", run);
  checkFilter("watchRun()", filter);
  const { store, progress, signal } = run.context;
  const stages = await stagesOfRun(run, filter);
  let watched = new Set<string>();
  let workedAt = -Infinity;
  while (true) {
    const statuses = await statusOf(store, stages);
    const events = runningEvents(statuses);
    for (const event of events) progress?.(event);
    const running = new Set(events.map(({ stage }) => stage));
    for (const { stage: { title }, state } of statuses) {
      if (state !== "done" || !watched.has(title) || running.has(title)) continue;
      progress?.({ stage: title, step: 1, total: 1, metrics: {}, ...NO_TIME, state: "reused" });
    }
    watched = running;
    const has = (...states: StageStatus["state"][]) =>
      statuses.some(({ state }) => states.includes(state));
    if (has("running")) workedAt = performance.now();
    const isQuiet = performance.now() - workedAt > GAP || !has("running", "stopped", "waiting");
    if (isQuiet || signal?.aborted) return statuses;
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

const NO_TIME = { elapsedSeconds: 0, stepsHere: 0 };
