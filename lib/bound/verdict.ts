/** What to expect of fakes before any student is trained on them. */
import type { LabelledImages, Task } from "../base/contracts.ts";
import type { TeacherOpinion } from "../synthesis/teacher_opinion.ts";
import { allowedGaps, boundChange } from "./error_bound.ts";
import type { IntervalEstimate } from "./estimators.ts";

/**
 * Teacher's agreement with the labels of fakes, relative to its agreement with real labels: below it they lean to
 * hurting (ours). At 23 % against 82 % every fake hurt a VGG11 on C-10K, filtered and relabelled ones included.
 */
const AGREEMENT_THAT_HURTS = 0.6;

/** What is known about the fakes. */
export interface VerdictInput {
  /** Fakes as they came from the sampler, with their conditioning labels. */
  readonly set: LabelledImages;
  /** The teacher's opinion on them. */
  readonly opinion: TeacherOpinion;
}

/** What an expectation rests on. Shares are in [0, 1], scalar losses relative to the label scale. */
export interface FakesEvidence {
  /** N, real training images. */
  readonly realCount: number;
  /** M^g, processed fakes to be added. */
  readonly fakeCount: number;
  /** θ, the share of fakes in each batch; absent where it is that of the training set. */
  readonly fakeShare?: number;
  /** Whether the fakes carry the teacher's labels (M2). */
  readonly areAdjusted: boolean;
  /** err_T: the teacher's error on held-out real images. */
  readonly teacherError: number;
  /** TV between real and processed fake images, as the bound has it. */
  readonly totalVariation: IntervalEstimate;
  /** Λ by proxy: the judge's disagreement with the labels that the processed fakes carry. */
  readonly labelTerm: IntervalEstimate;
  /** The judge's error on held-out real images. */
  readonly judgeError: number;
  /** b of the bound's b / √n. */
  readonly b: number;
  /** The teacher's disagreement with the labels that the fakes were made for. */
  readonly labelDistance: number;
  /** Whether labels are classes. */
  readonly areClasses: boolean;
}

/** What is known beside the fakes and the teacher's opinion. */
export type VerdictOptions = Omit<FakesEvidence, "labelDistance" | "areClasses">;

/** What follows from the evidence. */
export interface Expectation {
  /** What students may expect of the fakes. */
  readonly expectation: "help" | "hurt" | "unclear";
  /** What decided: the bound, or the agreement where the bound could not. */
  readonly basis: "bound" | "agreement" | "none";
  /** At least this much Δ, from networks whose risks are known; 0 where nothing is known. */
  readonly leastGap: number;
  /** Δ as measured, TV + Λ with B = 1: the most that the bound has to allow. */
  readonly greatestGap: number;
  /** Δ below which M^g fakes promise a gain; see `allowedGaps`. */
  readonly threshold: number;
  /** Δ below which any number of fakes large enough does. */
  readonly limit: number;
  /** What fakes change in the bound, at the least and at the most: by the ends of the intervals of TV and Λ. */
  readonly change: { readonly low: number; readonly high: number };
}

/** What follows from the evidence, and the evidence that people look at. */
export interface Verdict extends Expectation {
  /** Share of fakes whose conditioning label is the teacher's; classes only. */
  readonly agreement?: number;
  /** Mean |prediction − label| of the teacher on the fakes / label scale; scalar labels only. */
  readonly labelDistance?: number;
  /** All that it rests on. */
  readonly evidence: FakesEvidence;
  /** For people: what is expected, why, and what could be done, in short sentences. */
  readonly sentence: string;
}

/**
 * The sign of what fakes change in the error bound (`lib/METHOD.md`, error bound), b / √n − b / √N + 2 θ Δ, where the
 * measurements leave no doubt about it.
 *
 * At the most Δ = sup |R − R_g| is TV + Λ, at the upper ends of their intervals. At the least it is what fakes cost a
 * network whose risks on both sides are known: Λ, at its lower end, less the judge's error on real images; for
 * conditioning labels the same of the teacher. Where the bound falls even with the most, fakes are likely to help; where
 * it rises even with the least, to hurt. In between nobody can tell: only labels that the teacher denies decide, for that
 * it confirms them says nothing of how images look.
 *
 * @throws {RangeError} A number is out of its range.
 */
export function expectationOf(evidence: FakesEvidence): Expectation {
  const { areAdjusted, areClasses, teacherError, labelTerm, totalVariation } = evidence;
  const { judgeError, labelDistance } = evidence;
  const shares = {
    teacherError,
    judgeError,
    labelDistance,
    ...endsOf("labelTerm", labelTerm),
    ...endsOf("totalVariation", totalVariation),
  };
  for (const [name, share] of Object.entries(shares)) {
    if (!(share >= 0 && share <= 1)) {
      throw new RangeError(`Cannot use ${name} = ${share}: want a number in [0, 1]`);
    }
  }
  const { realCount: real, fakeCount: fakes, fakeShare: share, b } = evidence;
  const counts = { real, fakes, share, b };
  const allowed = allowedGaps(counts);
  const leastGap = Math.max(
    0,
    areAdjusted ? 0 : labelDistance - teacherError,
    labelTerm.low - judgeError,
  );
  const greatestGap = Math.min(1, totalVariation.value + labelTerm.value);
  const change = {
    low: boundChange({ ...counts, gap: leastGap }),
    high: boundChange({ ...counts, gap: Math.min(1, totalVariation.high + labelTerm.high) }),
  };
  const relativeAgreement = areClasses && teacherError < 1
    ? (1 - labelDistance) / (1 - teacherError)
    : undefined;
  return { ...decide(change, relativeAgreement), leastGap, greatestGap, ...allowed, change };
}

function endsOf(name: string, { value, low, high }: IntervalEstimate): Record<string, number> {
  return { [name]: value, [`${name}.low`]: low, [`${name}.high`]: high };
}

function decide(
  change: Expectation["change"],
  relativeAgreement: number | undefined,
): Pick<Expectation, "expectation" | "basis"> {
  if (change.low > 0) return { expectation: "hurt", basis: "bound" };
  if (change.high < 0) return { expectation: "help", basis: "bound" };
  if (relativeAgreement !== undefined && relativeAgreement < AGREEMENT_THAT_HURTS) {
    return { expectation: "hurt", basis: "agreement" };
  }
  return { expectation: "unclear", basis: "none" };
}

/**
 * What to expect of fakes, in words as well; see {@link expectationOf}.
 *
 * @throws {RangeError} There are no fakes, or a number of the options is out of its range.
 */
export function predictEffect(input: VerdictInput, options: VerdictOptions): Verdict {
  const { set, opinion } = input;
  if (set.labels.length === 0) {
    throw new RangeError("Cannot judge fake images: found none, want at least one");
  }
  const { task } = set;
  const labelDistance = meanDistance(task, set.labels, opinion.predicted);
  const areClasses = task.kind === "classification";
  const evidence = { ...options, labelDistance, areClasses };
  const verdict = {
    ...expectationOf(evidence),
    ...(areClasses ? { agreement: 1 - labelDistance } : { labelDistance }),
    evidence,
  };
  return { ...verdict, sentence: verdictText(task, verdict, options) };
}

/** 0-1 distance of classes, or |difference| / scale clipped to [0, 1], averaged. */
function meanDistance(task: Task, labels: Float32Array, predicted: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < labels.length; i++) {
    sum += task.kind === "classification"
      ? Number(labels[i] !== predicted[i])
      : Math.min(1, Math.abs(labels[i]! - predicted[i]!) / task.scale);
  }
  return sum / labels.length;
}

const EXPECTED: Record<Verdict["expectation"], string> = {
  help: "These fakes are likely to help.",
  hurt: "These fakes are likely to hurt.",
  unclear: "These fakes may help or hurt.",
};

const ADVICE: Record<Verdict["expectation"], string> = {
  help: "Next: train the students.",
  hurt: "Next: train the generator longer, or lower rho or M^g.",
  unclear: "Next: train one student with them and one without, for equal steps.",
};

/** What is expected of fakes, why, and what to do next. */
function verdictText(
  task: Task,
  verdict: Omit<Verdict, "sentence">,
  { teacherError, totalVariation, labelTerm }: VerdictOptions,
): string {
  const { expectation, basis, leastGap, greatestGap, threshold } = verdict;
  const gap = expectation === "hurt" && basis === "bound"
    ? `They differ from real images by at least ${
      round(leastGap)
    }; a gain of this many is promised ` +
      `only below ${round(threshold)}.`
    : `They differ from real images by up to ${round(greatestGap)} (images ${
      round(totalVariation.value)
    }, labels ${round(labelTerm.value)}); a gain is promised ${
      expectation === "help" ? "" : "only "
    }below ${round(threshold)}.`;
  return [
    EXPECTED[expectation],
    gap,
    teacherText(task, verdict, teacherError),
    ADVICE[expectation],
  ]
    .join(" ");
}

function teacherText(
  task: Task,
  { agreement, labelDistance }: Pick<Verdict, "agreement" | "labelDistance">,
  teacherError: number,
): string {
  if (task.kind === "classification") {
    return `The teacher confirms ${percent(agreement!)} of their labels, and ` +
      `${percent(1 - teacherError)} of real ones.`;
  }
  const inUnit = (distance: number) => `${round(distance * task.scale)} ${task.unit}`;
  return `The teacher is off their labels by ${inUnit(labelDistance!)}, and off real ones by ` +
    `${inUnit(teacherError)}.`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function round(value: number): number {
  return Number(value.toPrecision(2));
}
