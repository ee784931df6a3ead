/** The verdict on the fakes of a run, from what its teacher and its judge think of them. */
import type { LabelledImages } from "../base/contracts.ts";
import { distinctCount } from "../data/parts/all_images.ts";
import { countProgress } from "../base/progress.ts";
import { rngOf } from "../base/rng.ts";
import { disagreement } from "../bound/estimators.ts";
import { askTeacher, type TeacherOpinion } from "../synthesis/teacher_opinion.ts";
import { predictEffect, type Verdict } from "../bound/verdict.ts";
import { boundFactor } from "./stages/bound_stage.ts";
import type { Context } from "./stages/context.ts";
import type { FakePool, ProcessedFakes } from "./stages/fakes_stage.ts";
import type { TrainedNetwork } from "./stages/network_stage.ts";

/** What a verdict rests on. */
export interface Evidence {
  readonly pool: FakePool;
  /** The fakes of the pool that join the training set. */
  readonly processed: ProcessedFakes;
  /** Of the teacher, on the pool. */
  readonly opinion: TeacherOpinion;
  readonly teacher: TrainedNetwork;
  /** A network that had no part in the generator, the filter and the labels; for classes, the extractor of M1. */
  readonly judge: TrainedNetwork;
}

/** Asks the judge for its opinion, and says what students may expect of the fakes. */
export async function verdictOnFakes(
  { dataset, setting, signal, progress }: Context,
  { pool, processed, opinion, teacher, judge }: Evidence,
): Promise<Verdict> {
  const network = judge.open();
  const { normalisation } = judge;
  const { predicted } = await askTeacher(network, processed.set, {
    normalisation,
    signal,
    onProgress: countProgress(`judge on the fakes of ${setting}`, progress),
  }).finally(() => network.parameters.dispose());
  const { task } = processed.set;
  // Shares of wrong labels, or of the label scale; a regressor that learned little can be off by more than that.
  const unit = task.kind === "classification" ? 100 : task.scale;
  const shareOf = (error: number) => Math.min(1, error / unit);
  const { value: differing } = disagreement(predicted, processed.set.labels, {
    rng: rngOf(0),
    replicates: 1,
    ...(task.kind === "regression" && { range: task.scale }),
  });
  const verdict = predictEffect({ set: pool.open().set, opinion }, {
    realCount: distinctCount(dataset),
    fakeCount: processed.set.labels.length,
    areAdjusted: processed.adjusted !== undefined,
    teacherError: shareOf(teacher.test),
    judge: { realError: shareOf(judge.test), disagreement: Math.min(1, differing) },
    ...(task.kind === "regression" && { b: boundFactor(task) }),
  });
  return { ...verdict, sentence: `${verdict.sentence}${missingClasses(processed.set)}` };
}

/** A sentence where fakes of a class are missing altogether; the other figures do not show it. */
function missingClasses({ task, labels }: LabelledImages): string {
  if (task.kind !== "classification") return "";
  const there = new Set(labels);
  const missing = task.classNames.filter((_, label) => !there.has(label));
  if (missing.length === 0) return "";
  return ` There is no fake of ${
    missing.join(", ")
  } among them: the filter's one cut-off dropped all.`;
}
