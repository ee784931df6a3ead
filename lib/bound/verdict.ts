/** What to expect of fakes before any student is trained on them. */
import type { LabelledImages, Task } from "../base/contracts.ts";
import { allowedGaps } from "../bound/error_bound.ts";
import type { TeacherOpinion } from "../synthesis/teacher_opinion.ts";

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

/** What is known beside the fakes. Shares are in [0, 1], scalar losses relative to the label scale. */
export interface VerdictOptions {
  /** N, real training images. */
  readonly realCount: number;
  /** M^g, processed fakes to be added. */
  readonly fakeCount: number;
  /** Whether the fakes carry the teacher's labels (M2). */
  readonly areAdjusted: boolean;
  /** err_T: the teacher's error on held-out real images. */
  readonly teacherError: number;
  /** TV between real and processed fake images, as the bound has it. */
  readonly totalVariation: number;
  /** Λ by proxy: the judge's disagreement with the labels that the processed fakes carry. */
  readonly labelTerm: number;
  /** The judge's error on held-out real images. */
  readonly judgeError: number;
  /** b of the bound's b / √n. */
  readonly b: number;
}

/** Evidence and what follows from it. */
export interface Verdict {
  /** What students may expect of the fakes. */
  readonly expectation: "help" | "hurt" | "unclear";
  /** What decided: the bound, or the agreement where the bound could not. */
  readonly basis: "bound" | "agreement" | "none";
  /** Share of fakes whose conditioning label is the teacher's; classes only. */
  readonly agreement?: number;
  /** Mean |prediction − label| of the teacher on the fakes / label scale; scalar labels only. */
  readonly labelDistance?: number;
  /** At least this much Δ, from networks whose risks are known; 0 where nothing is known. */
  readonly leastGap: number;
  /** Δ as measured, TV + Λ with B = 1: the most that the bound has to allow. */
  readonly greatestGap: number;
  /** Δ below which M^g fakes promise a gain; see `allowedGaps`. */
  readonly threshold: number;
  /** Δ below which any number of fakes large enough does. */
  readonly limit: number;
  /** For people: what is expected, why, and what could be done, in short sentences. */
  readonly sentence: string;
}

/**
 * Compares what is known of Δ = sup |R − R_g| with what the error bound allows (`lib/METHOD.md`, error bound).
 *
 * From above Δ is TV + Λ, as measured. From below it is what the fakes cost a network whose risks on both sides are
 * known: the judge; for conditioning labels the teacher too. At or above the limit from below, fakes are likely to
 * hurt; below the threshold from above, to help. In between the bound promises nothing, and only labels that the
 * teacher denies decide: that it confirms them says nothing of how images look.
 *
 * @throws {RangeError} There are no fakes, or a number of the options is out of its range.
 */
export function predictEffect(input: VerdictInput, options: VerdictOptions): Verdict {
  const { set, opinion } = input;
  const { areAdjusted, teacherError, labelTerm, totalVariation, judgeError } = options;
  for (
    const [name, share] of Object.entries({ teacherError, labelTerm, totalVariation, judgeError })
  ) {
    if (!(share >= 0 && share <= 1)) {
      throw new RangeError(`Cannot use ${name} = ${share}: want a number in [0, 1]`);
    }
  }
  const { realCount: real, fakeCount: fakes, b } = options;
  const allowed = allowedGaps({ real, fakes, b });
  if (set.labels.length === 0) {
    throw new RangeError("Cannot judge fake images: found none, want at least one");
  }
  const { task } = set;
  const distance = meanDistance(task, set.labels, opinion.predicted);
  const isClassifier = task.kind === "classification";
  const gaps = {
    leastGap: Math.max(0, areAdjusted ? 0 : distance - teacherError, labelTerm - judgeError),
    greatestGap: Math.min(1, totalVariation + labelTerm),
    ...allowed,
  };
  const relativeAgreement = isClassifier && teacherError < 1
    ? (1 - distance) / (1 - teacherError)
    : undefined;
  const evidence = {
    ...decide(gaps, relativeAgreement),
    ...(isClassifier ? { agreement: 1 - distance } : { labelDistance: distance }),
    ...gaps,
  };
  return { ...evidence, sentence: verdictText(task, evidence, options) };
}

type Gaps = Pick<Verdict, "leastGap" | "greatestGap" | "limit" | "threshold">;

function decide(
  { leastGap, greatestGap, limit, threshold }: Gaps,
  relativeAgreement: number | undefined,
): Pick<Verdict, "expectation" | "basis"> {
  if (leastGap >= limit) return { expectation: "hurt", basis: "bound" };
  if (greatestGap < threshold) return { expectation: "help", basis: "bound" };
  if (relativeAgreement !== undefined && relativeAgreement < AGREEMENT_THAT_HURTS) {
    return { expectation: "hurt", basis: "agreement" };
  }
  return { expectation: "unclear", basis: "none" };
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
  evidence: Omit<Verdict, "sentence">,
  { teacherError, totalVariation, labelTerm }: VerdictOptions,
): string {
  const { expectation, basis, leastGap, greatestGap, threshold, limit } = evidence;
  const gap = expectation === "hurt" && basis === "bound"
    ? `They differ from real images by at least ${round(leastGap)}; above ${
      round(limit)
    } no number of them ` +
      "is promised to help."
    : `They differ from real images by up to ${round(greatestGap)} (images ${
      round(totalVariation)
    }, labels ${round(labelTerm)}); a gain is promised ${
      expectation === "help" ? "" : "only "
    }below ${round(threshold)}.`;
  return [
    EXPECTED[expectation],
    gap,
    teacherText(task, evidence, teacherError),
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
