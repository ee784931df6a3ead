/** The whole `quick` run, stage by stage, from what its stored results say. */
import { join } from "../base/path.ts";
import { readRecords, type RunRecord } from "../base/records.ts";
import { readJson } from "../native/setup/files.ts";
import { DataTable } from "../report/data_table.ts";

/** Seconds that a stage took when it was run. */
export interface StageTime {
  readonly stage: string;
  readonly seconds: number;
}

/**
 * Seconds of the trained parts that the records of a preset name, and of the students themselves; the
 * slowest first. Parts whose notes hold no time (fakes, opinions) are left out.
 *
 * @param results The project's `results/`.
 */
export async function stageTimes(
  results: string,
  experiment: string,
  preset: string,
): Promise<StageTime[]> {
  const records = await readRecords(results, experiment, preset);
  const parts = new Map<string, string>();
  for (const { stages = {} } of records) {
    for (const [stage, id] of Object.entries(stages)) if (stage !== "student") parts.set(id, stage);
  }
  const times: StageTime[] = [];
  for (const [id, stage] of parts) {
    const seconds = await secondsOfPart(results, id);
    if (seconds !== undefined) times.push({ stage, seconds });
  }
  times.push(...records.map((record) => ({ stage: titleOf(record), seconds: record.wallSeconds })));
  return times.sort((a, b) => b.seconds - a.seconds);
}

function titleOf({ cell }: RunRecord): string {
  return [`student ${cell.student ?? cell.teacher}`, cell.method].join(", ");
}

async function secondsOfPart(results: string, id: string): Promise<number | undefined> {
  for (const folder of ["parts", ".work"]) {
    const path = join(results, folder, id, "artifact.json");
    const stored = await readJson<{ notes?: { seconds?: number } }>(path);
    if (stored?.notes?.seconds !== undefined) return stored.notes.seconds;
  }
  return undefined;
}

/** The times as a table; undefined when nothing is stored. */
export function stageTable(title: string, times: readonly StageTime[]): DataTable | undefined {
  if (times.length === 0) return undefined;
  return new DataTable({
    title,
    columns: [
      { key: "stage", title: "stage" },
      { key: "seconds", title: "seconds", digits: 1 },
    ],
    rows: times.map((time) => ({ ...time })),
    notes: ["From stored results; the machine may have done other work meanwhile."],
  });
}
