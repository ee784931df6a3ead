/** The record of a student: what was trained on what, by which code, with which result. */
import { dirname } from "../base/path.ts";
import { codeRevision, type RunRecord } from "../base/records.ts";
import { canonicalJson, shortHash } from "../base/store.ts";
import { backendInfo, tf } from "../base/tf.ts";
import type { Experiment, Preset } from "./experiment.ts";
import type { Specification } from "./specification.ts";
import type { Context } from "./stages/context.ts";
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

/** The record of a trained student. */
export async function recordOf(
  run: { readonly experiment: Experiment; readonly preset: Preset; readonly context: Context },
  choice: StudentChoice,
  { network, teacher, fakes }: StudentOrigin,
): Promise<RunRecord> {
  const { experiment, preset, context: { specification, dataset, setting } } = run;
  const { distiller } = distillerOf(specification, choice.distiller);
  return {
    experiment: experiment.name,
    preset,
    cell: {
      dataset: dataset.name,
      // Errors on held-out training images never share a row with errors on test images.
      setting: specification.split === "test" ? setting : `${setting}, ${specification.split}`,
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
    specification: await rowHash(specification),
    time: new Date().toISOString(),
  };
}

/**
 * What a row of a table has in common. More seeds of the same cell belong into the same row, and how the generator
 * is judged moves no student. An option that came after the first records is left out where it is off, so that
 * runs from before and after it share a row.
 */
export function rowHash({ gan, synthesis, split, ...rest }: Specification): Promise<string> {
  return shortHash(canonicalJson({
    ...rest,
    split: split === "test" ? undefined : split,
    gan: { ...gan, diversity: gan.diversity === 0 ? undefined : gan.diversity },
    synthesis: {
      ...synthesis,
      whenStuck: synthesis.whenStuck === "stop" ? undefined : synthesis.whenStuck,
    },
    seeds: undefined,
    evaluation: undefined,
  }));
}
