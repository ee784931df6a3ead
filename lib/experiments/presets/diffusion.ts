/** Diffusion models at each preset, for experiments whose own generator is a GAN: `gan.family=diffusion`. */
import type { DiffusionSpecification } from "../specification/gan_schema.ts";
import type { Preset } from "../specification/preset_names.ts";

/** What depends on the experiment: its lengths, and what scalar labels need. */
export type ExperimentPart = "family" | "steps" | "vicinity" | "embedding";

/**
 * EDM's formulas and constants (Karras et al. 2022, Table 1) with iCCDM's sampler (Ding et al., arXiv 2602.02114: 32
 * steps, guidance 1.5 rescaled by 0.7), a U-Net of its full size. The rate is that of iDDPM and ADM for networks of
 * this size; the average is theirs for batches of this size.
 */
const FULL: Omit<DiffusionSpecification, ExperimentPart> = {
  width: 1,
  blocks: 2,
  attention: [8, 16],
  dropout: 0.1,
  batch: 128,
  rate: 2e-4,
  warmUp: 1000,
  beta1: 0.9,
  beta2: 0.999,
  average: { decay: 0.9999, start: 5000 },
  conditionDrop: 0.1,
  noise: { mean: -1.2, deviation: 1.2 },
  sampling: { steps: 32, guidance: { weight: 1.5, rescaling: 0.7 } },
};

/** Ours: 4 million weights, one block at each size; fewer and longer steps; an average of the last thousand. */
const DESK: Omit<DiffusionSpecification, ExperimentPart> = {
  ...FULL,
  width: 0.375,
  blocks: 1,
  attention: [8],
  batch: 64,
  rate: 5e-4,
  warmUp: 500,
  average: { decay: 0.999, start: 1000 },
  // 35 evaluations an image and a second one of each for guidance: 1,000 images take minutes.
  judgeEvery: 5000,
  sampling: { ...FULL.sampling, steps: 18 },
};

/**
 * Ours, for 64 x 64: chairs from noise after 4,400 steps, 35 minutes of a core, where `DESK` has speckle. It sees noise
 * of the levels where images are composed, works on patches and predicts images; what each of these brought is in
 * lib/gan/README.md.
 */
export const IMAGE_PREDICTION: Omit<DiffusionSpecification, ExperimentPart> = {
  ...DESK,
  patch: 2,
  width: 0.25,
  attention: [],
  dropout: 0,
  batch: 32,
  rate: 1e-3,
  noise: { mean: 0, deviation: 1.4 },
  skip: 0.1,
  // Below 0.2 it leaves more noise than EDM's own prediction does: the last step takes all off from there.
  sampling: { steps: 8, least: 0.2, guidance: { weight: 2, rescaling: 0 } },
};

/** By preset. */
export const DIFFUSION_PRESETS: Readonly<
  Record<Preset, Omit<DiffusionSpecification, ExperimentPart>>
> = {
  smoke: {
    ...FULL,
    width: 0.03125,
    blocks: 1,
    attention: [8],
    batch: 16,
    warmUp: 5,
    average: { decay: 0.9, start: 5 },
    sampling: { ...FULL.sampling, steps: 3 },
  },
  quick: DESK,
  desk: DESK,
  paper: FULL,
};

const DEVIATIONS: readonly string[] = [
  "A conditional diffusion model (EDM) in place of the GAN: lines about the GAN do not hold",
  "Noise of one covariance for all labels: iCCDM's label-dependent covariance is left out",
  "Images are mirrored where the GAN's are; EDM's further augmentation, whose kind the network is shown, is left out",
  "A U-Net of our own with 4 million weights at `desk`; EDM's for CIFAR-10 has 56 million",
];

/** Where a diffusion model leaves the paper, and where ours leaves the publications that it follows. */
export function diffusionDeviations(
  { sampling: { variations } }: DiffusionSpecification,
): string[] {
  return [
    ...DEVIATIONS,
    ...variations === undefined ? [] : [
      `Fakes are variations of training images, put under noise of deviation ${variations.noise} and freed of it again, in ` +
      "place of images from noise alone",
    ],
  ];
}
