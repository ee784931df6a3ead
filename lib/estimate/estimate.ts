/** What a run will take on this machine, measured and said before it starts. */
import { checkArgument, checkOptionNames } from "../base/check_argument.ts";
import { backendInfo } from "../base/tf.ts";
import { DataTable } from "../report/data_table.ts";
import type { Context } from "../chain/stages/context.ts";
import { studentChoices } from "../chain/stages/student_choice.ts";
import { addFakes } from "./fakes_rows.ts";
import { addBound, addScore } from "./judging_rows.ts";
import { addStudents } from "./student_rows.ts";
import { type EstimateRow, WorkList } from "./work_list.ts";

export type { EstimateRow } from "./work_list.ts";

/** What a run of one setting will take. */
export interface Estimate {
  /** In the order of the chain. */
  readonly rows: readonly EstimateRow[];
  /** Of all stages that are left, one after the other. */
  readonly hours: number;
  /** Of the stage that needs most, in bytes. */
  readonly memory: number;
  /** Free on this machine, in bytes. */
  readonly available: number;
  /** Time, memory and what is held, for people. */
  readonly sentence: string;
}

/** An `ExperimentRun`, or what else holds the context of its stages. */
export interface EstimatedRun {
  /** What its stages have in common. */
  readonly context: Context;
}

/** How long to measure. */
export interface EstimateOptions {
  /** Batches grow until a step takes about this long; default: 1. */
  readonly secondsPerMeasurement?: number;
  /** Only students whose "student, method" holds it (case-insensitive); default: all. */
  readonly cells?: string;
}

/**
 * Measures one training step of every part that is not in the store yet, and multiplies by the steps that
 * are left. Trains nothing and keeps nothing; the run's progress and signal watch it.
 *
 * A step runs at a batch of 8 first, then at larger ones while it is fast. The line through the last two
 * is carried on to the wanted batch, which is close on a CPU and too much on a GPU. A distilled step is one
 * of plain training and one pass of the teacher. The error bound and the generator's score are in, although
 * only notebooks ask for them, and errors on unused images, where they are asked for. Measurements on the test set
 * during trainings, the features of a pooled ratio fit and of the bound, the judge's look at the fakes and the first
 * start of TensorFlow are left out.
 *
 * Memory: weights, optimiser and all tensors alive at the peak of a step, the batch's share in proportion,
 * and the bytes of the real images, of labels, draws and scores of the fakes (their pixels stay on disk), and of
 * pooled features. The process itself (about 0.5 GB) and buffers inside TensorFlow come on top.
 */
export async function estimateRun(
  run: EstimatedRun,
  options: EstimateOptions = {},
): Promise<Estimate> {
  checkArgument("estimateRun()", run, {
    want: "a run, as from await openExperiment(...)",
    fits: (value) => "context" in value,
  });
  checkOptionNames("estimateRun()", options, {
    known: { secondsPerMeasurement: true, cells: true },
    example: '{ cells: "VGG11" }',
  });
  const { context } = run;
  const list = new WorkList(context, options.secondsPerMeasurement ?? 1);
  const choices = studentChoices(context.specification, options);
  const needsFakes = choices.some(({ trainOn }) => trainOn === "real+fake");
  const fakes = needsFakes ? await addFakes(list) : undefined;
  await addStudents(list, choices, fakes?.processed);
  if (fakes) {
    await addScore(list, fakes);
    await addBound(list, fakes);
  }
  await list.addErrors();
  const { rows } = list;
  const hours = rows.reduce((sum, row) => sum + row.hours, 0);
  const memory = Math.max(0, ...rows.map((row) => row.memory));
  const { available } = Deno.systemMemoryInfo();
  return {
    rows,
    hours,
    memory,
    available,
    sentence: sentenceOf(rows, { hours, memory, available }),
  };
}

/** The rows as a table, the sentence below it. */
export function estimateTable(estimate: Estimate): DataTable {
  checkArgument("estimateTable()", estimate, {
    want: "an estimate, as from await estimateRun(run)",
    fits: (value) => "rows" in value && "sentence" in value,
  });
  const { rows, sentence } = estimate;
  return DataTable.of({
    title: "Before the start: what is left to do",
    columns: [
      { key: "stage", title: "stage" },
      { key: "runs", title: "runs" },
      { key: "held", title: "in store" },
      { key: "steps", title: "steps" },
      { key: "secondsPerStep", title: "s/step", digits: 3 },
      { key: "hours", title: "hours", digits: 2 },
      { key: "memory", title: "GB", digits: 2 },
    ],
    rows: rows.map(({ ids: _ids, ...row }) => ({
      ...row,
      memory: row.memory === 0 ? undefined : row.memory / 1e9,
    })),
    notes: [sentence],
  });
}

function sentenceOf(
  rows: readonly EstimateRow[],
  { hours, memory, available }: { hours: number; memory: number; available: number },
): string {
  const runs = rows.reduce((sum, row) => sum + row.runs, 0);
  const held = rows.reduce((sum, row) => sum + row.held, 0);
  if (held === runs) return `Nothing is left to do: all ${runs} stages are in the store.`;
  const time = hours < 1
    ? `${Math.max(1, Math.round(hours * 60))} min`
    : hours < 48
    ? `${hours.toFixed(1)} hours`
    : `${(hours / 24).toFixed(1)} days`;
  const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
  const longest = rows.reduce((a, b) => b.hours > a.hours ? b : a);
  const warning = memory > available
    ? " More than is free: expect it to fail there; lower the batch or use another machine."
    : "";
  return `About ${time} on this machine (${backendInfo.device}), as busy as it is now; ${held} of ` +
    `${runs} stages are in the store. Longest: ${longest.stage}. Up to ${gigabytes(memory)} of ` +
    `memory, ${gigabytes(available)} are free.${warning}`;
}
