/** What a training needs to go on after any kill: its tensors, its step, its curves; one atomic file. */
import type { NamedArrays, ParameterSet } from "./module.ts";
import { readSafetensors, type StoredArray, writeSafetensors } from "./safetensors.ts";

/** Averages over the steps up to and including `step`. */
export interface HistoryRow {
  /** Counted from 1. */
  readonly step: number;
  /** Losses and measures by name, averaged. */
  readonly [metric: string]: number;
}

/** Curves of a training, oldest row first. */
export type History = HistoryRow[];

/** A training's state between two steps. */
export interface Checkpoint {
  /** Steps done. */
  readonly step: number;
  readonly history: History;
  /** Metrics of the steps since the last row of the history; none unless said. */
  readonly row?: readonly Readonly<Record<string, number>>[];
  /** Seconds of training behind it, over all processes. */
  readonly seconds: number;
}

/** Parameter sets by role, such as "generator" or "discriminatorAdam". */
export type TrainingState = Readonly<Record<string, ParameterSet>>;

/** Writes the state of a training. */
export async function writeCheckpoint(
  path: string,
  checkpoint: Checkpoint,
  state: TrainingState,
): Promise<void> {
  const arrays: Record<string, StoredArray> = {};
  for (const [role, parameters] of Object.entries(state)) {
    for (const [name, array] of Object.entries(await parameters.read())) {
      arrays[`${role}:${name}`] = array;
    }
  }
  const { step, history, row, seconds } = checkpoint;
  await writeSafetensors(path, {
    arrays,
    metadata: { checkpoint: JSON.stringify({ step, history, row, seconds }) },
  });
}

/** Restores the state of a training, or returns undefined when there is no checkpoint. */
export async function readCheckpoint(
  path: string,
  state: TrainingState,
): Promise<Checkpoint | undefined> {
  let file;
  try {
    file = await readSafetensors(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  for (const [role, parameters] of Object.entries(state)) {
    const prefix = `${role}:`;
    const arrays: NamedArrays = {};
    for (const [name, { shape, values }] of Object.entries(file.arrays)) {
      if (name.startsWith(prefix)) {
        arrays[name.slice(prefix.length)] = { shape: [...shape], values: values as Float32Array };
      }
    }
    parameters.write(arrays);
  }
  return JSON.parse(file.metadata.checkpoint!) as Checkpoint;
}

/** Steps behind a checkpoint; undefined where there is none. */
export async function checkpointStep(path: string): Promise<number | undefined> {
  try {
    const { metadata } = await readSafetensors(path);
    return (JSON.parse(metadata.checkpoint!) as Checkpoint).step;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
