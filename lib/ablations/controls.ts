/** What of the gain belongs to the images, and what to their labels: controls that the paper does not have. */
import type { Ablation, AblationPoint } from "./ablation.ts";
import { WITHOUT_FAKES } from "./ablation.ts";

/** The preset's processing of fakes without one step. */
const without = (steps: readonly string[], step: string) =>
  JSON.stringify(steps.filter((one) => one !== step));

/**
 * The same fakes with the generator's labels and with the teacher's, and as many other real images in their place. The
 * last two points are what a generator could bring at most whose images are as good as real ones.
 */
export const controls: Ablation = {
  name: "controls",
  title: "Images and labels",
  what:
    "Fakes with the generator's labels or the teacher's, and as many other real images in their place.",
  x: { title: "what joins the real images", scale: "names" },
  points: ({ specification: { synthesis: { steps } } }): AblationPoint[] => {
    const own = { "synthesis.steps": without(steps, "adjust") };
    const taught = { "synthesis.steps": JSON.stringify([...new Set([...steps, "adjust"])]) };
    return [
      WITHOUT_FAKES,
      { label: "fakes, generator's labels", changes: own },
      { label: "fakes, teacher's labels", changes: taught },
      { label: "real, teacher's labels", changes: taught, trainOn: "real+other real" },
      { label: "real, true labels", changes: own, trainOn: "real+other real" },
    ];
  },
};
