/** What the parts of ReviewKD are worth: each on and off, beside what a reproduction study found. */
import { type Spread, spreadOf } from "../base/metrics.ts";
import { checkRun, checkRunAndStudents } from "../chain/check_run.ts";
import type { ExperimentRun, StudentResult } from "../chain/run.ts";
import { distillerOf, methodTitle, type StudentChoice } from "../chain/stages/student_choice.ts";
import type { DistillerChoice } from "../experiments/specification/schema.ts";
import {
  publishedReviewParts,
  REVIEW_PARTS_SOURCE,
  type ReviewPartsName,
} from "../report/paper/review_parts.ts";
import { DataTable } from "../report/tables.ts";
import { unitOfDifferences } from "../report/words.ts";
import { titled } from "./titled.ts";

/** What the functions here read of a run. */
export type ReviewPartsRun = Pick<ExperimentRun, "dataset" | "experiment" | "specification">;

/** Which of its parts a form of ReviewKD has, and how it is chosen. */
interface ReviewParts {
  readonly name: ReviewPartsName;
  readonly choice: DistillerChoice;
  /** Student stages meet shallower stages of the teacher too. */
  readonly review: boolean;
  /** They are handed up level by level, in place of an adapter for each pair. */
  readonly residual: boolean;
  /** By attention (ABF), in place of a sum. */
  readonly fusion: boolean;
  /** At several resolutions (HCL), in place of their own. */
  readonly context: boolean;
}

/** Plain training, one part more and more, and the last two parts each without the other. */
const FORMS: readonly ReviewParts[] = [
  {
    name: "none",
    choice: "nokd",
    ...{ review: false, residual: false, fusion: false, context: false },
  },
  {
    name: "review",
    choice: { name: "review_kd", review: "separate", context: false },
    ...{ review: true, residual: false, fusion: false, context: false },
  },
  {
    name: "review+residual",
    choice: { name: "review_kd", fusion: false, context: false },
    ...{ review: true, residual: true, fusion: false, context: false },
  },
  {
    name: "review+residual+fusion",
    choice: { name: "review_kd", context: false },
    ...{ review: true, residual: true, fusion: true, context: false },
  },
  {
    name: "review+residual+context",
    choice: { name: "review_kd", fusion: false },
    ...{ review: true, residual: true, fusion: false, context: true },
  },
  {
    name: "review+residual+fusion+context",
    choice: "review_kd",
    ...{ review: true, residual: true, fusion: true, context: true },
  },
];

/**
 * The students of the ablation: the first student of the run, by its first teacher, on real images, for every seed and
 * every form of ReviewKD. Plain training and the whole method are those of the run itself, if it has them.
 */
export function reviewPartsChoices(run: Pick<ReviewPartsRun, "specification">): StudentChoice[] {
  checkRun("figures.reviewPartsChoices()", run);
  const { seeds, students: [student], teachers: [teacher] } = run.specification;
  return seeds.flatMap((seed) =>
    FORMS.map(({ choice: distiller }): StudentChoice => ({
      student: student!,
      distiller,
      trainOn: "real",
      seed,
      ...(distiller !== "nokd" && { teacher }),
    }))
  );
}

/**
 * One row for each form of ReviewKD that was trained: which parts it has, error, gain against plain training seed by
 * seed with half of Student's 95 % interval, and the gain that a reproduction study reports for the same parts.
 *
 * @param students Those of `reviewPartsChoices`; others are left out.
 */
export function reviewPartsTable(
  run: ReviewPartsRun,
  students: readonly StudentResult[],
): DataTable {
  checkRunAndStudents("figures.reviewPartsTable()", run, students);
  const { metric } = run.experiment;
  const errorsOf = (choice: DistillerChoice) => {
    const method = methodTitle(distillerOf(run.specification, choice), "real");
    const own = students.filter(({ cell }) => cell.method === method);
    return new Map(own.map(({ seed, network }) => [seed, network.test] as const));
  };
  const plain = errorsOf("nokd");
  const alone = publishedReviewParts("none");
  const rows = FORMS.flatMap(({ name, choice, review, residual, fusion, context }) => {
    const errors = errorsOf(choice);
    if (errors.size === 0) return [];
    const falls = [...errors].flatMap(([seed, error]) => {
      const before = plain.get(seed);
      return before === undefined ? [] : [before - error];
    });
    const gain: Spread | undefined = name === "none" || falls.length === 0
      ? undefined
      : spreadOf(falls);
    return [{
      ...{ review: mark(review), residual: mark(residual), fusion: mark(fusion) },
      context: mark(context),
      error: spreadOf([...errors.values()]).mean,
      gain: gain?.mean,
      gainHalf: gain?.halfWidth,
      reported: name === "none" ? undefined : publishedReviewParts(name) - alone,
      seeds: errors.size,
    }];
  });
  const difference = unitOfDifferences(metric.unit);
  return DataTable.of({
    title: titled(run, "Parts of ReviewKD"),
    columns: [
      { key: "review", title: "review" },
      { key: "residual", title: "residual path" },
      { key: "fusion", title: "attention (ABF)" },
      { key: "context", title: "resolutions (HCL)" },
      { key: "error", title: metric.title, unit: metric.unit, digits: 2 },
      { key: "gain", title: "gain", unit: difference, digits: 2, signed: true },
      { key: "gainHalf", title: "95 %", digits: 2, plusMinus: true },
      { key: "reported", title: "reported gain", unit: "points", digits: 2, signed: true },
      { key: "seeds", title: "seeds", digits: 0 },
    ],
    rows,
    notes: [
      "Gain: error of plain training less that of the row, seed by seed. Without the residual path each pair of levels " +
      "has an adapter of its own; without attention levels are added; without resolutions maps are compared at their own.",
      `Reported: ${REVIEW_PARTS_SOURCE}; accuracy ${alone.toFixed(2)} % without a teacher.`,
    ],
  });
}

function mark(isOn: boolean): string {
  return isOn ? "yes" : "–";
}
