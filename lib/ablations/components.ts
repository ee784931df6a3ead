/** Which processing of the fakes is worth what: the paper's figure "effect of components", and two steps alone. */
import type { ProcessingStep } from "../experiments/specification/schema.ts";
import { publishedComponents } from "../report/paper/figures.ts";
import { type Ablation, NO_FAKES, WITHOUT_FAKES } from "./ablation.ts";

/** In the words of the paper's figure; a step alone stands before the row of steps that it is part of. */
const POINTS: readonly (readonly [label: string, steps: readonly ProcessingStep[]])[] = [
  ["unprocessed", []],
  ["filtering", ["filter"]],
  ["adjustment", ["adjust"]],
  ["subsampling", ["subsample"]],
  ["subsampling+filtering", ["subsample", "filter"]],
  ["subsampling+filtering+adjustment", ["subsample", "filter", "adjust"]],
];

/** Fakes as they come, after each step alone, and after one step more and more. */
export const components: Ablation = {
  name: "components",
  title: "Effect of components",
  what:
    "What subsampling, filtering and label adjustment are worth: each alone, and one after the other.",
  x: { title: "processing of the fakes", scale: "names" },
  points: () => [
    WITHOUT_FAKES,
    ...POINTS.map(([label, steps]) => ({
      label,
      changes: { "synthesis.steps": JSON.stringify(steps) },
    })),
  ],
  published: (query) =>
    publishedComponents(query).map(({ processing, student, value }) => ({
      label: processing === "NOKD" ? NO_FAKES : processing,
      student,
      error: value,
    })),
};
