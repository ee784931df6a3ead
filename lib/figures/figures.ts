/** Pictures of a run: what its stages found, as rows for the charts of `report/`. One line per cell. */
export * from "./specification.ts";
export * from "./data.ts";
export * from "./dataset_notes.ts";
export * from "./generator/gan.ts";
export * from "./generator/generator_measures.ts";
export * from "./generator/accuracy_score.ts";
export * from "./generator/generator_score.ts";
export * from "./ratio.ts";
export * from "./generator/sample.ts";
export * from "./synthesis.ts";
export * from "./labels.ts";
export * from "./students.ts";
export * from "./bound.ts";
export * from "./boundary.ts";
export * from "./distillers.ts";
export * from "./ablation.ts";
export * from "./known_truth.ts";
