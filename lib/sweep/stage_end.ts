/** What whoever watches is told of a stage that another process has finished. */
import * as v from "valibot";
import { DESCRIPTION } from "../base/disk/artifact.ts";
import { readIfFit } from "../base/disk/files.ts";
import { join } from "../base/disk/path.ts";
import type { ProgressEvent } from "../base/progress.ts";

/** What notes say of a trained network; other stages have neither. */
const Notes = v.looseObject({
  notes: v.looseObject({ test: v.optional(v.number()), seconds: v.optional(v.number()) }),
});

/**
 * The last event of a stage.
 *
 * @param folder Of the stage.
 * @param options.seconds Of the process that made it.
 * @param options.last What was told before.
 * @param options.isMeasuredElsewhere The error that the training noted is not the one that is asked for, and is not told:
 *   whoever chooses by other images must not see that on test images.
 */
export async function describeDone(
  folder: string,
  { title, seconds, last, isMeasuredElsewhere = false }: {
    readonly title: string;
    readonly seconds: number;
    readonly last?: ProgressEvent;
    readonly isMeasuredElsewhere?: boolean;
  },
): Promise<ProgressEvent> {
  const notes = (await readIfFit(Notes, join(folder, DESCRIPTION)))?.notes;
  const total = last?.total ?? 1;
  const { test: _, ...losses } = last?.metrics ?? {};
  // Its last averages were looked at up to a second before its end.
  const averages = notes?.test === undefined ? last?.metrics ?? {} : { test: notes.test };
  return {
    stage: title,
    step: total,
    total,
    metrics: isMeasuredElsewhere ? losses : averages,
    ...(last?.units && { units: last.units }),
    elapsedSeconds: notes?.seconds ?? seconds,
    stepsHere: total,
    state: notes?.seconds === undefined ? "done" : "trained",
  };
}
