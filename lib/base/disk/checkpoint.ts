/** What a training needs to go on after any kill: its tensors, its step, its curves; one atomic file. */
import * as v from "valibot";
import { findNonFinite, type NonFinite } from "../check.ts";
import { Count, FiniteNumber, parseAs } from "./files.ts";
import type { NamedArrays, ParameterSet } from "../module.ts";
import {
  type ReadSafetensors,
  readSafetensors,
  type StoredArray,
  writeSafetensors,
} from "./safetensors.ts";

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
  /** Metrics of the steps since the last row of the history; default: none. */
  readonly row?: readonly Readonly<Record<string, number>>[];
  /** Seconds of training up to it, over all processes. */
  readonly seconds: number;
}

/** A checkpoint as it was read. */
export interface RestoredCheckpoint extends Checkpoint {
  /** An older version wrote it. */
  readonly lacksChecksum?: true;
}

const Metrics = v.record(v.string(), FiniteNumber);
const Stored = v.object({
  step: Count,
  history: v.array(v.objectWithRest({ step: Count }, FiniteNumber)),
  row: v.optional(v.array(Metrics)),
  seconds: FiniteNumber,
});

/** Parameter sets by role, such as "generator" or "discriminatorAdam". */
export type TrainingState = Readonly<Record<string, ParameterSet>>;

/** A number of a training's state that is not finite: the training cannot go on from it. */
export class NonFiniteState extends RangeError {
  constructor(
    /** Where it was found. */
    readonly found: NonFinite,
  ) {
    super(`Cannot write a checkpoint: ${found.place} is ${found.value}, want finite numbers`);
  }
}

/**
 * Writes the state of a training.
 *
 * @throws {NonFiniteState} A weight, a figure of the curves or any other number is not finite; an earlier checkpoint
 *   stays as it is.
 */
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
  const weights = Object.fromEntries(
    Object.entries(arrays).map(([name, { values }]) => [name, values]),
  );
  const found = findNonFinite(weights) ?? findNonFinite({ step, history, row, seconds });
  if (found !== undefined) throw new NonFiniteState(found);
  await writeSafetensors(path, {
    arrays,
    metadata: { checkpoint: JSON.stringify({ step, history, row, seconds }) },
  });
}

/**
 * Restores the state of a training, or returns undefined when there is no checkpoint.
 *
 * @throws {SyntaxError} The file is damaged or holds something else; names it.
 */
export async function readCheckpoint(
  path: string,
  state: TrainingState,
): Promise<RestoredCheckpoint | undefined> {
  const file = await readIfThere(path);
  if (file === undefined) return undefined;
  const checkpoint = checkpointOf(file, path);
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
  return { ...checkpoint, ...(file.lacksChecksum && { lacksChecksum: true }) };
}

/** Steps done at a checkpoint; undefined where there is none. */
export async function checkpointStep(path: string): Promise<number | undefined> {
  const file = await readIfThere(path);
  return file && checkpointOf(file, path).step;
}

async function readIfThere(path: string): Promise<ReadSafetensors | undefined> {
  try {
    return await readSafetensors(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function checkpointOf({ metadata }: ReadSafetensors, path: string): Checkpoint {
  return parseAs(Stored, metadata.checkpoint ?? "null", {
    task: `read checkpoint "${path}"`,
    remedy: "delete it and run again",
  });
}
