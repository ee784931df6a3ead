/** Conditional diffusion models as generators: the latent is the initial noise, and sampling solves an equation. */
import { INFERENCE, type Mode } from "../../base/module.ts";
import { tf } from "../../base/tf.ts";
import { checkImageSize, PAPER_SIZES } from "../../networks/image_sizes.ts";
import type { Generator } from "../gan.ts";
import { noiseLevels, type Preconditioning, preconditioning } from "./edm.ts";
import { type Guidance, guided } from "./guidance.ts";
import { sampleByHeun } from "./heun.ts";
import { buildUNet, type UNet, type UNetOptions } from "./unet.ts";
import { type VariationOptions, variationStart, type VariedImages } from "./variations.ts";

/** How images are drawn; nothing of it is trained. */
export interface SamplingOptions {
  /** Noise levels. 18 in EDM's CIFAR-10 (35 evaluations), 32 in iCCDM. */
  readonly steps: number;
  /**
   * σ from which the last step takes all noise off at once, D(x; σ); default: EDM's 0.002. A model that is little trained
   * removes small noise better at once than bit by bit, and needs fewer steps.
   */
  readonly least?: number;
  readonly guidance: Guidance;
  /** Samples are variations of training images; from noise without. */
  readonly variations?: VariationOptions;
}

/** Everything that decides a diffusion model before its first weight, and how images are drawn from it. */
export interface DiffusionOptions extends UNetOptions {
  /** s of `preconditioning`; default: EDM's. */
  readonly skip?: number;
  readonly sampling: SamplingOptions;
  /** What is varied; wanted where the sampling varies training images and something is sampled. */
  readonly varied?: VariedImages;
}

/** The raw network, and the generator that samples with its weights. */
export interface DiffusionModel {
  readonly network: UNet;
  /** s of `preconditioning`; EDM's without. */
  readonly skip?: number;
  readonly generator: Generator;
}

/** A kind of diffusion model; each is one line of the registry. */
export interface DiffusionFamily {
  readonly kind: "diffusion";
  readonly name: string;
  readonly title: string;
  /** Sides of the square images that it draws, ascending. */
  readonly imageSizes: readonly number[];
  /** Raised when the same weights draw other images than before, so that nothing drawn earlier is reused; default: 1. */
  readonly version?: number;
  build(options: DiffusionOptions): DiffusionModel;
}

/** The preconditioning of each image, each `[batch, 1, 1, 1]`, or `[1, 1, 1, 1]` for all. */
export interface BatchPreconditioning {
  readonly skip: tf.Tensor4D;
  readonly out: tf.Tensor4D;
  readonly input: tf.Tensor4D;
  /** `[batch, 1]`, or `[1, 1]`. */
  readonly noise: tf.Tensor2D;
}

/** `preconditioning` of one noise level per image, or of one for all. */
export function preconditionBatch(
  sigmas: readonly number[],
  skipSigma?: number,
): BatchPreconditioning {
  const all = sigmas.map((sigma) => preconditioning(sigma, skipSigma));
  const column = (name: keyof Preconditioning) => tf.tensor1d(all.map((one) => one[name]));
  const shape = [sigmas.length, 1, 1, 1] as const;
  return {
    skip: column("skip").reshape([...shape]),
    out: column("out").reshape([...shape]),
    input: column("input").reshape([...shape]),
    noise: column("noise").reshape([sigmas.length, 1]),
  };
}

/**
 * D(x; σ, c) of `preconditioning`.
 *
 * @param x Images with noise, `[batch, height, width, 3]`.
 * @param sigmas One an image, or one for all.
 * @param condition `[batch, conditionSize]`, or one row for all.
 */
export function denoise(
  { network, skip: skipSigma }: Pick<DiffusionModel, "network" | "skip">,
  { x, sigmas, condition }: {
    readonly x: tf.Tensor4D;
    readonly sigmas: readonly number[];
    readonly condition: tf.Tensor2D;
  },
  mode: Mode = INFERENCE,
): tf.Tensor4D {
  return tf.tidy(() => {
    const { skip, out, input, noise } = preconditionBatch(sigmas, skipSigma);
    const raw = network.forward(x.mul(input), noise, condition, mode);
    return x.mul<tf.Tensor4D>(skip).add(raw.mul(out));
  });
}

/** Pixels of one pass through the network: 128 images of 32 x 32. */
const PIXELS_PER_PASS = 128 * 32 * 32;

/**
 * The generator of a network. Images are drawn in passes of one size, so that memory is bounded whatever the batch,
 * and an image has the same bits wherever in the batch it stands: the last pass is filled up with its last row.
 *
 * @param varied Wanted where the sampling varies training images; a generator without draws nothing.
 * @throws {RangeError} Fewer than two steps, a guidance weight that is not finite, or a rescaling outside of [0, 1].
 */
export function diffusionGenerator(
  model: Pick<DiffusionModel, "network" | "skip">,
  imageSize: number,
  { steps, least, guidance, variations }: SamplingOptions,
  varied?: VariedImages,
): Generator {
  const { network } = model;
  const levels = noiseLevels({ steps, least, ...(variations && { most: variations.noise }) });
  const { weight, rescaling } = guidance;
  if (!(Number.isFinite(weight) && rescaling >= 0 && rescaling <= 1)) {
    throw new RangeError(
      `Cannot guide by weight ${weight} and rescaling ${rescaling}: want a finite weight and a rescaling in [0, 1]`,
    );
  }
  const most = Math.max(1, Math.floor(PIXELS_PER_PASS / imageSize ** 2));

  const draw = (noise: tf.Tensor4D, condition: tf.Tensor2D): tf.Tensor4D =>
    sampleByHeun(
      (x, sigma) => {
        const plain = denoise(model, { x, sigmas: [sigma], condition });
        if (weight === 1) return plain;
        const free = denoise(model, { x, sigmas: [sigma], condition: network.nullCondition });
        return guided(plain, free, guidance);
      },
      noise,
      levels,
    );

  const start = (latent: tf.Tensor2D, condition: tf.Tensor2D): tf.Tensor4D => {
    if (variations === undefined) {
      return latent.reshape<tf.Tensor4D>([latent.shape[0], imageSize, imageSize, 3]);
    }
    if (varied === undefined) {
      throw new TypeError("Cannot vary training images: found none, want those that are varied");
    }
    return variationStart(varied, { latent, condition, noise: variations.noise });
  };

  return {
    parameters: network.parameters,
    latentSize: imageSize ** 2 * 3 + (variations === undefined ? 0 : 1),
    forward(latent, condition) {
      const batch = latent.shape[0];
      const passes = Math.ceil(batch / most);
      const size = Math.ceil(batch / passes);
      return tf.tidy(() => {
        const drawn = Array.from({ length: passes }, (_, k) =>
          tf.tidy(() => {
            const rows = Array.from(
              { length: size },
              (_, i) => Math.min(k * size + i, batch - 1),
            );
            const take = tf.tensor1d(rows, "int32");
            const shown = tf.gather(condition, take);
            return tf.clipByValue(draw(start(tf.gather(latent, take), shown), shown), -1, 1);
          }));
        const all = passes === 1 ? drawn[0]! : tf.concat(drawn);
        return all.shape[0] === batch ? all : tf.slice(all, [0], [batch]);
      });
    },
  };
}

/** EDM with a small U-Net, for images of 32 x 32 and 64 x 64. */
export const diffusion: DiffusionFamily = {
  kind: "diffusion",
  name: "diffusion",
  title: "EDM",
  imageSizes: PAPER_SIZES,
  build(options) {
    checkImageSize(diffusion, options.imageSize);
    const { imageSize, sampling, varied, skip } = options;
    const model = { network: buildUNet(options), ...(skip !== undefined && { skip }) };
    return { ...model, generator: diffusionGenerator(model, imageSize, sampling, varied) };
  },
};
