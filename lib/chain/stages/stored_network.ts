/** How a trained network lies in the store: its arrays, those of peers and leftovers under their roles, and notes. */
import type { Classification, Regression, Task } from "../../base/contracts.ts";
import type { NamedArrays } from "../../base/module.ts";
import type { StoredArray } from "../../base/disk/safetensors.ts";
import type { StageResult } from "../../base/disk/artifact.ts";
import type { Normalisation } from "../../data/batches/batches.ts";
import { peerRole } from "../../distill/trainee.ts";
import type { StudentResult, TrainingCost } from "../../distill/train_student.ts";
import type { RecordedSpeed } from "../../base/disk/records.ts";
import { asParameters } from "./context.ts";

/** A task as a stored network keeps it. */
export type StoredTask = Classification | Omit<Regression, "labels">;

/** What is kept of a training beside its arrays. */
export interface NetworkNotes
  extends Pick<StudentResult, "curve" | "test" | "seconds" | "history"> {
  /** Constants of the network's input. */
  readonly normalisation: Normalisation;
  /** What its outputs mean, without the list of labels; results of older versions have none. */
  readonly task?: StoredTask;
  /** What the training took beside its time; results of older versions have none. */
  readonly cost?: TrainingCost;
  /** Of a student, right after its training; results of older versions have none. */
  readonly speed?: RecordedSpeed;
  /** Test figures of the peers. */
  readonly peers?: readonly number[];
  /** Starts that were thrown away. */
  readonly deadNetworks?: number;
}

/** The network's own arrays have no prefix, so that those of a plain student are its weights and nothing else. */
export const OWN = "";

/** Arrays of a result by role: those of "generator" are named "generator:...". */
export function splitRoles(
  arrays: Readonly<Record<string, StoredArray>>,
): Record<string, NamedArrays> {
  const roles: Record<string, Record<string, StoredArray>> = {};
  for (const [name, array] of Object.entries(arrays)) {
    const end = name.indexOf(":");
    const role = end < 0 ? OWN : name.slice(0, end);
    (roles[role] ??= {})[name.slice(end + 1)] = array;
  }
  return Object.fromEntries(
    Object.entries(roles).map(([role, own]) => [role, asParameters(own)]),
  );
}

/** The result of a stage: weights, and what else is left under its role. */
export function storedNetwork(
  { weights, peers, leftovers, ...result }: StudentResult,
  { task, normalisation, speed, isCopy, deadNetworks }: {
    task: Task;
    normalisation: Normalisation;
    speed?: RecordedSpeed;
    isCopy: boolean;
    deadNetworks: number;
  },
): StageResult {
  const arrays: NamedArrays = isCopy ? {} : { ...weights };
  const roles: [string, NamedArrays][] = [
    ...peers.map((peer, i): [string, NamedArrays] => [peerRole(i), peer.weights]),
    ...Object.entries(leftovers),
  ];
  for (const [role, own] of roles) {
    for (const [name, array] of Object.entries(own)) arrays[`${role}:${name}`] = array;
  }
  const { curve, test, seconds, history, cost } = result;
  const notes: NetworkNotes = {
    normalisation,
    task: withoutLabels(task),
    curve,
    test,
    seconds,
    cost,
    ...(speed && { speed }),
    history,
    ...(peers.length > 0 && { peers: peers.map((peer) => peer.test) }),
    ...(deadNetworks > 0 && { deadNetworks }),
  };
  return { arrays, notes: { ...notes } };
}

function withoutLabels(task: Task): StoredTask {
  if (task.kind === "classification") return task;
  const { labels: _labels, ...rest } = task;
  return rest;
}
