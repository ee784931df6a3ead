/** A verdict on fakes in words. */
import type { Task } from "../base/contracts.ts";
import type { Verdict, VerdictOptions } from "./verdict.ts";

const ADVICE: Record<Verdict["expectation"], string> = {
  help: "train the students",
  hurt: "train the generator longer, or lower rho or M^g",
  unclear: "try one student with and without them before training all",
};

const EXPECTED: Record<Verdict["expectation"], string> = {
  help: "are likely to help",
  hurt: "are likely to hurt",
  unclear: "may help or hurt",
};

/**
 * What is expected of fakes, why, and what to do next, in one sentence.
 *
 * @param task Of the fakes.
 * @param evidence What the expectation rests on.
 */
export function verdictSentence(
  task: Task,
  evidence: Omit<Verdict, "sentence">,
  { realCount, fakeCount, teacherError, b: given }: VerdictOptions,
): string {
  const { expectation, basis, agreement, confidence, leastGap, greatestGap, limit } = evidence;
  const reasons: string[] = [];
  if (agreement !== undefined) {
    const sure = confidence === undefined ? "" : ` at a mean confidence of ${share(confidence)}`;
    reasons.push(
      `the teacher confirms ${share(agreement)} of their labels${sure}, against ` +
        `${share(1 - teacherError)} of real ones`,
    );
  } else if (task.kind === "regression") {
    const inUnit = (distance: number) => `${round(distance * task.scale)} ${task.unit}`;
    reasons.push(
      `the teacher is off their labels by ${inUnit(evidence.labelDistance!)} ` +
        `(${share(evidence.labelDistance!)} of the label scale), against ${
          inUnit(teacherError)
        } for ` +
        "real images",
    );
  }
  if (limit !== undefined) {
    // A gap of at least nothing is no news.
    const least = leastGap === 0 ? "not known" : `at least ${round(leastGap)}`;
    const known = greatestGap === undefined
      ? least
      : `between ${round(leastGap)} and ${round(greatestGap)}`;
    const origin = given === undefined ? `the default b = ${evidence.b}` : `b = ${given}`;
    reasons.push(
      `their gap to real images is ${known}, and with N = ${realCount} and ${origin} the bound ` +
        `allows ${round(evidence.threshold!)} at M^g = ${fakeCount} and ${round(limit)} at any`,
    );
  }
  if (basis === "agreement") reasons.push("the bound leaves it open, so the agreement decides");
  return `These fakes ${EXPECTED[expectation]}: ${reasons.join("; ")}. Next: ${
    ADVICE[expectation]
  }.`;
}

function share(value: number): string {
  return `${(100 * value).toFixed(1)} %`;
}

function round(value: number): number {
  return Number(value.toPrecision(2));
}
