/** How many fakes: the paper's figure of error against M^g. */
import { publishedFakeCounts } from "../report/paper/figures.ts";
import { type Ablation, WITHOUT_FAKES } from "./ablation.ts";

/** Of the experiment's M^g, which the pool holds; the paper's grid has as many points, as close together at its start. */
const SHARES = [0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1];

/** From no fake at all to the experiment's M^g. */
export const fakes: Ablation = {
  name: "fakes",
  title: "Error against the number of fakes",
  what: "How many processed fakes help: M^g in ten values, from none to the experiment's own.",
  x: { title: "processed fake images M^g", scale: "sqrt" },
  points: ({ specification: { synthesis } }) => {
    const counts = SHARES.map((share) => Math.max(1, Math.round(share * synthesis.fakes)));
    return [
      { ...WITHOUT_FAKES, value: 0 },
      ...[...new Set(counts)].map((count) => ({
        label: `M^g = ${count.toLocaleString("en-US")}`,
        value: count,
        changes: { "synthesis.fakes": String(count) },
      })),
    ];
  },
  published: (query) =>
    publishedFakeCounts(query).map(({ fakes, student, value }) => ({
      value: fakes,
      student,
      error: value,
    })),
};
