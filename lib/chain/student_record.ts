/** The record of a student: what was trained on what, by which code, with which result. */
import type { Dataset } from "../base/contracts.ts";
import { dirname } from "../base/disk/path.ts";
import { codeRevision, type FinishedRecord, type RunRecord } from "../base/disk/records.ts";
import { canonicalJson, shortHash } from "../base/disk/identity.ts";
import { backendInfo, tf } from "../base/tf.ts";
import { circumstances } from "../native/tensorflow/circumstances.ts";
import type { Experiment, Preset } from "../experiments/specification/experiment.ts";
import { datasetIdentity } from "../experiments/specification/dataset_choice.ts";
import type { Specification } from "../experiments/specification/schema.ts";
import { teacherPart } from "../distill/stages.ts";
import { networkSize } from "../networks/network_size.ts";
import { NETWORKS } from "../registry.ts";
import type { Chain } from "./chain.ts";
import { chainSeed } from "./stages/context.ts";
import { distillerOf, methodTitle, type StudentChoice } from "./stages/student_choice.ts";
import { networkShape } from "./stages/network_job.ts";
import type { FailedNetwork } from "./stages/network_stage.ts";
import { sizedOf, type StudentFailed, type TrainedStudent } from "./stages/student_stage.ts";

/** The folder that holds `lib`. */
export const PROJECT: string = dirname(dirname(import.meta.dirname!));

/**
 * The setting as tables name it: errors on held-out training images share no row with errors on test images, nor students
 * of some images with those of all.
 */
export function settingTitle(
  { split, trainImages }: Pick<Specification, "split" | "trainImages">,
  setting: string,
): string {
  return [
    setting,
    ...(trainImages === undefined ? [] : [`N = ${trainImages.toLocaleString("en-US")}`]),
    ...(split === "test" ? [] : [split]),
  ].join(", ");
}

/** What a record says its images are: those that were learned from, and those that the error was measured on. */
export function recordedChecksum({ checksum, measuredElsewhere }: Dataset): string {
  return measuredElsewhere === undefined ? checksum : `${checksum}-${measuredElsewhere.id}`;
}

/** The run whose students are recorded. */
type RecordedRun = Pick<Chain, "context" | "gan"> & {
  readonly experiment: Experiment;
  readonly preset: Preset;
  readonly changes: Readonly<Record<string, string>>;
};

/** The record of a trained student. */
export async function recordOf(
  run: RecordedRun,
  choice: StudentChoice,
  { network, teacher, added }: TrainedStudent,
): Promise<FinishedRecord> {
  const { artifact: { id }, title, recipe, seconds, test, speed } = network;
  const origin = { network: { id, title, recipe, seconds }, teacher, added };
  return { ...await commonRecord(run, choice, origin), value: test, ...(speed && { speed }) };
}

/** The record of a student whose training came to nothing after some seconds. */
export async function failedRecordOf(
  run: RecordedRun,
  choice: StudentChoice,
  { error, seconds }: { readonly error: StudentFailed; readonly seconds: number },
): Promise<RunRecord> {
  const { network, teacher, added } = error;
  const origin = { network: { ...network, seconds }, teacher, added };
  return { ...await commonRecord(run, choice, origin), failure: error.finding };
}

/** What a record says of a student, whatever became of it. */
async function commonRecord(
  run: RecordedRun,
  choice: StudentChoice,
  { network, teacher, added }: Pick<TrainedStudent, "teacher" | "added"> & {
    readonly network: FailedNetwork & { readonly seconds: number };
  },
): Promise<Omit<RunRecord, "value" | "failure">> {
  const { experiment, preset, changes, context: { specification, dataset, setting } } = run;
  const chosen = distillerOf(specification, choice.distiller);
  const teacherKind = sizedOf("teacher", specification, choice).network;
  // The cell says itself what these two chose.
  const { distillers: _distillers, trainOn: _trainOn, ...told } = changes;
  return {
    experiment: experiment.name,
    preset,
    cell: {
      dataset: dataset.name,
      setting: settingTitle(specification, setting),
      student: network.title,
      method: methodTitle(chosen, choice.trainOn),
      ...(teacherPart(chosen.distiller).isChosen && { teacher: NETWORKS[teacherKind].title }),
    },
    seed: choice.seed,
    metric: experiment.metric.name,
    unit: experiment.metric.unit,
    size: networkSize(NETWORKS[choice.student.network], {
      ...networkShape(dataset.train),
      width: choice.student.width,
    }),
    data: { name: `${dataset.name} ${dataset.setting}`, checksum: recordedChecksum(dataset) },
    backend: {
      name: backendInfo.name,
      device: backendInfo.device,
      version: backendInfo.version,
    },
    // V8 decides the last bits of log, sin and cos, of which normal draws are made.
    circumstances: await circumstances(),
    versions: { deno: Deno.version.deno, v8: Deno.version.v8, tfjs: tf.version.tfjs },
    wallSeconds: network.seconds,
    revision: await codeRevision(PROJECT),
    stages: {
      student: network.id,
      ...(teacher && { teacher: teacher.artifact.id }),
      ...(added && { fakes: added.id }),
      ...(choice.trainOn === "real+fake" && { gan: (await run.gan()).artifact.id }),
    },
    specification: await runHash(specification, setting),
    recipe: network.recipe,
    ...(Object.keys(told).length > 0 && { changes: told }),
    time: new Date().toISOString(),
  };
}

/**
 * What the cells of a run have in common, at one setting. Students, methods and seeds make the cells; how often
 * students are measured, how the generator is judged and what is known of the bound moves none of them; the chain has
 * the first seed.
 */
export function runHash(specification: Specification, setting: string): Promise<string> {
  const {
    settings: _settings,
    seeds: _seeds,
    students: _students,
    teachers: _teachers,
    distillers: _distillers,
    trainOn: _trainOn,
    evaluation: _evaluation,
    bound: _bound,
    curveEvery: _curveEvery,
    gan: { judgeEvery: _judgeEvery, ...gan },
    dataset,
    synthesis,
    studentEpochs,
    fakeShare,
    methodTraining = [],
    ...rest
  } = specification;
  return shortHash(canonicalJson({
    ...rest,
    // The paper's rule is left out, as it was in records from before there was another one.
    ...(studentEpochs !== "all images" && { studentEpochs }),
    ...(fakeShare !== "pooled" && { fakeShare }),
    // As it was before methods could have recipes of their own.
    ...(methodTraining.length > 0 && { methodTraining }),
    dataset: datasetIdentity(dataset),
    gan: {
      ...gan,
      steps: gan.steps[setting],
      ...("diffAugment" in gan && { diffAugment: gan.diffAugment[setting] }),
    },
    synthesis: { ...synthesis, rho: synthesis.rho[setting] },
    chainSeed: chainSeed(specification),
  }));
}
