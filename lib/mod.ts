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
  ImageShape,
  LabelledImages,
  Regression,
  Task,
} from "./base/contracts.ts";
export { type ProgressEvent, type ProgressSink } from "./base/progress.ts";
export { type Cell, type RunRecord } from "./base/records.ts";
export type { Verdict } from "./synthesis/verdict.ts";
export { inspectUtkface, type UtkfaceOptions } from "./data/utkface.ts";
export type { UtkfaceInspection } from "./data/utkface_inspection.ts";
export { evaluateGenerator, type GeneratorScore, type Judges } from "./evaluation/evaluate.ts";
export type { EvaluationProtocol, JudgeRecipe } from "./evaluation/protocol.ts";
export type { AutoencoderTraining } from "./evaluation/train_networks.ts";
export type { GeneratorEvaluation } from "./experiments/stages/evaluation_stage.ts";

export {
  type ArqueroLike,
  type Displayable,
  type DisplayHost,
  type MimeBundle,
  type NotebookHost,
  show,
  type TerminalHost,
} from "./report/display.ts";
export * from "./report/charts.ts";
export {
  captionedGrid,
  gridByLabel,
  type GridGroup,
  ImageGrid,
  imageGrid,
  type ImageGridOptions,
  labelStrip,
  stripByLabel,
  type StripOptions,
} from "./report/images.ts";
export {
  type PublishedMetric,
  type PublishedQuery,
  type PublishedResult,
  publishedTable,
  publishedValue,
} from "./report/paper.ts";
export {
  type CellValue,
  type Column,
  DataTable,
  type DataTableParts,
  resultTable,
  type ResultTableOptions,
} from "./report/tables.ts";

export { cifar10 } from "./experiments/cifar10.ts";
export {
  type Experiment,
  type Override,
  type Preset,
  PRESETS,
  resolve,
} from "./experiments/experiment.ts";
export type { EmbeddingTraining } from "./gan/fit_label_embedding.ts";
export type { ScalarTraining } from "./gan/fit_scalar.ts";
export type * from "./experiments/specification.ts";
export type { DatasetName, DistillerName, GanName, NetworkName } from "./registry.ts";
export type { Estimate, EstimateOptions, EstimateRow } from "./experiments/estimate/estimate.ts";
/** Charts, tables and pictures of a run, one function a cell. */
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
