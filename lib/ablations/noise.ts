/** How far fakes go from the training images that they vary. */
import { isGan } from "../experiments/specification/gan_schema.ts";
import { type Ablation, WITHOUT_FAKES } from "./ablation.ts";

/** σ; pixels in [−1, 1] have a deviation of about 0.5, and 80 is as good as noise alone. */
const NOISES = [0.25, 0.5, 1, 2, 5, 80];
/** Training images around a label, where the experiment says nothing else. */
const NEIGHBOURS = 10;

/** One diffusion model, asked for variations of training images under more and more noise. */
export const noise: Ablation = {
  name: "noise",
  title: "Error against the noise that fakes start from",
  what:
    "How far fakes should go from training images: variations of them by a diffusion model, under more and more noise, up to " +
    "noise alone.",
  x: { title: "noise that a variation starts from", scale: "names" },
  points: ({ specification: { gan } }) => {
    const neighbours = isGan(gan) ? NEIGHBOURS : gan.sampling.variations?.neighbours ?? NEIGHBOURS;
    return [
      WITHOUT_FAKES,
      ...NOISES.map((noise) => ({
        label: `sigma = ${noise}`,
        changes: {
          ...(isGan(gan) && { "gan.family": "diffusion" }),
          "gan.sampling.variations": JSON.stringify({ noise, neighbours }),
        },
      })),
    ];
  },
};
