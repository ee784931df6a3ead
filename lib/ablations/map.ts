/** How many fakes and how strictly filtered, at once: a map over M^g and rho. */
import { type Ablation, WITHOUT_FAKES } from "./ablation.ts";

const RHOS = [0.3, 0.5, 0.7, 0.9];
/** Of what the strictest filter of the map leaves, or of the experiment's M^g where that is less. */
const SHARES = [0.1, 0.3, 0.6, 1];

/** Every M^g with every rho, on one pool. */
export const map: Ablation = {
  name: "map",
  title: "Error over M^g and rho",
  what: "How many fakes, and how strictly filtered: four values of M^g with four of rho.",
  x: { title: "processed fake images M^g", scale: "linear" },
  row: { title: "rho" },
  draws: "differences",
  points: ({ specification: { synthesis }, setting, pool }) => {
    if (!synthesis.steps.includes("filter")) {
      throw new RangeError(
        `Cannot vary rho: found synthesis.steps = ${
          JSON.stringify(synthesis.steps)
        }, want "filter" among them, which is all that rho decides`,
      );
    }
    const most = Math.max(1, Math.min(synthesis.fakes, Math.floor(RHOS[0]! * (pool - 1))));
    const counts = [...new Set(SHARES.map((share) => Math.max(1, Math.round(share * most))))];
    return [
      { ...WITHOUT_FAKES, value: 0 },
      ...RHOS.flatMap((rho) =>
        counts.map((count) => ({
          label: `M^g = ${count.toLocaleString("en-US")}, rho = ${rho}`,
          value: count,
          row: rho,
          changes: {
            [`synthesis.rho.${setting}`]: String(rho),
            "synthesis.fakes": String(count),
          },
        }))
      ),
    ];
  },
};
