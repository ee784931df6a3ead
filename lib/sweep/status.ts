/** How far a sweep is, read from the store: whoever works on it, here or on other machines, is not asked. */
import { checkList } from "../base/check_argument.ts";
import { readStageProgress, type StageProgress } from "../base/disk/stage_progress.ts";
import { join } from "../base/disk/path.ts";
import type { Store } from "../base/disk/store.ts";
import { type ProgressEvent, remainingSeconds } from "../base/progress.ts";
import { DataTable } from "../report/data_table.ts";
import { durationText, stageLine } from "../report/progress/text.ts";
import type { ManifestStage } from "./manifest.ts";
import { makespan } from "./schedule.ts";

/** A stage of a sweep, and what became of it. */
export interface StageStatus {
  /** The stage. */
  readonly stage: ManifestStage;
  /**
   * "stopped" goes on from its checkpoint when it is started again; "blocked" waits for one that failed; "waiting" has
   * not begun.
   */
  readonly state: "done" | "running" | "stopped" | "failed" | "blocked" | "waiting";
  /** Of what was begun and is not done. */
  readonly progress?: StageProgress;
}

/** What became of each stage so far. */
export async function statusOf(
  store: Store,
  stages: readonly ManifestStage[],
): Promise<StageStatus[]> {
  const found = new Map<string, StageStatus>();
  for (const stage of stages) {
    if (await store.has(stage.id)) {
      found.set(stage.id, { stage, state: "done" });
      continue;
    }
    const progress = await readStageProgress(join(store.work, stage.id));
    const isBlocked = stage.needs.some((need) =>
      ["failed", "blocked"].includes(found.get(need)?.state ?? "")
    );
    const state = progress?.state ?? (isBlocked ? "blocked" : "waiting");
    found.set(stage.id, { stage, state, ...(progress && { progress }) });
  }
  return [...found.values()];
}

/** The running stages as whoever watches their progress is told, under the titles of the sweep. */
export function runningEvents(statuses: readonly StageStatus[]): ProgressEvent[] {
  return statuses.flatMap(({ stage, state, progress }) =>
    state === "running" && progress?.event ? [{ ...progress.event, stage: stage.title }] : []
  );
}

/** Counts, remaining time, what runs, and what failed for which reason; a line each. */
export function statusText(statuses: readonly StageStatus[]): string {
  const by = (state: StageStatus["state"]) => statuses.filter((one) => one.state === state);
  const events = new Map(runningEvents(statuses).map((event) => [event.stage, event]));
  const running = by("running").map(({ stage, progress }) => {
    const event = events.get(stage.title);
    const where = `process ${progress!.pid} on ${progress!.host}`;
    return `${event === undefined ? `${stage.title}: begins` : stageLine(event)} (${where})`;
  });
  const unlucky = [...by("failed"), ...by("stopped")].map(({ stage, state, progress }) => {
    const { event, reason } = progress!;
    const place = event && event.step < event.total ? ` at ${event.step} of ${event.total}` : "";
    return `${state === "failed" ? "✗" : "‖"} ${stage.title}: ${state}${place}${
      reason === undefined ? "" : `: ${reason}`
    }`;
  });
  return [summary(statuses), ...running, ...unlucky].join("\n");
}

/** The same as a table for a notebook: every stage that is not done. */
export function statusTable(statuses: readonly StageStatus[]): DataTable {
  checkList("statusTable()", statuses, "stages, as from await watchRun(run)");
  return DataTable.of({
    title: "Stages",
    columns: [
      { key: "stage", title: "stage" },
      { key: "state", title: "state" },
      { key: "share", title: "done", unit: "%", digits: 0 },
      { key: "left", title: "left" },
      { key: "reason", title: "reason" },
    ],
    rows: statuses.filter(({ state }) => state !== "done").map(({ stage, state, progress }) => {
      const event = progress?.event;
      const left = event && state === "running" ? remainingSeconds(event) : undefined;
      return {
        stage: stage.title,
        state,
        share: event && 100 * event.step / Math.max(1, event.total),
        left: left === undefined ? undefined : durationText(left),
        reason: progress?.reason,
      };
    }),
    notes: [summary(statuses)],
  });
}

/** "12 of 30 stages are done, 2 running, 1 failed, 15 waiting; about 3 h 20 min left". */
function summary(statuses: readonly StageStatus[]): string {
  const counts = (["running", "stopped", "failed", "blocked", "waiting"] as const).flatMap(
    (state) => {
      const count = statuses.filter((one) => one.state === state).length;
      if (count === 0) return [];
      return [`${count} ${state === "blocked" ? "waiting for a failed one" : state}`];
    },
  );
  const done = statuses.filter(({ state }) => state === "done").length;
  const parts = [`${done} of ${statuses.length} stages are done`, ...counts].join(", ");
  const left = remainingHours(statuses);
  if (left === 0) return parts;
  return left === undefined
    ? `${parts}; how long it takes is not known: "deno task sweep plan" measures it`
    : `${parts}; about ${durationText(left * 3600)} left as it was planned`;
}

/** Hours until all that can be made is done by as many workers as there are now; undefined where times are missing. */
function remainingHours(statuses: readonly StageStatus[]): number | undefined {
  const open = statuses.filter(({ state }) => !["done", "failed", "blocked"].includes(state));
  const jobs = open.map(({ stage, progress }) => {
    const { event } = progress ?? {};
    const seconds = event && remainingSeconds(event);
    const share = event === undefined ? 1 : 1 - event.step / Math.max(1, event.total);
    const planned = stage.hours === undefined ? undefined : stage.hours * share;
    return {
      id: stage.id,
      needs: stage.needs,
      hours: seconds === undefined ? planned : seconds / 3600,
    };
  });
  if (jobs.some(({ hours }) => hours === undefined)) return undefined;
  const running = open.filter(({ state }) => state === "running").length;
  return makespan(jobs, Math.max(1, running));
}
