/**
 * cGAN-KD: distil a teacher into a student through images that a conditional GAN draws. The one import of a
 * notebook, in the order of the pipeline.
 *
 * @module
 */
export { type BackendInfo, backendInfo } from "./base/tf.ts";
export type {
  Classification,
  Dataset,
  Images,
  LabelledImages,
  Regression,
  Task,
} from "./base/contracts.ts";
export { type ProgressEvent, type ProgressSink } from "./base/progress.ts";
export { type Cell, type RunRecord } from "./base/records.ts";
export { type Verdict } from "./synthesis/verdict.ts";
export { evaluateGenerator, type GeneratorScore, type Judges } from "./evaluation/evaluate.ts";

export { show } from "./report/display.ts";
export * from "./report/charts.ts";
export {
  captionedGrid,
  gridByLabel,
  ImageGrid,
  imageGrid,
  labelStrip,
  stripByLabel,
} from "./report/images.ts";
export { publishedTable, publishedValue } from "./report/paper.ts";
export { DataTable, resultTable } from "./report/tables.ts";

export { cifar10 } from "./experiments/cifar10.ts";
export {
  type Experiment,
  type Preset,
  PRESETS,
  resolve,
  type Specification,
} from "./experiments/experiment.ts";
export type { Estimate, EstimateOptions, EstimateRow } from "./experiments/estimate/estimate.ts";
export * as figures from "./experiments/figures/figures.ts";
export { openExperiment } from "./experiments/open_experiment.ts";
export {
  ExperimentRun,
  type RunOptions,
  type StudentChoice,
  type StudentResult,
} from "./experiments/run.ts";
export { rc49 } from "./experiments/rc49.ts";
export { utkface } from "./experiments/utkface.ts";
export { walkthrough } from "./experiments/walkthrough.ts";
export { type Session, startSession } from "./experiments/session.ts";
