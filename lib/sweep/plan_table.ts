/** What a sweep will take, as a table: levels, stages, hours and memory. */
import { DataTable } from "../report/data_table.ts";
import { durationText } from "../report/progress/text.ts";
import type { Manifest, ManifestStage } from "./manifest.ts";
import { makespan, remainingPaths } from "./schedule.ts";

/** A row: stages of a level that differ only in seed and teacher. */
interface Group {
  readonly setting: string;
  readonly level: number;
  readonly stage: string;
  readonly stages: ManifestStage[];
}

/**
 * Stages by level, those that differ only in seed or teacher in one row, and how long all take.
 *
 * @param options.workers How many stages at once.
 * @param options.kind What a worker has: "GPU" or "worker"; for the sentence.
 */
export function planTable(
  { experiment, preset, stages }: Manifest,
  { workers, kind }: { readonly workers: number; readonly kind: "GPU" | "worker" },
): DataTable {
  const groups = new Map<string, Group>();
  for (const stage of stages) {
    const { setting, level, title } = stage;
    const name = title.replace(/, from .*$/, "").replace(/, seed \d+$/, "");
    const key = `${setting}\n${level}\n${name}`;
    const group = groups.get(key) ?? { setting, level, stage: name, stages: [] };
    group.stages.push(stage);
    groups.set(key, group);
  }
  return DataTable.of({
    title: `Sweep of ${experiment} at preset "${preset}"`,
    columns: [
      { key: "level", title: "level" },
      { key: "stage", title: "stage" },
      { key: "runs", title: "runs" },
      { key: "held", title: "in store" },
      { key: "time", title: "time each" },
      { key: "memory", title: "GB", digits: 2 },
    ],
    rows: [...groups.values()].map(({ level, stage, stages }) => {
      const open = stages.filter(({ held }) => !held);
      const memory = Math.max(...open.map(({ memory = NaN }) => memory));
      const hours = Math.max(...open.map(({ hours = NaN }) => hours));
      return {
        level,
        stage,
        runs: stages.length,
        held: stages.length - open.length,
        time: Number.isFinite(hours) ? durationText(hours * 3600) : undefined,
        memory: Number.isFinite(memory) ? memory / 1e9 : undefined,
      };
    }),
    notes: [sentence(stages, workers, kind)],
  });
}

function sentence(
  stages: readonly ManifestStage[],
  workers: number,
  kind: "GPU" | "worker",
): string {
  const open = stages.filter(({ held }) => !held);
  if (open.length === 0) {
    return `Nothing is left to do: all ${stages.length} stages are in the store.`;
  }
  const counted = `${open.length} of ${stages.length} stages are to be made`;
  if (open.some(({ hours }) => hours === undefined)) {
    return `${counted}; how long they take was not measured.`;
  }
  const text = (hours: number) => durationText(hours * 3600);
  const total = open.reduce((sum, { hours = 0 }) => sum + hours, 0);
  const longest = Math.max(...remainingPaths(open).values());
  const memory = Math.max(...open.map(({ memory = 0 }) => memory));
  return `${counted}: about ${text(total)} of one ${kind} as fast as this machine, ${
    text(makespan(open, workers))
  } by ${workers} side by side, never less than ${text(longest)}, the longest chain. Up to ${
    (memory / 1e9).toFixed(1)
  } GB a stage, the process itself (1.5 GB) beside it. Estimates: one step of each part was measured here.`;
}
