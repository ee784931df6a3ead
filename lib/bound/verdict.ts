/** What to expect of fakes before any student is trained on them. */
import { checkFraction, checkInteger } from "../base/check.ts";
import type { LabelledImages, Task } from "../base/contracts.ts";
import type { TeacherOpinion } from "../synthesis/teacher_opinion.ts";

/**
 * b of the bound's b / √N for the 0-1 loss, where a task's own fit is not given: least squares of
 * the paper's NOKD errors (Table 1) on a + b / √N over C-50K, C-20K and C-10K gives 18.4 (VGG11),
 * 18.7 (ShuffleNetV2) and 15.5 (EfficientNet-B0); their mean, rounded.
 */
export const DEFAULT_B = 18;

/**
 * Teacher's agreement with the labels of fakes, relative to its agreement with real labels: at or
 * above the first, fakes lean to helping; below the second, to hurting (ours). At 23 % against 82 %
 * every fake hurt a VGG11 on C-10K, filtered and relabelled ones included.
 */
const AGREEMENT_LEANS = { help: 0.85, hurt: 0.6 };

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
  /**
   * TV plug-in: ½ mean |r̂ − 1| over processed fakes, with a ratio fitted to real against processed
   * fakes. Without it nothing can be said from above.
   */
  readonly totalVariation?: number;
  /**
   * A second network, best a student trained on real images: its error on held-out real
   * images, and its disagreement with the labels that the processed fakes carry.
   */
  readonly judge?: { readonly realError: number; readonly disagreement: number };
  /** b; `DEFAULT_B` for classes unless said, wanted for scalar labels. */
  readonly b?: number;
}

/** Evidence and what follows from it. */
export interface Verdict {
  /** What students may expect of the fakes. */
  readonly expectation: "help" | "hurt" | "unclear";
  /** What decided: the bound, or the agreement alone where the bound could not. */
  readonly basis: "bound" | "agreement" | "none";
  /** Share of fakes whose conditioning label is the teacher's; classes only. */
  readonly agreement?: number;
  /** Mean |prediction − label| of the teacher on the fakes / label scale; scalar labels only. */
  readonly labelDistance?: number;
  /** Mean greatest softmax probability of the teacher on the fakes; classes only. */
  readonly confidence?: number;
  /** At least this much Δ, from functions whose risks are known; 0 where nothing is known. */
  readonly leastGap: number;
  /** At most this much Δ, B · TV + Λ with B = 1; absent without TV. */
  readonly greatestGap?: number;
  /** Δ below which M^g fakes help: (b / 2√N) · √(N + M) / (√N + √(N + M)). */
  readonly threshold?: number;
  /** Δ below which any number of fakes large enough helps: b / (2√N). */
  readonly limit?: number;
  /** The b of b / √N that was used; absent for scalar labels where none was given. */
  readonly b?: number;
  /** For people: what is expected, why, and what could be done. */
  readonly sentence: string;
}

/**
 * Compares bounds on Δ = sup |R − R_g| with what the error bound allows: with g(M) = b / √(N + M) +
 * 2 Δ M / (N + M), M fakes help exactly when g(M) < g(0), that is Δ < (b / 2√N) √(N+M) / (√N +
 * √(N+M)), which goes to b / (2√N) for many fakes (`lib/METHOD.md`, error bound).
 *
 * From above, Δ <= TV + Λ with Λ <= err_T + TV for the teacher's labels, and Λ <= 1 − agreement +
 * err_T + TV for conditioning labels. From below, Δ is at least what the fakes cost a network whose
 * risks on both sides are known: the judge; for conditioning labels the teacher too. Between the
 * two the agreement leans.
 *
 * @throws {RangeError} There are no fakes, or a number of the options is out of its range.
 */
export function predictEffect(input: VerdictInput, options: VerdictOptions): Verdict {
  const { set, opinion } = input;
  const { realCount, fakeCount, areAdjusted, teacherError, judge } = options;
  checkInteger(realCount, "N");
  checkInteger(fakeCount, "M^g");
  checkShare(teacherError, "teacherError");
  if (judge !== undefined) {
    checkShare(judge.realError, "judge.realError");
    checkShare(judge.disagreement, "judge.disagreement");
  }
  if (options.totalVariation !== undefined) checkShare(options.totalVariation, "totalVariation");
  if (options.b !== undefined) checkFraction(options.b, "b", 0, Infinity);
  if (set.labels.length === 0) {
    throw new RangeError("Cannot judge fake images: found none, want at least one");
  }
  const { task } = set;
  const distance = meanDistance(task, set.labels, opinion.predicted);
  const b = options.b ?? (task.kind === "classification" ? DEFAULT_B : undefined);

  const teacherCost = areAdjusted ? 0 : distance - teacherError;
  const judgeCost = judge === undefined ? 0 : judge.disagreement - judge.realError;
  const leastGap = Math.max(0, teacherCost, judgeCost);
  const variation = options.totalVariation;
  const greatestGap = variation === undefined
    ? undefined
    : Math.min(1, 2 * variation + teacherError + (areAdjusted ? 0 : distance));
  const limit = b === undefined ? undefined : b / (2 * Math.sqrt(realCount));
  const all = Math.sqrt(realCount + fakeCount);
  const threshold = limit === undefined ? undefined : limit * all / (Math.sqrt(realCount) + all);

  const agreement = task.kind === "classification" ? 1 - distance : undefined;
  const { expectation, basis } = decide({
    leastGap,
    greatestGap,
    limit,
    threshold,
    relativeAgreement: agreement === undefined || teacherError === 1
      ? undefined
      : agreement / (1 - teacherError),
  });
  const confidence = opinion.confidence &&
    opinion.confidence.reduce((sum, value) => sum + value, 0) / opinion.confidence.length;
  const evidence = {
    expectation,
    basis,
    ...(agreement === undefined ? { labelDistance: distance } : { agreement }),
    ...(confidence === undefined ? {} : { confidence }),
    leastGap,
    ...(greatestGap === undefined ? {} : { greatestGap }),
    ...(threshold === undefined ? {} : { threshold, limit, b }),
  };
  return { ...evidence, sentence: verdictSentence(task, evidence, options) };
}

/**
 * What is expected of fakes, why, and what to do next, in one sentence.
 *
 * @param task Of the fakes.
 * @param evidence What the expectation rests on.
 */
function verdictSentence(
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

interface Gaps {
  readonly leastGap: number;
  readonly greatestGap?: number;
  readonly limit?: number;
  readonly threshold?: number;
  readonly relativeAgreement?: number;
}

function decide(gaps: Gaps): Pick<Verdict, "expectation" | "basis"> {
  const { leastGap, greatestGap, limit, threshold, relativeAgreement } = gaps;
  if (limit !== undefined && leastGap >= limit) return { expectation: "hurt", basis: "bound" };
  if (threshold !== undefined && greatestGap !== undefined && greatestGap < threshold) {
    return { expectation: "help", basis: "bound" };
  }
  if (relativeAgreement === undefined) return { expectation: "unclear", basis: "none" };
  if (relativeAgreement < AGREEMENT_LEANS.hurt) return { expectation: "hurt", basis: "agreement" };
  // A gap above the threshold of this very M^g speaks against a hopeful agreement.
  const isCostly = threshold !== undefined && leastGap >= threshold;
  if (relativeAgreement >= AGREEMENT_LEANS.help && !isCostly) {
    return { expectation: "help", basis: "agreement" };
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

function checkShare(value: number, name: string): void {
  if (!(value >= 0 && value <= 1)) {
    throw new RangeError(`Cannot use ${name} = ${value}: want a number in [0, 1]`);
  }
}
