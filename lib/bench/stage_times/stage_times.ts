/** The whole `quick` run, stage by stage, from what its stored results say. */
import { join } from "../../base/disk/path.ts";
import { readRecords, type RunRecord } from "../../base/disk/records.ts";
import { readJson } from "../../setup/files.ts";
import { DataTable } from "../../report/data_table.ts";

/** What a stage took when it was run. */
export interface StageTime {
  /** Its name, with what it is about where there are several. */
  readonly stage: string;
  /** Undefined where its notes hold no time. */
  readonly seconds: number | undefined;
  /** The most memory that its process held; undefined where the system does not tell. */
  readonly peakBytes: number | undefined;
}

/** What is read of a stored part. */
interface StoredPart {
  readonly key?: {
    readonly stage?: string;
    readonly specification?: { readonly network?: string; readonly family?: string };
    readonly inputs?: Readonly<Record<string, string>>;
  };
  readonly notes?: { readonly seconds?: number };
  readonly peakBytes?: number;
}

/**
 * Seconds of the parts that the records of a preset name and of those that went into them, and of the students
 * themselves; the slowest first, those without a time last.
 *
 * @param results The project's `results/`.
 */
export async function stageTimes(
  results: string,
  experiment: string,
  preset: string,
): Promise<StageTime[]> {
  const records = await readRecords(results, experiment, preset, (_path, { message }) => {
    console.error(`Left out: ${message}`);
  });
  const open = new Map<string, string>();
  for (const { stages = {} } of records) {
    for (const [stage, id] of Object.entries(stages)) if (stage !== "student") open.set(id, stage);
  }
  const times: StageTime[] = [];
  // Grows while it is walked: parts name the parts that they were made from.
  for (const [id, stage] of open) {
    const part = await readPart(results, id);
    if (part === undefined) continue;
    const { network, family } = part.key?.specification ?? {};
    times.push({
      stage: [part.key?.stage ?? stage, network ?? family].filter(Boolean).join(", "),
      seconds: part.notes?.seconds,
      peakBytes: part.peakBytes,
    });
    for (const [role, input] of Object.entries(part.key?.inputs ?? {})) {
      if (!open.has(input)) open.set(input, role);
    }
  }
  for (const record of records) {
    const { student } = record.stages;
    const part = student === undefined ? undefined : await readPart(results, student);
    times.push({
      stage: titleOf(record),
      seconds: record.wallSeconds,
      peakBytes: part?.peakBytes,
    });
  }
  return times.sort((a, b) => (b.seconds ?? -1) - (a.seconds ?? -1));
}

function titleOf({ cell, seed }: RunRecord): string {
  return [`student ${cell.student ?? cell.teacher}`, cell.method, `seed ${seed}`].join(", ");
}

async function readPart(results: string, id: string): Promise<StoredPart | undefined> {
  let found: StoredPart | undefined;
  // Published parts hold the time of their training as well; working ones come first, as in the store.
  for (const folder of [".work", "parts"]) {
    const part = await readJson<StoredPart>(
      join(results, folder, id, "artifact.json"),
      (value) => typeof value === "object" && value !== null,
    );
    found ??= part;
    if (part?.notes?.seconds !== undefined) return part;
  }
  return found;
}

/** The times as a table; undefined when nothing is stored. */
export function stageTable(title: string, times: readonly StageTime[]): DataTable | undefined {
  if (times.length === 0) return undefined;
  return DataTable.of({
    title,
    columns: [
      { key: "stage", title: "stage" },
      { key: "seconds", title: "seconds", digits: 1 },
      { key: "peak", title: "peak MB", digits: 0 },
    ],
    rows: times.map(({ peakBytes, ...time }) => ({
      ...time,
      peak: peakBytes === undefined ? undefined : peakBytes / 1e6,
    })),
    notes: [
      "From stored results; the machine may have done other work meanwhile. Peak: all memory of the process. A dash: " +
      "not known.",
    ],
  });
}
