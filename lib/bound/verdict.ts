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

/** Greatest TV of fakes that look like real images: nobody can tell more than 55 % of a half-and-half mixture right. */
const TV_OF_LOOKALIKES = 0.1;

/** Labels are as good as those of real images where they cost at most this share of the judge's error on these (ours). */
const HARMLESS_SHARE = 0.5;

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
  /** Whether each fake was made from a training image; where this is left out, none was. */
  readonly areVariations?: boolean;
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
  /** What decided: the bound; labels beside the judge's error; images and labels alike; the teacher's agreement. */
  readonly basis: "bound" | "labels" | "likeness" | "agreement" | "none";
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
 * What fakes do, as far as it can be told before a student is trained on them; the first of these that holds:
 *
 * 1. The bound (`lib/METHOD.md`, error bound) falls with the greatest Δ = sup |R − R_g| that the measurements leave, TV + Λ at
 *    the upper ends of their intervals: help.
 * 2. The bound rises even with the least Δ, and the judge is off their labels by more than twice its error on real images,
 *    at the lower end of Λ; for conditioning labels the same of the teacher. Whoever learns them is taught more errors than
 *    these networks make: hurt. Not so variations of training images, whose labels are those of the images: what these
 *    networks say of them is more their own error than the label's (`lib/gan/README.md`, Diffusion models).
 * 3. Classes whose labels the teacher denies, of other fakes than variations: hurt. That it confirms them says nothing of
 *    how images look.
 * 4. Images that can hardly be told from real ones (TV), with labels that these networks are off by at most 1.5 times their
 *    error on real images, at the upper end: as good as more of these, help. Not so variations of training images, which
 *    look real because these are, and need not add anything to them: of five comparisons four may be chance, or have one
 *    seed, and the fifth was lost.
 *
 * A bound that rises decides nothing by itself: it is an upper limit, and sets all that fakes cost against only that part of the
 * error that more images remove.
 *
 * @throws {RangeError} A number is out of its range.
 */
export function expectationOf(evidence: FakesEvidence): Expectation {
  const { areClasses, teacherError, labelTerm, totalVariation } = evidence;
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
  const denials = denialsOf(evidence);
  const leastGap = Math.max(0, ...denials.map(({ low, error }) => low - error));
  const greatestGap = Math.min(1, totalVariation.value + labelTerm.value);
  const change = {
    low: boundChange({ ...counts, gap: leastGap }),
    high: boundChange({ ...counts, gap: Math.min(1, totalVariation.high + labelTerm.high) }),
  };
  const relativeAgreement = areClasses && teacherError < 1
    ? (1 - labelDistance) / (1 - teacherError)
    : undefined;
  const areNew = evidence.areVariations !== true;
  const decided = decide({
    isPromised: change.high < 0,
    // Of networks without an error any wrong label is more than twice as many.
    isWorseThanOwn: areNew && change.low > 0 &&
      denials.some(({ low, error }) => low - error > error),
    isDenied: areNew && relativeAgreement !== undefined &&
      relativeAgreement < AGREEMENT_THAT_HURTS,
    isAlike: areNew && totalVariation.high <= TV_OF_LOOKALIKES &&
      denials.every(({ high, error }) => high - error <= HARMLESS_SHARE * error),
  });
  return { ...decided, leastGap, greatestGap, ...allowed, change };
}

/** What a network has against the labels that fakes carry, beside its error on real images. */
interface Denial {
  readonly error: number;
  readonly low: number;
  readonly high: number;
}

/** That of the judge; where fakes keep their conditioning labels, that of the teacher too. */
function denialsOf(evidence: FakesEvidence): Denial[] {
  const { labelTerm: { low, high }, judgeError, areAdjusted, labelDistance, teacherError } =
    evidence;
  return [
    { error: judgeError, low, high },
    ...(areAdjusted ? [] : [{ error: teacherError, low: labelDistance, high: labelDistance }]),
  ];
}

function endsOf(name: string, { value, low, high }: IntervalEstimate): Record<string, number> {
  return { [name]: value, [`${name}.low`]: low, [`${name}.high`]: high };
}

function decide(
  is: Record<"isPromised" | "isWorseThanOwn" | "isDenied" | "isAlike", boolean>,
): Pick<Expectation, "expectation" | "basis"> {
  if (is.isPromised) return { expectation: "help", basis: "bound" };
  if (is.isWorseThanOwn) return { expectation: "hurt", basis: "labels" };
  if (is.isDenied) return { expectation: "hurt", basis: "agreement" };
  if (is.isAlike) return { expectation: "help", basis: "likeness" };
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
  options: VerdictOptions,
): string {
  const { expectation, basis, leastGap, greatestGap, threshold } = verdict;
  const { totalVariation, labelTerm } = options;
  const why: Partial<Record<Verdict["basis"], string>> = {
    labels: `A network is off their labels by more than twice its error on real images (at least ${
      round(leastGap)
    } more).`,
    likeness: `Few can be told from real images, and networks are off their labels by at most ${
      round(1 + HARMLESS_SHARE)
    } times their error on real ones.`,
  };
  const bound = `They differ from real images by up to ${round(greatestGap)} (images ${
    round(totalVariation.value)
  }, labels ${round(labelTerm.value)}); the bound promises a gain ${
    basis === "bound" ? "" : "only "
  }below ${round(threshold)}.`;
  return [
    EXPECTED[expectation],
    ...(why[basis] === undefined ? [] : [why[basis]]),
    bound,
    ...(options.areVariations === true
      ? ["They vary training images, so that they look real says nothing of what they add."]
      : []),
    teacherText(task, verdict, options.teacherError),
    ADVICE[expectation],
  ].join(" ");
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
