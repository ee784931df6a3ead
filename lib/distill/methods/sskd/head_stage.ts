/** SSKD's stage between teacher and student: a head on the frozen teacher learns which views are of one image. */
import { ParameterSet, Scope } from "../../../base/module.ts";
import { crossEntropy } from "../../../networks/supervised.ts";
import type { DistillContext, Distiller, EarlierStage, RawBatch } from "../../distiller.ts";
import { shapesOf } from "../../shapes.ts";
import { ownImages, similarityHead, viewSimilarity } from "./similarity.ts";
import { rotatedViews, VIEWS } from "./views.ts";

/** Name of the stage, under which the student's stage finds the head. */
export const HEAD_STAGE = "sskd_head";

/** Lengths of the paper: 60 epochs of the head beside 240 of the student, a tenth of the rate after 30 and 45. */
const PAPER = { epochs: 60, studentEpochs: 240, milestones: [0.5, 0.75] } as const;

/** How the head is trained. */
export interface HeadOptions {
  /** Default: a quarter of the student's. */
  readonly headEpochs?: number;
  readonly headRate: number;
  readonly flipsViews: boolean;
}

/**
 * Trains only the head, on a copy of the teacher in inference mode: cross-entropy over the rows of view similarities,
 * without a temperature, the right answer of row i being its own image ⌊i / 3⌋.
 */
export function headStage({ headEpochs, headRate, flipsViews }: HeadOptions): EarlierStage {
  return {
    name: HEAD_STAGE,
    trains: "teacher",
    distiller: teacherHead(flipsViews),
    // Rate and epochs are its recipe's.
    options: { flipsViews },
    training(student) {
      const epochs = headEpochs ??
        Math.max(1, Math.round(student.epochs * PAPER.epochs / PAPER.studentEpochs));
      const milestones = PAPER.milestones.map((share) => Math.round(share * epochs));
      return {
        ...student,
        epochs,
        // Of one epoch both milestones are the same.
        milestones: [...new Set(milestones)],
        learningRate: headRate,
      };
    },
  };
}

function teacherHead(flipsViews: boolean): Distiller {
  return {
    name: HEAD_STAGE,
    title: "SSKD's head",
    tasks: ["classification"],
    needs: { teacher: "none", startsFrom: "teacher", trainsStudent: false },
    // Fewer in truth: no gradient passes through the teacher.
    passes: { student: VIEWS, teacher: 0 },
    prepare(context) {
      const { student, train, rng } = context;
      const adapters = new ParameterSet();
      const head = similarityHead(new Scope(adapters, rng), shapesOf(student, train).features);
      return {
        adapters,
        leaves: { head: adapters },
        beforeStep: viewMaker(context, flipsViews),
        loss({ features }, { mode }) {
          const rows = viewSimilarity(head(features, mode));
          const own = ownImages(features.shape[0] / VIEWS);
          return { ownImage: { weight: 1, value: crossEntropy(rows, own) } };
        },
      };
    },
  };
}

/** Puts the four views of each image in the place of the batch; labels stay one an image. */
export function viewMaker(
  { train, normalisation, training }: DistillContext,
  flipsViews: boolean,
): (batch: RawBatch) => RawBatch {
  const { crop, flip } = training;
  return (batch) => ({
    ...batch,
    x: rotatedViews(train, batch.indices, {
      normalisation,
      crop,
      flip,
      flipsViews,
      rng: batch.rng.child("views"),
    }),
  });
}
