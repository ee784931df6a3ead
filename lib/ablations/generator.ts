/** Which measure of a generator foretells what its fakes are worth: lengths of one training, and two families. */
import { isGan } from "../experiments/specification/gan_schema.ts";
import { type Ablation, type AblationPoint, WITHOUT_FAKES } from "./ablation.ts";

/** Of the generator's own length; a longer training goes on from a shorter one. */
const SHARES = [0.125, 0.25, 0.5, 1];

/** The experiment's generator and one of the other family, each at four lengths. */
export const generator: Ablation = {
  name: "generator",
  title: "Gain against the quality of the generator",
  what:
    "Which measure foretells the gain: GAN and diffusion model after an eighth, a quarter, half and all of their " +
    "steps, with the bound's terms, coverage, recall, Fréchet distance and accuracy score.",
  x: { title: "generator", scale: "names" },
  points: ({ specification: { gan }, setting }) => {
    const lengths = [
      ...new Set(SHARES.map((share) => Math.max(1, Math.round(share * gan.steps[setting]!)))),
    ];
    // The GANs of this project fit one size of images each: that of the classes, and that of scalar labels.
    const other = isGan(gan) ? "diffusion" : gan.vicinity === undefined ? "biggan" : "sngan";
    return [
      WITHOUT_FAKES,
      ...[gan.family, other].flatMap((family) =>
        lengths.map((steps): AblationPoint => ({
          label: `${family}, ${steps.toLocaleString("en-US")} steps`,
          changes: {
            ...(family !== gan.family && { "gan.family": family }),
            [`gan.steps.${setting}`]: String(steps),
          },
          measuresGenerator: true,
        }))
      ),
    ];
  },
};
