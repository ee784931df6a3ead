/**
 * The estimators of the error bound where the truth is known: a toy mixture, a generator whose faults are set, and
 * students of one number. Every estimate goes through the code that measures real runs.
 */
import { checkOptionNames } from "../base/check_argument.ts";
import { rngOf } from "../base/rng.ts";
import { type IntervalEstimate } from "../bound/estimators.ts";
import { optimisationError } from "../bound/optimisation_error.ts";
import { rademacherLowerEstimate, signedLabels } from "../bound/random_signs.ts";
import {
  bestThreshold,
  searchedThreshold,
  thresholdComplexity,
  thresholdError,
  thresholdLosses,
} from "../bound/threshold_students.ts";
import { openRun } from "../chain/open_run.ts";
import { planRuns } from "../chain/plan_runs.ts";
import type { RunOptions } from "../chain/run_options.ts";
import { type MeasuredTerms, measuredTerms } from "../chain/stages/bound_terms.ts";
import { featuresOf } from "../chain/stages/features_stage.ts";
import { drawKnownFakes, type GeneratorFaults, knownTerms } from "../data/toy/known_generator.ts";
import { MIXTURE_TASK } from "../data/toy/mixture.ts";
import { walkthrough } from "../experiments/walkthrough.ts";

/** Terms that are held against their truth, in the order of the bound. */
export const KNOWN_TRUTHS = [
  "TV, plug-in",
  "TV, at least",
  "Λ, by the judge",
  "R_n, by random signs",
  "ε_opt, from and to",
] as const;

/** An estimate beside what it estimates, both in units of the loss. */
export interface KnownTruthRow {
  /** One of {@link KNOWN_TRUTHS}. */
  readonly term: typeof KNOWN_TRUTHS[number];
  /** What was set, such as "half of a component dropped". */
  readonly at: string;
  /** What it truly is. */
  readonly truth: number;
  /** Its estimate, with the interval that is reported beside it. */
  readonly estimate: IntervalEstimate;
}

/** Mode dropping and label noise, each from none to much. */
const FAULTS: readonly GeneratorFaults[] = [
  { dropped: 0, labelNoise: 0 },
  { dropped: 0.7, labelNoise: 0 },
  { dropped: 1, labelNoise: 0 },
  { dropped: 0, labelNoise: 0.3 },
  { dropped: 0.7, labelNoise: 0.6 },
];

/** What decides how long it takes. */
export interface KnownTruthOptions extends Pick<RunOptions, "session" | "results" | "store"> {
  /** Default: five, from none to great ones. */
  readonly faults?: readonly GeneratorFaults[];
  /** Held-out real images of each class, and a third of the fakes; default: 400. */
  readonly perClass?: number;
  /** Epochs of the judge; default: 5. */
  readonly epochs?: number;
}

/** Estimates every term of the bound where its truth is known; trains one judge of toy images, in half a minute. */
export async function measureKnownTruth(
  options: KnownTruthOptions = {},
): Promise<KnownTruthRow[]> {
  checkOptionNames("measureKnownTruth()", options, {
    known: {
      faults: true,
      perClass: true,
      epochs: true,
      session: true,
      results: true,
      store: true,
    },
    example: "{ session }",
  });
  return [...await generatorRows(options), ...complexityRows(), ...optimisationRows()];
}

async function generatorRows(
  { faults = FAULTS, perClass = 400, epochs = 5, ...options }: KnownTruthOptions,
): Promise<KnownTruthRow[]> {
  const dataset = { name: "toy_mixture", perClass: 200, testPerClass: perClass };
  const changes = {
    dataset: JSON.stringify(dataset),
    "ratio.extractor.width": "0.0625",
    "ratio.extractor.training.epochs": String(epochs),
    "ratio.extractor.training.milestones": JSON.stringify(epochs > 3 ? [3] : []),
  };
  const [planned] = planRuns(walkthrough, { changes });
  const run = await openRun(planned!, options);
  const { context } = run;
  const judge = await run.judge();
  const { height: size } = context.dataset.train.images.shape;
  const rows: KnownTruthRow[] = [];
  for (const fault of faults) {
    const name = JSON.stringify(fault);
    const count = perClass * MIXTURE_TASK.classes;
    const set = drawKnownFakes(fault, { count, size }, rngOf(1, "known fakes", name));
    const { notes } = await measuredTerms(context, {
      processed: { id: `known-${count}-${name}`, set },
      features: featuresOf(context, judge, "standardized"),
      judge,
    });
    const { totalVariation, certified, labelTerm } = notes as unknown as MeasuredTerms;
    const truth = knownTerms(fault);
    const at = `${percent(fault.dropped)} of a component dropped, ` +
      `${percent(fault.labelNoise)} of labels wrong`;
    rows.push(
      {
        term: "TV, plug-in",
        at,
        truth: truth.totalVariationWithLabels,
        estimate: totalVariation,
      },
      {
        term: "TV, at least",
        at,
        truth: truth.totalVariationWithLabels,
        estimate: { value: certified, low: certified, high: 1 },
      },
      { term: "Λ, by the judge", at, truth: truth.labelTerm, estimate: labelTerm },
    );
  }
  return rows;
}

/** x from N(±1, 1) with y its sign. */
function drawSample(count: number, ...path: (string | number)[]) {
  const rng = rngOf(1, "threshold students", ...path);
  const y = Float32Array.from({ length: count }, () => rng.uniform() < 0.5 ? 1 : -1);
  return { x: y.map((label) => label + rng.normal()), y };
}

const TWO_CLASSES = { kind: "classification", classes: 2, classNames: ["−", "+"] } as const;

/** Ordinary training on labels that signs changed, as networks do it; the truth is the exact supremum. */
function complexityRows(): KnownTruthRow[] {
  return [50, 100, 300, 1000].map((n) => {
    const { x, y } = drawSample(n, "complexity", n);
    const classes = y.map((label) => Number(label > 0));
    const fits = Array.from({ length: 30 }, (_, draw) => {
      const rng = rngOf(2, "signs", n, draw);
      const { signs, labels } = signedLabels(classes, TWO_CLASSES, rng);
      const student = bestThreshold({ x, y: labels.map((label) => label > 0 ? 1 : -1) });
      return { signs, losses: thresholdLosses(student, { x, y }) };
    });
    return {
      term: "R_n, by random signs" as const,
      at: `${n} images`,
      truth: thresholdComplexity(n, rngOf(3, "complexity", n), 1000),
      estimate: rademacherLowerEstimate(fits, { rng: rngOf(4, "complexity", n) }),
    };
  });
}

/** Training that stops after a few tries, beside one that tries ten times as many. */
function optimisationRows(): KnownTruthRow[] {
  return [1, 2, 4, 8, 32].map((tries) => {
    const sample = drawSample(500, "optimisation");
    const errorOf = (count: number) => {
      const rng = rngOf(6, "search", tries, count);
      return thresholdError(searchedThreshold(sample, { tries: count, rng }), sample);
    };
    const training = errorOf(tries);
    const { low, high } = optimisationError(training, [errorOf(10 * tries)]);
    return {
      term: "ε_opt, from and to" as const,
      at: `${tries} tries`,
      truth: training - thresholdError(bestThreshold(sample), sample),
      estimate: { value: low, low, high },
    };
  });
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
