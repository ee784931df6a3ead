/** The record of a student: what was trained on what, by which code, with which result. */
import { dirname } from "../base/path.ts";
import { codeRevision, type RunRecord } from "../base/records.ts";
import { canonicalJson, shortHash } from "../base/store.ts";
import { backendInfo, tf } from "../base/tf.ts";
import type { Experiment, Preset } from "../experiments/specification/experiment.ts";
import type { Specification } from "../experiments/specification/schema.ts";
import { chainSeed, type Context } from "./stages/context.ts";
import type { TrainedNetwork } from "./stages/network_stage.ts";
import { distillerOf, methodTitle, type StudentChoice } from "./stages/student_stage.ts";

/** The folder that holds `lib`. */
export const PROJECT: string = dirname(dirname(import.meta.dirname!));

/** What a student was trained with. */
export interface StudentOrigin {
  readonly network: TrainedNetwork;
  readonly teacher?: TrainedNetwork;
  /** Identities of the processed fakes and of the cGAN that drew them. */
  readonly fakes?: { readonly id: string; readonly gan: string };
}

/** The setting as tables name it: errors on held-out training images share no row with errors on test images. */
export function settingTitle({ split }: Specification, setting: string): string {
  return split === "test" ? setting : `${setting}, ${split}`;
}

/** The record of a trained student. */
export async function recordOf(
  run: {
    readonly experiment: Experiment;
    readonly preset: Preset;
    readonly changes: Readonly<Record<string, string>>;
    readonly context: Context;
  },
  choice: StudentChoice,
  { network, teacher, fakes }: StudentOrigin,
): Promise<RunRecord> {
  const { experiment, preset, changes, context: { specification, dataset, setting } } = run;
  const { distiller } = distillerOf(specification, choice.distiller);
  return {
    experiment: experiment.name,
    preset,
    cell: {
      dataset: dataset.name,
      setting: settingTitle(specification, setting),
      student: network.title,
      method: methodTitle(distiller, choice),
      ...(teacher && { teacher: teacher.title }),
    },
    seed: choice.seed,
    metric: experiment.metric.name,
    unit: experiment.metric.unit,
    value: network.test,
    data: { name: `${dataset.name} ${dataset.setting}`, checksum: dataset.checksum },
    backend: {
      name: backendInfo.name,
      device: backendInfo.device,
      version: backendInfo.version,
    },
    versions: { deno: Deno.version.deno, tfjs: tf.version.tfjs },
    wallSeconds: network.seconds,
    revision: await codeRevision(PROJECT),
    stages: {
      student: network.artifact.id,
      ...(teacher && { teacher: teacher.artifact.id }),
      ...(fakes && { fakes: fakes.id, gan: fakes.gan }),
    },
    specification: await runHash(specification, setting),
    recipe: network.recipe,
    ...(Object.keys(changes).length > 0 && { changes }),
    time: new Date().toISOString(),
  };
}

/**
 * What the cells of a run have in common, at one setting. Students, methods and seeds make the cells; how often
 * students are measured and how the generator is judged moves none of them; the chain has the first seed.
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
    curveEvery: _curveEvery,
    gan: { judgeEvery: _judgeEvery, ...gan },
    synthesis,
    ...rest
  } = specification;
  return shortHash(canonicalJson({
    ...rest,
    gan: {
      ...gan,
      steps: gan.steps[setting],
      ...("diffAugment" in gan && { diffAugment: gan.diffAugment[setting] }),
    },
    synthesis: { ...synthesis, rho: synthesis.rho[setting] },
    chainSeed: chainSeed(specification),
  }));
}
