/** The verdict on the fakes of a run, from what its teacher and its judge think of them and the measured bound. */
import type { LabelledImages } from "../base/contracts.ts";
import type { TeacherOpinion } from "../synthesis/teacher_opinion.ts";
import type { IntervalEstimate } from "../bound/estimators.ts";
import { predictEffect, type Verdict } from "../bound/verdict.ts";
import { variesImages } from "../experiments/specification/varies_images.ts";
import type { MeasuredBound } from "./stages/bound_stage.ts";
import type { Context } from "./stages/context.ts";
import type { FakePool } from "./stages/fakes/pool_stage.ts";
import type { ProcessedFakes } from "./stages/fakes/process_fakes.ts";
import type { TrainedNetwork } from "./stages/network_job.ts";

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
  /** Its terms are measured on the processed fakes; Λ is the judge's disagreement. */
  readonly bound: MeasuredBound;
}

/** What students may expect of the fakes. */
export function verdictOnFakes({ dataset, specification }: Context, evidence: Evidence): Verdict {
  const { pool, processed, opinion, teacher, judge, bound } = evidence;
  const { task } = processed.set;
  // Shares of wrong labels, or of the label scale; a regressor that learned little can be off by more than that.
  const unit = task.kind === "classification" ? 100 : task.scale;
  const shareOf = (error: number) => Math.min(1, error / unit);
  const verdict = predictEffect({ set: pool.open().set, opinion }, {
    realCount: dataset.originals,
    fakeCount: processed.set.labels.length,
    ...(bound.share !== undefined && { fakeShare: bound.share }),
    areAdjusted: processed.adjusted !== undefined,
    ...(variesImages(specification) && { areVariations: true }),
    teacherError: shareOf(teacher.test),
    totalVariation: eachEnd(bound.totalVariation, (end) => Math.max(end, bound.certified)),
    labelTerm: eachEnd(bound.labelTerm, (end) => Math.min(1, end)),
    judgeError: shareOf(judge.test),
    b: bound.b,
  });
  return { ...verdict, sentence: `${verdict.sentence}${missingClasses(processed.set)}` };
}

/** An estimate with its interval, every number changed alike. */
function eachEnd(
  { value, low, high }: IntervalEstimate,
  change: (end: number) => number,
): IntervalEstimate {
  return { value: change(value), low: change(low), high: change(high) };
}

/** A sentence where fakes of a class are missing altogether; the other figures do not show it. */
function missingClasses({ task, labels }: LabelledImages): string {
  if (task.kind !== "classification") return "";
  const there = new Set(labels);
  const missing = task.classNames.filter((_, label) => !there.has(label));
  if (missing.length === 0) return "";
  return ` There is no fake of ${
    missing.join(", ")
  } among them: the filter's one cut-off dropped all; synthesis.cutOff="each label" keeps some of each.`;
}
