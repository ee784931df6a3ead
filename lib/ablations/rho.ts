/** How strictly the teacher filters: error against rho. */
import { type Ablation, WITHOUT_FAKES } from "./ablation.ts";

/** A grid over all that the schema takes. */
const RHOS = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];

/**
 * rho from 0.1 to 1 on one pool. M^g is the same at every point, as many as the strictest filter leaves: else rho and M^g
 * would be varied at once.
 */
export const rho: Ablation = {
  name: "rho",
  title: "Error against rho",
  what:
    "How many fakes the teacher should drop: rho from 0.1 to 1, with as many fakes as rho = 0.1 leaves.",
  x: { title: "rho, share of the fakes that the filter keeps", scale: "linear" },
  points: ({ specification: { synthesis }, setting, pool }) => {
    if (!synthesis.steps.includes("filter")) {
      throw new RangeError(
        `Cannot vary rho: found synthesis.steps = ${
          JSON.stringify(synthesis.steps)
        }, want "filter" among ` +
          "them, which is all that rho decides",
      );
    }
    const left = Math.floor(RHOS[0]! * (pool - 1));
    const count = Math.max(1, Math.min(synthesis.fakes, left));
    return [
      WITHOUT_FAKES,
      ...RHOS.map((value) => ({
        label: `rho = ${value}`,
        value,
        changes: {
          [`synthesis.rho.${setting}`]: String(value),
          "synthesis.fakes": String(count),
        },
      })),
    ];
  },
};
