/** One cut-off of the filter for all fakes against one for each label. */
import { type Ablation, WITHOUT_FAKES } from "./ablation.ts";

const RHOS = [0.3, 0.6, 0.9];

/** Both rules at three rho on one pool, with as many fakes at every point. */
export const cutOff: Ablation = {
  name: "cut-off",
  title: "One cut-off for all fakes, or one for each label",
  what:
    "Whether each label should keep its share of fakes: one cut-off for all against one for each, at three rho.",
  x: { title: "cut-off of the filter", scale: "names" },
  points: ({ specification: { synthesis }, setting, pool, labels }) => {
    if (!synthesis.steps.includes("filter")) {
      throw new RangeError(
        `Cannot vary the filter's cut-off: found synthesis.steps = ${
          JSON.stringify(synthesis.steps)
        }, want "filter" among them`,
      );
    }
    // Each label loses up to one more than its share.
    const left = Math.floor(RHOS[0]! * pool) - labels;
    const count = Math.max(1, Math.min(synthesis.fakes, left));
    return [
      WITHOUT_FAKES,
      ...RHOS.flatMap((rho) =>
        (["all fakes", "each label"] as const).map((scope) => ({
          label: `${scope}, rho = ${rho}`,
          changes: {
            [`synthesis.rho.${setting}`]: String(rho),
            "synthesis.fakes": String(count),
            "synthesis.cutOff": scope,
          },
        }))
      ),
    ];
  },
};
