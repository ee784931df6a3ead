/** Networks that learnt nothing: no better on the test set than one answer for every image. */
import type { LabelledImages } from "../base/contracts.ts";

/** Share of the error of one answer below which a regressor has learnt something (ours). */
const LEARNT = 0.95;
/** The same of a classifier, of however few test images: of four even no error is within two standard errors (ours). */
const HALF = 0.5;

/**
 * Error of the best answer that looks at no image: of the most frequent class, in percent; or of the median label, as
 * mean absolute error in the labels' unit.
 */
export function chanceError({ labels, task }: Pick<LabelledImages, "labels" | "task">): number {
  if (task.kind === "regression") {
    const sorted = labels.slice().sort();
    const median = sorted[sorted.length >> 1]!;
    return sorted.reduce((sum, label) => sum + Math.abs(label - median), 0) / sorted.length;
  }
  const counts = new Uint32Array(task.classes);
  for (const label of labels) counts[label]!++;
  return 100 * (1 - Math.max(...counts) / labels.length);
}

/**
 * What to say of a network whose test error is `found`: that it is at chance level, if it is within two standard errors
 * of it and not below half of it (regressors: within 5 %). Undefined where it learnt something.
 */
export function chanceWarning(
  found: number,
  test: Pick<LabelledImages, "labels" | "task">,
): string | undefined {
  const chance = chanceError(test);
  const isClassifier = test.task.kind === "classification";
  const share = chance / 100;
  const least = isClassifier
    ? Math.max(chance - 200 * Math.sqrt(share * (1 - share) / test.labels.length), HALF * chance)
    : LEARNT * chance;
  if (found < least) return undefined;
  const unit = test.task.kind === "classification" ? "%" : test.task.unit;
  return `at chance level: its test error is ${
    round(found)
  } ${unit}, and one answer for every image has ` +
    `${round(chance)} ${unit}; train it longer, at another learning rate or from another seed`;
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
