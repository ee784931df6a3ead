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
  Inspection,
  LabelledImages,
  MeasuredElsewhere,
  ObjectTypes,
  RealImages,
  Regression,
  SkippedFile,
  SkipRule,
  Task,
} from "./base/contracts.ts";
export { type ProgressEvent, type ProgressSink } from "./base/progress.ts";
export {
  type Cell,
  type Confirmation,
  type FinishedRecord,
  type RecordedSpeed,
  type RunRecord,
} from "./base/disk/records.ts";
export type { Circumstances } from "./native/tensorflow/circumstances.ts";
export type { StageKey } from "./base/disk/identity.ts";
export { type StageOptions, Store } from "./base/disk/store.ts";
export type { Gate } from "./chain/gate.ts";
export type { StoredTask } from "./chain/stages/stored_network.ts";
export type { Expectation, FakesEvidence, Verdict } from "./bound/verdict.ts";
export type { EvaluationProtocol, JudgeRecipe } from "./evaluation/protocol.ts";
export type { AutoencoderTraining } from "./evaluation/train_networks.ts";

export {
  type ArqueroLike,
  type Displayable,
  type DisplayHost,
  type MimeBundle,
  type NotebookHost,
  show,
  type TerminalHost,
} from "./report/display.ts";
export * from "./report/all_charts.ts";
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
} from "./report/all_grids.ts";
export {
  type PublishedMetric,
  type PublishedQuery,
  type PublishedResult,
  publishedTable,
  publishedValue,
} from "./report/paper/published.ts";
export {
  type CellValue,
  type Column,
  type ColumnLook,
  DataTable,
  type DataTableParts,
  historyTable,
  type RecordRow,
  type Records,
  recordTable,
  type ResultRowOptions,
  resultTable,
  type ResultTableOptions,
  type TableForm,
  type TableLook,
} from "./report/tables.ts";

export { pairedTable } from "./report/paired_table.ts";
export { cifar10 } from "./experiments/cifar10.ts";
export {
  type DataFacts,
  type Experiment,
  type Override,
  type Preset,
  PRESETS,
  resolve,
  type RuledChanges,
} from "./experiments/specification/experiment.ts";
export type { EmbeddingTraining } from "./gan/scalar_labels/fit_label_embedding.ts";
export type { ScalarTraining } from "./gan/scalar_labels/fit_scalar.ts";
export type * from "./experiments/specification/schema.ts";
export {
  type DatasetName,
  DATASETS,
  type DiffusionName,
  DIFFUSIONS,
  type DistillerName,
  DISTILLERS,
  type GanName,
  GANS,
  type NetworkName,
  NETWORKS,
} from "./registry.ts";
export {
  type Estimate,
  type EstimatedRun,
  type EstimateOptions,
  type EstimateRow,
  estimateRun,
  estimateTable,
} from "./estimate/estimate.ts";
/** Charts, tables and pictures of a run, one function per cell. */
export * as figures from "./figures/figures.ts";
// Samples on a decision boundary (BSS), of any trained network.
export {
  type BoundarySample,
  compareBoundaries,
  type ComparedBoundaries,
  findBoundarySamples,
  type Judged,
  type PathPoint,
  type SampleSearch,
  scoresAlongPath,
  type SearchOutcome,
  SHOWN_RULE,
} from "./distill/methods/bss/boundary_samples.ts";
export type { SearchRule } from "./distill/methods/bss/search.ts";
export { type BoundarySimilarity, boundarySimilarity } from "./distill/methods/bss/similarity.ts";
// What the parts of a run are: `run.gan()` gives a `TrainedGan`, and so on.
export { Chain } from "./chain/chain.ts";
export { Parts } from "./chain/parts.ts";
export type { Artifact, StageResult } from "./base/disk/artifact.ts";
export type { History, HistoryRow } from "./base/disk/checkpoint.ts";
export type { TrainedNetwork, TrainedPeer } from "./chain/stages/network_job.ts";
export type { TrainedStudent } from "./chain/stages/student_stage.ts";
export { furtherPass, type NamedArrays } from "./base/module.ts";
export { type Loss, ordinaryLoss } from "./networks/supervised.ts";
export type { Distiller } from "./distill/distiller.ts";
export type { TrainedCondition } from "./chain/stages/generator/condition_stage.ts";
export type { TrainedGan } from "./chain/stages/generator/gan_stage.ts";
export type { TrainedFeatures } from "./chain/stages/features_stage.ts";
export type { FittedRatio } from "./chain/stages/ratio_stage.ts";
export type { FakePool } from "./chain/stages/fakes/pool_stage.ts";
export { openStudent, type StoredStudent } from "./chain/stored_student.ts";
export { predictFiles, type Prediction } from "./chain/predict_files.ts";
export type { ExportRequest } from "./chain/export/card_parts.ts";
export type { ExportFormat } from "./export/write_export.ts";
export type { SampleRequest } from "./chain/sample_request.ts";
export type { AddedImages } from "./chain/stages/fakes/other_images.ts";
export type { ProcessedFakes, Processing } from "./chain/stages/fakes/process_fakes.ts";
export type { TeacherOpinion } from "./synthesis/teacher_opinion.ts";
export type { Filtered } from "./synthesis/filter.ts";
export type { Adjusted } from "./synthesis/adjust.ts";
export type { Drawn } from "./synthesis/draw.ts";
export type { AccuracyScore } from "./chain/stages/judging/accuracy_score_stage.ts";
export type { GeneratorEvaluation } from "./chain/stages/judging/evaluation_stage.ts";
export type {
  MeasuredGenerator,
  MeasuredSet,
} from "./chain/stages/judging/generator_measure_stage.ts";
// Judges that nobody here trained: `await run.outsideJudgement({ judge: await kerasJudge({ path: "my.h5" }) })`.
export { type OutsideJudge, type PixelShape } from "./evaluation/outside/outside_judge.ts";
export { kerasJudge, type KerasJudgeOptions } from "./evaluation/outside/keras_judge.ts";
export { onnxJudge, type OnnxJudgeOptions } from "./evaluation/outside/onnx_judge.ts";
export type {
  OutsideJudgedSet,
  OutsideJudgement,
  OutsideJudgementOptions,
} from "./chain/outside_judgement.ts";
export type { GeneratorMeasures, RangeScores } from "./evaluation/measure_generator.ts";
export type { NeighbourScores } from "./evaluation/neighbours.ts";
export type { GeneratorScore } from "./evaluation/evaluate.ts";
export type { IntraFid, LabelDistance } from "./evaluation/intra_fid.ts";
export type { FrechetDistance } from "./evaluation/frechet.ts";
export type { LabelScore } from "./evaluation/label_score.ts";
export type { Diversity } from "./evaluation/diversity.ts";
export type { OverLabels } from "./evaluation/label_groups.ts";
export type { StudentAnswers } from "./chain/stages/judging/answers_stage.ts";
export { type Calibration, calibration, type Fidelity, fidelity } from "./evaluation/fidelity.ts";
export type { TrainingCost } from "./distill/train_student.ts";
export { type PublishedGain, publishedGain, publishedGains } from "./report/paper/methods.ts";
export type { MeasuredBound } from "./chain/stages/bound_stage.ts";
export type { MeasuredComplexity } from "./chain/stages/judging/complexity_stage.ts";
export type { MeasuredTerms } from "./chain/stages/bound_terms.ts";
export type { BoundTerms } from "./bound/error_bound.ts";
export type { IntervalEstimate } from "./bound/estimators.ts";

export { openExperiment } from "./estimate/open_experiment.ts";
export {
  ExperimentRun,
  type StudentChoice,
  type StudentFilter,
  type StudentResult,
} from "./chain/run.ts";
export type { PlannedRun, RunOptions } from "./chain/run_options.ts";
export { type AblationOptions, runAblation } from "./ablations/run_ablation.ts";
export { ablationTable } from "./ablations/ablation_table.ts";
export { type Foretelling, foretelling, foretellingTable } from "./ablations/foretelling.ts";
export {
  chooseRho,
  type RhoChoice,
  rhoTable,
  type SelectedRho,
  selectRho,
} from "./ablations/select_rho.ts";
export {
  KNOWN_TRUTHS,
  type KnownTruthOptions,
  type KnownTruthRow,
  measureKnownTruth,
} from "./ablations/known_truth.ts";
export type { GeneratorFaults } from "./data/toy/known_generator.ts";
export { ABLATIONS } from "./ablations/registry.ts";
export type {
  Ablation,
  AblationInput,
  AblationPoint,
  PublishedPoint,
} from "./ablations/ablation.ts";
export { trainStudents, type TrainStudentsOptions } from "./sweep/students.ts";
export { watchRun } from "./sweep/watch.ts";
export { type StageStatus, statusTable } from "./sweep/status.ts";
export type { ManifestStage } from "./sweep/manifest.ts";
export type { SweepStage } from "./sweep/stages.ts";
export type { Part, SharedPart } from "./sweep/part.ts";
export type { StageProgress } from "./base/disk/stage_progress.ts";
export type {
  PointBound,
  PointMeasures,
  Sweep,
  SweepPoint,
  SweepResult,
} from "./ablations/sweep.ts";
export { tinyImagenet } from "./experiments/tiny_imagenet.ts";
export { rc49 } from "./experiments/rc49.ts";
export { ownImages } from "./experiments/own_images.ts";
export { ownLabels } from "./experiments/own_labels.ts";
export { utkface } from "./experiments/utkface.ts";
export { walkthrough } from "./experiments/walkthrough.ts";
export { distillers } from "./experiments/distillers.ts";
export { type Session, startSession } from "./chain/session.ts";
