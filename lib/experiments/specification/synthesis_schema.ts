/** Options of the way from fakes to training images, and switches for quirks of the reference code. */
import {
  bySetting,
  choice,
  flag,
  group,
  integer,
  list,
  number,
  optional,
  type Options,
} from "../../base/options/options.ts";

const STEP = choice(
  "A step of the processing.",
  ["subsample", "filter", "adjust"],
);

/**
 * M1: subsample by density ratio, filter by the teacher; M2: adjust labels.
 *
 * @internal
 */
export type ProcessingStep = Options<typeof STEP>;

const count = (what: string, to = 100_000) =>
  integer(what, { to, why: "more images do not fit into memory" });

/** Everything that decides how fakes become training images. */
export const SYNTHESIS = group("From fakes to training images.", {
  steps: list(
    "M1 subsamples by density ratio and filters by the teacher, M2 adjusts labels: all three in cGAN-KD; an ablation " +
      "is a shorter list, or an empty one.",
    STEP,
    { least: 0 },
  ),
  perLabel: count("Fakes accepted for each class or label, before the filter."),
  burnIn: count("Fakes for each label that set the first bound of the ratio."),
  batch: count("b: fakes of one round of the rejection sampler."),
  whenStuck: choice(
    'A label of which no fake looks real ends the run ("stop"), or its fakes are taken as they come and counted ' +
      '("plain": ours), so that one of hundreds of scalar labels does not cost the others.',
    ["stop", "plain"],
  ),
  rho: bySetting(
    "Quantile of the teacher's score that is kept.",
    number("Quantile of the teacher's score that is kept.", "(0, 1]"),
  ),
  cutOff: optional(
    choice(
      'Whose scores set the filter\'s cut-off of a fake: those of "all fakes", as in the paper and where this is left ' +
        'out, or those of "each label", so that every class or label keeps its share rho.',
      ["all fakes", "each label"],
    ),
  ),
  fakes: count("M^g: processed fakes in the training set.", 1_000_000),
});

/**
 * Everything that decides how fakes become training images.
 *
 * @internal
 */
export type SynthesisSpecification = Options<typeof SYNTHESIS>;

/** Switches between the reference code's quirks and the intended behaviour; see the table in `lib/METHOD.md`. */
export const COMPATIBILITY = group("Quirks of the reference, on or off; see `lib/METHOD.md`.", {
  klReduction: choice("Q1: KL of BLKD averaged over all entries, or over images.", [
    "elementMean",
    "batchMean",
  ]),
  extractorInput: choice("Q2: what the feature extractor sees.", ["minus1to1", "standardized"]),
  teacherInput: choice(
    "Q6: which constants normalise the teacher's input when fakes are in the set.",
    ["mixed", "teacher"],
  ),
  ganSeed: choice("Q21: the GAN's own seed, or that of the rest of the chain.", [0, "chain"]),
  shortfall: choice("Q25: classes that hold too few relabelled fakes.", ["accept", "refill"]),
  toUint8: choice("Q30: float to uint8.", ["floor", "round"]),
  flipFakes: flag("Q36: whether fakes are flipped in the density-ratio fit, as reals are."),
  tie: choice("Q37: fakes that tie with the cut-off.", ["strict", "rank"]),
  adjustClip: optional(
    flag("Q27: predicted labels are clipped to the range of labels; scalar labels only."),
  ),
  regressionBalance: optional(
    choice(
      "Q26: fakes are drawn uniformly, or evenly over the range of labels; scalar labels only.",
      ["none", "stratified"],
    ),
  ),
});

/**
 * Switches between the reference code's quirks and the intended behaviour.
 *
 * @internal
 */
export type Compatibility = Options<typeof COMPATIBILITY>;
